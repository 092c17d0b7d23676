"""One connection to the process: how long, and how much, somebody may talk before asking."""

import asyncio
from functools import partial

import msgspec
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from townsquare.core.live.hub import PUSH
from townsquare.core.web.security import FOR_FILES

LONGEST_HEADERS = 32 * 1024  # Bytes.
HEADERS_WITHIN_SECONDS = 10.0
TOO_LONG = "The headers are too long; delete the cookies of this town."
NO_REQUEST = "This is no HTTP request; send it again as HTTP/1.1."
REASONS = {400: "Bad Request", 431: "Request Header Fields Too Large"}
POLICY = "".join(f"{name.lower()}: {said}\r\n" for name, said in FOR_FILES)


class Wire(HttpToolsProtocol):
    """Reads requests with httptools, which by itself would wait for ever and keep everything."""

    _late: asyncio.TimerHandle | None = None
    _said = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._offers: dict[str, dict[object, object]] = {
            PUSH: {"write": partial(_push, self.transport, self.flow)}
        }
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the headers have become too long."""
        super().data_received(data)
        if self._late is None:
            return
        self._said += len(data)
        if self._said > LONGEST_HEADERS and not self.transport.is_closing():
            self._refuse(431, TOO_LONG)

    def on_message_begin(self) -> None:
        """Begin to count, and to wait for the end of the headers."""
        super().on_message_begin()
        self.scope["extensions"] = self._offers
        self._said = 0
        self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes as one after the body is read by nobody, and bounded."""
        if self._late:
            super().on_header(name, value)
            return
        self._said += len(name) + len(value)
        if self._said > LONGEST_HEADERS:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Hand the request over."""
        self._stop_waiting()
        super().on_headers_complete()

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEADERS_WITHIN_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (as it is called)
        """Refuse what is no request, in our words and with our policy."""
        self._refuse(400, NO_REQUEST)

    def _refuse(self, status: int, detail: str) -> None:
        code = f"http.{status}"
        told = {"type": f"/problems/{code}", "status": status, "detail": detail, "code": code}
        body = msgspec.json.encode(told)
        head = (
            f"HTTP/1.1 {status} {REASONS[status]}\r\n"
            "content-type: application/problem+json\r\ncache-control: no-store\r\n"
            f"{POLICY}content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


def _push(transport: asyncio.Transport, flow: FlowControl, piece: bytes) -> bool:
    """Write a piece of an answer that has begun, in its chunk; False if it would have to wait."""
    if flow.write_paused or transport.is_closing():
        return False
    transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    return True
