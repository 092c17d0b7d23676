"""The door of the process: streams, sockets and health here, pages by Flask in threads."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from a2wsgi import WSGIMiddleware

from townsquare.core.health import Health
from townsquare.core.live.answers import Answer, Header, Refused, Send, give, refuse, told
from townsquare.core.live.hub import Hub
from townsquare.core.live.sockets import NO_SOCKET, NO_UPGRADE, Sockets, deny
from townsquare.core.live.sockets import PREFIX as SOCKETS
from townsquare.core.live.streams import PREFIX, Receive, Scope, Streams
from townsquare.core.live.wire import LONG_HEADERS, LONGEST_HEADERS
from townsquare.core.worker import Worker

BODY_SECONDS = 30.0
ALIVE = {"/healthz", "/health/live"}
READY = {"/readyz", "/health/ready", "/health/startup"}
HEALTH = ALIVE | READY
# Who checks a password waits here, before a thread is taken: pages go on during a rush. So does
# who asks for the form; the two lines are apart, because a form is soon shown.
AT_THE_DOOR, FORM_OF_THE_DOOR = "/account/", "/account/sign-in"
MOST_AT_THE_DOOR, PATIENCE_AT_THE_DOOR = 40, 8.0
FORM_BYTES = 64 * 1024  # What is read of a body before its sender may go in.
MOST_DIGITS = 9  # A longer number is too long a form by itself.
NOW_AND_THEN_SECONDS = 60.0
QUEUE_FACTOR = 3  # As many requests as threads, and twice as many that wait for one.
LIVING = told(200, {"status": "alive"})
ONLY_ASKED = Refused(405, "http.405", "Health is only asked for; send GET.")
TOO_SLOW = Refused(408, "http.408", "The form did not arrive in time; send it again.")
BUSY = Refused(503, "http.503", "Too busy; try again in a moment.")
CROWDED = Refused(503, "http.503", "Many people are at the door; try again in a moment.")


@dataclass
class Parts:
    """What this process runs; a part that is None belongs to another process."""

    health: Health
    pages: Callable[..., Any] | None = None
    hub: Hub | None = None
    streams: Streams | None = None
    sockets: Sockets | None = None
    worker: Worker | None = None
    threads: int = 8
    at_the_door: int = 1
    now_and_then: Callable[[], None] | None = None


class Door:
    """A line before the threads, of which few at a time go in."""

    def __init__(self, at_once: int) -> None:
        self._places, self._waiting = asyncio.Semaphore(at_once), 0

    async def opened(self) -> bool:
        """Wait for a place, which is then taken; tell whether there was one in time."""
        if self._waiting >= MOST_AT_THE_DOOR:
            return False
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), PATIENCE_AT_THE_DOOR)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    def shut(self) -> None:
        """Give the place to the next one."""
        self._places.release()


class Front:
    """The ASGI application of the whole process."""

    def __init__(
        self, parts: Parts, *, listen: Callable[[Callable[[], object]], None] | None = None
    ) -> None:
        """Take the parts; `listen` is told what to do when the server is asked to stop."""
        self._parts, self._listen = parts, listen
        self._running = 0
        entering = max(1, min(parts.at_the_door, parts.threads // 4))
        self._doors = {"POST": Door(entering), "GET": Door(1)}
        self._tasks: list[asyncio.Task[None]] = []
        pages = parts.pages
        self._pages: Any = WSGIMiddleware(pages, workers=parts.threads) if pages else None

    def stop(self) -> None:
        """Say that we are not ready any more and end the streams; called in the loop."""
        self._parts.health.stopping = True
        if self._parts.streams:
            self._parts.streams.stop()
        if self._parts.sockets:
            self._parts.sockets.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the life of the process."""
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        if scope["type"] != "http":
            return await self._talk(scope, receive, send)
        if answer := self.at_once(scope["method"], scope["path"], scope["headers"]):
            return await give(send, answer)
        return await self._answer(scope, receive, send)

    def at_once(self, method: str, path: str, headers: Iterable[Header]) -> Answer | None:
        """Return what can be answered to a request as soon as its headers are known.

        While more come than can be served, whoever is sent away must cost next to nothing: our
        own server asks here before it makes a task, other servers with each request.
        """
        # The server itself bounds only headers that it has not read to their end.
        if sum(len(name) + len(value) for name, value in headers) > LONGEST_HEADERS:
            return LONG_HEADERS.answer
        if path in HEALTH and method not in {"GET", "HEAD"}:
            return ONLY_ASKED.answer
        if path in ALIVE:
            return LIVING
        return BUSY.answer if self._is_full and self._is_for_a_page(method, path) else None

    @property
    def _is_full(self) -> bool:
        return self._running >= self._parts.threads * QUEUE_FACTOR

    def _is_for_a_page(self, method: str, path: str) -> bool:
        kept_open = path.startswith((PREFIX, SOCKETS))
        return not (path in READY or kept_open or _is_for_the_door(method, path))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path in READY:
            return await self._ready(send)
        if path.startswith(PREFIX) and self._parts.streams:
            return await self._parts.streams.answer(scope, receive, send)
        if path.startswith(SOCKETS) and self._parts.sockets:
            return await refuse(send, NO_UPGRADE)
        if _is_for_the_door(scope["method"], path):
            return await self._enter(scope, receive, send)
        return await self._page(scope, receive, send)

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._parts.sockets and scope["path"].startswith(SOCKETS):
            return await self._parts.sockets.answer(scope, receive, send)
        await receive()
        return await deny(scope, send, NO_SOCKET.answer)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._doors[scope["method"]]
        try:
            receive = receive if _announces_more(scope) else await _arrived(receive)
        except TimeoutError:
            return await refuse(send, TOO_SLOW)
        if not await door.opened():
            return await refuse(send, CROWDED)
        try:
            return await self._page(scope, receive, send)
        finally:
            door.shut()

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._pages is None:
            refusal = Refused(404, "http.404", "This process shows no pages.")
            return await refuse(send, refusal)
        if self._is_full:
            return await refuse(send, BUSY)

        async def timely() -> Any:  # noqa: ANN401 (a2wsgi wants a coroutine function of its own)
            return await asyncio.wait_for(receive(), BODY_SECONDS)

        self._running += 1
        try:
            await self._pages(scope, timely, send)
        finally:
            self._running -= 1
        return None

    async def _ready(self, send: Send) -> None:
        complaints = await asyncio.to_thread(self._parts.health.complaints)
        status = "not ready" if complaints else "ready"
        what: dict[str, object] = {"status": status, "complaints": complaints}
        if not complaints and await asyncio.to_thread(self._parts.health.paused):
            what["paused"] = True
        await give(send, told(503 if complaints else 200, what))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        if self._listen:
            loop = asyncio.get_running_loop()
            self._listen(lambda: loop.call_soon_threadsafe(self.stop))
        if self._parts.hub:
            self._tasks.append(asyncio.create_task(self._parts.hub.follow()))
        if self._parts.now_and_then:
            self._tasks.append(asyncio.create_task(_repeat(self._parts.now_and_then)))
        if self._parts.worker:
            self._parts.worker.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._leave()
        await send({"type": "lifespan.shutdown.complete"})

    async def _leave(self) -> None:
        """End what still goes on, each in its order."""
        self.stop()
        if self._parts.sockets:
            await self._parts.sockets.emptied()
        if self._parts.worker:
            await asyncio.to_thread(self._parts.worker.stop)
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._parts.now_and_then:
            await asyncio.to_thread(self._parts.now_and_then)


def _announces_more(scope: Scope) -> bool:
    """Tell whether a form says of itself that it is too long: it is refused and never read."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return length.isdigit() and (len(length) > MOST_DIGITS or int(length) > FORM_BYTES)


async def _arrived(receive: Receive) -> Receive:
    """Take in a form before its sender has a place, so that nobody keeps one by sending slowly."""
    heard: deque[Any] = deque()
    length, more = 0, True
    while more and length <= FORM_BYTES:
        message = await asyncio.wait_for(receive(), BODY_SECONDS)
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
        heard.append(message)

    async def again() -> Any:  # noqa: ANN401 (whatever the server says)
        return heard.popleft() if heard else await receive()

    return again


def _is_for_the_door(method: str, path: str) -> bool:
    entering = method == "POST" and path.startswith(AT_THE_DOOR)
    return entering or (method == "GET" and path == FORM_OF_THE_DOOR)


async def _repeat(chore: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(NOW_AND_THEN_SECONDS)
        await asyncio.to_thread(chore)
