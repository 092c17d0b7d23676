"""Which rule a loan follows, and how the explainer says why."""

import pytest

from townsquare.services.library.rules.policy import (
    FIRST_RULES,
    Passed,
    Policy,
    Rule,
    Unmet,
    choose,
    expected_wait_days,
    first_failed,
    has_fallback,
)


def facts(kind="student", item_type="book", branch="central", material="book"):
    return {"class": kind, "item_type": item_type, "branch": branch, "material": material}


@pytest.mark.parametrize(
    ("kind", "item_type", "priority", "days", "renewals", "limit", "fine"),
    [
        ("student", "book", 30, 14, 2, 5, 25),
        ("faculty", "book", 20, 28, 3, 20, 0),
        ("visitor", "book", 40, 7, 0, 2, 25),
        ("staff", "book", 99, 7, 1, 2, 50),
        ("student", "dvd", 99, 7, 1, 2, 50),
        ("faculty", "dvd", 99, 7, 1, 2, 50),
        ("student", "reference", 10, 0, 0, 0, 0),
        ("faculty", "reference", 10, 0, 0, 0, 0),
        ("", "", 99, 7, 1, 2, 50),
    ],
)
def test_a_new_library_lends_by_class_and_item(
    kind, item_type, priority, days, renewals, limit, fine
):
    rule = choose(FIRST_RULES, facts(kind, item_type)).rule
    told = rule.policy
    assert (rule.priority, told.days, told.renewals, told.limit, told.fine_minor) == (
        priority,
        days,
        renewals,
        limit,
        fine,
    )


def test_the_lowest_number_wins_in_whatever_order_the_rules_stand():
    rules = [Rule(99), Rule(5, {"class": ["student"]}), Rule(7, {"class": ["student"]})]
    assert choose(rules, facts()).rule.priority == 5
    assert choose(reversed(rules), facts()).rule.priority == 5


def test_every_condition_of_a_rule_must_match():
    rules = [Rule(1, {"class": ["student"], "branch": ["north"]}), Rule(99)]
    assert choose(rules, facts(branch="north")).rule.priority == 1
    assert choose(rules, facts(branch="central")).rule.priority == 99


def test_the_explainer_names_the_first_condition_that_failed_in_each_earlier_rule():
    assert choose(FIRST_RULES, facts("visitor")).passed == (
        Passed(10, Unmet("item_type", "book", ("reference",))),
        Passed(20, Unmet("class", "visitor", ("faculty",))),
        Passed(30, Unmet("class", "visitor", ("student",))),
    )


def test_the_first_rule_passes_nothing_over():
    assert choose(FIRST_RULES, facts(item_type="reference")).passed == ()


@pytest.mark.parametrize(
    ("conditions", "failed"),
    [
        ({}, None),
        ({"class": ["student", "staff"]}, None),
        (
            {"class": ["faculty", "staff"]},
            "the class of the reader is student, not faculty or staff",
        ),
        ({"not_class": ["faculty"]}, None),
        ({"not_class": ["student"]}, "the class of the reader is student"),
        ({"not_branch": ["central", "north"]}, "the branch is central"),
        ({"class": ["student"], "material": ["map"]}, "the material is book, not map"),
        ({"class": []}, "the class of the reader is student, not "),
        ({"not_class": []}, None),
        ({"class": ["Student"]}, "the class of the reader is student, not Student"),
    ],
)
def test_conditions_are_lists_and_negated_lists(conditions, failed):
    unmet = first_failed(Rule(1, conditions), facts())
    assert (unmet and unmet.because) == failed


def test_what_is_not_known_is_said():
    unmet = first_failed(Rule(1, {"class": ["staff"]}), {})
    assert unmet.because == "the class of the reader is not known, not staff"


def test_rules_without_a_last_one_for_everybody_are_noticed():
    narrow = Rule(1, {"class": ["student"]})
    assert not has_fallback([])
    assert not has_fallback([narrow])
    assert not has_fallback([Rule(1), Rule(2, {"class": ["student"]})])
    assert has_fallback([Rule(99), narrow])
    with pytest.raises(LookupError, match="No rule matches"):
        choose([narrow], facts("visitor"))


def test_a_reference_book_stays_in_the_house():
    assert choose(FIRST_RULES, facts(item_type="reference")).rule.policy.reading_room_only


def test_a_visitor_leaves_a_deposit_and_nobody_else():
    asked = {rule.priority: rule.policy.deposit_minor for rule in FIRST_RULES}
    assert asked == {10: 0, 20: 0, 30: 0, 40: 2000, 99: 0}
    assert Policy().deposit_minor == 0


@pytest.mark.parametrize(
    ("position", "copies", "days"),
    [(1, 1, 14), (2, 1, 28), (3, 2, 28), (4, 2, 28), (5, 2, 42), (1, 0, 14)],
)
def test_a_reader_in_the_queue_waits_for_whole_rounds_of_loans(position, copies, days):
    assert expected_wait_days(position, copies) == days


def test_the_upper_bound_of_a_wait_counts_slow_readers():
    assert expected_wait_days(3, 2, loan_days=21, shelf_days=7) == 56
