"""Servers that tests start for themselves: own folder, own port, stopped by process id."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

Command = tuple[str, ...]
HOST = "127.0.0.1"
READY_WITHIN, STOP_WITHIN = 30, 20
MEMORY, ROOM = Path("/dev/shm"), 1024**3  # noqa: S108 (only a folder of our own in it)
DURABLE = ("wal_writer_delay=10s",)  # Nobody syncs for somebody else.
QUICK = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"),
    *("wal_level=minimal", "max_wal_senders=0"),
)


class NotInstalled(Exception):
    """A program is missing on this machine; the text names the package that brings it."""


@dataclass(frozen=True)
class PostgreSQL:
    """A running server; its process id is there for tests that crash it."""

    port: int
    pid: int

    def url(self, database: str) -> str:
        """Return the address of one of its databases, as the settings of a town want it."""
        return f"postgresql+psycopg://townsquare@{HOST}:{self.port}/{database}"

    def dsn(self, database: str) -> str:
        """Return the address of one of its databases, as the driver wants it."""
        return f"postgresql://townsquare@{HOST}:{self.port}/{database}"


@contextmanager
def postgresql(
    *, durable: bool = False, within: Callable[[Command], Command] | None = None
) -> Iterator[PostgreSQL]:
    """Run an empty PostgreSQL, if need be within what a command makes of its own.

    Only a durable one keeps its promises through a crash, and every commit of it syncs by itself.
    """
    programs = postgresql_programs()
    with scratch_folder("postgres", in_memory=not durable) as folder:
        data, port = folder / "data", free_port()
        fixed = ("-A", "trust", "-U", "townsquare", "-E", "UTF8", "--locale=C.UTF-8")
        made = (str(programs / "initdb"), "-D", str(data), *fixed, "--data-checksums", "--no-sync")
        subprocess.run(as_user("postgres", made), check=True, capture_output=True)
        options = (
            *(f"listen_addresses={HOST}", f"port={port}", f"unix_socket_directories={folder}"),
            *("max_connections=300", "timezone=UTC"),
            *(DURABLE if durable else QUICK),
        )
        chosen = (part for option in options for part in ("-c", option))
        command = as_user("postgres", (str(programs / "postgres"), "-D", str(data), *chosen))
        command = within(command) if within else command
        question = (str(programs / "pg_isready"), "-q", "-h", HOST, "-p", str(port))
        with running(command, question, folder / "log") as pid:
            yield PostgreSQL(port, pid)


@contextmanager
def running(command: Command, question: Command, log: Path) -> Iterator[int]:
    """Run a server until the end of the block; it is ready when the question succeeds."""
    # In a session of its own: Ctrl-C is for the tests, which then stop the server in order.
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        end = time.monotonic() + READY_WITHIN
        while subprocess.run(question, check=False).returncode != 0:
            if server.poll() is not None or time.monotonic() > end:
                message = f"{command[0]} did not start:\n{log.read_text()}"
                raise RuntimeError(message)
            time.sleep(0.02)
        yield server.pid
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def postgresql_programs() -> Path:
    """Return the folder of the newest PostgreSQL of this machine."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    found = shutil.which("initdb")
    for folder in (*debian, *([Path(found).parent] if found else [])):
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready")):
            return folder
    message = "PostgreSQL is not installed: apt-get install postgresql"
    raise NotInstalled(message)


def chromium() -> Path:
    """Return the browser of this machine, without its windows if there is one."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    message = "Chromium is not installed: apt-get install chromium-headless-shell"
    raise NotInstalled(message)


@contextmanager
def scratch_folder(owner: str, *, in_memory: bool) -> Iterator[Path]:
    """Lend a folder with a short path (a socket needs one) to the user that a server runs as."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    place = MEMORY if in_memory and roomy else None
    with tempfile.TemporaryDirectory("", "town-", place, ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            shutil.chown(name, owner, pwd.getpwnam(owner).pw_gid)
        yield Path(name)


def as_user(name: str, command: Command) -> Command:
    """Return the command for a server that refuses root, and that ends with its starter."""
    if not (setpriv := shutil.which("setpriv")):
        return command
    user = (f"--reuid={name}", f"--regid={name}", "--init-groups") if os.geteuid() == 0 else ()
    return (setpriv, *user, "--pdeathsig", "INT", *command)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _version(folder: Path) -> int:
    digits = re.sub(r"\D", "", folder.parent.name)
    return int(digits or 0)
