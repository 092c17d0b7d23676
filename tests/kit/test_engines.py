"""The databases of the tests: fresh for each test, gone afterwards, and never silently left out."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests import conftest
from tests.kit.servers import NotInstalled, postgresql
from townsquare import migrations
from townsquare.core.db import connect, looking

ROOT = Path(__file__).parents[2]
LEFT_OUT = 'import pytest\n\ndef test_it():\n    pytest.skip("The oven is cold.")\n'


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_gets_a_migrated_database_without_rows(database_url, time):
    engine = connect(database_url)
    with engine.begin() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        connection.exec_driver_sql("CREATE TABLE only_here (id integer)")
    engine.dispose()
    assert version == migrations.head()


@pytest.mark.engines("sqlite", "postgresql")
def test_a_town_that_never_asks_leaves_the_others_what_they_share(database_url, monkeypatch):
    monkeypatch.setattr(conftest, "DIALECTS", {})
    silent, other = connect(database_url), connect(database_url)
    for engine in (silent, other):
        conftest.share_compiled(engine)
    with looking(other) as connection:
        found = connection.exec_driver_sql("SELECT 1").scalar()
    for engine in (silent, other):
        engine.dispose()
    assert found == 1


def test_a_server_ends_with_its_block():
    try:
        with postgresql(durable=True) as server:
            with psycopg.connect(server.dsn("postgres")) as connection:
                kept = connection.execute("SHOW fsync").fetchone()
            assert is_running(server.pid)
    except NotInstalled as missing:
        pytest.skip(str(missing))
    assert kept == ("on",)
    assert not is_running(server.pid)


@pytest.mark.parametrize(("complete", "code"), [("false", 0), ("true", 1)])
def test_only_a_machine_of_a_person_may_leave_something_out(tmp_path, complete, code):
    (tmp_path / "test_cold.py").write_text(LEFT_OUT)
    command = [sys.executable, "-m", "pytest", "-p", "tests.kit.engines", tmp_path]
    run = subprocess.run(
        [*command, "--rootdir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "CI": complete, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stdout
    assert "The oven is cold." in run.stdout
