"""A backup is restored into an empty place by one command, or refused with the reason."""

import json
import random
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.conftest import NOW
from tests.core.test_audit import RingBell, ring_bell
from townsquare.core.backup import MANIFEST, TargetInUse, backup
from townsquare.core.db import reading, writing
from townsquare.core.health import newest_schema
from townsquare.core.invariants import breaches
from townsquare.core.jobs.queue import put
from townsquare.core.keys import AUDIT_KEYS, make_next_audit_key
from townsquare.core.linking import link_all
from townsquare.core.pausing import RESUME, NotPaused, Pause, Resume, resume_town
from townsquare.core.restoring import (
    CannotRestore,
    NewerBackup,
    NotAsCounted,
    OtherDatabase,
    OtherInstallation,
    PlaceInUse,
    restore,
)
from townsquare.core.sealing import Damaged, WrongKey
from townsquare.core.storage import FILES
from townsquare.core.town import found
from townsquare.core.usecase import Actor
from townsquare.core.verifying import NO_KEY, Walk, lines_of, waiting_of
from townsquare.core.worker import Worker

BOTH = pytest.mark.engines("sqlite", "postgresql")
KEY, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def lived(town, acting_as):
    """A town with a file, and with an audit that is linked."""
    with acting_as() as ctx:
        for tower in ("north", "south"):
            ring_bell(ctx, RingBell(tower=tower))
    town.engines.at(FILES).keep(BytesIO(b"bytes"), 100)
    link_all(town)
    return town


@pytest.fixture
def empty(tmp_path, request):
    """Make the settings of an empty place with the same keys, on the database of this test."""

    def make(town, **more):
        folder = tmp_path / f"empty-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(town.settings.folder / "keys", folder / "keys")
        database = f"sqlite:///{folder}/town.db"
        if town.database.dialect.name != "sqlite":
            database = request.getfixturevalue("bare_postgresql_url")
        return replace(town.settings, data=str(folder), database=database, **more)

    return make


def saved(town, target, key=KEY):
    settings = replace(town.settings, backup_key=key)
    backup(settings, target, schema=newest_schema(), now=town.now())
    return target


@BOTH
def test_a_restored_town_stands_still_until_somebody_resumes_it(lived, empty, tmp_path):
    here = empty(lived, backup_key=KEY)
    with writing(lived.database) as connection:
        put(connection, "core.prune", {}, run_at=NOW, asked=(0, NOW))
    restore(here, saved(lived, tmp_path / "saved"), newest=newest_schema(), now=NOW)
    there = replace(found(here, lived.services), now=lived.now)
    assert not Worker(there).step()
    assert left(there) == (1, 2)
    with there.working(Actor(0, "operator", frozenset({RESUME}))) as ctx:
        resume_town(ctx, Resume())
    Worker(there).drain()
    assert left(there) == (0, 0)
    with (
        pytest.raises(NotPaused),
        there.working(Actor(0, "operator", frozenset({RESUME}))) as ctx,
    ):
        resume_town(ctx, Resume())
    there.database.dispose()


def left(town):
    """Return how many jobs and how many events wait."""
    with reading(town.database) as connection:
        jobs = connection.scalar(text("SELECT count(*) FROM core_job WHERE state <> 'done'"))
        waiting = "SELECT count(*) FROM core_outbox WHERE position IS NULL"
        return jobs, connection.scalar(text(waiting))


@BOTH
def test_a_backup_of_an_older_release_stands_still_too(lived, empty, tmp_path):
    with lived.database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE core_pause")
    here = empty(lived, backup_key=KEY)
    restore(here, saved(lived, tmp_path / "saved"), newest=newest_schema(), now=NOW)
    there = found(here, lived.services)
    assert Pause(there).on()
    there.database.dispose()


