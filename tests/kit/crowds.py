"""Crowds before one server: as many people as it can serve at once, and many more than that.

They are a process of their own, so that who asks meanwhile whether the server is alive does not
wait for them; the server has the first core of the machine, they have the others. Each request has
a line of its own, as it has behind nginx.
"""

import asyncio
import http.client
import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

from tests.kit.servers import HOST, Command

TIMES = 5  # Five times as many as it can serve.
# Seconds, by turns: what slows the machine down slows both.
SHORT, LONG = (1.0, 1.5), (2.0, 4.0)
PATIENCE = 2.0  # Seconds; whoever has waited longer has gone, and an answer then is nobody's.
PAUSE = 0.02  # Seconds between two questions whether the server is alive.
SERVED, SENT_AWAY, LATE, SILENT = "200", ("429", "503"), "late", "not told when"
# The least that a server can do about its pulse, for what the machine does to everybody's.
BARE = f"""
import asyncio

async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
    writer.close()

async def serve():
    async with await asyncio.start_server(answer, {HOST!r}, 0) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

asyncio.run(serve())
"""
SPAWNING = multiprocessing.get_context("spawn")


def on_the_first_core(command: Command) -> Command:
    """Return the command of a server that leaves the other cores to the crowd."""
    return ("taskset", "-c", str(min(os.sched_getaffinity(0))), *command)


@dataclass
class Told:
    """What people were told in so many seconds: the status, or what became of them without one.

    `in_time` of them were served while people still came; `work` is what the server has spent on
    all of them, in seconds of its processor time.
    """

    seconds: float = 0.0
    work: float = 0.0
    in_time: int = 0
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> float:
        """Return how many were served in a second."""
        return self.in_time / self.seconds

    @property
    def thrift(self) -> float:
        """Return how many were served for a second of the server's work."""
        return self.answers[SERVED] / self.work

    @property
    def sent_away(self) -> int:
        """Return how many were told to come again, and when."""
        return sum(self.answers[status] for status in SENT_AWAY)


@dataclass
class Day:
    """What people were told while they came one after the other, and in a rush; and the pulse.

    The pulse, in seconds, beside that of a bare server on the same core at the same moments.
    """

    peak: Told = field(default_factory=Told)
    rush: Told = field(default_factory=Told)
    beats: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    missed: list[object] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """Return by how much the pulse was later than that of the bare server, at worst."""
        return max(beat - bare for beat, bare in zip(self.beats, self.bare, strict=True))

    @property
    def goodput(self) -> float:
        """Return what part of its best a server has served in the rush."""
        return self.rush.good / self.peak.good

    @property
    def thrift(self) -> float:
        """Return the same for a second of its work, whoever else has worked on the machine."""
        return self.rush.thrift / self.peak.thrift

    def complaints(self, least: float) -> list[str]:
        """Return what must not be; so much must be served for the same work in the rush."""
        fine = {SERVED, *SENT_AWAY}
        found = [
            f"{number} {what}" for what, number in self.rush.answers.items() if what not in fine
        ]
        found += [
            f"{number} {what}" for what, number in self.peak.answers.items() if what != SERVED
        ]
        found += [f"not alive: {what!r}" for what in self.missed]
        if self.thrift < least:
            found.append(f"served {self.thrift:.0%} of its best for the same work")
        return found if self.rush.sent_away else [*found, "nobody was sent away"]


def day_of(crowd: "Crowd", rounds: int) -> Day:
    """Let a crowd ask for its page, by turns so many people and a rush; ask for the pulse, too."""
    with ProcessPoolExecutor(1, SPAWNING) as place, _bare_server() as bare:
        place.submit(_come, crowd, 0).result()
        coming = place.submit(_come, crowd, rounds)
        day = _pulse((crowd.port, bare), coming)
        return replace(day, peak=coming.result()[0], rush=coming.result()[1])


@contextmanager
def _bare_server() -> Iterator[int]:
    command = on_the_first_core((sys.executable, "-c", BARE))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline()) if process.stdout else 0
        finally:
            process.kill()


@dataclass(frozen=True)
class Crowd:
    """People who want this page of the server at this port, which is this process."""

    port: int
    server: int
    path: str
    people: int
    turns: tuple[float, float] = SHORT

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
        began, spent = monotonic(), work_of(self.server)

        async def person() -> None:
            while monotonic() - began < self.turns[0]:
                await self._ask(told)

        await asyncio.gather(*(person() for _ in range(self.people)))
        told.seconds += monotonic() - began
        told.work += work_of(self.server) - spent
        told.in_time = told.answers[SERVED]

    async def _in_a_rush(self, told: Told, rate: float) -> None:
        began, spent = monotonic(), work_of(self.server)
        people, before = set[asyncio.Task[None]](), told.answers[SERVED]
        for number in range(int(rate * self.turns[1])):
            await asyncio.sleep(began + number / rate - monotonic())
            people.add(person := asyncio.create_task(self._ask(told)))
            person.add_done_callback(people.discard)
        told.seconds += monotonic() - began
        told.in_time += told.answers[SERVED] - before
        await asyncio.gather(*people)
        told.work += work_of(self.server) - spent

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


def work_of(process: int) -> float:
    """Return the processor time that a process has spent, in seconds (proc(5), stat)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _come(crowd: Crowd, rounds: int) -> tuple[Told, Told]:
    cores = os.sched_getaffinity(os.getppid())
    os.sched_setaffinity(0, cores - {min(cores)} or cores)
    return asyncio.run(crowd.come(rounds))


def _pulse(ports: tuple[int, int], over: Future[tuple[Told, Told]]) -> Day:
    day = Day()
    with ThreadPoolExecutor(len(ports)) as askers:
        while not over.done():
            heard = list(askers.map(_beat, ports))
            if all(isinstance(beat, float) for beat in heard):
                day.beats.append(heard[0])
                day.bare.append(heard[1])
            else:
                day.missed.append(heard)
            with suppress(TimeoutError):
                over.exception(PAUSE)
    return day


def _beat(port: int) -> Any:
    """Return after how many seconds a server said that it is alive, or what it said instead."""
    began = monotonic()
    try:
        with closing(http.client.HTTPConnection(HOST, port, timeout=PATIENCE)) as line:
            line.request("GET", "/healthz")
            status = line.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return error
    return monotonic() - began if status == http.client.OK else status
