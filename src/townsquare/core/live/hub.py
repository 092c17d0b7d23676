"""One reader of the log of live messages for all the streams of this process."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from townsquare.core.db import reading
from townsquare.core.realtime import Message, last_position, messages_after, missed
from townsquare.core.town import Town

LOOK_EVERY_SECONDS = 0.25
LONGEST_QUEUE = 256
RESYNC = b"event: resync\ndata: load the page again\n\n"
log = logging.getLogger("townsquare.live")


@dataclass(eq=False)
class Listening:
    """One open stream: what it is about and what it has not yet been sent."""

    topic: str
    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    too_slow: bool = False

    def offer(self, position: int, frame: bytes) -> None:
        """Add a message; who reads too slowly is let go, so that nobody else waits."""
        if len(self.waiting) >= LONGEST_QUEUE:
            self.too_slow = True
        else:
            self.waiting.append((position, frame))
        self.bell.set()


class Hub:
    """Follows the positions of the log and hands each message to whoever listens."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._listening: dict[str, set[Listening]] = {}
        self._position = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()

    @property
    def streams(self) -> int:
        """Return how many streams are open."""
        return sum(map(len, self._listening.values()))

    def ring(self) -> None:
        """Look at the log now; may be called from any thread."""
        if self._loop:
            with suppress(RuntimeError):  # The loop has been closed: nobody listens any more.
                self._loop.call_soon_threadsafe(self._bell.set)

    def listen(self, topic: str) -> Listening:
        """Open a stream of this topic."""
        listening = Listening(topic)
        self._listening.setdefault(topic, set()).add(listening)
        return listening

    def leave(self, listening: Listening) -> None:
        """Forget a stream."""
        self._listening[listening.topic].discard(listening)
        if not self._listening[listening.topic]:
            del self._listening[listening.topic]

    async def catch_up(self, topic: str, position: int) -> list[tuple[int, bytes]] | None:
        """Return what a reader has missed since a position; None if it is no longer kept."""
        found = await asyncio.to_thread(self._missed, topic, position)
        return None if found is None else [(m.position, frame(m)) for m in found]

    async def newest(self) -> int:
        """Return the position from which a new reader starts."""
        return await asyncio.to_thread(self._newest)

    async def follow(self) -> None:
        """Hand out messages until this task is cancelled."""
        self._loop = asyncio.get_running_loop()
        self._position = await self.newest()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), LOOK_EVERY_SECONDS)
            self._bell.clear()
            try:
                await self._hand_out()
            except Exception:
                log.exception("live log not read")

    async def _hand_out(self) -> None:
        for message in await asyncio.to_thread(self._after, self._position):
            self._position = message.position
            encoded = frame(message)  # Once for all readers of the topic.
            for listening in tuple(self._listening.get(message.topic, ())):
                listening.offer(message.position, encoded)

    def _after(self, position: int) -> list[Message]:
        with reading(self._town.database) as connection:
            return messages_after(connection, position)

    def _missed(self, topic: str, position: int) -> list[Message] | None:
        with reading(self._town.database) as connection:
            return missed(connection, topic, position)

    def _newest(self) -> int:
        with reading(self._town.database) as connection:
            return last_position(connection)


def frame(message: Message) -> bytes:
    """Return the message as an unnamed server-sent event, with its position as id."""
    lines = "".join(f"data: {line}\n" for line in message.message.splitlines() or [""])
    return f"id: {message.position}\n{lines}\n".encode()
