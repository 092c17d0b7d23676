"""Live readers by the thousand: each event of a desk is timed at every one of them."""

import asyncio
import gc
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import monotonic
from urllib.request import Request, urlopen

TOPIC = "/live/library.desk"
OF_ONE_SESSION = 5  # Streams that one session may have open.
AT_ONCE = 50  # Connections that are being opened at the same time.
EVERY_SECONDS = 0.5
RECONNECT_AT, OUT_OF = 0.5, 10  # In the middle every tenth reader leaves and comes back.


class LostEvents(Exception):
    """A reader did not get every event, or got one twice: then no wait is worth telling."""


@dataclass
class Reader(asyncio.Protocol):
    """One open stream: the positions that came, and when."""

    host: str
    cookie: str
    topic: str = TOPIC
    came: dict[int, float] = field(default_factory=dict)
    twice: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    _rest: bytes = b""
    _line: asyncio.Transport | None = None
    _first: bool = True

    async def open(self, port: int) -> None:
        """Connect, after the last event that was seen if there was one, until the stream begins."""
        self._rest, self._first = b"", not self.came
        self.begun.clear()
        loop = asyncio.get_running_loop()
        self._line, _ = await loop.create_connection(lambda: self, self.host, port)
        last = f"Last-Event-ID: {max(self.came)}\r\n" if self.came else ""
        asked = (
            f"GET {self.topic} HTTP/1.1\r\nHost: {self.host}:{port}\r\nCookie: {self.cookie}\r\n"
        )
        self._line.write(f"{asked}{last}\r\n".encode())
        await asyncio.wait_for(self.begun.wait(), 30)

    def leave(self) -> None:
        """Hang up without a word."""
        if self._line:
            self._line.abort()

    def data_received(self, data: bytes) -> None:
        """Note each event at the moment it comes."""
        now = monotonic()
        *pieces, self._rest = (self._rest + data).split(b"\n")
        for piece in pieces:
            if piece.startswith(b"HTTP/1.1 200") and not self._first:
                self.begun.set()
            elif piece.startswith(b"id: "):
                self._note(int(piece[4:]), now)

    def _note(self, position: int, now: float) -> None:
        if self._first:  # The position to come back with, which is no event.
            self._first = False
            self.begun.set()
        else:
            self.twice += position in self.came
            self.came.setdefault(position, now)


@dataclass(frozen=True)
class Fanout:
    """What came of it: the wait of each event at each reader, in seconds."""

    waits: list[float]
    events: int
    cpu_s: float = 0.0

    @property
    def cpu_us(self) -> float:
        """Return the server's CPU for each wait: the acts and those who came back are in it."""
        return self.cpu_s / len(self.waits) * 1e6

    def percentile(self, part: float) -> float:
        """Return the wait that this part of all did not go beyond."""
        ordered = sorted(self.waits)
        return ordered[math.ceil(part * len(ordered)) - 1]


async def listen(
    address: str,
    cookies: Sequence[str],
    *,
    readers: int,
    acts: Sequence[Request],
    spent: Callable[[], float],
    topic: str = TOPIC,
) -> Fanout:
    """Let so many readers listen while somebody does these acts, two in a second.

    `spent` tells the CPU seconds of the server; those of opening the streams are not counted.
    """
    host, port = address.removeprefix("http://").split(":")
    everybody = [Reader(host, cookies[n // OF_ONE_SESSION], topic) for n in range(readers)]
    door = asyncio.Semaphore(AT_ONCE)

    async def enter(reader: Reader) -> None:
        async with door:
            await reader.open(int(port))

    await asyncio.gather(*map(enter, everybody))
    done, before = [], spent()
    with _untidied():
        for number, act in enumerate(acts):
            await asyncio.sleep(EVERY_SECONDS)
            done.append(monotonic())
            await asyncio.to_thread(_do, act)
            if number == int(len(acts) * RECONNECT_AT):
                for reader in everybody[::OUT_OF]:
                    reader.leave()
                await asyncio.gather(*map(enter, everybody[::OUT_OF]))
        await asyncio.sleep(2)
    cpu = spent() - before
    for reader in everybody:
        reader.leave()
    return replace(compared(everybody, done), cpu_s=cpu)


def compared(everybody: Sequence[Reader], done: Sequence[float]) -> Fanout:
    """Return the waits; refuse to where anybody missed an event or got it twice."""
    positions = sorted(everybody[1].came)
    complete = all(sorted(reader.came) == positions and not reader.twice for reader in everybody)
    if not complete or len(positions) != len(done):
        raise LostEvents(len(positions), len(done))
    began = dict(zip(positions, done, strict=True))
    stayed = [reader for number, reader in enumerate(everybody) if number % OUT_OF]
    waits = [came - began[at] for reader in stayed for at, came in reader.came.items()]
    return Fanout(waits, len(done))


@contextmanager
def _untidied() -> Iterator[None]:
    """Look for no garbage of ours: for 0.3 s no reader of this process would note what comes."""
    gc.collect()
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _do(act: Request) -> None:
    with urlopen(act) as answer:
        json.load(answer)
