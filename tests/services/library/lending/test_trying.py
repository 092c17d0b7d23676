"""New rules, tried before they are published: what they would change, and that nothing changes."""

from datetime import date

import pytest

from townsquare.core.errors import NotAllowed
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.errors import BadRule, NoFallback, PastDate
from townsquare.services.library.models.circulating import policy_facts
from townsquare.services.library.rules.policy import FIRST_RULES, Policy, Rule
from townsquare.services.library.rules.tariffs import as_written
from townsquare.services.library.rules.trying import Case, Change, changes_of, shifts
from townsquare.services.library.usecases.loans import mark_missing
from townsquare.services.library.usecases.policies import publish_rules
from townsquare.services.library.usecases.trying import try_rules

pytestmark = pytest.mark.shown

PRESENT = [
    {
        "priority": r.priority,
        "conditions": dict(r.conditions),
        "policy": as_written(policy_facts(r.policy)),
    }
    for r in FIRST_RULES
]
FALLBACK = {"priority": 99}


def without(priority):
    return [line for line in PRESENT if line["priority"] != priority]


def changed(priority, **policy):
    [line] = [line for line in PRESENT if line["priority"] == priority]
    return [*without(priority), {**line, "policy": {**line["policy"], **policy}}]


@pytest.fixture
def tried(acts):
    def run(lines, actor=None, **how):
        wish = wishes.PublishRules(rules=lines, **how)
        return acts(try_rules, wish, actor) if actor else acts(try_rules, wish)

    return run


def shown(shift):
    changes = [(change.field, change.old, change.new) for change in shift.changes]
    lines = (shift.old_line, shift.new_line)
    return shift.kind, shift.item_type, lines, changes, shift.number, shift.examples


def case(kind="student", branch="central", number=1, examples=("A",)):
    return Case(kind, "book", "book", branch, number, examples)


def test_policies_differ_by_field():
    old, new = Policy(days=7, cap_at_price=False), Policy(days=14, cap_at_price=True)
    assert changes_of(old, new) == (
        Change("days", 7, 14),
        Change("cap_at_price", old=False, new=True),
    )
    assert changes_of(old, old) == ()


def test_an_end_of_term_is_a_change_like_any_other(wood, tried):
    shifts = tried(changed(30, term_ends_on="2026-06-26")).next_loans
    assert [s.changes for s in shifts] == [(Change("term_ends_on", None, date(2026, 6, 26)),)]


def test_what_changes_alike_is_counted_together_with_three_examples():
    cases = [
        (case(number=2, examples=("C", "D")), Rule(99)),
        (case(branch="north", number=3, examples=("A", "B")), Rule(99)),
        (case("faculty", examples=("E",)), Rule(99)),
    ]
    [faculty, student] = shifts(cases, [Rule(99, {}, Policy(days=3))])
    assert shown(student) == ("student", "book", (99, 99), [("days", 7, 3)], 5, ("A", "B", "C"))
    assert shown(faculty)[4:] == (1, ("E",))


def test_another_line_is_a_change_even_if_it_grants_the_same():
    [shift] = shifts([(case(), Rule(99))], [Rule(5)])
    assert shown(shift)[2:4] == ((99, 5), [])
    assert shifts([(case(), Rule(99))], [Rule(99)]) == []


def test_the_present_rules_change_nothing(lend, wood, tried):
    lend()
    told = tried(PRESENT)
    assert (told.open_loans, told.loans, told.next_loans) == (1, [], [])


def test_loans_that_are_out_and_the_next_ones_are_counted(copies, lend, tried):
    copies("TS2", "TS3")
    lend("TS2")
    lend("TS3", "LC-2001")
    told = tried(changed(30, days=21, fine_minor=30))
    codes = ("tariffs", "late-day, late-most", "late-most")  # The fine follows none any more.
    changes = [("days", 14, 21), ("fine_minor", 25, 30), codes]
    assert told.open_loans == 2
    assert [shown(s) for s in told.loans] == [
        ("student", "book", (30, 30), changes, 1, ("TS2",)),
    ]
    assert [shown(s) for s in told.next_loans] == [
        ("student", "book", (30, 30), changes, 3, ("TS1", "TS3")),
    ]


