"""Five fields, the clock of a town, and both nights on which that clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townsquare.core.cron import BadCron, next_time, read_cron

MANILA, BERLIN, CHATHAM = "Asia/Manila", "Europe/Berlin", "Pacific/Chatham"


TWO_YEARS = (datetime(2026, 1, 1), datetime(2027, 12, 31))  # noqa: DTZ001 (hypothesis wants them bare)


def utc(*numbers):
    return datetime(*numbers, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "then"),
    [
        ("0 6 * * *", MANILA, utc(2026, 3, 1, 0), utc(2026, 3, 1, 22)),
        ("0 6 * * *", MANILA, utc(2026, 3, 1, 22), utc(2026, 3, 2, 22)),
        ("*/15 * * * *", MANILA, utc(2026, 3, 1, 0, 1), utc(2026, 3, 1, 0, 15)),
        ("30 8 1 * *", MANILA, utc(2026, 3, 1, 0, 31), utc(2026, 4, 1, 0, 30)),
        ("0 9 * * 1-5", MANILA, utc(2026, 3, 6, 2), utc(2026, 3, 9, 1)),
        ("0 9 * * 7", MANILA, utc(2026, 3, 2, 2), utc(2026, 3, 8, 1)),
        ("0 0 13 * 5", MANILA, utc(2026, 3, 1, 0), utc(2026, 3, 5, 16)),
        ("0 0 29 2 *", MANILA, utc(2026, 3, 1, 0), utc(2028, 2, 28, 16)),
        ("5,50 1-3 * 6 *", MANILA, utc(2026, 5, 31, 17, 5), utc(2026, 5, 31, 17, 50)),
        # Spring: 02:30 does not exist on 29 March and is taken an hour later, once.
        ("30 2 * * *", BERLIN, utc(2026, 3, 28, 12), utc(2026, 3, 29, 1, 30)),
        ("30 2 * * *", BERLIN, utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)),
        # Autumn: 02:30 comes twice on 25 October and is taken the first time only.
        ("30 2 * * *", BERLIN, utc(2026, 10, 24, 12), utc(2026, 10, 25, 0, 30)),
        ("30 2 * * *", BERLIN, utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)),
        # What runs every hour follows real time on both nights.
        ("30 * * * *", BERLIN, utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 30)),
        ("30 * * * *", BERLIN, utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
    ],
)
def test_the_next_time_is_as_the_clock_of_the_town_shows_it(cron, zone, after, then):
    assert next_time(cron, after, zone) == then


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "a * * * *",
        "*/0 * * * *",
        "9-1 * * * *",
    ],
)
def test_what_is_no_cron_is_refused(text):
    with pytest.raises(BadCron):
        read_cron(text)


def test_a_day_that_never_comes_is_refused():
    with pytest.raises(BadCron, match="never comes"):
        next_time("0 0 31 2 *", utc(2026, 1, 1), MANILA)


def by_hand(minute, hours, after, zone):
    """Look at every single minute, as a person with a clock would."""
    moment = after.replace(second=0) + timedelta(minutes=1)
    while True:
        local = moment.astimezone(ZoneInfo(zone))
        if local.minute == minute and local.hour in hours:
            return moment
        moment += timedelta(minutes=1)


@given(
    minute=st.integers(0, 59),
    after=st.datetimes(*TWO_YEARS),
    zone=st.sampled_from([MANILA, BERLIN, CHATHAM, "America/New_York"]),
)
@settings(max_examples=150, deadline=None)
def test_every_hour_is_what_a_person_with_a_clock_would_find(minute, after, zone):
    after = after.replace(tzinfo=UTC, microsecond=0)
    assert next_time(f"{minute} * * * *", after, zone) == by_hand(minute, range(24), after, zone)


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    after=st.datetimes(*TWO_YEARS),
    zone=st.sampled_from([MANILA, BERLIN, CHATHAM, "America/Havana"]),
)
@settings(max_examples=150, deadline=None)
def test_a_daily_time_comes_once_on_each_day(minute, hour, after, zone):
    after = after.replace(tzinfo=UTC)
    cron = f"{minute} {hour} * * *"
    first = next_time(cron, after, zone)
    second = next_time(cron, first, zone)
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in (first, second)]
    assert after < first
    assert days[1] - days[0] == timedelta(days=1)