@BOTH
@pytest.mark.parametrize("key", [KEY, ""], ids=["sealed", "plain"])
def test_what_is_restored_is_the_town(lived, empty, tmp_path, key):
    target = saved(lived, tmp_path / "saved", key)
    here = empty(lived, backup_key=key)
    told = restore(here, target, newest=newest_schema(), now=NOW)
    assert told.counted.rows["core_audit"] == 2
    assert [(head.service, head.seq) for head in told.counted.heads] == [("core", 2)]
    restored = found(here, lived.services)
    assert breaches(restored) == {}
    restored.database.dispose()
    assert [path.read_bytes() for path in here.folder.glob("files/*/*")] == [b"bytes"]
    assert {path.name for path in here.folder.iterdir()} - {"town.db"} == {"keys", "files"}


def test_a_sealed_backup_is_one_file_that_tells_nothing(lived, tmp_path):
    told = saved(lived, tmp_path / "saved").read_bytes()
    for word in (b"SQLite format", b"Dina Park", b"north", b"manifest", b"core_audit"):
        assert word not in told
    assert (tmp_path / "saved").stat().st_mode & 0o077 == 0
    assert list(lived.settings.folder.glob("backup-*")) == []


def test_a_sealed_backup_writes_over_nothing_and_leaves_no_half(lived, tmp_path):
    target = saved(lived, tmp_path / "saved")
    with pytest.raises(TargetInUse):
        saved(lived, target)
    gone = replace(lived.settings, database=f"sqlite:///{tmp_path}/none.db", backup_key=KEY)
    with pytest.raises(Exception, match="no database file yet"):
        backup(gone, tmp_path / "half", schema="", now=lived.now())
    assert not (tmp_path / "half").exists()


def test_another_key_or_none_does_not_open_it(lived, empty, tmp_path):
    target = saved(lived, tmp_path / "saved")
    for key in (OTHER, ""):
        here = empty(lived, backup_key=key)
        with pytest.raises(WrongKey):
            restore(here, target, newest=newest_schema(), now=NOW)
        assert [path.name for path in here.folder.iterdir()] == ["keys"]


@pytest.mark.engines("sqlite")
def test_a_sealed_backup_that_was_touched_is_refused_and_nothing_is_left(lived, empty, tmp_path):
    whole = saved(lived, tmp_path / "saved").read_bytes()
    chance, here = random.Random(1), empty(lived, backup_key=KEY)  # noqa: S311 (the same always)
    for _time in range(20):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1
        for touched in (bytes(flipped), whole[: chance.randrange(len(whole))], whole + b"x"):
            (tmp_path / "touched").write_bytes(touched)
            with pytest.raises((Damaged, WrongKey)):
                restore(here, tmp_path / "touched", newest=newest_schema(), now=NOW)
            assert [path.name for path in here.folder.iterdir()] == ["keys"]


def test_a_plain_backup_that_was_damaged_is_refused(lived, empty, tmp_path):
    target, here = saved(lived, tmp_path / "saved", ""), empty(lived)
    stored = next(target.glob("files/*/*"))
    stored.write_bytes(b"other")
    with pytest.raises(Damaged, match="is not as it was written"):
        restore(here, target, newest=newest_schema(), now=NOW)
    (target / MANIFEST).unlink()
    with pytest.raises(Damaged, match="manifest"):
        restore(here, target, newest=newest_schema(), now=NOW)


def altered(target, **values):
    """Let the manifest say something else."""
    told = json.loads((target / MANIFEST).read_text())
    (target / MANIFEST).write_text(json.dumps({**told, **values}))
    return told


def test_a_backup_of_a_newer_release_is_refused(lived, empty, tmp_path):
    target, here = saved(lived, tmp_path / "saved", ""), empty(lived)
    told = altered(target, schema="2099_01_01_later")
    with pytest.raises(NewerBackup):
        restore(here, target, newest=newest_schema(), now=NOW)
    altered(target, schema=told["schema"], format=told["format"] + 1)
    with pytest.raises(NewerBackup):
        restore(here, target, newest=newest_schema(), now=NOW)


def test_a_backup_of_the_release_before_is_restored(lived, empty, tmp_path):
    target, here = saved(lived, tmp_path / "saved", ""), empty(lived)
    told = altered(target)
    kept = {name: told[name] for name in ("schema", "made_at", "parts")}
    (target / MANIFEST).write_text(json.dumps({"format": 1, **kept}))
    assert restore(here, target, newest=newest_schema(), now=NOW).counted.rows == {}


