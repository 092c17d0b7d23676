"""What is said to both databases, and that a town on SQLite loads no dialect of PostgreSQL."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, Table, insert, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from townsquare.core.dialects import Otherwise, Postgresql, Unless

ROOM = Table("room", MetaData(), Column("number", Integer, primary_key=True))
BOTH = (postgresql, sqlite)
PROGRAM = """
import json, sys
from townsquare.app import create_app
from townsquare.core.settings import Settings
{planted}
create_app(Settings(demo=True, data={data!r}, database={database!r}))
print(json.dumps(sorted(name for name in sys.modules if "dialects." in name)))
"""


def dialects(settings, planted=""):
    """Return the modules of dialects that a process has loaded which has put the town together."""
    program = PROGRAM.format(planted=planted, data=settings.data, database=settings.database)
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return {name.split(".")[2] for name in json.loads(run.stdout.splitlines()[-1])}


@pytest.mark.engines("sqlite")
def test_a_town_on_sqlite_loads_no_dialect_of_postgresql(settings):
    assert "postgresql" not in dialects(settings)


@pytest.mark.engines("sqlite")
def test_a_loaded_dialect_of_postgresql_would_be_noticed(settings):
    assert "postgresql" in dialects(settings, "import sqlalchemy.dialects.postgresql")


def test_the_words_are_those_of_the_dialect():
    assert dict(Postgresql.construct_arguments) == dict(postgresql.dialect.construct_arguments)


def test_who_wants_to_speak_it_gets_the_dialect_itself():
    assert make_url("postgresql://here/town").get_dialect() is postgresql.dialect


def test_an_index_says_its_condition_to_postgresql():
    index = Index("ix_room", ROOM.c.number, postgresql_where=ROOM.c.number > 3)
    said = str(CreateIndex(index).compile(dialect=postgresql.dialect()))
    assert said == "CREATE INDEX ix_room ON room (number) WHERE number > 3"


def said_of_conflicts(statement):
    """Return what each database is told to do where the row is refused."""
    told = [str(statement.compile(dialect=one.dialect())) for one in BOTH]
    return [" ".join(text.split()).partition(" ON CONFLICT ")[2] for text in told]


def test_both_databases_leave_out_what_is_refused_in_the_same_words():
    assert said_of_conflicts(insert(ROOM).ext(Unless())) == ["DO NOTHING"] * 2


def test_both_databases_change_what_is_there_in_the_same_words():
    again = Otherwise(index_elements=["number"], set_={"number": ROOM.c.number + 1})
    words = "(number) DO UPDATE SET number = (room.number + "
    told = said_of_conflicts(insert(ROOM).ext(again))
    assert [text.startswith(words) for text in told] == [True, True]
