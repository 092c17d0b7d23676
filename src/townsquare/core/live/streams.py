"""Server-sent events: one topic, for whoever may listen, as long as they may."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from townsquare.core.errors import TooMany
from townsquare.core.listening import may_listen
from townsquare.core.live.answers import POLICY, Refused, Send, refuse
from townsquare.core.live.hub import PUSH, RESYNC, Hub, Listening, frame
from townsquare.core.manifest import Topic
from townsquare.core.usecase import Actor

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Who = Callable[[Mapping[str, str]], Actor]
# Counts a stream that is about to be opened, or raises TooMany.
Count = Callable[[Actor, tuple[str, str]], None]

MOST_STREAMS = 6000
MOST_OF_ONE_SESSION = 5
# A crowd that comes back all at once is looked up by few threads: the others pass on messages.
LOOKED_UP_AT_ONCE = 2
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
    *POLICY,
]
PREFIX = "/live/"
NOBODY = Actor(0, "guest")


@dataclass(frozen=True)
class Beat:
    """How often a silent stream says that it lives, and how often its session is looked at."""

    heartbeat_seconds: float = 20.0
    check_seconds: float = 60.0


@dataclass
class _Request:
    topic: str
    headers: Mapping[str, str]
    session: str
    peer: str = ""

    @property
    def way(self) -> tuple[str, str]:
        """Return who has called, and on whose behalf as a proxy may have said."""
        return self.peer, self.headers.get("x-forwarded-for", "")

    @property
    def after(self) -> int | None:
        """Return the position that the reader has seen last."""
        last = self.headers.get("last-event-id", "")
        return int(last) if last.isascii() and last.isdigit() and len(last) < 19 else None  # noqa: PLR2004 (64 bits)


class Streams:
    """Answers /live/<topic>; `who` finds the signed-in person from the headers of a request."""

    def __init__(
        self,
        hub: Hub,
        topics: Iterable[Topic],
        who: Who,
        *,
        beat: Beat | None = None,
        count: Count | None = None,
    ) -> None:
        self._hub, self._topics, self._who, self._count = hub, tuple(topics), who, count
        self._beat = beat or Beat()
        self._open: Counter[str] = Counter()
        self._lines: set[_Line] = set()
        self._stopping = False
        self._door = asyncio.Semaphore(LOOKED_UP_AT_ONCE)

    def stop(self) -> None:
        """End all streams and open no more; called in the loop."""
        self._stopping = True
        for line in self._lines:
            line.is_over = True
            line.bell.set()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the topic's messages until the reader leaves, may no more, or we stop."""
        request = _read(scope)
        try:
            await self._admit(scope, request)
        except Refused as refusal:
            return await refuse(send, refusal)
        self._open[request.session] += 1
        offered = (scope.get("extensions") or {}).get(PUSH, {})
        listening = self._hub.listen(request.topic, offered.get("write"))
        line = _Line(send, listening.bell, self._beat)
        self._lines.add(line)
        gone = asyncio.ensure_future(_until_gone(receive))
        gone.add_done_callback(line.hang_up)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await self._stream(request, listening, line)
        finally:
            gone.cancel()
            line.close()
            self._lines.discard(line)
            self._hub.leave(listening)
            self._open[request.session] -= 1
            self._open += Counter()  # Forgets those who have none.
        return None

    async def _admit(self, scope: Scope, request: _Request) -> None:
        if scope["method"] != "GET":
            raise Refused(405, "http.405", "A live topic is only read.")
        if self._stopping or self._hub.streams >= MOST_STREAMS:
            raise Refused(503, "http.503", "No more streams can be opened now; try again soon.")
        async with self._door:
            may = await asyncio.to_thread(self._counted, request)
        if may is None:
            raise Refused(404, "core.not-found", "There is no such topic; check the address.")
        if not may.allowed:
            status = 403 if may.actor.signed_in else 401
            raise Refused(status, "core.not-allowed", "You may not listen to this topic.")
        if self._open[request.session] >= MOST_OF_ONE_SESSION:
            raise Refused(503, "http.503", "Too many streams are open; close another page first.")

    def _counted(self, request: _Request) -> "_May | None":
        may = self._may(request)
        actor = may.actor if may else NOBODY
        try:
            if self._count:
                self._count(actor, request.way)
        except TooMany as error:
            after = error.facts["seconds"]
            raise Refused(429, error.code, str(error), after=after) from error
        return may

    def _may(self, request: _Request) -> "_May | None":
        actor = self._who(request.headers)
        allowed = may_listen(self._topics, request.topic, actor)
        return None if allowed is None else _May(actor, allowed)

    async def _stream(self, request: _Request, listening: Listening, line: "_Line") -> None:
        listening.sent = await self._begin(request, line)
        loop = asyncio.get_running_loop()
        check_at = loop.time() + self._beat.check_seconds
        while not line.is_over:
            while listening.waiting:
                position, piece = listening.waiting.popleft()
                if position > listening.sent:
                    await line.write(piece)
                    listening.sent = position
            if listening.too_slow:  # As it may have become while it was being written to.
                return await line.end(RESYNC)
            line.bell.clear()
            if loop.time() >= check_at:
                async with self._door:
                    may = await asyncio.to_thread(self._may, request)
                if may is None or not may.allowed:
                    return await line.end(b"event: ended\ndata: sign in again\n\n")
                check_at = loop.time() + self._beat.check_seconds
            if not (listening.waiting or await _rest(listening, line)):
                await line.write(b": still here\n\n")
        return await line.end(b"retry: 1000\n\n")

    async def _begin(self, request: _Request, line: "_Line") -> int:
        """Send what was missed, or the position to come back with; return what has been sent."""
        async with self._door:
            since = await self._hub.since(request.topic, request.after)
        if request.after is None or since.missed is None:
            told = b"\n" if request.after is None else RESYNC
            await line.write(b"id: %d\n" % since.newest + told)
            return since.newest
        sent = request.after
        for message in since.missed:
            await line.write(frame(message))
            sent = message.position
        return sent


