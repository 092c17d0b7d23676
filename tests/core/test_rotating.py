"""Rotation of the keys of sealed columns: all of it, once, while others change what it seals."""

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError

from townsquare.cli import townsquare
from townsquare.core.audit import AuditEntry
from townsquare.core.columns import COLUMNS, HEAD_BYTES, Place, Sealer, UnknownKey
from townsquare.core.db import reading, writing
from townsquare.core.jobs import JobRow, rotating
from townsquare.core.jobs.rotating import (
    BATCH,
    GRACE,
    ROTATE,
    LookAtKeys,
    Progress,
    Rotate,
    begin_rotation,
    key_progress,
    refuse_missing_keys,
    sealed_columns,
    values_by_key,
)
from townsquare.core.webhooks.models import WebhookRow
from townsquare.core.worker import Worker

BOTH = pytest.mark.engines("sqlite", "postgresql")
MANY = 2 * BATCH + 1


def place(number):
    return Place("core_webhook", "secret", f"W{number:03}")


@pytest.fixture
def sealed(town):
    """Some receivers, each with a secret of its own."""
    sealer = town.engines.at(COLUMNS)
    told = {"created_at": town.now(), "events": [], "state": "off", "made_by": ""}
    rows = [
        {
            "public_id": place(number).row,
            "name": str(number),
            "address": f"https://{number}.example/",
            "secret": sealer.seal(str(number).encode(), place(number)),
            **told,
        }
        for number in range(MANY)
    ]
    with writing(town.database) as connection:
        connection.execute(insert(WebhookRow), rows)
    return sealer


def rotate(town, acting_as):
    key = town.engines.at(COLUMNS).make_next()
    with acting_as(ROTATE) as ctx:
        begin_rotation(ctx, Rotate(key=key))


def work(town, clock):
    """Let the worker do what is due from now on, and after a while what comes late."""
    worker = Worker(town)
    for _second in range(20):
        worker.drain()
        clock.advance(seconds=1)
    clock.advance(seconds=GRACE.total_seconds())
    worker.drain()


def held(town):
    with reading(town.database) as connection:
        return values_by_key(connection)


def secrets(town):
    """Return every secret as a process reads it that was started just now."""
    sealer = Sealer(town.settings)
    chosen = select(WebhookRow.public_id, WebhookRow.secret).order_by(WebhookRow.id)
    with reading(town.database) as connection:
        rows = connection.execute(chosen).all()
    return [
        sealer.open(secret, Place("core_webhook", "secret", row)).decode() for row, secret in rows
    ]


@BOTH
def test_everything_gets_the_new_key_and_the_old_one_is_retired(town, clock, acting_as, sealed):
    rotate(town, acting_as)
    assert held(town) == {1: MANY}
    work(town, clock)
    assert held(town) == {2: MANY}
    assert secrets(town) == [str(number) for number in range(MANY)]
    assert {path.name for path in sealed._folder.iterdir()} >= {"retired-columns-1", "columns-2"}  # noqa: SLF001 (only the test asks)
    assert sealed.numbers() == [2]
    with reading(town.database) as connection:
        told = connection.scalars(
            select(AuditEntry.event).where(AuditEntry.event.contains("Key")).order_by(AuditEntry.id)
        ).all()
        left = connection.scalar(select(func.count()).where(JobRow.state != "done"))
    assert (told, left) == (["jobs.KeyRotationBegun", "jobs.KeyRetired"], 0)


def test_it_goes_on_where_it_stopped_and_says_how_far_it_is(town, clock, acting_as, sealed):
    rotate(town, acting_as)
    Worker(town).drain()  # What comes next is due a little later: this worker stops here.
    clock.advance(seconds=1)
    Worker(town).drain()
    assert held(town) == {1: MANY - BATCH, 2: BATCH}
    with acting_as("operations.job.view") as ctx:
        assert key_progress(ctx, LookAtKeys()) == Progress(BATCH, MANY)
    assert secrets(town) == [str(number) for number in range(MANY)]  # Both keys open meanwhile.
    work(town, clock)
    with acting_as("operations.job.view") as ctx:
        assert key_progress(ctx, LookAtKeys()) is None


def test_operators_see_how_far_it_is(town, clock, acting_as, sealed, signed_in):
    olga = signed_in("operations.operator")
    rotate(town, acting_as)
    for _job in ("the other column", "one batch"):
        Worker(town)._do_next()  # noqa: SLF001 (no more than one job)
        clock.advance(seconds=1)
    said = olga.client.get("/admin/jobs").get_data(as_text=True)
    assert f"{BATCH} of {MANY} have it" in said
    work(town, clock)
    assert "have it" not in olga.client.get("/admin/jobs").get_data(as_text=True)


def test_to_ask_twice_is_to_ask_once(town, acting_as, sealed):
    rotate(town, acting_as)
    with acting_as(ROTATE) as ctx:
        begin_rotation(ctx, Rotate(key=2))
    with reading(town.database) as connection:
        assert connection.scalar(select(func.count(JobRow.id))) == 1


