"""An import on the command line, killed at any moment: it goes on, nothing twice, nothing half."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from townsquare.core.db import reading
from townsquare.core.imports.runs import ImportRow
from townsquare.core.invariants import breaches
from townsquare.services.library.models.catalogue import DocumentRow, SourceRecordRow

BOOKS = Path(__file__).parents[1] / "data/library/goodbooks_1_5000.csv.gz"
COMMAND = (sys.executable, "-c", "from townsquare.cli import main; main()", "library", "import")
ROWS, PATIENCE = 5000, 300


@pytest.fixture
def importing(town, settings):
    """Start the command beside this process, on the same town."""
    chosen = {"DATA": settings.data, "DATABASE": settings.database}
    env = {**os.environ, **{f"TOWNSQUARE_{name}": value for name, value in chosen.items()}}

    begun = []

    def start(*options):
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        begun.append(subprocess.Popen((*COMMAND, *options), env=env, text=True, **piped))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def ask(town, question):
    with reading(town.database) as connection:
        return connection.execute(question).first()


def count(town, column):
    return ask(town, select(func.count(column)))[0]


def wait_for_row(town, process, row):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        told = ask(town, select(ImportRow.public_id, ImportRow.next_row))
        if told and told.next_row >= row:
            return told.public_id
        time.sleep(0.01)
    raise TimeoutError(process.communicate())


def test_a_killed_import_goes_on_where_it_was(town, importing):
    first = importing(str(BOOKS))
    run = wait_for_row(town, first, 200)
    first.kill()
    _output, progress = first.communicate()
    assert 200 <= (stopped_at := count(town, DocumentRow.id)) < ROWS
    assert f"Import {run}" in progress

    again = importing(str(BOOKS), "--resume", run)
    output, _progress = again.communicate(timeout=PATIENCE)
    assert (again.returncode, re.match(r".*", output)[0]) == (
        0,
        "5000 records: 5000 were new, 0 changed, 0 same, 0 refused, 14 with a warning.",
    )
    assert stopped_at < count(town, DocumentRow.id) == count(town, SourceRecordRow.id) == ROWS
    assert breaches(town) == {}
