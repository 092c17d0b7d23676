"""A backup of a town that goes on: one moment of it, whole, and sound where it is restored."""

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from threading import Event

import pytest
from sqlalchemy import create_engine, text

from tests.concurrency.conftest import DINA
from tests.concurrency.test_kill import CLIENTS, PATIENCE, Desk, House, clock, lost_or_doubled
from tests.kit.servers import free_port
from townsquare.core.storage import FILES, FileRow

__all__ = ["clock"]  # The true time, as for the server that is killed.
pytestmark = pytest.mark.engines("sqlite")
TOWNSQUARE = (sys.executable, "-c", "from townsquare.cli import main; main()")


def shell(settings, data, *words):
    """Run a verb on the town in this folder, in a process of its own."""
    chosen = {"DATA": data, "DATABASE": f"sqlite:///{data}/town.db", "DEMO": "yes"}
    chosen["SECRET_KEY"] = settings.secret_key
    told = {**os.environ, **{f"TOWNSQUARE_{name}": str(value) for name, value in chosen.items()}}
    return subprocess.run(
        (*TOWNSQUARE, *words), env=told, capture_output=True, text=True, check=False
    )


def uploading(town, over):
    """Take files in, each with its row, until the day is over; one upload never ends."""
    folder = town.settings.folder / "files" / "zz"
    folder.mkdir(parents=True)
    (folder / "half.part").write_bytes(b"half")
    number = 0
    while not over.is_set():
        kept = town.engines.at(FILES).keep(BytesIO(b"%d" % number), 100)
        about = {"owner": "", "purpose": "tests", "name": str(number), "mimetype": ""}
        told = {"stored": kept.stored, "size": kept.size, "sha256": kept.sha256}
        with town.working(DINA) as ctx:
            ctx._db.add(FileRow(**told, **about, created_at=town.now()))  # noqa: SLF001
        number += 1
        time.sleep(0.01)
    return number


@pytest.fixture
def copied(town, library, door, settings, tmp_path):
    """A backup made while four desks lend and files come in; what was lent before it began."""
    house, over = House(settings, free_port()), Event()
    copies, cards = library.copies(CLIENTS * 3), library.readers(CLIENTS)
    desks = [
        Desk(door, house.port, card, copies[place * 3 : place * 3 + 3], over)
        for place, card in enumerate(cards)
    ]
    house.open()
    try:
        with ThreadPoolExecutor(CLIENTS + 1) as threads:
            working = [threads.submit(desk.work) for desk in desks]
            working.append(threads.submit(uploading, town, over))
            end = time.monotonic() + PATIENCE
            while sum(desk.returned for desk in desks) < 3 * CLIENTS and time.monotonic() < end:
                time.sleep(0.02)
            before = [loan for desk in desks for loan in desk.lent[:-1]]
            answer = shell(settings, settings.data, "backup", str(tmp_path / "copy"))
            over.set()
            for work in working:
                work.result(PATIENCE)
    finally:
        house.kill()
    answer.check_returncode()
    return tmp_path / "copy", before


def rows(folder, statement):
    engine = create_engine(f"sqlite:///{folder}/town.db")
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return found


def test_what_is_restored_is_sound_and_holds_what_was_acknowledged(copied, settings, tmp_path):
    copy, before = copied
    assert before
    manifest = json.loads((copy / "manifest.json").read_text())
    assert not [part for part in manifest["parts"] if part.endswith(".part")]
    empty = tmp_path / "restored"
    empty.mkdir()
    for part in ("town.db", "files"):
        (shutil.copytree if part == "files" else shutil.copy)(copy / part, empty / part)
    checked = shell(settings, empty, "check-invariants")
    assert (checked.returncode, checked.stdout.strip()[-6:]) == (0, "holds."), checked.stderr
    kept = [row[0] for row in rows(empty, "SELECT public_id FROM library_loan")]
    assert lost_or_doubled(before, kept) == []
    files = rows(empty, "SELECT stored, sha256 FROM core_file")
    assert files
    for stored, digest in files:
        assert sha256((empty / "files" / stored[:2] / stored).read_bytes()).hexdigest() == digest
    assert rows(empty, "PRAGMA integrity_check") == [("ok",)]


def test_a_restored_town_that_is_not_sound_would_be_found(copied, settings, tmp_path):
    copy, _before = copied
    broken = create_engine(f"sqlite:///{copy}/town.db")
    with broken.begin() as connection:
        connection.execute(text("UPDATE library_patron_load SET open_loans = open_loans + 1"))
    broken.dispose()
    assert shell(settings, copy, "check-invariants").returncode == 1