def test_what_a_late_process_has_sealed_with_the_old_key_is_found(town, clock, acting_as, sealed):
    late = sealed.seal(b"late", place(0))
    rotate(town, acting_as)
    with reading(town.database) as connection:
        retiring = select(JobRow.id).where(JobRow.name == rotating.RETIRE)
    while True:
        with reading(town.database) as connection:
            if connection.scalar(retiring):
                break
        clock.advance(seconds=1)
        Worker(town)._do_next()  # noqa: SLF001 (one job, to stop before the last one)
    write(town, late)
    work(town, clock)
    assert held(town) == {2: MANY}
    assert secrets(town)[0] == "late"


def write(town, secret, number=0):
    here = WebhookRow.public_id == place(number).row
    with writing(town.database) as connection:
        connection.execute(update(WebhookRow).where(here).values(secret=secret))


@BOTH
def test_the_database_refuses_what_a_retired_key_has_sealed(town, clock, acting_as, sealed):
    old = sealed.seal(b"kept aside", place(0))
    rotate(town, acting_as)
    work(town, clock)
    with pytest.raises(DBAPIError, match="core_retired_key_used"):
        write(town, old)
    with pytest.raises(UnknownKey):
        Sealer(town.settings).open(old, place(0))


@BOTH
def test_every_sealed_column_is_guarded(town):
    listing = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if town.database.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger"
    )
    with reading(town.database) as connection:
        known = set(connection.exec_driver_sql(listing).scalars())
    wanted = {
        f"core_retired_key_used_{table.name}_{event}"
        for table, _column in sealed_columns()
        for event in ("insert", "update")
    }
    assert len(wanted) >= 4  # And those of the blocks that are loaded.
    assert wanted <= known


def changed_meanwhile(town, clock, acting_as, sealed, monkeypatch):
    """Let somebody else change a secret between the look of the rotation and its write."""
    opened, changes = Sealer.open, []

    def slowly(sealer, value, where):
        plain = opened(sealer, value, where)
        if where == place(7) and not changes:
            changes.append(sealer.seal(b"another one", place(7)))
            write(town, changes[0], 7)
        return plain

    monkeypatch.setattr(Sealer, "open", slowly)
    rotate(town, acting_as)
    work(town, clock)
    monkeypatch.undo()
    return len(changes), secrets(town)[7]


# On SQLite nobody can write between the two: they are one transaction, and the only one.
@pytest.mark.engines("postgresql")
def test_a_change_meanwhile_is_not_lost(town, clock, acting_as, sealed, monkeypatch):
    assert changed_meanwhile(town, clock, acting_as, sealed, monkeypatch) == (1, "another one")


@pytest.mark.engines("postgresql")
def test_a_rotation_that_does_not_compare_is_found(town, clock, acting_as, sealed, monkeypatch):
    def careless(_sealed, fresh, *, cell):
        table, column, number = cell
        return update(table).where(table.c.id == number).values({column.name: fresh})

    with pytest.MonkeyPatch.context() as fault:
        fault.setattr(rotating, "replaced", careless)
        found = changed_meanwhile(town, clock, acting_as, sealed, monkeypatch)
    assert found == (1, "7")


def test_a_town_whose_keys_are_missing_is_told_so(town, sealed):
    (town.settings.folder / "keys" / "columns-1").rename(town.settings.folder / "elsewhere")
    with reading(town.database) as connection, pytest.raises(UnknownKey) as told:
        refuse_missing_keys(connection, Sealer(town.settings))
    assert told.value.facts == {"key": 1}


@pytest.fixture
def shell(settings, town):
    here = {
        "TOWNSQUARE_DATA": settings.data,
        "TOWNSQUARE_DATABASE": settings.database,
        "TOWNSQUARE_SECRET_KEY": settings.secret_key,
    }
    return lambda *words: CliRunner().invoke(townsquare, ["keys", *words], env=here)


def test_an_operator_rotates_and_looks(town, clock, sealed, shell):
    assert shell("list").output == f"columns-1  seals, {MANY} values\n"
    assert "columns-2 seals from now on" in shell("rotate").output
    assert f"columns-1  opens, {MANY} values wait for the new key" in shell("list").output
    assert "columns-2 still seals" in shell("rotate").output
    clock.advance(days=365)  # The shell has the true time, in which the job was asked for.
    work(town, clock)
    told = shell("list").output
    assert "only backups from before need it" in told
    assert f"columns-2  seals, {MANY} values" in told


def test_the_first_key_can_be_made_before_it_is_needed(settings, town, shell):
    assert "There is no key yet" in shell("list").output
    assert "columns-1 is in" in shell("make").output
    made = (settings.folder / "keys" / "columns-1").read_bytes()
    assert "columns-1 is in" in shell("make").output
    assert (settings.folder / "keys" / "columns-1").read_bytes() == made


def test_a_missing_key_is_named_and_no_other_one_is_made(settings, town, sealed, shell):
    (settings.folder / "keys" / "columns-1").rename(settings.folder / "elsewhere")
    for verb in ("list", "make", "rotate"):
        assert isinstance(shell(verb).exception, UnknownKey)
    assert not list((settings.folder / "keys").glob("columns-*"))


def test_a_sealed_value_names_its_key_where_the_database_looks(sealed):
    value = sealed.seal(b"x", place(0))
    assert value[1:3] == b"\x00\x01"
    assert len(value) > HEAD_BYTES
