"""Old backups are thinned out by days, weeks and months, and nothing else is ever touched."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from townsquare.cli import townsquare
from townsquare.core.backup import CannotDump, TargetInUse, broken_parts
from townsquare.core.keeping import DAYS, MONTHS, WEEKS, place_in, thin_out, worth_keeping

BEGUN = datetime(2025, 1, 1, 3, tzinfo=UTC)
HOURS = st.lists(st.integers(0, 90_000), max_size=80)


def test_who_thins_out_each_day_has_days_weeks_and_months():
    kept = set()
    for day in range(800):
        kept = worth_keeping({*kept, BEGUN + timedelta(days=day)})
    newest = max(kept)
    ages = sorted((newest - moment).days for moment in kept)
    assert ages[:DAYS] == list(range(DAYS))
    weeks = [moment for moment in kept if moment.isoweekday() == 7]
    assert len({moment.isocalendar()[:2] for moment in weeks}) >= WEEKS - 1
    ends = {m for m in kept if (m + timedelta(days=1)).day == 1 or m == newest}
    assert len({(moment.year, moment.month) for moment in ends}) == MONTHS
    assert kept == worth_keeping(BEGUN + timedelta(days=day) for day in range(800))


@given(hours=HOURS)
def test_the_newest_is_always_kept_and_never_more_than_all_spans_together(hours):
    moments = {BEGUN + timedelta(hours=hour) for hour in hours}
    kept = worth_keeping(moments)
    assert kept <= moments
    assert len(kept) <= DAYS + WEEKS + MONTHS
    assert not moments or max(moments) in kept
    assert worth_keeping(kept) == kept


def made(folder, *moments):
    """Put files there with the names of backups."""
    for moment in moments:
        place_in(folder, moment).write_text("x")


def test_only_what_has_the_name_of_a_backup_is_removed(tmp_path):
    made(tmp_path, *(BEGUN + timedelta(hours=hour) for hour in range(4)))
    others = [
        "townsquare-20250101T030000Z.part",
        "townsquare-2025011T030000Z",
        "townsquare-20250101T030000Z.old",
        "notes.txt",
    ]
    for name in others:
        (tmp_path / name).write_text("x")
    (tmp_path / "townsquare-20240101T030000Z").symlink_to(tmp_path / "notes.txt")
    gone = thin_out(tmp_path)
    assert [path.name for path in gone] == [
        f"townsquare-20250101T0{hour}0000Z" for hour in (3, 4, 5)
    ]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*others, "townsquare-20240101T030000Z", "townsquare-20250101T060000Z"}


@pytest.fixture
def shell(settings, town):
    here = {
        "TOWNSQUARE_DATA": settings.data,
        "TOWNSQUARE_DATABASE": settings.database,
        "TOWNSQUARE_SECRET_KEY": settings.secret_key,
    }
    return lambda *words, **more: CliRunner().invoke(townsquare, list(words), env=here | more)


def old_ones(folder):
    """Return two backups of one day long ago, the first as a folder."""
    first, second = place_in(folder, BEGUN), place_in(folder, BEGUN + timedelta(hours=1))
    first.mkdir(parents=True)
    (first / "town.db").write_text("x")
    second.write_text("x")
    return first, second


@pytest.mark.parametrize("key", ["", "ab" * 32], ids=["plain", "sealed"])
def test_the_verb_makes_a_new_one_and_then_thins_out(shell, tmp_path, key):
    folder = tmp_path / "backups"
    first, second = old_ones(folder)
    told = shell("backup", "--keep", str(folder), TOWNSQUARE_BACKUP_KEY=key)
    assert told.exit_code == 0
    assert f"{first.name} was removed" in told.output
    (new,) = {*folder.iterdir()} - {second}
    assert new.is_file() if key else broken_parts(new) == []


def test_a_backup_that_fails_removes_nothing(shell, tmp_path):
    folder = tmp_path / "backups"
    old = old_ones(folder)
    told = shell("backup", "--keep", str(folder), TOWNSQUARE_DATABASE=f"sqlite:///{tmp_path}/no.db")
    assert isinstance(told.exception, CannotDump)
    assert all(path.exists() for path in old)


def test_two_of_one_second_do_not_meet(shell, tmp_path, monkeypatch):
    from townsquare.cli import schema

    monkeypatch.setattr(schema, "clock", lambda: BEGUN)
    assert shell("backup", "--keep", str(tmp_path / "backups")).exit_code == 0
    told = shell("backup", "--keep", str(tmp_path / "backups"))
    assert isinstance(told.exception, TargetInUse)
