"""What a server had synced to the disk when it answered: read from the calls of its process."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.kit.servers import Command, NotInstalled

CALLS = "fdatasync,fsync,write,writev,sendto,sendmsg"
SYNC = re.compile(r"^(\d+) +f(?:data)?sync\(\d+<([^>]*)>(?:\) += (-?\d+))?")
DONE = re.compile(r"^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += (-?\d+)")
ANSWER = re.compile(r"^\d+ +(?:write|writev|sendto|sendmsg)\(.*\"HTTP/1\.1 (\d+)")
CREATED = "201"


def watched(command: Command, trace: Path) -> Command:
    """Return the command with its calls written down; the process that it starts is the server."""
    if not (strace := shutil.which("strace")):
        message = "strace is not installed: apt-get install strace"
        raise NotInstalled(message)
    options = ("-D", "-f", "-y", "--seccomp-bpf", "-s", "16", "-o", str(trace), "-e", CALLS)
    return (strace, *options, *command)


@dataclass(frozen=True)
class Seen:
    """How many answers there were from the first on that created something, and how they stood."""

    answers: int
    unsynced: int


def seen(trace: str, file: str) -> Seen:
    """Return how many answers came without a sync of this file since the answer before.

    The server has one client, which changes something with every call from its first loan on.
    """
    begun: dict[str, str] = {}
    synced, answers, unsynced = False, 0, 0
    for line in trace.splitlines():
        if asked := SYNC.match(line):
            begun[asked[1]] = asked[2]
            synced |= asked[3] == "0" and asked[2].endswith(file)
        elif done := DONE.match(line):
            synced |= done[2] == "0" and begun.get(done[1], "").endswith(file)
        elif answer := ANSWER.match(line):
            if answers or answer[1] == CREATED:
                answers, unsynced = answers + 1, unsynced + (not synced)
            synced = False
    return Seen(answers, unsynced)
