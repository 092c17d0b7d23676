"""Due dates, pickup days, renewals and recalls: checked against a wall calendar."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from townsquare.services.library.rules.calendar import (
    Calendar,
    due_at,
    late_days,
    next_open,
    pickup_until,
)
from townsquare.services.library.rules.policy import (
    FIRST_RULES,
    Policy,
    due_by,
    may_renew_from,
    recalled_due,
)

WEEK = dict.fromkeys(range(6), time(18, 0))  # Closed on Sundays.
HOLIDAYS = [(1, 1), (5, 1), (8, 31), (11, 1), (12, 25), (12, 26)]
GOOD_FRIDAY = date(2026, 4, 3)
LONDON = Calendar("Europe/London", WEEK, {GOOD_FRIDAY: None})


def utc(*numbers):
    return datetime(*numbers, tzinfo=UTC)


@pytest.mark.parametrize(
    ("out", "days", "due"),
    [
        (utc(2026, 3, 2, 10), 14, utc(2026, 3, 16, 18)),
        (utc(2026, 3, 1, 10), 14, utc(2026, 3, 16, 18)),  # The 15th is a Sunday.
        (utc(2026, 3, 20, 10), 14, utc(2026, 4, 4, 17)),  # Good Friday, and summer by then.
        (utc(2026, 3, 28, 10), 1, utc(2026, 3, 30, 17)),  # The clocks change on the 29th.
        (utc(2026, 10, 20, 10), 7, utc(2026, 10, 27, 18)),  # Winter by then.
        (utc(2026, 7, 1, 23, 30), 7, utc(2026, 7, 9, 17)),  # Half past midnight in London.
        (utc(2026, 3, 2, 23, 30), 0, utc(2026, 3, 2, 18)),
        (utc(2024, 2, 22, 10), 7, utc(2024, 2, 29, 18)),
        (utc(2025, 12, 26, 10), 7, utc(2026, 1, 2, 18)),
    ],
)
def test_a_loan_ends_at_closing_time_of_an_open_day(out, days, due):
    assert due_at(LONDON, out, days) == due


@pytest.mark.parametrize(
    ("zone", "out", "due"),
    [
        ("Asia/Manila", utc(2026, 3, 2, 2), utc(2026, 3, 16, 10)),
        ("Asia/Manila", utc(2026, 3, 2, 16, 30), utc(2026, 3, 17, 10)),  # The 3rd in Manila.
        ("America/New_York", utc(2026, 2, 27, 2), utc(2026, 3, 12, 22)),  # The 26th; summer.
        ("Pacific/Kiritimati", utc(2026, 3, 2, 11), utc(2026, 3, 17, 4)),
        ("Asia/Kathmandu", utc(2026, 3, 2, 2), utc(2026, 3, 16, 12, 15)),
    ],
)
def test_the_day_is_that_of_the_house(zone, out, due):
    assert due_at(Calendar(zone), out, 14) == due


@pytest.mark.parametrize(
    ("day", "closes", "ends"),
    [
        (date(2026, 3, 29), time(1, 30), utc(2026, 3, 29, 1, 30)),  # An hour that is left out.
        (date(2026, 10, 25), time(1, 30), utc(2026, 10, 25, 0, 30)),  # An hour that comes twice.
        (date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 2, 30)),
    ],
)
def test_a_night_of_the_clock_change_has_one_closing_time(day, closes, ends):
    calendar = Calendar("Europe/London", {day.weekday(): closes})
    assert calendar.end_of(day) == ends


def test_a_day_that_differs_has_its_own_closing_time():
    calendar = Calendar("Europe/London", WEEK, {date(2026, 3, 16): time(12, 0)})
    assert due_at(calendar, utc(2026, 3, 2, 10), 14) == utc(2026, 3, 16, 12)


def test_a_sunday_that_is_open_for_once_counts():
    calendar = Calendar("Europe/London", WEEK, {date(2026, 3, 15): time(16, 0)})
    assert due_at(calendar, utc(2026, 3, 1, 10), 14) == utc(2026, 3, 15, 16)


TERM = Policy(days=14, renewals=2, term_ends_on=GOOD_FRIDAY)  # Closed; ends on the Saturday.


@pytest.mark.parametrize(
    ("since", "due"),
    [
        (utc(2026, 1, 12, 10), utc(2026, 4, 4, 17)),  # However long the term still is.
        (utc(2026, 4, 2, 10), utc(2026, 4, 4, 17)),
        (utc(2026, 4, 2, 23, 30), utc(2026, 4, 17, 17)),  # Half past midnight, so the 3rd.
        (utc(2026, 4, 3, 10), utc(2026, 4, 17, 17)),  # The term ends today: days count again.
        (utc(2026, 9, 1, 10), utc(2026, 9, 15, 17)),  # It is long over.
    ],
)
def test_loans_of_a_term_end_with_it_and_later_ones_by_days(since, due):
    assert due_by(TERM, LONDON, since) == due


@pytest.mark.parametrize(
    ("due", "start"),
    [
        (utc(2026, 4, 4, 17), GOOD_FRIDAY),  # Not in the last seven days, only when it ends.
        (utc(2026, 4, 18, 17), date(2026, 4, 11)),  # Renewed once the term was over.
        (utc(2026, 4, 7, 17), GOOD_FRIDAY),
        (utc(2026, 3, 19, 18), date(2026, 3, 12)),  # Asked for early: there is time to give.
    ],
)
def test_a_loan_of_a_term_may_be_renewed_when_that_gives_it_time(due, start):
    assert may_renew_from(TERM, LONDON, due) == start


def test_a_house_that_says_nothing_is_open_every_day_until_six():
    assert due_at(Calendar("UTC"), utc(2026, 3, 1, 10), 14) == utc(2026, 3, 15, 18)


def test_a_house_that_never_opens_ends_loans_on_the_day_itself():
    shut = Calendar("UTC", {}, {date.fromordinal(739000 + n): None for n in range(900)})
    day = date.fromordinal(739001)
    assert next_open(shut, day) == day


@pytest.mark.parametrize(
    ("returned", "late"),
    [
        (utc(2026, 3, 10, 10), 0),
        (utc(2026, 3, 16, 17), 0),
        (utc(2026, 3, 16, 23), 0),  # After closing time, but on the day.
        (utc(2026, 3, 17, 0, 1), 1),
        (utc(2026, 3, 18, 10), 2),
        (utc(2026, 3, 22, 10), 5),  # A Sunday in the book drop.
        (utc(2026, 3, 23, 10), 6),
        (utc(2026, 3, 26, 10), 9),
        (utc(2026, 4, 4, 10), 16),  # Two Sundays and Good Friday do not count.
    ],
)
def test_only_open_days_are_late_days(returned, late):
    assert late_days(LONDON, utc(2026, 3, 16, 18), returned) == late


def test_late_days_are_counted_across_the_clock_change():
    due = utc(2026, 3, 27, 18)
    assert late_days(LONDON, due, utc(2026, 3, 31, 22, 59)) == 3
    assert late_days(LONDON, due, utc(2026, 3, 31, 23, 0)) == 4  # The 1st of April in London.


@pytest.mark.parametrize(
    ("ready", "days", "until"),
    [
        (utc(2026, 3, 20, 12), 7, utc(2026, 3, 28, 18)),
        (utc(2026, 3, 21, 12), 1, utc(2026, 3, 23, 18)),
        (utc(2026, 3, 28, 12), 1, utc(2026, 3, 30, 17)),
        (utc(2026, 4, 2, 12), 1, utc(2026, 4, 4, 17)),
    ],
)
def test_a_reader_has_so_many_open_days_to_come(ready, days, until):
    assert pickup_until(LONDON, ready, days) == until


def test_a_renewal_counts_from_the_due_day_and_from_today_when_late():
    policy, due = Policy(days=14), utc(2026, 3, 16, 18)
    assert due_by(policy, LONDON, max(due, utc(2026, 3, 14, 9))) == utc(2026, 3, 30, 17)
    assert due_by(policy, LONDON, max(due, utc(2026, 3, 18, 9))) == utc(2026, 4, 1, 17)


def test_a_loan_may_be_renewed_all_through_the_first_of_its_last_days():
    policy = Policy(renew_within_days=7)
    assert may_renew_from(policy, LONDON, utc(2026, 3, 16, 18)) == date(2026, 3, 9)
    assert may_renew_from(policy, LONDON, utc(2026, 4, 4, 17)) == date(2026, 3, 28)


@pytest.mark.parametrize(
    ("out", "due", "now", "new"),
    [
        (utc(2026, 3, 2, 10), utc(2026, 3, 30, 17), utc(2026, 3, 16, 9), utc(2026, 3, 19, 18)),
        (utc(2026, 3, 2, 10), utc(2026, 3, 16, 18), utc(2026, 3, 3, 9), utc(2026, 3, 9, 18)),
        (utc(2026, 3, 2, 10), utc(2026, 3, 16, 18), utc(2026, 3, 16, 9), utc(2026, 3, 16, 18)),
        (utc(2026, 3, 2, 10), utc(2026, 3, 30, 17), utc(2026, 3, 19, 9), utc(2026, 3, 23, 18)),
        (utc(2026, 3, 2, 10), utc(2026, 3, 16, 18), utc(2026, 3, 20, 9), utc(2026, 3, 16, 18)),
    ],
)
def test_a_recall_leaves_a_fair_time_and_never_gives_more(out, due, now, new):
    assert recalled_due(Policy(), LONDON, out_at=out, due=due, now=now) == new


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Manila", "America/New_York"])
def test_no_loan_of_two_years_is_due_on_a_closed_day(zone):
    holidays = {date(year, month, day) for year in (2026, 2027, 2028) for month, day in HOLIDAYS}
    house = Calendar(zone, WEEK, dict.fromkeys(holidays))
    for rule in FIRST_RULES:
        for number in range(2 * 365):
            due = due_at(house, utc(2026, 1, 1, 12) + timedelta(days=number), rule.policy.days)
            day = house.local(due)
            assert day.weekday() != 6, (rule.priority, due)
            assert day not in holidays, (rule.priority, due)
            assert due.astimezone(ZoneInfo(zone)).time() == time(18, 0)
