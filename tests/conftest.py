"""Fixtures of every test: a migrated town, its application, and people who act in it."""

import gc
from datetime import UTC, datetime
from functools import cache, partial
from unittest.mock import patch

import pytest
from jinja2 import BytecodeCache
from sqlalchemy.util import LRUCache
from werkzeug import test as clients
from werkzeug.wsgi import get_current_url

from tests.kit.addresses import Again
from townsquare.app import assemble, services_of
from townsquare.core.loading import loading
from townsquare.core.rates import table
from townsquare.core.settings import Settings
from townsquare.core.town import found
from townsquare.core.usecase import Actor

pytest_plugins = [
    f"tests.kit.{name}" for name in ("demo", "engines", "measuring", "people", "redis", "sockets")
]

# Tests ask more in a minute than people; tests/core/test_limits.py takes the limits of a town.
ROOMY = table("all=1000000/min,1000000/min")
LOOKS = 5_000, 10, 20  # Each test makes an application: forty thousand objects to look through.
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # A Monday, ten in the morning in San Roque.


class Compiled(BytecodeCache):
    """Templates compiled once for all applications of this process."""

    kept = {}  # noqa: RUF012 (shared on purpose)

    def load_bytecode(self, bucket):
        if bucket.key in self.kept:
            bucket.code = self.kept[bucket.key]

    def dump_bytecode(self, bucket):
        self.kept[bucket.key] = bucket.code


COMPILED = LRUCache(4000)  # What is asked of any town of this process, as each database reads it.
DIALECTS = {}


def share_compiled(engine):
    """Let this town ask what another one has asked before without compiling it again."""
    if engine.dialect.name not in DIALECTS:
        engine.connect().close()  # A dialect knows its server from its own first connection only.
        DIALECTS[engine.dialect.name] = engine.dialect
    engine.dialect = DIALECTS[engine.dialect.name]
    engine.update_execution_options(compiled_cache=COMPILED)


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


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collect without looking for garbage, and look for that of the tests less often than usual."""
    gc.set_threshold(*LOOKS)
    with loading():  # What is collected stays until the end.
        return (yield)


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


@pytest.fixture(scope="session")
def cards():
    """What a town runs, looked up once for each choice of services."""
    return cache(lambda chosen: services_of(Settings(services=chosen)))


@pytest.fixture
def town(settings, clock, cards):
    made = found(settings, cards(settings.services), clock)
    share_compiled(made.database)
    yield made
    made.database.dispose()


@pytest.fixture(scope="session", autouse=True)
def known():
    """Every application of this process takes over the addresses that an earlier one has made."""
    with patch("townsquare.app.Application", Again):
        yield


@pytest.fixture(scope="session", autouse=True)
def by_host_and_path():
    """Choose cookies by what they hang on: the client reads all that is asked for it, twice."""
    shorter = partial(get_current_url, strip_querystring=True)
    with patch.object(clients, "get_current_url", shorter):
        yield


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
