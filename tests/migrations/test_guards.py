"""No guard reads a table from end to end, which would take longer with each row that comes.

Whether the index that it uses is a good one is not asked here; the tests of growth tell.
"""

import re

import pytest

pytestmark = pytest.mark.engines("sqlite")
WRITTEN = re.compile(
    r" ON \w+(?: FOR EACH ROW)?(?: WHEN (?P<when>.*?))? BEGIN (?P<body>.*)END$", re.DOTALL
)
ONLY_REFUSES = re.compile(r"SELECT RAISE\(ABORT, '\w+'\)")
OF_THE_ROW = re.compile(r"\b(?:NEW|OLD)\.(?:\w+|\"\w+\")", re.IGNORECASE)
# The first three read what is few, and seldom: tariffs, candidates where a party gets another name,
# trustees of one election. SQLite plans the last one for a foreign key that is broken already.
OF_FEW = {
    "library_tariff_alone": {"SCAN t"},
    "elections_party_shown": {"SCAN c"},
    "elections_election_apart": {"SCAN held", "SCAN trusted"},
    "trg_stock_move_apply": {"SCAN stock_reservation"},
}


def asked_by(written):
    """Return what a trigger asks the database, as statements of their own."""
    parts = WRITTEN.search(written)
    asked = [f"SELECT {parts['when']}"] if parts["when"] else []
    acts = [act.strip() for act in parts["body"].split(";") if act.strip()]
    asked += [act for act in acts if not ONLY_REFUSES.fullmatch(act)]
    return [re.sub(r"RAISE\(\w+, '\w+'\)", "1", OF_THE_ROW.sub("?", one)) for one in asked]


def walks(connection, statement):
    """Return each table that a statement reads from end to end."""
    values = ("1",) * statement.count("?")
    steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    told = {step[3] for step in steps}
    return {step for step in told if step.startswith("SCAN ") and "CONSTANT ROW" not in step}


def test_each_guard_finds_what_it_asks_for_by_an_index(town):
    chosen = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    found = {}
    with town.database.connect() as connection:
        for name, written in connection.exec_driver_sql(chosen).all():
            for statement in asked_by(written):
                found.setdefault(name, set()).update(walks(connection, statement))
    assert len(found) > 280  # The others refuse without a question.
    assert {name: tables for name, tables in found.items() if tables} == OF_FEW


def test_a_guard_that_walks_is_found(town):
    walking = "CREATE TRIGGER t BEFORE INSERT ON core_job WHEN EXISTS (SELECT 1 FROM core_job WHERE"
    walking += " reason = NEW.reason) BEGIN SELECT RAISE(ABORT, 'twice'); END"
    (asked,) = asked_by(walking)
    with town.database.connect() as connection:
        assert walks(connection, asked) == {"SCAN core_job"}
