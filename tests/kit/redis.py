"""A Redis that tests start for themselves: own folder, own port, stopped by process id."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.kit.servers import HOST, NotInstalled, as_user, free_port, running, scratch_folder


@dataclass(frozen=True)
class Server:
    """A running server; its process id is there for tests that crash it."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Return its address, as the settings of a town want it."""
        return url_at(self.port)


def url_at(port: int) -> str:
    """Return the address of a Redis, or of a line to one, at this port."""
    return f"redis://{HOST}:{port}/0"


@contextmanager
def redis_server(port: int = 0) -> Iterator[Server]:
    """Run an empty Redis that keeps nothing; at a free port, or again at the one it had."""
    program, question = shutil.which("redis-server"), shutil.which("redis-cli")
    if not (program and question):
        message = "Redis is not installed: apt-get install redis-server"
        raise NotInstalled(message)
    port = port or free_port()
    with scratch_folder("redis", in_memory=True) as folder:
        chosen = ("--bind", HOST, "--dir", str(folder), "--save", "", "--appendonly", "no")
        command = as_user("redis", (program, "--port", str(port), *chosen))
        ping = (question, "-h", HOST, "-p", str(port), "-e", "ping")
        with running(command, ping, folder / "log") as pid:
            yield Server(port, pid)


@pytest.fixture(scope="session")
def shared_redis():
    """One running Redis for the whole run; who stops one starts one of their own."""
    try:
        with redis_server() as server:
            yield server
    except NotInstalled as missing:
        pytest.skip(str(missing))