def one_more_row(counted):
    rows = {**counted["rows"], "core_audit": counted["rows"]["core_audit"] + 1}
    return {**counted, "rows": rows}


def another_head(counted):
    return {**counted, "heads": [{**head, "hash": "0" * 64} for head in counted["heads"]]}


@BOTH
@pytest.mark.parametrize(
    ("other", "what"),
    [(one_more_row, "the rows of core_audit"), (another_head, "the heads of the audit")],
)
def test_other_counts_and_other_heads_are_noticed(lived, empty, tmp_path, other, what):
    target = saved(lived, tmp_path / "saved", "")
    altered(target, counted=other(altered(target)["counted"]))
    with pytest.raises(NotAsCounted, match=what):
        restore(empty(lived), target, newest=newest_schema(), now=NOW)


def test_an_audit_that_was_forged_before_the_backup_is_noticed(lived, empty, tmp_path):
    with lived.database.begin() as connection:
        on = "" if lived.database.dialect.name == "sqlite" else " ON core_audit"
        connection.execute(text(f"DROP TRIGGER core_audit_no_update{on}"))
        connection.execute(text("UPDATE core_audit SET actor_name = 'Nobody'"))
    target = saved(lived, tmp_path / "saved")
    with pytest.raises(NotAsCounted, match="core, position 1"):
        restore(empty(lived, backup_key=KEY), target, newest=newest_schema(), now=NOW)


def audit_of(settings):
    """Return what the audit of a restored town says, and the verdict on it."""
    there = found(settings, ())
    link_all(there)
    with there.database.connect() as connection:
        said = connection.execute(
            text("SELECT event, actor_name, subject FROM core_audit ORDER BY id")
        ).all()
        verdict = Walk(there.engines.at(AUDIT_KEYS)).along(lines_of(connection))
    there.database.dispose()
    return [tuple(row) for row in said], verdict


@BOTH
def test_a_backup_of_another_installation_is_refused_unless_it_is_adopted(lived, empty, tmp_path):
    target = saved(lived, tmp_path / "saved")
    here = empty(lived, backup_key=KEY, audit_key=OTHER)
    theirs = lived.engines.at(AUDIT_KEYS)
    with pytest.raises(OtherInstallation, match=theirs.signer):
        restore(here, target, newest=newest_schema(), now=NOW)
    told = restore(here, target, newest=newest_schema(), now=NOW, adopter="operator olga")
    assert told.audit_key == theirs.signer
    said, _verdict = audit_of(replace(here, audit_keys_before=(theirs.signing.hex(),)))
    assert said[-1] == ("core.TownAdopted", "operator olga", theirs.signer)
    assert [event for event, *_ in said] == ["core.BellRung"] * 2 + ["core.TownAdopted"]
    _said, unknown = audit_of(here)
    assert str(unknown.fault).endswith(f"entry 1: {NO_KEY}.")
    _said, whole = audit_of(replace(here, audit_keys_before=(theirs.signing.hex(),)))
    assert (whole.fault, whole.linked) == (None, 3)


@BOTH
def test_what_waited_in_another_installation_holds_up_no_link_and_no_backup(
    lived, empty, acting_as, tmp_path
):
    with acting_as() as ctx:  # After the last links were made, and before the backup.
        ring_bell(ctx, RingBell(tower="west"))
    target = saved(lived, tmp_path / "saved")
    here = empty(lived, backup_key=KEY, audit_key=OTHER)
    restore(here, target, newest=newest_schema(), now=NOW, adopter="operator olga")
    there = found(here, ())
    link_all(there)
    with there.database.connect() as connection:
        *_before, last = lines_of(connection)
        waiting = [entry.subject for _number, entry in waiting_of(connection)]
    there.database.dispose()
    assert (last.record["event"], waiting) == ("core.TownAdopted", ["west"])


def test_who_holds_the_keys_of_before_is_no_other_installation(lived, empty, tmp_path):
    target, key = saved(lived, tmp_path / "saved"), lived.engines.at(AUDIT_KEYS).signing.hex()
    here = empty(lived, backup_key=KEY, audit_key=OTHER, audit_keys_before=(key,))
    restore(here, target, newest=newest_schema(), now=NOW, adopter="operator olga")
    said, verdict = audit_of(here)  # It was verified, and nothing had to be adopted.
    assert ([event for event, *_ in said], verdict.fault) == (["core.BellRung"] * 2, None)


