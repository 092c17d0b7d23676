"""The commands of the operators' documents, run as they stand there: no test has its own."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit.servers import HOST, Command, NotInstalled, free_port
from tests.kit.waiting import until

ROOT = Path(__file__).parents[2]
SERVERS = ROOT / "docs" / "operate" / "servers.md"
PROGRAMS = Path(sys.executable).parent
BLOCK = re.compile(r"^## (.+?)\n(.*?)^```\n(.+?)\n```$", re.MULTILINE | re.DOTALL)
PACKAGES = {"uwsgi_python3": "uwsgi-plugin-python3", "nginx": "nginx-light"}
PATIENCE = 60


@dataclass
class Running:
    """One process of a recipe, and where it listens."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path


def commands(document: Path = SERVERS) -> dict[str, Command]:
    """Return the command under each heading of a document."""
    found = BLOCK.findall(document.read_text(encoding="utf-8"))
    return {heading: tuple(shlex.split(command)) for heading, _, command in found}


def here(command: Command, ports: Mapping[int, int]) -> Command:
    """Return a command for this machine: its programs, and free ports for the written ones."""
    program = PROGRAMS / command[0]
    found = str(program) if program.exists() else shutil.which(command[0])
    if found is None:
        message = f"{command[0]} is not installed: apt-get install {PACKAGES.get(command[0], '')}"
        raise NotInstalled(message)
    words = [word.replace("/opt/townsquare", sys.prefix) for word in command[1:]]
    for written, free in ports.items():
        words = [re.sub(rf"(?<!\d){written}(?!\d)", str(free), word) for word in words]
    # It ends with whoever has started it, however that ends.
    setpriv = shutil.which("setpriv")
    # A run in the background would hand its deafness to Ctrl-C on.
    hears = (shutil.which("env") or "env", "--default-signal=INT")
    return (*((setpriv, "--pdeathsig", "TERM") if setpriv else ()), *hears, found, *words)


@contextmanager
def started(
    command: Command, environment: Mapping[str, str], log: Path, *, port: int = 0
) -> Iterator[Running]:
    """Run a command that listens on port 8001, on another one; kill it if it is still there."""
    port = port or free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            here(command, {8001: port}),
            # A checkout is not installed: a server with a Python of its own has to be told.
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=log.parent,
        )
    try:
        yield Running(process, port, log)
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that may have children, whatever they are doing."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def until_listening(running: Running, sign: str = "/healthz") -> None:
    """Wait until the process answers that it is alive, or what else it says at this address."""
    import http.client

    def answers() -> bool:
        if running.process.poll() is not None:
            message = f"It did not start:\n{running.log.read_text()}"
            raise RuntimeError(message)
        connection = http.client.HTTPConnection(HOST, running.port, timeout=PATIENCE)
        try:
            connection.request("GET", sign)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    until(answers, PATIENCE)


def until_closed(port: int) -> None:
    """Wait until nobody is let in any more, or for as long as a waiting write can."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            return
        time.sleep(0.05)
