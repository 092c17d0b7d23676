"""Backups hold everything, agree with their manifest, and never write over anything."""

import sqlite3
from io import BytesIO

import pytest

from townsquare.core.backup import CannotDump, TargetInUse, backup, broken_parts
from townsquare.core.search.index import Entry, index
from townsquare.core.settings import Settings
from townsquare.core.storage import FILES


@pytest.fixture
def copied(town, settings, tmp_path):
    with town.sessions.begin() as db:
        index(db, [Entry("k", "s", "Kept")], now=town.now())
    town.engines.at(FILES).keep(BytesIO(b"bytes"), 100)
    backup(settings, tmp_path / "copy", schema="x", now=town.now())
    return tmp_path / "copy"


def test_a_backup_holds_records_and_files_as_the_manifest_says(copied):
    assert broken_parts(copied) == []
    assert [path.read_bytes() for path in copied.glob("files/*/*")] == [b"bytes"]


@pytest.mark.engines("sqlite")
def test_the_records_of_a_backup_open_by_themselves(copied):
    with sqlite3.connect(copied / "town.db") as there:
        assert there.execute("SELECT title FROM core_search").fetchall() == [("Kept",)]
    there.close()


def test_a_changed_a_lost_and_an_added_part_are_named(copied):
    stored = next(copied.glob("files/*/*"))
    stored.write_bytes(b"other")
    (copied / "extra").write_text("x")
    assert broken_parts(copied) == ["extra", str(stored.relative_to(copied))]


def test_no_backup_writes_over_another(copied, settings, clock):
    with pytest.raises(TargetInUse):
        backup(settings, copied, schema="x", now=clock())


def test_without_a_database_there_is_no_backup(tmp_path, clock):
    empty = Settings(data=str(tmp_path), database=f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(CannotDump):
        backup(empty, tmp_path / "copy", schema="", now=clock())
