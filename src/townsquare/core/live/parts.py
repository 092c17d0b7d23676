"""What one process runs of a town, with its parts connected with each other."""

from collections.abc import Mapping
from functools import partial

from flask import Flask
from werkzeug.exceptions import BadRequest

from townsquare.core.columns import COLUMNS
from townsquare.core.db import reading
from townsquare.core.health import Health, refuse_other_schema
from townsquare.core.identity.door import flush
from townsquare.core.identity.passwords import AT_ONCE
from townsquare.core.jobs.rotating import refuse_missing_keys
from townsquare.core.live.answers import Refused
from townsquare.core.live.front import Parts
from townsquare.core.live.hub import Hub
from townsquare.core.live.sockets import Sockets
from townsquare.core.live.streams import Streams
from townsquare.core.live.talks import Talks
from townsquare.core.networks import network_of
from townsquare.core.pausing import Pause
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.core.web import actor
from townsquare.core.worker import Worker


def parts_of(app: Flask, chosen: set[str], threads: int = 8) -> Parts:
    """Return the parts of this process, connected with each other."""
    town: Town = app.extensions["townsquare"]
    hub = Hub(town) if "live" in chosen else None
    topics = [topic for service in town.services for topic in service.topics]
    lines = {f"{s.name}/{socket.name}": socket for s in town.services for socket in s.sockets}
    return Parts(
        Health(town),
        pages=app if "web" in chosen else None,
        hub=hub,
        streams=Streams(hub, topics, partial(who, app), count=partial(count, app)) if hub else None,
        sockets=Sockets(lines, Talks(app)) if hub else None,
        worker=Worker(town, hub.ring if hub else lambda: None) if "worker" in chosen else None,
        threads=threads,
        at_the_door=AT_ONCE,
        now_and_then=partial(flush, app),
    )


def refuse_unfit(town: Town) -> None:
    """Refuse records of another schema, and records whose keys are not here."""
    refuse_other_schema(town)
    with reading(town.database) as connection:
        refuse_missing_keys(connection, town.engines.at(COLUMNS))


def show_a_pause(app: Flask) -> None:
    """Let pages tell that a restored town stands still; only then do they look for it."""
    pause = Pause(app.extensions["townsquare"])
    if pause.on():
        app.jinja_env.globals["pause"] = pause


def who(app: Flask, headers: Mapping[str, str]) -> Actor:
    """Return the actor whom a page would see, by the same hooks and the same cookie."""
    carried = {"Cookie": headers.get("cookie", ""), "Host": headers.get("host", "localhost")}
    with app.test_request_context("/live/", headers=carried):
        try:
            app.preprocess_request()
        except BadRequest as error:
            raise Refused(400, "http.400", str(error.description)) from error
        return actor()


def count(app: Flask, actor: Actor, way: tuple[str, str]) -> None:
    """Count a stream that is about to be opened, or raise TooMany."""
    proxies = app.extensions["townsquare"].settings.proxies
    app.extensions["gate"].stream(actor, network_of(*way, proxies))
