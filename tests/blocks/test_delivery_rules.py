"""Slots on clocks that are put forward and back, fees by weight, and doors that nobody opens."""

from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townsquare.blocks.delivery.rules import (
    Rate,
    Window,
    bounds_of,
    fee_for,
    hours_of,
    is_only_a_box,
    label_of,
    postcode_key,
)

BERLIN, MANILA = "Europe/Berlin", "Asia/Manila"
SUNDAY = 6
FORWARD, BACK, USUAL = date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 22)


def labels(day, zone, starts, ends, minutes=60):
    window = Window(day.weekday(), starts, ends, minutes, 12)
    found = hours_of([window], zone, first_day=day, days=1)
    return [label_of(hours.starts_at, zone) for hours in found]


@pytest.mark.parametrize(
    ("day", "zone", "minutes", "expected"),
    [
        (USUAL, BERLIN, 60, ["01:00", "02:00", "03:00"]),
        (FORWARD, BERLIN, 60, ["01:00", "03:00"]),
        (FORWARD, BERLIN, 30, ["01:00", "01:30", "03:00", "03:30"]),
        (BACK, BERLIN, 60, ["01:00", "02:00", "02:00 (second)", "03:00"]),
        (
            BACK,
            BERLIN,
            30,
            [
                *("01:00", "01:30", "02:00", "02:30"),
                *("02:00 (second)", "02:30 (second)", "03:00", "03:30"),
            ],
        ),
        (FORWARD, MANILA, 60, ["01:00", "02:00", "03:00"]),
        (BACK, MANILA, 60, ["01:00", "02:00", "03:00"]),
    ],
)
def test_slots_follow_the_clock_on_the_wall(day, zone, minutes, expected):
    assert labels(day, zone, time(1), time(4), minutes) == expected


@pytest.mark.parametrize(
    ("day", "starts", "ends", "expected"),
    [
        (FORWARD, time(2), time(3), []),
        (FORWARD, time(2, 30), time(4, 30), ["03:30"]),
        (BACK, time(2), time(3), ["02:00", "02:00 (second)"]),
        (BACK, time(2, 30), time(3, 30), ["02:30", "02:30 (second)"]),
    ],
)
def test_a_window_inside_the_changed_hour(day, starts, ends, expected):
    assert labels(day, BERLIN, starts, ends) == expected


def test_the_repeated_hour_is_two_moments():
    window = Window(SUNDAY, time(2), time(3), 60, 12)
    first, second = hours_of([window], BERLIN, first_day=BACK, days=1)
    assert first.starts_at == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert (first.ends_at, second.starts_at) == (second.starts_at, first.ends_at)


def test_an_end_at_midnight_is_the_end_of_the_day():
    assert labels(USUAL, MANILA, time(22), time()) == ["22:00", "23:00"]


def test_only_the_days_of_the_plan_have_slots():
    windows = [Window(0, time(9), time(11), 60, 12), Window(SUNDAY, time(9), time(10), 60, 4)]
    found = list(hours_of(windows, MANILA, first_day=USUAL, days=8))
    assert [hours.capacity for hours in found] == [4, 12, 12, 4]
    assert found[1].starts_at == datetime(2026, 3, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(USUAL, 24), (FORWARD, 23), (BACK, 25)])
def test_a_day_is_as_long_as_the_clock_makes_it(day, hours):
    begins, ends = bounds_of(day, BERLIN)
    assert (ends - begins).total_seconds() == hours * 3600


@settings(max_examples=50, deadline=None)
@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.sampled_from([BERLIN, MANILA, "Australia/Lord_Howe", "America/St_Johns"]),
    st.sampled_from([15, 30, 45, 60, 90]),
)
def test_slots_never_overlap(day, zone, minutes):
    window = Window(day.weekday(), time(), time(), minutes, 1)
    found = list(hours_of([window], zone, first_day=day, days=1))
    assert all(a.ends_at <= b.starts_at for a, b in pairwise(found))
    begins, ends = bounds_of(day, zone)
    assert all(begins <= hours.starts_at and hours.ends_at <= ends for hours in found)


RATES = [Rate(20_000, 9900, 500), Rate(5_000, 4900, 0)]


@pytest.mark.parametrize(
    ("weight_g", "amounts"),
    [
        (0, (4900, 0)),
        (5_000, (4900, 0)),
        (5_001, (9900, 0)),
        (20_001, (9900, 500)),
        (22_000, (9900, 1000)),
    ],
)
def test_the_lightest_rate_that_carries_it_counts(weight_g, amounts):
    rate, extra = fee_for(weight_g, RATES)
    assert (rate.amount_minor, extra) == amounts


@pytest.mark.parametrize(
    "address",
    ["P.O. Box 12", "PO Box 12", "p.o.box #7", "Post Office Box 9B", "Postfach 10 ", "PO BOX A-4,"],
)
def test_a_box_opens_no_door(address):
    assert is_only_a_box(address)


@pytest.mark.parametrize(
    "address", ["12 Rizal Street", "12 Rizal Street, P.O. Box 7", "Box Hill 4", "Apo Street 3", ""]
)
def test_a_street_beside_a_box_is_a_door(address):
    assert not is_only_a_box(address)


@pytest.mark.parametrize(
    ("typed", "key"), [(" 4023 ", "4023"), ("sw1a 1aa", "SW1A1AA"), ("12345-678", "12345678")]
)
def test_postcodes_are_compared_without_their_blanks(typed, key):
    assert postcode_key(typed) == key
