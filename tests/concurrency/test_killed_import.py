"""An import on the command line, killed at any moment: it goes on, nothing twice, nothing half."""

import re
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from tests.kit.verbs import PATIENCE, Verb
from townsquare.core.db import reading
from townsquare.core.imports.runs import ImportRow
from townsquare.core.invariants import breaches
from townsquare.services.library.models.catalogue import DocumentRow, SourceRecordRow

BOOKS = Path(__file__).parents[1] / "data/library/goodbooks_1_5000.csv.gz"
ROWS = 5000


@pytest.fixture
def importing(town, settings):
    """Start the command beside this process, on the same town."""
    chosen = {"DATA": settings.data, "DATABASE": settings.database}
    told, begun = {f"TOWNSQUARE_{name}": value for name, value in chosen.items()}, []

    def start(*options):
        begun.append(Verb(told, "library", "import", *options))
        return begun[-1]

    yield start
    for verb in begun:
        verb.kill()
        verb.ended()


def ask(town, question):
    with reading(town.database) as connection:
        return connection.execute(question).first()


def count(town, column):
    return ask(town, select(func.count(column)))[0]


def wait_for_row(town, verb, row):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and verb.lives():
        told = ask(town, select(ImportRow.public_id, ImportRow.next_row))
        if told and told.next_row >= row:
            return told.public_id
        time.sleep(0.01)
    verb.kill()
    raise TimeoutError(verb.ended())


@pytest.fixture
def killed(town, importing):
    """An import that was killed at some row after the two hundredth: its run, how far it came."""
    first = importing(str(BOOKS))
    run = wait_for_row(town, first, 200)
    first.kill()
    progress = first.ended().stderr
    return run, count(town, DocumentRow.id), progress


@pytest.fixture
def resumed(importing, killed):
    """Let the killed import go on; return what it says at its end."""

    def run():
        again = importing(str(BOOKS), "--resume", killed[0]).ended()
        return again.returncode, re.match(r".*", again.stdout)[0]

    return run


def untrue(town):
    """Return how many documents and sources are missing, and what is not sound."""
    kept = (count(town, DocumentRow.id), count(town, SourceRecordRow.id))
    return [ROWS - number for number in kept], breaches(town)


def test_a_killed_import_goes_on_where_it_was(town, killed, resumed):
    run, stopped_at, progress = killed
    assert 200 <= stopped_at < ROWS
    assert f"Import {run}" in progress
    assert resumed() == (
        0,
        "5000 records: 5000 were new, 0 changed, 0 same, 0 refused, 14 with a warning.",
    )
    assert untrue(town) == ([0, 0], {})


@pytest.mark.engines("sqlite")
def test_an_import_that_forgets_where_it_was_is_found(town, resumed):
    with town.database.begin() as connection:
        further = {"next_row": ImportRow.next_row + 300, "new": ImportRow.new + 300}
        connection.execute(update(ImportRow).values(further))
    resumed()
    missing, unsound = untrue(town)
    assert (missing, [found.rule for found in unsound["core"]]) == (
        [300, 300],
        ["core.import-rows"],
    )