@dataclass(frozen=True)
class _May:
    actor: Actor
    allowed: bool


class _Line:
    """The way to one reader, and whether it is still open.

    One bell rings for all that a stream waits for, so that a message costs it a single future.
    """

    def __init__(self, send: Send, bell: asyncio.Event, beat: Beat) -> None:
        self._send, self.bell, self._beat = send, bell, beat
        self.is_over, self._gone, self._silent = False, False, False
        self._timer: asyncio.TimerHandle | None = None

    def hang_up(self, _gone: "asyncio.Future[None]") -> None:
        """Note that the reader has left."""
        self._gone = self.is_over = True
        self.bell.set()

    def close(self) -> None:
        """Ring no more."""
        if self._timer:
            self._timer.cancel()

    async def write(self, body: bytes) -> None:
        """Send a piece of the stream."""
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self, body: bytes) -> None:
        """Send the last piece, if somebody still reads."""
        if not self._gone:
            await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def pause(self) -> bool:
        """Wait for a message, the end or a heartbeat; False when it is time for a heartbeat."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._beat.heartbeat_seconds, self._fall_silent)
        if not self.is_over:
            await self.bell.wait()
        silent, self._silent = self._silent, False
        return not silent

    def _fall_silent(self) -> None:
        self._timer, self._silent = None, True
        self.bell.set()


async def _rest(listening: Listening, line: _Line) -> bool:
    """Wait as `pause` does; meanwhile messages are pushed past this task where that is offered."""
    listening.at_rest = True
    spoken = await line.pause()
    listening.at_rest = False
    return spoken


def _read(scope: Scope) -> _Request:
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    client = (scope.get("client") or ("",))[0]
    session = sha256((headers.get("cookie") or client).encode()).hexdigest()
    return _Request(scope["path"].removeprefix(PREFIX), headers, session, client)


async def _until_gone(receive: Receive) -> None:
    with suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass
