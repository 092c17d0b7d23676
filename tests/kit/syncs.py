"""What a server had synced to the disk when it answered: read from the calls of its processes."""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit.servers import Command, NotInstalled
from tests.kit.waiting import until

CALLS = "fdatasync,fsync,write,writev,sendto,sendmsg"
SYNC = re.compile(r"^(\d+) +f(?:data)?sync\(\d+<([^>]*)>(?:\) += (-?\d+))?")
DONE = re.compile(r"^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += (-?\d+)")
ANSWER = re.compile(r"^\d+ +(?:write|writev|sendto|sendmsg)\(.*\"HTTP/1\.1 (\d+)")
TIMED = re.compile(r"^(\d+) +(\d+\.\d+) (.*?)(?: <(\d+\.\d+)>)?$")
CREATED = "201"


def watched(command: Command, trace: Path) -> Command:
    """Return the command with its calls written down; the process that it starts is the server."""
    return (*_strace("-D", "-f", "--seccomp-bpf"), "-o", str(trace), "-e", CALLS, *command)


def failing(command: Command, every: int) -> Command:
    """Return the command of a server whose disk fails at every so manyth sync of a thread."""
    fault = f"inject=fdatasync:error=EIO:when={every}+{every}"
    strace = _strace("-D", "-f", "--seccomp-bpf")
    return (*strace, "-o", "/dev/null", "-e", "fdatasync", "-e", fault, *command)


@contextmanager
def watching(pid: int, trace: Path) -> Iterator[None]:
    """Write down what this process, its children and those that it starts now sync."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    chosen = [part for found in (str(pid), *children) for part in ("-p", found)]
    asked = (*_strace("-f"), "-o", str(trace), "-e", "fdatasync,fsync", *chosen)
    with subprocess.Popen(asked, stderr=subprocess.DEVNULL) as strace:
        status = [Path(f"/proc/{found}/status") for found in (pid, *children)]
        until(lambda: all("TracerPid:\t0\n" not in path.read_text() for path in status))
        try:
            yield
        finally:
            strace.send_signal(signal.SIGINT)


def _strace(*options: str) -> Command:
    if not (strace := shutil.which("strace")):
        message = "strace is not installed: apt-get install strace"
        raise NotInstalled(message)
    return (strace, *options, "-y", "-ttt", "-T", "-s", "16")


@dataclass(frozen=True)
class Seen:
    """How many answers there were from the first on that created something, and how they stood."""

    answers: int
    unsynced: int


def seen(traces: str, file: str) -> Seen:
    """Return how many answers came without a sync of this file since the answer before.

    The server has one client, which changes something with every call from its first loan on.
    """
    begun: dict[str, str] = {}
    synced, answers, unsynced = False, 0, 0
    for line in _in_order(traces):
        if asked := SYNC.match(line):
            begun[asked[1]] = asked[2]
            synced |= asked[3] == "0" and file in asked[2]
        elif done := DONE.match(line):
            synced |= done[2] == "0" and file in begun.get(done[1], "")
        elif answer := ANSWER.match(line):
            if answers or answer[1] == CREATED:
                answers, unsynced = answers + 1, unsynced + (not synced)
            synced = False
    return Seen(answers, unsynced)


def _in_order(traces: str) -> list[str]:
    """Return the calls of all processes: a sync when it was done, an answer when it was begun."""
    found = []
    for line in traces.splitlines():
        if timed := TIMED.match(line):
            pid, at, call, took = timed.groups()
            lasted = float(took or 0) if SYNC.match(f"{pid} {call}") else 0.0
            found.append((float(at) + lasted, f"{pid} {call}"))
    return [call for _at, call in sorted(found)]
