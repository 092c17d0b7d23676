"""Fixtures of every test: a migrated town, its application, and people who act in it."""

from datetime import UTC, datetime

import pytest
from jinja2 import BytecodeCache

from townsquare.app import assemble, services_of
from townsquare.core.rates import table
from townsquare.core.settings import Settings
from townsquare.core.town import found
from townsquare.core.usecase import Actor

pytest_plugins = [
    f"tests.kit.{name}" for name in ("demo", "engines", "measuring", "people", "redis", "sockets")
]

# Tests ask more in a minute than people; tests/core/test_limits.py takes the limits of a town.
ROOMY = table("all=1000000/min,1000000/min")
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # A Monday, ten in the morning in San Roque.


class Compiled(BytecodeCache):
    """Templates compiled once for all applications of this process."""

    kept = {}  # noqa: RUF012 (shared on purpose)

    def load_bytecode(self, bucket):
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket):
        self.kept[bucket.key] = bucket.bytecode_to_string()


class StandingClock:
    """A clock that moves only when a test moves it."""

    def __init__(self, at=NOW):
        self.at = at

    def __call__(self):
        return self.at

    def set(self, *numbers):
        """Go to this moment, given as year, month, day, hour, minute in UTC."""
        self.at = datetime(*numbers, tzinfo=UTC)

    def advance(self, **spans):
        from datetime import timedelta

        self.at += timedelta(**spans)


@pytest.fixture
def settings(tmp_path, database_url):
    return Settings(
        data=str(tmp_path),
        database=database_url,
        secret_key="of-the-tests-and-long-enough",
        demo=True,
        limits=ROOMY,
    )


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def town(settings, clock):
    made = found(settings, services_of(settings), clock)
    yield made
    made.database.dispose()


@pytest.fixture
def app(town):
    made = assemble(town)
    made.jinja_env.bytecode_cache = Compiled()
    return made


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def acting_as(town):
    """Open a unit of work for somebody with these permissions, or for this actor."""

    def run(*permissions, actor=None, reads=False):
        who = actor or Actor(1, "Dina Park", frozenset({"public", "signed-in", *permissions}))
        return town.working(who, reads=reads)

    return run
