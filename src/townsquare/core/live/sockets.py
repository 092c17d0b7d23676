"""WebSockets under any ASGI server: each message of a line is one act, answered in its order.

Who sends faster than is answered waits: the next message is read after the answer to the last one.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from townsquare.core.errors import MessageTooLong, NotIdentified, NotJson
from townsquare.core.live.answers import Answer, Refused, Send, give
from townsquare.core.live.streams import Receive, Scope
from townsquare.core.live.talks import Asking, Said, Talks, unread
from townsquare.core.manifest import Socket

PREFIX = "/ws/"
MOST_SOCKETS = 1000
MOST_OF_ONE_SESSION = 5
MOST_OF_ONE_PERSON = 30  # However their cookies are written.
LONGEST_MESSAGE = 16 * 1024  # Bytes. A longer one is answered with an error, and the line stays.
LONGEST_READ = 64 * 1024  # What our own server takes in at all; it closes the line with 1009.
LEAVE_SECONDS = 2.0  # How long a stop waits for lines to end.
HEARD_AT_ONCE = 4  # Threads of the process that work on messages; pages and streams have others.
DENIAL = "websocket.http.response"
STILL_HERE = '{"type":"still-here"}'
RESTARTS, ENDED = 1012, 1008  # RFC 6455: the service restarts; what its rules do not let go on.
NO_SOCKET = Refused(404, "core.not-found", "There is no such socket; check the address.")
NO_UPGRADE = Refused(426, "http.426", "This address is a WebSocket; ask for the upgrade.")
FULL = Refused(503, "http.503", "No more sockets can be opened now; try again soon.")
CROWDED = Refused(503, "http.503", "Too many sockets are open; close another page first.")


@dataclass(frozen=True)
class Pace:
    """How long a line may be silent or unread, and how long somebody waits who asks too often."""

    heartbeat_seconds: float = 20.0
    unread_seconds: float = 10.0
    pause_seconds: float = 1.0


@dataclass(eq=False)
class _Line:
    """One open socket, the way to whoever is at its other end, and what ends it."""

    socket: Socket
    asked: Asking
    receive: Receive
    send: Send
    over: "asyncio.Future[None]"


class Sockets:
    """Answers /ws/<service>/<name>."""

    def __init__(
        self, declared: Mapping[str, Socket], talks: Talks, *, pace: Pace | None = None
    ) -> None:
        """Take the sockets by their paths, such as "elections/returns"."""
        self._declared, self._talks, self._pace = declared, talks, pace or Pace()
        self._open: Counter[str] = Counter()
        self._people: Counter[int] = Counter()
        self._lines: set[_Line] = set()
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._threads = asyncio.Semaphore(HEARD_AT_ONCE)

    def stop(self) -> None:
        """End every line after what it is doing, and open no more; called in the loop."""
        self._stopping = True
        for line in self._lines:
            if not line.over.done():
                line.over.set_result(None)

    async def emptied(self) -> None:
        """Wait after a stop until every line has said why it ends, or for two seconds.

        A server that cares for no open line would else cut it off as soon as we say we are done.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._empty.wait()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Talk with whoever has asked for an upgrade, or refuse it as plain HTTP."""
        await receive()  # That they want to connect.
        asked = _asking(scope)
        try:
            with self._place(asked):
                socket, who = await self._admitted(asked)
                with self._person(who):
                    over = asyncio.get_running_loop().create_future()
                    await send({"type": "websocket.accept"})
                    with suppress(OSError, TimeoutError):  # Whoever was there has gone.
                        await self._talk(_Line(socket, asked, receive, send, over))
        except Refused as refusal:
            await deny(scope, send, refusal.answer)

    @contextmanager
    def _place(self, asked: Asking) -> Iterator[None]:
        """Keep a place, which is taken while the session is still being looked at."""
        session = sha256((asked.headers.get("cookie") or asked.peer).encode()).hexdigest()
        if self._stopping or self._open.total() >= MOST_SOCKETS:
            raise FULL
        if self._open[session] >= MOST_OF_ONE_SESSION:
            raise CROWDED
        self._open[session] += 1
        try:
            yield
        finally:
            self._open[session] -= 1
            self._open += Counter()  # Forgets those who have none.

    @contextmanager
    def _person(self, who: int) -> Iterator[None]:
        """Keep a place of a person: a session is known by its cookie, which anybody can vary."""
        if self._people[who] >= MOST_OF_ONE_PERSON:
            raise CROWDED
        self._people[who] += 1
        try:
            yield
        finally:
            self._people[who] -= 1
            self._people += Counter()

    async def _admitted(self, asked: Asking) -> tuple[Socket, int]:
        """Return what is asked for, and who asks; Refused unless they may."""
        socket = self._declared.get(asked.path.removeprefix(PREFIX))
        if socket is None:
            raise NO_SOCKET
        async with self._threads:
            who = await asyncio.to_thread(self._talks.admit, socket, asked)
        if self._stopping:
            raise FULL
        return socket, who

    async def _talk(self, line: _Line) -> None:
        self._lines.add(line)
        self._empty.clear()
        coming = asyncio.ensure_future(line.receive())
        try:
            while not line.over.done():
                if not await self._spoken(line, coming):
                    if not await self._goes_on(line):
                        return await self._end(line)
                    continue
                if line.over.done() or coming.result()["type"] == "websocket.disconnect":
                    break
                said = await self._heard(line, coming.result())
                await self._write(line, said.text)
                if said.ended:
                    return await self._close(line, ENDED, "sign in again")
                coming = asyncio.ensure_future(line.receive())
            if line.over.done():
                await self._close(line, RESTARTS, "the town is being started again")
        finally:
            coming.cancel()
            self._lines.discard(line)
            if not self._lines:
                self._empty.set()

    async def _spoken(self, line: _Line, coming: "asyncio.Future[Any]") -> bool:
        """Wait for a message or the end; False when it is time for a heartbeat."""
        waiting = {coming, line.over}
        first = asyncio.FIRST_COMPLETED
        pace = self._pace.heartbeat_seconds
        done, _ = await asyncio.wait(waiting, timeout=pace, return_when=first)
        return bool(done)

    async def _heard(self, line: _Line, message: Mapping[str, Any]) -> Said:
        text = message.get("text")
        if text is None:
            return unread(line.socket, NotJson())
        if len(text) > LONGEST_MESSAGE or len(text.encode(errors="replace")) > LONGEST_MESSAGE:
            return unread(line.socket, MessageTooLong(most=LONGEST_MESSAGE))
        async with self._threads:
            said = await asyncio.to_thread(self._talks.hear, line.socket, text, line.asked)
        if said.too_many:  # Nobody keeps the threads busy with being refused.
            await asyncio.sleep(self._pace.pause_seconds)
        return said

    async def _goes_on(self, line: _Line) -> bool:
        """Say that we are still here, unless the session has ended meanwhile."""
        async with self._threads:
            open_still = await asyncio.to_thread(self._talks.still_open, line.socket, line.asked)
        if open_still:
            await self._write(line, STILL_HERE)
        return open_still

    async def _end(self, line: _Line) -> None:
        await self._write(line, unread(line.socket, NotIdentified()).text)
        await self._close(line, ENDED, "sign in again")

    async def _write(self, line: _Line, text: str) -> None:
        """Send a message; TimeoutError if nobody reads, so that they are let go."""
        async with asyncio.timeout(self._pace.unread_seconds):
            await line.send({"type": "websocket.send", "text": text})

    async def _close(self, line: _Line, code: int, reason: str) -> None:
        async with asyncio.timeout(self._pace.unread_seconds):
            await line.send({"type": "websocket.close", "code": code, "reason": reason})


async def deny(scope: Scope, send: Send, answer: Answer) -> None:
    """Answer a wish for an upgrade with a whole answer of HTTP, or with 403 where none can be."""
    if DENIAL not in (scope.get("extensions") or {}):
        return await send({"type": "websocket.close", "code": ENDED})
    length = (b"content-length", str(len(answer.body)).encode())
    whole = Answer(answer.status, (*answer.headers, length), answer.body)

    async def instead(message: Any) -> None:  # noqa: ANN401 (whatever an answer is made of)
        await send({**message, "type": f"websocket.{message['type']}"})

    return await give(instead, whole)


def _asking(scope: Scope) -> Asking:
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    return Asking(scope["path"], headers, (scope.get("client") or ("",))[0])
