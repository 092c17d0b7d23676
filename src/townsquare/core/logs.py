"""The log: one JSON object a line, without secrets, written by a thread of its own."""

import logging
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from queue import Empty, SimpleQueue
from typing import IO

import msgspec

SECRET_NAMES = re.compile(r"(?i)password|secret|token|cookie|authorization|api_?key|session")
SECRET_TEXTS = re.compile(
    r"(?i)((?:password|secret|token|authorization|api_?key)\s*[=:]\s*(?:bearer\s+)?)[^\s,;&'\"]+"
    r"|(://[^\s:/@]+:)[^\s@/]+(?=@)"
)
HIDDEN = "[hidden]"
GATHERING_SECONDS = 0.05  # So long an entry may wait for others while the town is busy.


class JsonLines(logging.Formatter):
    """Writes each entry as one line of JSON; control characters are encoded by it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: UTC time, level, logger, what happened, and the facts."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "told": without_secrets(record.getMessage()),
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, Mapping):
            told |= {str(name): hidden(str(name), value) for name, value in facts.items()}
        if record.exc_info:
            told["trace"] = without_secrets(self.formatException(record.exc_info))
        return msgspec.json.encode(told, enc_hook=str).decode()


class _Handfuls(QueueListener):
    """Writes an entry at once where none came just before, and the others by the handful.

    A thread that is woken for each entry takes the turn of the request that goes on, and comes to
    what the processor has forgotten: that costs more than the line. Warnings wait for nobody.
    """

    def __init__(self, queue: SimpleQueue[logging.LogRecord], writer: logging.Handler) -> None:
        super().__init__(queue, writer)
        # A queue and no event: whoever is interrupted while it is told may tell it again.
        self._entries, self.hurry = queue, SimpleQueue[None]()

    def dequeue(self, block: bool) -> logging.LogRecord:  # noqa: FBT001 (the library's signature)
        """Return the next entry; where there is none yet, let some gather first."""
        if self._entries.empty():
            with suppress(Empty):
                self.hurry.get(timeout=GATHERING_SECONDS)
        return super().dequeue(block)

    def enqueue_sentinel(self) -> None:
        """Let the thread end after what it has."""
        super().enqueue_sentinel()
        self.hurry.put(None)


class _Unformatted(QueueHandler):
    """Hands the record over as it is: the thread that writes also makes the line."""

    def __init__(self, queue: SimpleQueue[logging.LogRecord], hurry: SimpleQueue[None]) -> None:
        super().__init__(queue)
        self._hurry = hurry

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return the record itself."""
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Hand a record over, and say so where it is a warning."""
        super().enqueue(record)
        if record.levelno >= logging.WARNING:
            self._hurry.put(None)


def begin(stream: IO[str] | None = None, level: int = logging.INFO) -> QueueListener:
    """Send all logs of this process to the stream as JSON lines; stop() flushes them."""
    writer = logging.StreamHandler(stream or sys.stderr)
    writer.setFormatter(JsonLines())
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    listener = _Handfuls(queue, writer)
    root = logging.getLogger()
    root.handlers = [_Unformatted(queue, listener.hurry)]
    root.setLevel(level)
    listener.start()
    return listener


def hidden(name: str, value: object) -> object:
    """Return the value, or a placeholder if its name says that it is a secret."""
    if SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(inner): hidden(str(inner), content) for inner, content in value.items()}
    return without_secrets(value) if isinstance(value, str) else value


def without_secrets(text: str) -> str:
    """Return the text with what looks like a password or token replaced."""
    return SECRET_TEXTS.sub(lambda found: (found[1] or found[2]) + HIDDEN, text)
