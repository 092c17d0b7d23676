"""Verbs that run the town: pages, streams and worker in one process, or each in its own."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from socket import socket
from threading import Event
from types import FrameType
from typing import Literal

import click
import uvicorn

from townsquare.app import create_app
from townsquare.core import logs
from townsquare.core.console import settings_here
from townsquare.core.errors import Invalid
from townsquare.core.live.front import Front
from townsquare.core.live.parts import parts_of, refuse_unfit, show_a_pause
from townsquare.core.live.sockets import LONGEST_READ
from townsquare.core.live.wire import Upgraded, Wire
from townsquare.core.loading import loading
from townsquare.core.settings import Settings
from townsquare.core.town import Town
from townsquare.core.watchtower import watch
from townsquare.core.words import translatable
from townsquare.core.worker import Worker

FINISH_WITHIN_SECONDS = 15
PARTS = ("web", "live", "worker")
PING_SECONDS = 15.0  # Whoever does not answer within another twenty is gone.
# Whoever wants the interpreter gets it by chance among those who wait, and the loop wants it some
# ten times for a new line: turns of Python's own 5 ms let health wait half as long again.
TURN_SECONDS = 0.001


class UnknownPart(Invalid):
    """A part was asked for that a process does not have."""

    code = "core.unknown-part"
    message = translatable("There is no part {part}; choose among web, live and worker.")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--parts", default="", help="Some of web,live,worker; all that the settings allow.")
@click.option("--threads", default=8, show_default=True, help="Threads for pages.")
@click.option("--drain", default=0.0, help="Seconds between 'not ready' and the stop.")
@click.option("--prepare", is_flag=True, help="First migrate, and load a demonstration's town.")
@click.pass_context
def serve(
    ctx: click.Context,
    *,
    host: str,
    port: int,
    parts: str,
    threads: int,
    drain: float,
    prepare: bool,
) -> None:
    """Serve the town until somebody stops it; a second signal stops it at once."""
    settings = settings_here()
    if prepare:
        _prepare(ctx, settings)
    chosen = set(parts.split(",")) if parts else {"web", "live", *_worker_if(settings.worker)}
    if unknown := chosen - set(PARTS):
        raise UnknownPart(part=" ".join(sorted(unknown)))
    with loading():
        app = create_app(settings)
    town: Town = app.extensions["townsquare"]
    refuse_unfit(town)
    show_a_pause(app)
    log, running = logs.begin(), parts_of(app, chosen, threads)
    watched = watch(town, running.hub)
    Server(_config(Front(running), chosen, host=host, port=port), drain).run()
    watched.stop()
    town.database.dispose()
    log.stop()


@click.command()
def worker() -> None:
    """Do jobs and deliver events until somebody stops it."""
    with loading():
        app = create_app(settings_here())
    town: Town = app.extensions["townsquare"]
    refuse_unfit(town)
    log, stopped, working = logs.begin(), Event(), Worker(town)
    watched = watch(town)
    with _signals(stopped.set):
        working.start()
        stopped.wait()
        working.stop()
    watched.stop()
    log.stop()


class Server(uvicorn.Server):
    """Stops in order on the first signal, and at once on the second."""

    def __init__(self, config: uvicorn.Config, drain: float) -> None:
        super().__init__(config)
        self._drain = drain

    def run(self, sockets: list[socket] | None = None) -> None:
        """Serve, with turns that let the loop come through among the threads."""
        sys.setswitchinterval(TURN_SECONDS)
        super().run(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to signals while serving; a signal that was obeyed is not raised again."""
        front: Front = self.config.app  # type: ignore[assignment]  # We gave it just above.
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.call_soon_threadsafe(front.stop)
            loop.call_soon_threadsafe(loop.call_later, self._drain, self._leave)

        with _signals(stop):
            yield

    def _leave(self) -> None:
        self.should_exit = True


def _config(front: Front, parts: Container[str], *, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        front,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=FINISH_WITHIN_SECONDS,
        loop=_loop(parts),
        http=Wire,
        ws=Upgraded,
        ws_max_size=LONGEST_READ,
        ws_ping_interval=PING_SECONDS,
        ws_per_message_deflate=False,  # It would cost each line some 300 KiB.
    )


def _loop(parts: Container[str]) -> Literal["asyncio", "auto"]:
    # uvloop asks for the interpreter at each event, and takes one new line at a time: while every
    # thread makes a page, lines and health would wait for seconds.
    return "asyncio" if "web" in parts else "auto"


def _prepare(ctx: click.Context, settings: Settings) -> None:
    """Do what a town needs before its first page, in this process: one start instead of three."""
    from townsquare.cli.schema import migrate  # noqa: PLC0415 (only a town that is being set up)
    from townsquare.cli.town import demo  # noqa: PLC0415 (as above)

    ctx.invoke(migrate)
    if settings.demo:
        ctx.invoke(demo)


def _worker_if(wanted: bool) -> tuple[str, ...]:  # noqa: FBT001 (a setting)
    return ("worker",) if wanted else ()


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    asked: list[int] = []

    def obey(number: int, _frame: FrameType | None) -> None:
        if asked:
            os._exit(128 + number)
        asked.append(number)
        stop()

    before = {number: signal.signal(number, obey) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
