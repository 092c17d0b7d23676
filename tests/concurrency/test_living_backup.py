"""A backup of a town that goes on: one moment of it, whole, and sound where it is restored."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from threading import Event

import pytest
from sqlalchemy import create_engine, text

from tests.concurrency.conftest import DINA
from tests.concurrency.test_kill import CLIENTS, PATIENCE, Desk, Forked, clock, lost_or_doubled
from tests.kit.servers import free_port
from tests.kit.verbs import run_verb
from townsquare.core.storage import FILES, FileRow

__all__ = ["clock"]  # The true time, as for the server that is killed.
pytestmark = pytest.mark.engines("sqlite", "postgresql")
KEY = "ab" * 32


def shell(settings, place, *words):
    """Run a verb on the town whose data folder and database are here, in a process of its own."""
    chosen = {"DATA": place.data, "DATABASE": place.database, "DEMO": "yes", "BACKUP_KEY": KEY}
    chosen["SECRET_KEY"] = settings.secret_key
    told = {f"TOWNSQUARE_{name}": str(value) for name, value in chosen.items()}
    return run_verb(told, *words)


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
    """A sealed backup made while four desks lend and files come in; what was lent before it."""
    house, over = Forked(settings, free_port()), Event()
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
            answer = shell(settings, settings, "backup", str(tmp_path / "copy"))
            over.set()
            for work in working:
                work.result(PATIENCE)
    finally:
        house.kill()
    answer.check_returncode()
    return tmp_path / "copy", before


@pytest.fixture
def restored(copied, town, settings, tmp_path, request):
    """The town that one command made of the backup; only its keys were put there before."""
    copy, before = copied
    shutil.copytree(settings.folder / "keys", tmp_path / "restored" / "keys")
    database = f"sqlite:///{tmp_path}/restored/town.db"
    if town.database.dialect.name != "sqlite":
        database = request.getfixturevalue("bare_postgresql_url")
    place = replace(settings, data=str(tmp_path / "restored"), database=database)
    answer = shell(settings, place, "restore", str(copy))
    answer.check_returncode()
    return place, before, answer.stdout


def rows(place, statement):
    engine = create_engine(place.database)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return found


def test_what_is_restored_is_sound_and_holds_what_was_acknowledged(restored, settings):
    place, before, said = restored
    assert before
    assert said.startswith("As counted at ")
    checked = shell(settings, place, "check-invariants")
    assert (checked.returncode, checked.stdout.strip()[-6:]) == (0, "holds."), checked.stderr
    kept = [row[0] for row in rows(place, "SELECT public_id FROM library_loan")]
    assert lost_or_doubled(before, kept) == []
    files = rows(place, "SELECT stored, sha256 FROM core_file")
    assert files
    for stored, digest in files:
        whole = (place.folder / "files" / stored[:2] / stored).read_bytes()
        assert sha256(whole).hexdigest() == digest
    assert list(place.folder.glob("**/*.part")) == []
    if place.database.startswith("sqlite"):
        assert rows(place, "PRAGMA integrity_check") == [("ok",)]
    audit = shell(settings, place, "audit", "verify")
    assert (audit.returncode, audit.stdout[:19]) == (0, "The audit is whole:"), audit.stderr


@pytest.mark.engines("sqlite")
def test_a_restored_town_that_is_not_sound_would_be_found(restored, settings):
    place, _before, _said = restored
    broken = create_engine(place.database)
    with broken.begin() as connection:
        connection.execute(text("UPDATE library_patron_load SET open_loans = open_loans + 1"))
    broken.dispose()
    assert shell(settings, place, "check-invariants").returncode == 1
