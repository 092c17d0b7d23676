"""Figures for Prometheus: counted while the town works, asked for at an address of their own."""

import logging
from collections import Counter as Counts
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from townsquare.core.db import reading
from townsquare.core.live.hub import Hub
from townsquare.core.operations.condition import (
    UNKNOWN_WORK,
    Machine,
    Records,
    machine_of,
    records_of,
    versions,
)
from townsquare.core.town import Town
from townsquare.core.watching import (
    CALL,
    JOB,
    LOST_RACE,
    POOL,
    REQUEST,
    RETRY,
    TURN,
    UNFORESEEN,
    USE_CASE,
    Piece,
    Watcher,
)
from townsquare.core.worker import works_of

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
PATH = "/metrics"
SHORTEST_WAIT = 0.001
NEVER = float("inf")
SIGN_IN_FAILED = frozenset({"identity.session.fail"})
DENIED = frozenset({"core.not-allowed", "core.beyond-scope", "core.not-identified"})
ALARMING = ("core.busy", UNFORESEEN)
log = logging.getLogger("townsquare.metrics")


class Metrics(Watcher):
    """What this process has counted, in a registry of its own."""

    def __init__(self, town: Town, hub: Hub | None = None) -> None:
        # Loaded by whoever wants figures, and by nobody else.
        from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415

        self.registry = CollectorRegistry(auto_describe=True)
        mine: dict[str, Any] = {"namespace": "townsquare", "registry": self.registry}
        self._requests = Histogram(
            "request_seconds",
            "How long requests took, by the pattern of their route.",
            ["route", "method", "status"],
            buckets=SECONDS,
            **mine,
        )
        self._waits = Histogram(
            "wait_seconds",
            "How long work waited for a connection or for the turn to write.",
            ["kind"],
            buckets=SECONDS,
            **mine,
        )
        done = "How pieces of work ended, by their name and the code of the outcome."
        self._done = Counter("work", done, ["kind", "name", "outcome"], **mine)
        self._refusals = Counter("refusals", "Refusals shown to people, by code.", ["code"], **mine)
        self._retries = Counter("retries", "Requests run again, by reason.", ["reason"], **mine)
        self._denials = Counter("denials", "Acts refused for want of a permission.", **mine)
        self._sign_ins = Counter("sign_in_failures", "Sign-ins that failed.", **mine)
        self._statements = Counter("statements", "Statements sent to the database.", **mine)
        self._stated = Counter("statement_seconds", "Seconds spent on statements.", **mine)
        self._known: dict[tuple[str, ...], Any] = {}
        # Known from the start: who watches how a figure grows has to see it before it does.
        for name in ALARMING:
            self._child(self._refusals, (name,))
        self._child(self._retries, (LOST_RACE,))
        for kind in (POOL, TURN):
            self._child(self._waits, (kind,))
        self.registry.register(_Condition(town, hub))

    def ended(self, piece: Piece) -> None:
        """Count a piece of work."""
        if piece.kind == REQUEST:
            labels = (piece.name, piece.method, f"{piece.outcome[0]}xx")
            self._child(self._requests, labels).observe(piece.seconds)
        elif piece.kind in {USE_CASE, JOB, CALL}:
            self._child(self._done, (piece.kind, piece.name, piece.outcome)).inc()
            if piece.name in SIGN_IN_FAILED:
                self._sign_ins.inc()
        if piece.is_whole and piece.statements:
            self._statements.inc(piece.statements)
            self._stated.inc(piece.stated_seconds)

    def waited(self, kind: str, seconds: float) -> None:
        """Count a wait; most are none, and to count those would cost more than they took."""
        if seconds >= SHORTEST_WAIT:
            self._child(self._waits, (kind,)).observe(seconds)

    def counted(self, kind: str, name: str) -> None:
        """Count a retry or a refusal."""
        family = self._retries if kind == RETRY else self._refusals
        self._child(family, (name,)).inc()
        if name in DENIED:
            self._denials.inc()

    def text(self) -> bytes:
        """Return all figures as Prometheus reads them."""
        from prometheus_client import generate_latest  # noqa: PLC0415 (as above)

        return generate_latest(self.registry)

    def _child(self, family: Any, labels: tuple[str, ...]) -> Any:  # noqa: ANN401 (of Prometheus)
        # The family looks its children up under a lock and checks every label again.
        child = self._known.get((family._name, *labels))  # noqa: SLF001 (its only name)
        if child is None:
            child = self._known[family._name, *labels] = family.labels(*labels)  # noqa: SLF001
        return child


