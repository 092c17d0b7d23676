"""Crowds before one server: as many people as it can serve at once, and many more than that.

They are a process of their own, so that who asks meanwhile whether the server is alive does not
wait for them; the server has the first core of the machine, they have the others. Each request has
a line of its own, as it has behind nginx.
"""

import asyncio
import http.client
import multiprocessing
import os
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from time import monotonic

from tests.kit.servers import HOST, Command

TIMES = 5  # Five times as many as it can serve.
PEAK, RUSH = 1.0, 1.5  # Seconds, by turns: what slows the machine down slows both.
PATIENCE = 2.0  # Seconds; whoever has waited longer has gone, and an answer then is nobody's.
PAUSE = 0.02  # Seconds between two questions whether the server is alive.
SERVED, SENT_AWAY, LATE, SILENT = "200", ("429", "503"), "late", "not told when"
SPAWNING = multiprocessing.get_context("spawn")


def on_the_first_core(command: Command) -> Command:
    """Return the command of a server that leaves the other cores to the crowd."""
    return ("taskset", "-c", str(min(os.sched_getaffinity(0))), *command)


@dataclass
class Told:
    """What people were told in so many seconds: the status, or what became of them without one."""

    seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> float:
        """Return how many were served in a second."""
        return self.answers[SERVED] / self.seconds

    @property
    def sent_away(self) -> int:
        """Return how many were told to come again, and when."""
        return sum(self.answers[status] for status in SENT_AWAY)


@dataclass
class Day:
    """What people were told while they came one after the other, and in a rush; and the pulse."""

    peak: Told = field(default_factory=Told)
    rush: Told = field(default_factory=Told)
    beats: list[float] = field(default_factory=list)
    missed: list[object] = field(default_factory=list)

    @property
    def goodput(self) -> float:
        """Return what part of its best a server has served in the rush."""
        return self.rush.good / self.peak.good

    def complaints(self, least: float) -> list[str]:
        """Return what must not be; so much of its best must be served in the rush."""
        fine = {SERVED, *SENT_AWAY}
        found = [
            f"{number} {what}" for what, number in self.rush.answers.items() if what not in fine
        ]
        found += [
            f"{number} {what}" for what, number in self.peak.answers.items() if what != SERVED
        ]
        found += [f"not alive: {what!r}" for what in self.missed]
        if self.goodput < least:
            found.append(f"served {self.goodput:.0%} of its best")
        return found if self.rush.sent_away else [*found, "nobody was sent away"]


def day_of(port: int, path: str, *, people: int, rounds: int) -> Day:
    """Let a crowd ask for this page, by turns so many people and a rush; ask for the pulse, too."""
    with ProcessPoolExecutor(1, SPAWNING) as place:
        crowd = Crowd(port, path, people)
        place.submit(_come, crowd, 0).result()
        coming = place.submit(_come, crowd, rounds)
        beats, missed = _pulse(port, coming)
        peak, rush = coming.result()
    return Day(peak, rush, beats, missed)


@dataclass(frozen=True)
class Crowd:
    """People who want this page of the server at this port."""

    port: int
    path: str
    people: int

    async def come(self, rounds: int) -> tuple[Told, Told]:
        """Come for so many rounds; for none, only to let the server warm up."""
        peak, rush = Told(), Told()
        if not rounds:
            await self._by_turns(Told())
        for _round in range(rounds):
            await self._by_turns(peak)
            await self._in_a_rush(rush, TIMES * peak.good)
        return peak, rush

    async def _by_turns(self, told: Told) -> None:
        began = monotonic()

        async def person() -> None:
            while monotonic() - began < PEAK:
                await self._ask(told)

        await asyncio.gather(*(person() for _ in range(self.people)))
        told.seconds += monotonic() - began

    async def _in_a_rush(self, told: Told, rate: float) -> None:
        began, people = monotonic(), set[asyncio.Task[None]]()
        for number in range(int(rate * RUSH)):
            await asyncio.sleep(began + number / rate - monotonic())
            people.add(person := asyncio.create_task(self._ask(told)))
            person.add_done_callback(people.discard)
        told.seconds += monotonic() - began
        served = told.answers[SERVED]
        await asyncio.gather(*people)
        told.answers[SERVED] = served  # Who is served when nobody comes any more is not counted.

    async def _ask(self, told: Told) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                head = await self._head()
        except TimeoutError:
            told.answers[LATE] += 1
        except OSError as error:
            told.answers[repr(error)] += 1
        else:
            status = head[9:12].decode()
            silent = status in SENT_AWAY and b"\nretry-after: " not in head.lower()
            told.answers[SILENT if silent else status] += 1

    async def _head(self) -> bytes:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        try:
            said = f"GET {self.path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
            writer.write(said.encode())
            return (await reader.read()).partition(b"\r\n\r\n")[0]
        finally:
            writer.close()


def _come(crowd: Crowd, rounds: int) -> tuple[Told, Told]:
    cores = os.sched_getaffinity(os.getppid())
    os.sched_setaffinity(0, cores - {min(cores)} or cores)
    return asyncio.run(crowd.come(rounds))


def _pulse(port: int, over: Future[tuple[Told, Told]]) -> tuple[list[float], list[object]]:
    beats: list[float] = []
    missed: list[object] = []
    while not over.done():
        began = monotonic()
        try:
            with closing(http.client.HTTPConnection(HOST, port, timeout=PATIENCE)) as line:
                line.request("GET", "/healthz")
                status = line.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            missed.append(error)
            continue
        beats.append(monotonic() - began)
        if status != http.client.OK:
            missed.append(status)
        with suppress(TimeoutError):
            over.exception(PAUSE)
    return beats, missed
