"""CPU of a whole process tree, memory, load by wrk, and ratios over interleaved rounds."""

import os
import re
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

TICKS = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
LOAD_CORE, SERVER_CORE = "0", "1"
FEWEST = 200


class InvalidRound(Exception):
    """A slice that proves nothing: errors in it, or too few answers."""


@dataclass(frozen=True)
class Slice:
    """What one slice of load came to: answers, CPU per answer in microseconds, median wait."""

    requests: int
    cpu_us: float
    p50_ms: float


@contextmanager
def on_the_core_of_servers() -> Iterator[None]:
    """Do what is measured where servers are, for as long as a `with` lasts.

    Who waits for a disk wakes up on any core, and where it is another one finds nothing of its own
    in its caches: that would count as work.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(SERVER_CORE)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def tree_of(pid: int) -> list[int]:
    """Return this process and its living descendants."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_seconds(pid: int) -> float:
    """Return user and system time of the tree, that of its dead children included."""
    total = 0
    for one in tree_of(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def memory_mb(pid: int) -> float:
    """Return the largest proportional set size of one process in the tree, in MiB."""
    sizes = [0]
    for one in tree_of(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        sizes.append(int(found[1]) if found else 0)
    return max(sizes) / 1024


def load(url: str, *pids: int, wrk: Sequence[str], script: Sequence[str], seconds: int) -> Slice:
    """Load this address and return what the trees of these processes spent on it.

    `wrk` holds options of the load generator, `script` the arguments of its Lua script.
    """
    before = sum(map(cpu_seconds, pids))
    run = subprocess.run(
        [
            "taskset",
            "-c",
            LOAD_CORE,
            "wrk",
            "-t1",
            "-c8",
            f"-d{seconds}s",
            "--latency",
            *wrk,
            url,
            "--",
            *script,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    sleep(0.05)
    spent = sum(map(cpu_seconds, pids)) - before
    requests = int(_found(r"(\d+) requests in", run.stdout))
    if "Non-2xx" in run.stdout or requests < FEWEST:
        raise InvalidRound(run.stdout)
    waited = re.search(r"50%\s+([\d.]+)(us|ms|s)", run.stdout)
    p50 = float(waited[1]) * UNITS[waited[2]] if waited else 0.0
    return Slice(requests, spent / requests * 1e6, p50)


def ratios(ours: Sequence[Slice], theirs: Sequence[Slice]) -> list[float]:
    """Return theirs divided by ours for each round: above 1 means that we are cheaper."""
    return [b.cpu_us / a.cpu_us for a, b in zip(ours, theirs, strict=True)]


def spread(values: Sequence[float]) -> float:
    """Return the distance between largest and smallest, as a part of the median."""
    return (max(values) - min(values)) / statistics.median(values)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise InvalidRound(text)
    return found[1]
