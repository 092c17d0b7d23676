"""Traces for OpenTelemetry: our own few spans, made of pieces of work after these are over."""

import logging
from collections import deque
from importlib.metadata import version
from threading import Event, Thread

from townsquare.core.settings import BadSettings
from townsquare.core.watching import Piece, Watcher

PLACE = "/v1/traces"
MOST_WAITING, BATCH = 4096, 512
EVERY_SECONDS = 1.0
log = logging.getLogger("townsquare.tracing")


class Tracer(Watcher):
    """Sends each piece of work as a span, from a thread of its own; what is too much is dropped."""

    def __init__(self, address: str, seconds: float = EVERY_SECONDS) -> None:
        try:  # Loaded by whoever wants traces, and by nobody else.
            from townsquare.core.spans import Sender  # noqa: PLC0415
        except ImportError as error:
            message = "TOWNSQUARE_TRACES: this needs the extra townsquare[tracing]"
            raise BadSettings(settings=message) from error
        self._sender = Sender(address + PLACE, version("townsquare"))
        self._waiting: deque[Piece] = deque(maxlen=MOST_WAITING)
        self._stopping, self._every = Event(), seconds
        self._thread = Thread(target=self._send, name="traces", daemon=True)
        self._thread.start()

    def ended(self, piece: Piece) -> None:
        """Keep this piece until the thread sends it; its own fields are all that is told."""
        self._waiting.append(piece)

    def stop(self) -> None:
        """Send what waits and end."""
        self._stopping.set()
        self._thread.join()
        self._sender.stop()

    def _send(self) -> None:
        while not self._stopping.wait(self._every):
            self._send_all()
        self._send_all()

    def _send_all(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                self._sender.send(batch)
            except Exception:  # Whoever takes traces may do anything; the town goes on.
                log.exception("traces not sent")
                return
