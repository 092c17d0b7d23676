"""One contestant at a time: started on a pinned core, ready, stopped by its own process id."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from urllib.error import HTTPError
from urllib.request import urlopen

from bench.measure import SERVER_CORE, cpu_seconds

PATIENCE = 30.0


@dataclass(frozen=True)
class Contestant:
    """A running server: where it listens, which process it is, how long it took to answer."""

    address: str
    pid: int
    ready_s: float
    ready_cpu_s: float
    beside: tuple[int, ...] = ()  # What works for each answer too, such as a proxy before it.

    @property
    def pids(self) -> tuple[int, ...]:
        """Return the processes that an answer costs something."""
        return (self.pid, *self.beside)


@contextmanager
def serving(factory: str, environment: Mapping[str, str], path: str | None) -> Iterator[Contestant]:
    """Serve a WSGI factory, "module:name", with one worker of four threads under granian.

    It is ready when `path` answers; where there is nothing to get, when it answers at all.
    """
    port = free_port()
    with running(_granian(factory, port), port, environment, path=path) as contestant:
        yield contestant


@contextmanager
def town_itself(
    environment: Mapping[str, str], *, cores: str = SERVER_CORE
) -> Iterator[Contestant]:
    """Serve the town as its operators do; it is ready when it says so."""
    port = free_port()
    program = str(Path(sys.executable).with_name("townsquare"))
    command = ["taskset", "-c", cores, program, "serve", "--port", str(port), "--drain", "0"]
    with running(command, port, environment, path="/readyz") as contestant:
        yield contestant


@contextmanager
def running(
    command: Sequence[str], port: int, environment: Mapping[str, str], *, path: str | None
) -> Iterator[Contestant]:
    """Start this program, wait until it answers, and stop it at the end."""
    began = monotonic()
    nothing = subprocess.DEVNULL
    server = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=nothing, stderr=nothing
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_answered(address + (path or "/"), server, found=path is not None)
        yield Contestant(address, server.pid, monotonic() - began, cpu_seconds(server.pid))
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def receiving() -> Iterator[str]:
    """Take traces from a contestant, read nothing of them, and say where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Taking)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Taking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_told: object) -> None:
        """Print nothing."""


def _granian(factory: str, port: int) -> list[str]:
    program = str(Path(sys.executable).with_name("granian"))
    options = "--interface wsgi --workers 1 --blocking-threads 4 --host 127.0.0.1"
    quiet = f"--port {port} --no-access-log --log-level error --factory {factory}"
    return ["taskset", "-c", SERVER_CORE, program, *options.split(), *quiet.split()]


def free_port() -> int:
    """Return a port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_answered(url: str, server: subprocess.Popen[bytes], *, found: bool) -> None:
    """Return when the address answers; give up when the server has ended or is too slow."""
    end = monotonic() + PATIENCE
    while monotonic() < end and server.poll() is None:
        try:
            with urlopen(url, timeout=2):
                return
        except HTTPError:
            if not found:
                return
            sleep(0.02)
        except OSError:
            sleep(0.02)
    message = f"{url} does not answer."
    raise TimeoutError(message)