def test_an_older_key_alone_does_not_take_a_backup_from_after_the_rotation(lived, empty, tmp_path):
    older = empty(lived, backup_key=KEY)  # With the keys as they were before.
    make_next_audit_key(lived.settings)
    target = saved(lived, tmp_path / "saved")
    with pytest.raises(OtherInstallation):
        restore(older, target, newest=newest_schema(), now=NOW)


@pytest.mark.engines("sqlite")
def test_what_is_adopted_from_before_there_were_macs_says_so_too(lived, empty, tmp_path):
    with lived.database.begin() as connection:
        connection.execute(text("DROP TABLE core_audit_link"))
        connection.execute(text("ALTER TABLE core_audit DROP COLUMN mac"))
    target = saved(lived, tmp_path / "saved")
    here = empty(lived, backup_key=KEY, audit_key=OTHER)
    restore(here, target, newest=newest_schema(), now=NOW, adopter="operator olga")
    there = create_engine(here.database)
    with there.connect() as connection:
        said = connection.scalar(text("SELECT event FROM core_audit ORDER BY id DESC LIMIT 1"))
    there.dispose()
    assert said == "core.TownAdopted"


def test_without_the_audit_key_the_town_is_restored_all_the_same(lived, empty, tmp_path):
    target, here = saved(lived, tmp_path / "saved"), empty(lived, backup_key=KEY)
    (here.folder / "keys" / "audit").unlink()
    assert restore(here, target, newest=newest_schema(), now=NOW).audit_key
    assert not (here.folder / "keys" / "audit").exists()


@BOTH
def test_a_place_that_is_not_empty_is_refused(lived, empty, tmp_path):
    target = saved(lived, tmp_path / "saved")
    with pytest.raises(PlaceInUse):
        restore(lived.settings, target, newest=newest_schema(), now=NOW)
    here = empty(lived, backup_key=KEY)
    (here.folder / "mail").mkdir()
    with pytest.raises(PlaceInUse):
        restore(here, target, newest=newest_schema(), now=NOW)
    (here.folder / "mail").rmdir()
    taken = create_engine(here.database)
    with taken.begin() as connection:
        connection.execute(text("CREATE TABLE something (id integer)"))
    taken.dispose()
    with pytest.raises(PlaceInUse):
        restore(here, target, newest=newest_schema(), now=NOW)


@pytest.mark.engines("sqlite")
def test_a_backup_of_another_kind_of_database_is_refused(
    lived, empty, tmp_path, bare_postgresql_url
):
    target, here = saved(lived, tmp_path / "saved"), empty(lived, backup_key=KEY)
    with pytest.raises(OtherDatabase, match="SQLite"):
        restore(
            replace(here, database=bare_postgresql_url), target, newest=newest_schema(), now=NOW
        )


@pytest.mark.engines("postgresql")
def test_a_dump_that_cannot_be_loaded_leaves_the_database_empty(lived, empty, tmp_path):
    target, here = saved(lived, tmp_path / "saved", ""), empty(lived)
    broken = target / "town.dump"
    broken.write_bytes(broken.read_bytes()[:-2000])
    from townsquare.core.backup import digest

    altered(target, parts={**altered(target)["parts"], "town.dump": digest(broken)})
    with pytest.raises(CannotRestore):
        restore(here, target, newest=newest_schema(), now=NOW)
    whole = saved(lived, tmp_path / "again", "")
    assert restore(here, whole, newest=newest_schema(), now=NOW).counted.heads


def test_the_key_of_the_audit_is_no_part_of_a_backup(lived, tmp_path):
    target = saved(lived, tmp_path / "saved", "")
    key = lived.engines.at(AUDIT_KEYS).signing
    held = [path.read_bytes() for path in Path(target).rglob("*") if path.is_file()]
    assert [one for one in held if key in one or key.hex().encode() in one] == []