class _Condition:
    """The condition of the town, looked at when somebody asks for the figures."""

    def __init__(self, town: Town, hub: Hub | None) -> None:
        self._town, self._hub = town, hub
        self._works = frozenset(works_of(town))

    def describe(self) -> list[Any]:
        """Promise no names, so that nothing is looked up before anybody asks."""
        return []

    def collect(self) -> Iterator[Any]:
        """Yield each figure; where the database does not answer, all that it is not asked for."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415

        now, town = self._town.now(), self._town
        told = versions(town.database.dialect.name)
        yield InfoMetricFamily("townsquare_build", "What runs here.", value=_texts(told))
        figures = machine_figures(machine_of(town.settings, now))
        if self._hub:
            figures["streams"] = ("Live streams that are open.", self._hub.streams)
        try:
            with reading(town.database) as connection:
                records = records_of(connection)
        except SQLAlchemyError:
            records = None
        figures["database_up"] = ("Whether the database answers.", float(records is not None))
        if records:
            figures |= record_figures(records, now)
            jobs = GaugeMetricFamily(
                "townsquare_jobs", "Background work, by its name.", labels=["job", "state"]
            )
            counted: Counts[tuple[str, str]] = Counts()
            for queue in records.queues:
                name = queue.name if queue.name in self._works else UNKNOWN_WORK
                counted[name, queue.state] += queue.count
            for labels, count in counted.items():
                jobs.add_metric(labels, count)
            yield jobs
        for name, (sentence, value) in figures.items():
            yield GaugeMetricFamily(f"townsquare_{name}", sentence, value=value)


Figures = dict[str, tuple[str, float]]


def machine_figures(machine: Machine) -> Figures:
    """Return what the machine says as figures."""
    never = "; infinite if it never was"
    return {
        "disk_free_ratio": ("Free part of the disk of the data folder.", machine.disk_free),
        "wal_bytes": ("Size of the write-ahead log of SQLite.", machine.wal_bytes or 0),
        "backup_age_seconds": (f"Since the last backup{never}.", _age(machine.backup_age)),
        "audit_verified_age_seconds": (
            f"Since the audit was last verified{never}.",
            _age(machine.verified_age),
        ),
    }


def record_figures(records: Records, now: datetime) -> Figures:
    """Return what the records say as figures."""
    due = [queue.oldest for queue in records.queues if queue.state == "waiting"]
    check = records.check
    broken = check is not None and check.state == "dead"
    return {
        "outbox_lag_seconds": (
            "Age of the oldest event not relayed.",
            _since(records.waits.outbox, now),
        ),
        "audit_unlinked_seconds": (
            "Age of the oldest entry not linked.",
            _since(records.waits.audit, now),
        ),
        "jobs_overdue_seconds": (
            "How late the oldest waiting work is.",
            _since(min(due, default=None), now),
        ),
        "dead_letters": ("Work that has failed for good.", records.count("dead")),
        "invariants_broken": ("Whether the last check found a breach.", float(broken)),
        "invariants_age_seconds": (
            "Since the last check ended; infinite if none has.",
            _since(check.ended_at, now) if check and check.ended_at else NEVER,
        ),
    }


class Board:
    """A small server beside the town that shows the figures and nothing else."""

    def __init__(self, address: str, metrics: Metrics) -> None:
        host, _, port = address.rpartition(":")
        shown = type("Shown", (_Shown,), {"metrics": metrics})
        self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), shown)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the address."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Shown(BaseHTTPRequestHandler):
    metrics: Metrics
    timeout = 5.0

    def do_GET(self) -> None:
        """Answer the one address that there is."""
        found = self.path == PATH
        body = self.metrics.text() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Return the name without any version."""
        return "townsquare"

    def log_message(self, *_told: object) -> None:
        """Write nothing: who asks for figures does so every few seconds."""


def board_for(address: str, metrics: Metrics) -> Board | None:
    """Open the address; where another process has it, say so and go on: figures stop no town."""
    try:
        return Board(address, metrics)
    except OSError as error:
        log.error("no figures", extra={"facts": {"address": address, "why": error.strerror}})  # noqa: TRY400
        return None


def _texts(told: object) -> dict[str, str]:
    return {name: str(value) for name, value in vars(told).items()}


def _age(age: timedelta | None) -> float:
    return NEVER if age is None else age.total_seconds()


def _since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