def test_another_line_is_named_where_one_falls_away(wood, lend, tried):
    lend()
    [shift] = tried(without(30)).loans
    assert (shift.old_line, shift.new_line) == (30, 99)
    assert Change("limit", 5, 2) in shift.changes


def test_a_loan_is_compared_with_the_rule_it_keeps(wood, lend, acts, tried):
    lend()
    acts(publish_rules, wishes.PublishRules(rules=changed(30, days=21)))
    told = tried(changed(30, days=28))
    assert [s.changes for s in told.loans] == [(Change("days", 14, 28),)]
    assert [s.changes for s in told.next_loans] == [(Change("days", 21, 28),)]


def test_the_next_loans_are_compared_with_what_applies_on_that_day(wood, acts, tried):
    later = date(2026, 4, 1)
    acts(publish_rules, wishes.PublishRules(rules=changed(30, days=21), valid_from=later))
    assert tried(changed(30, days=21), valid_from=later).next_loans == []
    [today] = tried(changed(30, days=21)).next_loans
    assert today.changes == (Change("days", 14, 21),)


def test_copies_that_nobody_can_borrow_do_not_count(copies, acts, tried):
    copies("TS2", "TS3")
    acts(mark_missing, wishes.ChooseCopy(barcode="TS2"))
    [student] = [s for s in tried([FALLBACK]).next_loans if s.kind == "student"]
    assert (student.number, student.examples) == (2, ("TS1", "TS3"))


@pytest.mark.parametrize(
    ("lines", "how", "refusal"),
    [
        ([{"priority": 1, "conditions": {"class": ["staff"]}}], {}, NoFallback),
        ([FALLBACK, FALLBACK], {}, BadRule),
        ([{"priority": 1, "policy": {"fee": 1}}], {}, BadRule),
        ([FALLBACK], {"valid_from": date(2026, 3, 1)}, PastDate),
    ],
)
def test_what_cannot_be_published_cannot_be_tried(wood, tried, lines, how, refusal):
    with pytest.raises(refusal):
        tried(lines, **how)


def test_readers_do_not_try_rules(readers, tried):
    with pytest.raises(NotAllowed):
        tried([FALLBACK], readers.Maya.actor)


@pytest.mark.engines("sqlite")
def test_a_program_tries_rules_in_three_statements_and_nothing_is_written(
    api, statements, wood, lend
):
    lend()
    sent = {"rules": changed(30, days=21)}
    api("POST /rules/dry-run", sent)
    statements.clear()
    answer = api("POST /rules/dry-run", sent)
    assert answer.status_code == 200
    assert len(statements) <= 3, statements
    assert {text.split()[0] for text in statements} == {"SELECT"}
    [shift] = answer.json["loans"]
    assert shift["changes"] == [{"field": "days", "old": 14, "new": 21}]
    assert api("GET /rules").json["edition"] == 0


@pytest.mark.parametrize("body", [{}, {"rules": []}, {"rules": "x"}, {"rules": [7]}, {"x": 1}])
def test_a_program_that_asks_wrongly_is_told(api, houses, body):
    assert api("POST /rules/dry-run", body).status_code == 422


def test_a_body_that_is_no_json_is_told(api, houses):
    api("GET /rules")
    path = "/api/v1/library/rules/dry-run"
    for data, kind, status in (("{", "application/json", 400), ("x", "text/plain", 415)):
        assert api.client.post(path, data=data, content_type=kind).status_code == status


def test_the_call_is_described_with_its_body(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    told = paths["/api/v1/library/rules/dry-run"]["post"]
    assert told["description"] == "Needs the permission `library.rule.publish`."
    assert told["parameters"] == []
    assert set(told["requestBody"]["content"]["application/json"]["schema"]["properties"]) == {
        "rules",
        "valid_from",
        "based_on",
    }
    assert " ".join(told["responses"]) == "200 400 401 403 412 413 415 422 429 503"
