"""The databases and the browser that tests run on, as fixtures.

Every test that asks for `database_url`, directly or through the town, runs on SQLite; in CI, and
with `--engines sqlite,postgresql`, it runs on PostgreSQL too. `@pytest.mark.engines(...)` names
the engines of one test whatever was asked for. What is `shown` is said by pages, forms and calls
before or after any database is asked, so that the first of several engines is enough for it. What
is not installed is skipped with the package that brings it; in CI nothing is skipped.
"""

import os
import shutil
import signal
from collections import Counter
from contextlib import ExitStack
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.kit.servers import MEMORY, NotInstalled, PostgreSQL, chromium, postgresql
from townsquare import migrations
from townsquare.core.ids import new_id

COMPLETE = os.environ.get("CI") == "true"
BOTH = "sqlite,postgresql"
TEMPLATE = "town_template"
COPY = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")  # Eight times as fast as its log.
TEMPORARY = "PYTEST_DEBUG_TEMPROOT"  # How pytest is told where its temporary folders lie.
PLENTY = 8 * 1024**3
TURN = 8000  # The number of the lock under which one worker makes the template.
SERVER = pytest.StashKey[PostgreSQL | NotInstalled]()


def pytest_addoption(parser):
    parser.addoption(
        "--engines",
        default=BOTH if COMPLETE else "sqlite",
        help=f"The databases of the tests: sqlite, postgresql or {BOTH}.",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "engines(*names): run on these databases, always")
    config.addinivalue_line("markers", "shown: run on the first of the databases that are chosen")
    # A shell lets what runs in its background ignore this sign, and servers would inherit that:
    # each that is stopped by it would have to be killed after a long wait.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    worker = getattr(config, "workerinput", None)
    if COMPLETE and not worker:
        _keep_files_in_memory(config)
    if worker and (given := worker["postgresql"]):
        config.stash[SERVER] = PostgreSQL(*given)


def _keep_files_in_memory(config):
    """Let the files of tests lie where no disk is waited for: each commit of theirs syncs one."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > PLENTY
    if roomy and TEMPORARY not in os.environ:
        place = TemporaryDirectory("", "tests-", MEMORY, ignore_cleanup_errors=True)
        os.environ[TEMPORARY] = place.name  # Workers are given a folder in it.
        config.add_cleanup(place.cleanup)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Give the workers of one run one server: the first of them to ask would stop it too early."""
    server = _server(node.config)
    found = isinstance(server, PostgreSQL)
    node.workerinput["postgresql"] = (server.port, server.pid) if found else None


def pytest_generate_tests(metafunc):
    if "database_url" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("engines")
        chosen = marker.args if marker else metafunc.config.getoption("engines").split(",")
        if metafunc.definition.get_closest_marker("shown") and not marker:
            chosen = chosen[:1]
        metafunc.parametrize("database_url", chosen, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """In the complete build nothing is skipped: what cannot be tried has failed."""
    report = yield
    if COMPLETE and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} may not be skipped in CI. {_reason(report)}"
    return report


def pytest_terminal_summary(terminalreporter):
    """Say once, in one line each, what was left out and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason, times in Counter(_reason(report) for report in skipped).most_common():
        terminalreporter.line(f"{times} skipped. {reason}", yellow=True)


def _reason(report):
    return str(report.longrepr[-1]).removeprefix("Skipped: ")


def _server(config):
    """Return the server of this run, started when it is first wanted, or why there is none."""
    if SERVER not in config.stash:
        stack = ExitStack()
        try:
            config.stash[SERVER] = stack.enter_context(postgresql())
        except NotInstalled as missing:
            config.stash[SERVER] = missing
        config.add_cleanup(stack.close)
    return config.stash[SERVER]


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig):
    """One running PostgreSQL for the whole run."""
    server = _server(pytestconfig)
    if isinstance(server, NotInstalled):
        pytest.skip(str(server))
    return server


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server):
    """The name of a migrated, empty database from which others are made in an instant."""
    with psycopg.connect(postgresql_server.dsn("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (TURN,))
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,))
        if not known.fetchone():
            connection.execute("DROP DATABASE IF EXISTS town_making WITH (FORCE)")
            connection.execute("CREATE DATABASE town_making")
            migrations.upgrade(postgresql_server.url("town_making"))
            connection.execute(
                SQL("ALTER DATABASE town_making RENAME TO {}").format(Identifier(TEMPLATE))
            )
    return TEMPLATE


@pytest.fixture(scope="session")
def postgresql_keeper(postgresql_server):
    """A connection for the whole run that makes and drops databases."""
    with psycopg.connect(postgresql_server.dsn("postgres"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def new_postgresql(postgresql_server, postgresql_keeper):
    """Make a database from a template and return its address; it is dropped after the test."""
    made = []

    def make(template="template1"):
        made.append(f"town_{new_id().lower()}")
        names = Identifier(made[-1]), Identifier(template)
        postgresql_keeper.execute(COPY.format(*names))
        return postgresql_server.url(made[-1])

    yield make
    for name in made:
        postgresql_keeper.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def postgresql_url(new_postgresql, postgresql_template):
    """The address of a migrated, empty PostgreSQL database of this test's own."""
    return new_postgresql(postgresql_template)


@pytest.fixture
def bare_postgresql_url(new_postgresql):
    """The address of a PostgreSQL database of this test's own without a single table."""
    return new_postgresql()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A migrated, empty SQLite file that every test copies."""
    path = tmp_path_factory.mktemp("schema") / "town.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    """The address of a migrated, empty SQLite database of this test's own."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'town.db')}"


@pytest.fixture
def database_url(request):
    """The address of a migrated, empty database of this test's own, on each chosen engine."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(scope="session")
def chromium_path():
    """The browser of this machine."""
    try:
        return chromium()
    except NotInstalled as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def package_index():
    """Leave to install something; it takes an index and time, so that only CI does it."""
    if not COMPLETE:
        pytest.skip("This installs from a package index, which only CI does (CI=true).")
