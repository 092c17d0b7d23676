"""Verbs that run the town: pages, streams and worker in one process, or each in its own."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import Event
from types import FrameType

import click
import uvicorn
from flask import Flask
from werkzeug.exceptions import BadRequest

from townsquare.app import create_app
from townsquare.core import logs
from townsquare.core.columns import COLUMNS
from townsquare.core.console import settings_here
from townsquare.core.db import reading
from townsquare.core.errors import Conflict, Invalid
from townsquare.core.health import Health, newest_schema, schema_of
from townsquare.core.identity.door import flush
from townsquare.core.jobs.rotating import refuse_missing_keys
from townsquare.core.live.front import Front, Parts
from townsquare.core.live.hub import Hub
from townsquare.core.live.streams import Refused, Streams
from townsquare.core.live.wire import Wire
from townsquare.core.loading import loading
from townsquare.core.pausing import Pause
from townsquare.core.settings import Settings
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.core.watchtower import watch
from townsquare.core.web import actor
from townsquare.core.words import translatable
from townsquare.core.worker import Worker

FINISH_WITHIN_SECONDS = 15
PARTS = ("web", "live", "worker")


class OtherSchema(Conflict):
    """The database has not the schema that this program knows."""

    code = "core.other-schema"
    message = translatable(
        "The schema is {found}, and this program needs {needed}; run townsquare migrate first."
    )


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
    _refuse_unfit(town)
    pause = Pause(town)
    if pause.on():  # Only then do pages look again.
        app.jinja_env.globals["pause"] = pause
    log, running = logs.begin(), parts_of(app, chosen, threads)
    watched = watch(town, running.hub)
    config = uvicorn.Config(
        Front(running),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=FINISH_WITHIN_SECONDS,
        http=Wire,
    )
    Server(config, drain).run()
    watched.stop()
    town.database.dispose()
    log.stop()


@click.command()
def worker() -> None:
    """Do jobs and deliver events until somebody stops it."""
    with loading():
        app = create_app(settings_here())
    town: Town = app.extensions["townsquare"]
    _refuse_unfit(town)
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


def _prepare(ctx: click.Context, settings: Settings) -> None:
    """Do what a town needs before its first page, in this process: one start instead of three."""
    from townsquare.cli.schema import migrate  # noqa: PLC0415 (only a town that is being set up)
    from townsquare.cli.town import demo  # noqa: PLC0415 (as above)

    ctx.invoke(migrate)
    if settings.demo:
        ctx.invoke(demo)


def parts_of(app: Flask, chosen: set[str], threads: int) -> Parts:
    """Return the parts of this process, connected with each other."""
    town: Town = app.extensions["townsquare"]
    hub = Hub(town) if "live" in chosen else None
    topics = [topic for service in town.services for topic in service.topics]
    return Parts(
        Health(town),
        pages=app if "web" in chosen else None,
        hub=hub,
        streams=Streams(hub, topics, lambda headers: who(app, headers)) if hub else None,
        worker=Worker(town, hub.ring if hub else lambda: None) if "worker" in chosen else None,
        threads=threads,
        now_and_then=partial(flush, app),
    )


def who(app: Flask, headers: Mapping[str, str]) -> Actor:
    """Return the actor whom a page would see, by the same hooks and the same cookie."""
    carried = {"Cookie": headers.get("cookie", ""), "Host": headers.get("host", "localhost")}
    with app.test_request_context("/live/", headers=carried):
        try:
            app.preprocess_request()
        except BadRequest as error:
            raise Refused(400, "http.400", str(error.description)) from error
        return actor()


def _worker_if(wanted: bool) -> tuple[str, ...]:  # noqa: FBT001 (a setting)
    return ("worker",) if wanted else ()


def _refuse_unfit(town: Town) -> None:
    """Refuse records of another schema, and records whose keys are not here."""
    found, needed = schema_of(town), newest_schema()
    if found != needed:
        raise OtherSchema(found=found or "empty", needed=needed)
    with reading(town.database) as connection:
        refuse_missing_keys(connection, town.engines.at(COLUMNS))


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
