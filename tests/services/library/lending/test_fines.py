"""What lateness costs; every row can be checked by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import Fine, Policy, fine_minor, fine_of

WEEK = dict.fromkeys(range(6), time(18, 0))
LONDON = Calendar("Europe/London", WEEK, {date(2026, 4, 3): None})
DUE = datetime(2026, 3, 16, 18, tzinfo=UTC)
STUDENT = Policy(14, 2, 5, fine_minor=25, cap_minor=500, grace_days=2)
STRICT = Policy(14, 2, 5, fine_minor=25, cap_minor=500, grace_days=2, grace_included=False)
PRICED = Policy(14, 2, 5, fine_minor=25, cap_minor=500, cap_at_price=True)


def on(month, day, hour=10):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def fine(policy, returned, price_minor=0):
    return fine_minor(policy, LONDON, due=DUE, returned=returned, price_minor=price_minor)


@pytest.mark.parametrize(
    ("returned", "amount"),
    [
        (on(3, 2), 0),
        (on(3, 16, 17), 0),
        (on(3, 16, 20), 0),
        (on(3, 17), 0),
        (on(3, 18), 0),
        (on(3, 19), 75),
        (on(3, 20), 100),
        (on(3, 21), 125),
        (on(3, 22), 125),  # A Sunday costs nothing.
        (on(3, 26), 225),
        (on(4, 3), 375),  # Good Friday neither.
        (on(4, 9), 500),
        (on(4, 15), 500),
        (on(12, 31), 500),
    ],
)
def test_a_student_pays_for_all_late_days_beyond_the_grace(returned, amount):
    assert fine(STUDENT, returned) == amount


@pytest.mark.parametrize(
    ("returned", "amount"),
    [(on(3, 18), 0), (on(3, 19), 25), (on(3, 26), 175), (on(4, 15), 500)],
)
def test_a_grace_that_is_not_counted_makes_the_fine_smaller(returned, amount):
    assert fine(STRICT, returned) == amount


def test_without_grace_the_first_late_day_costs():
    assert fine(Policy(fine_minor=50), on(3, 17)) == 50


def test_faculty_pay_nothing():
    assert fine(Policy(28, 3, 20, 0, 0), on(12, 31)) == 0


# From 17 March to the end of the year there are 290 days, 41 Sundays and Good Friday: 248 times 25.
@pytest.mark.parametrize(
    ("price", "amount"), [(0, 500), (100, 100), (1899, 1899), (1_000_000, 6200)]
)
def test_a_cap_at_the_price_is_the_price_of_the_copy(price, amount):
    assert fine(PRICED, on(12, 31), price) == amount


def test_a_cap_of_nothing_means_no_fine_at_all():
    assert fine(Policy(fine_minor=25, cap_minor=0), on(3, 26)) == 0


@pytest.mark.parametrize(
    ("mode", "told", "charged"),
    [
        ("on", Fine(225, 9, 9, 25, 500, "on"), 225),
        ("test", Fine(225, 9, 9, 25, 500, "test"), 0),
        ("off", Fine(0, 0, 0, 25, 500, "off"), 0),
    ],
)
def test_a_fine_is_charged_only_shown_or_not_counted(mode, told, charged):
    policy = replace(STUDENT, fine_mode=mode)
    fine = fine_of(policy, LONDON, due=DUE, returned=on(3, 26))
    assert (fine, fine.charged_minor) == (told, charged)


def test_a_house_closed_for_good_fines_nobody():
    closed = {date(2026, 3, 16 + n): None for n in range(1, 15)}
    shut = Calendar("Europe/London", WEEK, closed)
    assert fine_minor(STUDENT, shut, due=DUE, returned=on(3, 30)) == 0


def test_a_day_closed_later_makes_a_fine_smaller_never_larger():
    before = fine(STUDENT, on(3, 26))
    snow = Calendar("Europe/London", WEEK, {date(2026, 3, 20): None})
    assert (before, fine_minor(STUDENT, snow, due=DUE, returned=on(3, 26))) == (225, 200)
