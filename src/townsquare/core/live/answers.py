"""Answers that need no thread: that the process lives, and why somebody is sent away."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import cached_property
from http import HTTPStatus
from typing import Any

import msgspec

from townsquare.core.frozen import dataclass
from townsquare.core.web.security import FOR_FILES

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]
# What every answer carries that is none of Flask's: streams, refusals, health.
POLICY = tuple(
    (name.lower().encode(), text.encode())
    for name, text in (*FOR_FILES, ("Cache-Control", "no-store"))
)
COME_AGAIN_SECONDS = 5


@dataclass(frozen=True)
class Answer:
    """A whole answer: its status, its headers and its body."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    @cached_property
    def _written(self) -> tuple[bytes, bytes]:
        first = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n".encode()
        length = str(len(self.body)).encode()
        ending = ((b"content-length", length), (b"connection", b"close"))
        return first, _lines((*self.headers, *ending)) + b"\r\n" + self.body

    def farewell(self, of_the_server: Iterable[Header]) -> bytes:
        """Return the answer as HTTP/1.1 for a line that is closed with it.

        All but the headers that the server adds to every answer, such as the date, is made once.
        """
        first, rest = self._written
        return first + _lines(of_the_server) + rest


class Refused(Exception):
    """Somebody is sent away; a problem document says why."""

    def __init__(self, status: int, code: str, detail: str, *, after: object = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        # A busy town asks to come back, and so does one that has been asked too often.
        busy = status == HTTPStatus.SERVICE_UNAVAILABLE
        self.after = COME_AGAIN_SECONDS if busy else after

    @cached_property
    def answer(self) -> Answer:
        """Return the problem document (RFC 9457)."""
        problem = {
            "type": f"/problems/{self.code}",
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        headers = [(b"content-type", b"application/problem+json"), *POLICY]
        if self.after is not None:
            headers.append((b"retry-after", str(self.after).encode()))
        if self.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append((b"allow", b"GET"))
        if self.status == HTTPStatus.UPGRADE_REQUIRED:
            headers += [(b"upgrade", b"websocket"), (b"sec-websocket-version", b"13")]
        return Answer(self.status, tuple(headers), msgspec.json.encode(problem))


def told(status: int, what: object) -> Answer:
    """Return an answer that tells this as JSON."""
    headers = ((b"content-type", b"application/json"), *POLICY)
    return Answer(status, headers, msgspec.json.encode(what))


def _lines(headers: Iterable[Header]) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)


async def give(send: Send, answer: Answer) -> None:
    """Send a whole answer through any ASGI server."""
    start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})


async def refuse(send: Send, refusal: Refused) -> None:
    """Answer with a problem document."""
    await give(send, refusal.answer)
