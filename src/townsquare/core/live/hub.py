"""One reader of the log of live messages for all the streams of this process."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from townsquare.core.db import reading
from townsquare.core.live.tidying import Tidying
from townsquare.core.realtime import Message, Since, messages_after, since
from townsquare.core.town import Town

LOOK_EVERY_SECONDS = 0.25
LONGEST_QUEUE = 256
# What a server may offer with a request: {"write": …} writes to the reader at once, or says no.
PUSH = "townsquare.push"
Push = Callable[[bytes], bool]
RESYNC = b"event: resync\ndata: load the page again\n\n"
log = logging.getLogger("townsquare.live")


@dataclass(eq=False)
class Listening:
    """One open stream: what it is about, how far it has come, and what waits to be sent."""

    topic: str
    push: Push | None = None
    sent: int = 0
    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    too_slow: bool = False
    at_rest: bool = False  # Nothing is on its way to the reader: the next message may be pushed.

    def offer(self, position: int, frame: bytes) -> None:
        """Push a message out, or let it wait for the stream's own task to send it in its turn.

        Who reads too slowly is let go, so that nobody else waits, and gets nothing after the gap.
        """
        if self.at_rest and self.push and position > self.sent and self.push(frame):
            self.sent = position
            return
        self.at_rest = False
        if self.too_slow or len(self.waiting) >= LONGEST_QUEUE:
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
        self._follows = asyncio.Event()

    @property
    def streams(self) -> int:
        """Return how many streams are open."""
        return sum(map(len, self._listening.values()))

    def ring(self) -> None:
        """Look at the log now; may be called from any thread."""
        if self._loop:
            with suppress(RuntimeError):  # The loop has been closed: nobody listens any more.
                self._loop.call_soon_threadsafe(self._bell.set)

    def listen(self, topic: str, push: Push | None = None) -> Listening:
        """Open a stream of this topic."""
        listening = Listening(topic, push)
        self._listening.setdefault(topic, set()).add(listening)
        return listening

    def leave(self, listening: Listening) -> None:
        """Forget a stream."""
        self._listening[listening.topic].discard(listening)
        if not self._listening[listening.topic]:
            del self._listening[listening.topic]

    async def since(self, topic: str, position: int | None) -> Since:
        """Return the newest position, and what a reader has missed since theirs.

        Waits until the log is followed: what came between the two would reach nobody.
        """
        await self._follows.wait()
        return await asyncio.to_thread(self._since, topic, position)

    async def follow(self) -> None:
        """Hand out messages until this task is cancelled."""
        self._loop = asyncio.get_running_loop()
        self._position = (await asyncio.to_thread(self._since, "", None)).newest
        self._follows.set()
        with Tidying() as tidying:
            while True:
                tidying.perhaps(told=await self._follow_once())

    async def _follow_once(self) -> bool:
        """Wait for messages, not for long, and hand them out; tell whether there were any."""
        # Not `wait_for`, whose task costs further turns of a loop that a crowd keeps busy.
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_SECONDS):
                await self._bell.wait()
        self._bell.clear()
        before = self._position
        try:
            await self._hand_out()
        except Exception:
            log.exception("live log not read")
        return self._position != before

    async def _hand_out(self) -> None:
        for message in await asyncio.to_thread(self._after, self._position):
            self._position = message.position
            encoded = frame(message)  # Once for all readers of the topic.
            for listening in tuple(self._listening.get(message.topic, ())):
                listening.offer(message.position, encoded)
            await asyncio.sleep(0)  # Between two messages everybody else has a turn.

    def _after(self, position: int) -> list[Message]:
        with reading(self._town.database) as connection:
            return messages_after(connection, position)

    def _since(self, topic: str, position: int | None) -> Since:
        with reading(self._town.database) as connection:
            return since(connection, topic, position)


def frame(message: Message) -> bytes:
    """Return the message as an unnamed server-sent event, with its position as id."""
    lines = "".join(f"data: {line}\n" for line in message.message.splitlines() or [""])
    return f"id: {message.position}\n{lines}\n".encode()
