"""What holds for every calendar and every rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from townsquare.services.library.rules.calendar import (
    Calendar,
    due_at,
    late_days,
    next_open,
    pickup_until,
)
from townsquare.services.library.rules.policy import (
    Policy,
    Rule,
    choose,
    due_by,
    fine_minor,
    fine_of,
    first_failed,
    may_renew_from,
    recalled_due,
)

ZONES = ("Europe/London", "Asia/Manila", "America/New_York", "Pacific/Apia", "UTC")
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
DAYS = st.dates(date(2025, 1, 1), date(2028, 3, 1))
HOURS = st.times(time(0, 30), time(23, 30)).map(lambda t: t.replace(second=0, microsecond=0))
CALENDARS = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES),
    closing=st.dictionaries(st.integers(0, 6), HOURS, min_size=1),
    days=st.dictionaries(DAYS, st.none() | HOURS, max_size=20),
)
POLICIES = st.builds(
    Policy,
    days=st.integers(0, 60),
    fine_minor=st.integers(0, 500),
    cap_minor=st.integers(0, 5000),
    grace_days=st.integers(0, 7),
    grace_included=st.booleans(),
    term_ends_on=st.none() | DAYS,
)
pure = settings(max_examples=150, derandomize=True, deadline=None, database=None)


@pure
@given(CALENDARS, MOMENTS, st.integers(0, 60))
def test_a_due_moment_is_closing_time_of_an_open_day(calendar, out, days):
    due = due_at(calendar, out, days)
    day = calendar.local(due)
    assert calendar.closes(day) is not None
    assert due == calendar.end_of(day)
    assert day >= calendar.local(out) + timedelta(days=days)
    passed = (day - calendar.local(out)).days - days
    gap = [calendar.local(out) + timedelta(days=days + n) for n in range(passed)]
    assert all(calendar.closes(closed) is None for closed in gap)


@pure
@given(CALENDARS, MOMENTS, st.integers(0, 60))
def test_who_borrows_for_longer_returns_no_earlier(calendar, out, days):
    assert due_at(calendar, out, days) <= due_at(calendar, out, days + 1)


@pure
@given(CALENDARS, DAYS)
def test_the_next_open_day_is_its_own_next_open_day(calendar, day):
    found = next_open(calendar, day)
    assert next_open(calendar, found) == found >= day


@pure
@given(CALENDARS, MOMENTS, st.integers(1, 14))
def test_pickup_days_are_open_and_as_many_as_promised(calendar, ready, days):
    first, last = calendar.local(ready), calendar.local(pickup_until(calendar, ready, days))
    between = [first + timedelta(days=n + 1) for n in range((last - first).days)]
    assert sum(calendar.closes(day) is not None for day in between) == days


@pure
@given(CALENDARS, MOMENTS, st.integers(0, 200), st.integers(0, 200))
def test_late_days_add_up(calendar, due, first, more):
    middle, end = due + timedelta(days=first), due + timedelta(days=first + more)
    apart = late_days(calendar, due, middle) + late_days(calendar, middle, end)
    assert late_days(calendar, due, end) == apart


@pure
@given(POLICIES, CALENDARS, MOMENTS, st.integers(-30, 300))
def test_a_fine_is_never_negative_nor_above_the_cap(policy, calendar, due, late):
    fine = fine_minor(policy, calendar, due=due, returned=due + timedelta(days=late))
    assert 0 <= fine <= policy.cap_minor
    if late <= 0:
        assert fine == 0


@pure
@given(POLICIES, CALENDARS, MOMENTS, st.integers(-30, 300))
def test_a_tried_fine_is_the_real_one_and_only_the_real_one_is_owed(policy, calendar, due, late):
    real, tried, off = (
        fine_of(
            replace(policy, fine_mode=mode),
            calendar,
            due=due,
            returned=due + timedelta(days=late),
        )
        for mode in ("on", "test", "off")
    )
    assert (tried.amount_minor, off.amount_minor) == (real.amount_minor, 0)
    assert [fine.charged_minor for fine in (real, tried, off)] == [real.amount_minor, 0, 0]
    assert [fine.tried_minor for fine in (real, tried, off)] == [0, real.amount_minor, 0]


@pure
@given(POLICIES, CALENDARS, MOMENTS, st.integers(0, 120), st.integers(0, 120))
def test_a_fine_only_grows(policy, calendar, due, late, more):
    def fine(days):
        return fine_minor(policy, calendar, due=due, returned=due + timedelta(days=days))

    assert fine(late) <= fine(late + more)


@pure
@given(POLICIES, CALENDARS, MOMENTS, st.integers(0, 120), DAYS)
def test_a_closed_day_never_makes_a_fine_larger(policy, calendar, due, late, day):
    shut = Calendar(calendar.zone, calendar.closing, {**calendar.days, day: None})
    before, after = (
        fine_minor(policy, hours, due=due, returned=due + timedelta(days=late))
        for hours in (calendar, shut)
    )
    assert after <= before


@pure
@given(POLICIES, CALENDARS, MOMENTS, st.integers(-20, 40))
def test_a_renewal_never_takes_time_away(policy, calendar, out, late):
    due = due_by(policy, calendar, out)
    assert due_by(policy, calendar, max(due, due + timedelta(days=late))) >= due


@pure
@given(POLICIES, CALENDARS, MOMENTS)
def test_no_loan_is_due_before_it_begins_or_on_a_closed_day(policy, calendar, out):
    due = due_by(policy, calendar, out)
    day = calendar.local(due)
    assert day >= calendar.local(out)
    assert calendar.closes(day) is not None
    assert due == calendar.end_of(day)


@pure
@given(POLICIES, CALENDARS, MOMENTS, st.integers(0, 400))
def test_no_renewal_inside_a_term_gives_the_same_day_again(policy, calendar, out, later):
    policy = replace(policy, days=max(policy.days, 1))
    due, now = due_by(policy, calendar, out), out + timedelta(days=later)
    if calendar.local(now) >= may_renew_from(policy, calendar, due):
        assert due_by(policy, calendar, max(due, now)) > due


@pure
@given(POLICIES, CALENDARS, MOMENTS, st.integers(0, 60))
def test_a_recall_never_gives_time_and_is_fair(policy, calendar, out, later):
    due, now = due_at(calendar, out, policy.days), out + timedelta(days=later)
    new = recalled_due(policy, calendar, out_at=out, due=due, now=now)
    assert new <= due
    if new < due:
        assert calendar.local(new) >= calendar.local(out) + timedelta(days=7)
        assert calendar.local(new) >= calendar.local(now) + timedelta(days=3)


WORDS = st.sampled_from(["student", "faculty", "visitor", "book", "dvd", "central", "north"])
CONDITIONS = st.dictionaries(
    st.sampled_from(["class", "not_class", "item_type", "not_branch"]),
    st.lists(WORDS, max_size=3),
    max_size=3,
)
RULES = st.dictionaries(st.integers(1, 98), CONDITIONS, max_size=6)


@pure
@given(RULES, WORDS, WORDS, WORDS)
def test_the_chosen_rule_is_the_first_that_matches(rules, kind, item, branch):
    lines = [Rule(99), *(Rule(number, told) for number, told in rules.items())]
    facts = {"class": kind, "item_type": item, "branch": branch}
    chosen = choose(lines, facts)
    matching = [rule.priority for rule in lines if first_failed(rule, facts) is None]
    assert chosen.rule.priority == min(matching)
    assert [p.priority for p in chosen.passed] == sorted(
        rule.priority for rule in lines if rule.priority < min(matching)
    )
