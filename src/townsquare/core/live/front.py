"""The door of the process: streams and health are answered here, pages by Flask in threads."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from a2wsgi import WSGIMiddleware

from townsquare.core.health import Health
from townsquare.core.live.hub import Hub
from townsquare.core.live.streams import (
    POLICY,
    PREFIX,
    Receive,
    Refused,
    Scope,
    Send,
    Streams,
    refuse,
)
from townsquare.core.live.wire import LONGEST_HEADERS, TOO_LONG
from townsquare.core.worker import Worker

BODY_SECONDS = 30.0
ALIVE = {"/healthz", "/health/live"}
READY = {"/readyz", "/health/ready", "/health/startup"}
# Who checks a password waits here, before a thread is taken: pages go on during a rush. So does
# who asks for the form; the two lines are apart, because a form is soon shown.
AT_THE_DOOR, FORM_OF_THE_DOOR = "/account/", "/account/sign-in"
MOST_AT_THE_DOOR, PATIENCE_AT_THE_DOOR = 40, 8.0
FORM_BYTES = 64 * 1024  # What is read of a body before its sender may go in.
MOST_DIGITS = 9  # A longer number is too long a form by itself.
NOW_AND_THEN_SECONDS = 60.0
QUEUE_FACTOR = 3  # As many requests as threads, and twice as many that wait for one.
LONG_HEADERS = Refused(431, "http.431", TOO_LONG)
ONLY_ASKED = Refused(405, "http.405", "Health is only asked for; send GET.")
TOO_SLOW = Refused(408, "http.408", "The form did not arrive in time; send it again.")
CROWDED = Refused(503, "http.503", "Many people are at the door; try again in a moment.")


@dataclass
class Parts:
    """What this process runs; a part that is None belongs to another process."""

    health: Health
    pages: Callable[..., Any] | None = None
    hub: Hub | None = None
    streams: Streams | None = None
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the life of the process."""
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1000})
        if refusal := _refusal(scope):
            return await refuse(send, refusal)
        return await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path in ALIVE:
            return await _say(send, 200, {"status": "alive"})
        if path in READY:
            return await self._ready(send)
        if path.startswith(PREFIX) and self._parts.streams:
            return await self._parts.streams.answer(scope, receive, send)
        method = scope["method"]
        if method == "POST" and path.startswith(AT_THE_DOOR):
            return await self._enter(scope, receive, send)
        if method == "GET" and path == FORM_OF_THE_DOOR:
            return await self._enter(scope, receive, send)
        return await self._page(scope, receive, send)

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
        if self._running >= self._parts.threads * QUEUE_FACTOR:
            return await refuse(send, Refused(503, "http.503", "Too busy; try again in a moment."))

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
        told: dict[str, object] = {"status": status, "complaints": complaints}
        if not complaints and await asyncio.to_thread(self._parts.health.paused):
            told["paused"] = True
        await _say(send, 503 if complaints else 200, told)

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
        self.stop()
        if self._parts.worker:
            await asyncio.to_thread(self._parts.worker.stop)
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._parts.now_and_then:
            await asyncio.to_thread(self._parts.now_and_then)
        await send({"type": "lifespan.shutdown.complete"})


def _announces_more(scope: Scope) -> bool:
    """Tell whether a form says of itself that it is too long: it is refused and never read."""
    told = dict(scope["headers"]).get(b"content-length", b"")
    return told.isdigit() and (len(told) > MOST_DIGITS or int(told) > FORM_BYTES)


async def _arrived(receive: Receive) -> Receive:
    """Take in a form before its sender has a place, so that nobody keeps one by sending slowly."""
    told: deque[Any] = deque()
    length, more = 0, True
    while more and length <= FORM_BYTES:
        message = await asyncio.wait_for(receive(), BODY_SECONDS)
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
        told.append(message)

    async def again() -> Any:  # noqa: ANN401 (whatever the server says)
        return told.popleft() if told else await receive()

    return again


def _refusal(scope: Scope) -> Refused | None:
    # The server itself bounds only headers that it has not read to their end.
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS:
        return LONG_HEADERS
    asked = scope["path"] in ALIVE or scope["path"] in READY
    return ONLY_ASKED if asked and scope["method"] not in {"GET", "HEAD"} else None


async def _repeat(chore: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(NOW_AND_THEN_SECONDS)
        await asyncio.to_thread(chore)


async def _say(send: Send, status: int, body: object) -> None:
    headers = [(b"content-type", b"application/json"), *POLICY]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(body)})
