"""What faults share with races: a library with readers and copies, and a door to it."""

from dataclasses import dataclass, replace
from itertools import count

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.concurrency.conftest import door, library
from tests.kit.engines import COPY, TEMPLATE
from tests.kit.servers import NotInstalled, PostgreSQL, postgresql, scratch_folder
from tests.kit.volumes import Volume, small_volume
from townsquare import migrations

__all__ = ["door", "library"]
MEGABYTES = 48


@dataclass(frozen=True)
class Durable:
    """A PostgreSQL that keeps its promises, with a small volume beside its own."""

    server: PostgreSQL
    volume: Volume
    names: "count[int]"

    def database(self, *, on_the_volume: bool = False) -> str:
        """Make a migrated, empty database here, its tables on the volume if need be."""
        name = f"town_{next(self.names)}"
        place = SQL(" TABLESPACE small") if on_the_volume else SQL("")
        with psycopg.connect(self.server.dsn("postgres"), autocommit=True) as connection:
            connection.execute(COPY.format(Identifier(name), Identifier(TEMPLATE)) + place)
        return self.server.url(name)


@pytest.fixture
def settings(settings):
    """A town at a name, which passkeys are made for."""
    return replace(settings, public_url="http://localhost")


@pytest.fixture(scope="session")
def durable():
    """One such PostgreSQL for the whole run."""
    try:
        with (
            scratch_folder("postgres", in_memory=False) as folder,
            small_volume(folder / "small", MEGABYTES, owner="postgres") as volume,
            postgresql(durable=True, within=volume.command) as server,
        ):
            migrations.upgrade(_new(server, TEMPLATE))
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
                place = SQL("CREATE TABLESPACE small LOCATION {}")
                connection.execute(place.format(str(volume.folder)))
            yield Durable(server, volume, count())
    except NotInstalled as missing:
        pytest.skip(str(missing))


def _new(server, name):
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return server.url(name)
