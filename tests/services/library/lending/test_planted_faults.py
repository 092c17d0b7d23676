"""The properties of calendars and rules find what is wrong: each one is shown a planted fault."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import Phase, settings

from tests.services.library.lending import test_properties as properties
from townsquare.services.library.rules import calendar as hours
from townsquare.services.library.rules import policy as rules

DAY = timedelta(days=1)
# One story in which the fault shows is enough; nobody reads it, so it need not be short. Which
# ones are drawn depends on all that is loaded: there are enough of them for every draw.
AT_FIRST_SIGHT = settings(
    properties.pure, max_examples=2000, phases=[Phase.generate], report_multiple_bugs=False
)


def on_a_closed_day(calendar, out, days):
    return calendar.end_of(calendar.local(out) + days * DAY)


def in_utc(calendar, out, days):
    return hours.due_on(calendar, out.date() + days * DAY)


def backwards(calendar, out, days):
    return hours.due_at(calendar, out, 60 - days)


def a_day_too_far(calendar, day):
    return hours.next_open(calendar, day + DAY)


def closed_days_too(calendar, ready, days):
    return calendar.end_of(calendar.local(ready) + days * DAY)


def by_the_clock(_calendar, due, returned):
    return -(-(returned - due) // DAY) + 1


def without_cap(policy, calendar, *, due, returned):
    return rules.fine_minor(replace(policy, cap_minor=10**9), calendar, due=due, returned=returned)


def cheaper_with_time(policy, calendar, *, due, returned):
    backwards = due + 240 * DAY - (returned - due)
    return rules.fine_minor(policy, calendar, due=due, returned=backwards)


def by_days_of_the_calendar(policy, calendar, *, due, returned):
    closed = sum(hours_of_day is None for hours_of_day in calendar.days.values())
    return rules.fine_minor(policy, calendar, due=due, returned=returned) + closed


def charged_all_the_same(policy, calendar, *, due, returned):
    return rules.fine_of(replace(policy, fine_mode="on"), calendar, due=due, returned=returned)


def by_days_alone(policy, calendar, start):
    return calendar.end_of(calendar.local(start) + policy.days * DAY)


def shorter_each_time(policy, calendar, start):
    return rules.due_by(policy, calendar, start - (policy.days + 1) * DAY)


def by_a_term_that_is_over(policy, calendar, start):
    if policy.term_ends_on is None:
        return rules.due_by(policy, calendar, start)
    return hours.due_on(calendar, calendar.local(start) - 7 * DAY)


def at_the_end_of_the_term(policy, calendar, start):
    return hours.due_on(calendar, policy.term_ends_on or calendar.local(start))


def at_once(policy, calendar, *, out_at, due, now):
    return min(due, hours.due_on(calendar, calendar.local(now)))


def the_last(lines, facts):
    fits = [rule for rule in lines if rules.first_failed(rule, facts) is None]
    return rules.Chosen(max(fits, key=lambda rule: rule.priority), ())


@pytest.mark.parametrize(
    ("found_by", "name", "fault"),
    [
        ("test_a_due_moment_is_closing_time_of_an_open_day", "due_at", on_a_closed_day),
        ("test_a_due_moment_is_closing_time_of_an_open_day", "due_at", in_utc),
        ("test_who_borrows_for_longer_returns_no_earlier", "due_at", backwards),
        ("test_the_next_open_day_is_its_own_next_open_day", "next_open", a_day_too_far),
        ("test_pickup_days_are_open_and_as_many_as_promised", "pickup_until", closed_days_too),
        ("test_late_days_add_up", "late_days", by_the_clock),
        ("test_a_fine_is_never_negative_nor_above_the_cap", "fine_minor", without_cap),
        ("test_a_fine_only_grows", "fine_minor", cheaper_with_time),
        (
            "test_a_closed_day_never_makes_a_fine_larger",
            "fine_minor",
            by_days_of_the_calendar,
        ),
        (
            "test_a_tried_fine_is_the_real_one_and_only_the_real_one_is_owed",
            "fine_of",
            charged_all_the_same,
        ),
        ("test_a_renewal_never_takes_time_away", "due_by", shorter_each_time),
        ("test_no_loan_is_due_before_it_begins_or_on_a_closed_day", "due_by", by_days_alone),
        (
            "test_no_loan_is_due_before_it_begins_or_on_a_closed_day",
            "due_by",
            by_a_term_that_is_over,
        ),
        (
            "test_no_renewal_inside_a_term_gives_the_same_day_again",
            "due_by",
            at_the_end_of_the_term,
        ),
        ("test_a_recall_never_gives_time_and_is_fair", "recalled_due", at_once),
        ("test_the_chosen_rule_is_the_first_that_matches", "choose", the_last),
    ],
)
def test_a_planted_fault_is_found(monkeypatch, found_by, name, fault):
    test = getattr(properties, found_by)
    monkeypatch.setattr(properties, name, fault)
    monkeypatch.setattr(test, "_hypothesis_internal_use_settings", AT_FIRST_SIGHT)
    with pytest.raises(AssertionError):
        test()


def test_every_property_is_shown_a_fault():
    (marked,) = test_a_planted_fault_is_found.pytestmark
    shown = {found_by for found_by, _name, _fault in marked.args[1]}
    assert shown == {name for name in vars(properties) if name.startswith("test_")}
