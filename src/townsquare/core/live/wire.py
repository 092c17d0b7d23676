"""One connection to the process: how long, and how much, somebody may talk before asking."""

import asyncio
import logging
from functools import partial

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from townsquare.core.live.answers import Answer, Refused
from townsquare.core.live.hub import PUSH

LONGEST_HEADERS = 32 * 1024  # Bytes.
HEADERS_WITHIN_SECONDS = 10.0
TOO_LONG = "The headers are too long; delete the cookies of this town."
LONG_HEADERS = Refused(431, "http.431", TOO_LONG)
log = logging.getLogger("townsquare.sockets")
log.setLevel(logging.WARNING)  # uvicorn notes the address of everybody who comes.
NO_REQUEST = Refused(400, "http.400", "This is no HTTP request; send it again as HTTP/1.1.")
SOCKETS = b"/ws/"
UNREAD_SECONDS = 10.0
ANNOUNCING = {b"content-length", b"transfer-encoding"}


class Wire(HttpToolsProtocol):
    """Reads requests with httptools, which by itself would wait for ever and keep everything."""

    _late: asyncio.TimerHandle | None = None
    _said = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._at_once = getattr(self.config.app, "at_once", None)
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
            self._part_with(LONG_HEADERS.answer)

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
        """Hand the request over, unless the application can answer it without looking further."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if answer := self._answer_at_once():
            self._part_with(answer)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body that somebody waits for."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that a request that somebody waits for is whole."""
        if not self.transport.is_closing():
            super().on_message_complete()

    def _should_upgrade(self) -> bool:
        """Tell whether this asks for a socket as the standard has it; else it is a request."""
        if not self.url.startswith(SOCKETS) or not super()._should_upgrade():
            return False
        told = dict(self.headers)
        return told.get(b"sec-websocket-version") == b"13" and b"sec-websocket-key" in told

    def _unsupported_upgrade_warning(self) -> None:
        """Answer whoever asks for another upgrade as if they had not; that is not worth a line."""

    def _answer_at_once(self) -> Answer | None:
        """Return such an answer; who sends a body or has asked before waits for the usual one."""
        asks_more = self.cycle is not None and not self.cycle.response_complete
        if asks_more or self._at_once is None or self.parser.get_method() != b"GET":
            return None
        if any(name in ANNOUNCING for name, _value in self.headers):
            return None
        path = self.url.partition(b"?")[0].decode("latin-1")
        answer: Answer | None = self._at_once("GET", path, self.headers)
        return answer

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEADERS_WITHIN_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (as it is called)
        """Refuse what is no request, in our words and with our policy."""
        self._part_with(NO_REQUEST.answer)

    def _part_with(self, answer: Answer) -> None:
        self.transport.write(answer.farewell(self.server_state.default_headers))
        self.transport.close()


class Upgraded(WSProtocol):
    """A connection that has become a socket; whoever does not read is let go."""

    _unread: asyncio.TimerHandle | None = None
    _deaf = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, without a line of the log that would tell who came from where."""
        super().connection_made(transport)
        self.logger = log

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._read_on()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for a while until somebody reads what is full, and hear nothing meanwhile.

        Whoever sends pings and reads no pongs would else fill our memory with them.
        """
        super().pause_writing()
        if not self.read_paused:
            self._deaf = True
            self.transport.pause_reading()
        self._unread = self._unread or self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._read_on()
        if self._deaf:
            self._deaf = False
            self.transport.resume_reading()
        super().resume_writing()

    def _read_on(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None


def _push(transport: asyncio.Transport, flow: FlowControl, piece: bytes) -> bool:
    """Write a piece of an answer that has begun, in its chunk; False if it would have to wait."""
    if flow.write_paused or transport.is_closing():
        return False
    transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    return True
