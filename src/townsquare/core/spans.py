"""Pieces of work as spans of OpenTelemetry, sent by OTLP; loaded only where traces are wanted."""

from collections.abc import Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from townsquare.core.watching import CALL, REQUEST, UNFORESEEN, Piece

SCOPE = InstrumentationScope("townsquare")
SAMPLED = TraceFlags(TraceFlags.SAMPLED)
KINDS = {REQUEST: SpanKind.SERVER, CALL: SpanKind.CLIENT}
GOOD, BAD = Status(StatusCode.UNSET), Status(StatusCode.ERROR)
TIMEOUT_SECONDS = 5.0


class Sender:
    """Sends spans to one receiver."""

    def __init__(self, address: str, version: str) -> None:
        told = {"service.name": "townsquare", "service.version": version}
        self._resource = Resource.create(told)
        self._exporter = OTLPSpanExporter(address, timeout=TIMEOUT_SECONDS)

    def send(self, pieces: Sequence[Piece]) -> None:
        """Send these pieces in one call; what nobody takes is lost."""
        self._exporter.export([self._span(piece) for piece in pieces])

    def stop(self) -> None:
        """Close the line."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]  # Its own.

    def _span(self, piece: Piece) -> ReadableSpan:
        trace = int(piece.trace, 16)
        above = SpanContext(trace, piece.above, is_remote=piece.is_whole) if piece.above else None
        return ReadableSpan(
            title_of(piece),
            context=SpanContext(trace, piece.id, is_remote=False, trace_flags=SAMPLED),
            parent=above,
            resource=self._resource,
            attributes=attributes_of(piece),
            kind=KINDS.get(piece.kind, SpanKind.INTERNAL),
            status=BAD if has_failed(piece) else GOOD,
            start_time=piece.at,
            end_time=piece.at + int(piece.seconds * 1e9),
            instrumentation_scope=SCOPE,
        )


def attributes_of(piece: Piece) -> dict[str, Any]:
    """Return what a span says: names, codes and counts, never a value."""
    told: dict[str, Any] = {
        "townsquare.outcome": piece.outcome,
        "db.statements": piece.statements,
        "db.seconds": round(piece.stated_seconds, 6),
    }
    if piece.kind == REQUEST:
        told |= {"http.route": piece.name, "http.request.method": piece.method}
        told["http.response.status_code"] = int(piece.outcome)
    return told


def title_of(piece: Piece) -> str:
    """Return the name of a span."""
    if piece.kind == REQUEST:
        return f"{piece.method} {piece.name}"
    return f"{piece.kind} {piece.name}" if piece.kind != CALL else "outgoing call"


def has_failed(piece: Piece) -> bool:
    """Tell whether it is our mistake, and no refusal."""
    return piece.outcome.startswith("5") if piece.kind == REQUEST else piece.outcome == UNFORESEEN
