"""Rules and hours as the manager sets them: published, followed by new loans, never edited."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from townsquare.core.errors import NotAllowed, StaleVersion
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.authorities import AddBranch
from townsquare.services.library.errors import (
    BadHours,
    BadRule,
    NoFallback,
    PastDate,
    TooEarly,
    UnknownBranch,
)
from townsquare.services.library.queries.calendars import read_calendar
from townsquare.services.library.queries.mine import my_library
from townsquare.services.library.queries.rules import explain_rule, rules_in_force
from townsquare.services.library.usecases.authorities import add_branch
from townsquare.services.library.usecases.loans import declare_lost, renew_loan
from townsquare.services.library.usecases.policies import publish_rules, set_calendar, set_hours

pytestmark = pytest.mark.shown

FALLBACK = {"priority": 99}


@pytest.fixture
def publish(acts):
    def run(*lines):
        return acts(publish_rules, wishes.PublishRules(rules=lines))

    return run


@pytest.fixture
def close(acts, houses):
    def run(day, branch="central", closes=None):
        wish = wishes.SetCalendar(branch=branch, day=day, closes=closes, reason="Works")
        return acts(set_calendar, wish)

    return run


def test_a_new_edition_is_followed_by_the_next_loan(wood, lend, publish):
    assert publish({"priority": 5, "policy": {"days": 3}}).id == "1"
    loan = lend()
    assert (loan.rule.edition, loan.rule.priority) == (1, 5)
    assert loan.due_at == datetime(2026, 3, 5, 18, tzinfo=UTC)


def test_a_loan_that_is_out_keeps_its_rules(wood, lend, publish, take_back, clock):
    lend()
    publish({"priority": 5, "policy": {"days": 3, "fine_minor": 99999, "cap_minor": 99999}})
    clock.set(2026, 3, 19, 10)
    back = take_back()
    assert (back.charged_minor, back.tried_minor) == (75, 0)


@pytest.fixture
def months_late(lend, publish, copies, clock):
    """Three loans under a rule with this mode of fines, months after their due day."""

    def run(mode):
        copies("TS2", "TS3")
        policy = {"fine_minor": 50, "renewals": 1, "limit": 3, "fine_mode": mode}
        publish({"priority": 5, "policy": policy})
        loans = [lend(barcode) for barcode in ("TS1", "TS2", "TS3")]
        clock.set(2026, 6, 1, 10)
        return loans

    return run


@pytest.mark.parametrize(("mode", "shown"), [("test", 500), ("off", None)])
def test_fines_that_are_off_or_tried_are_never_charged(
    months_late, take_back, readers, acts, owed, mode, shown
):
    loans = months_late(mode)
    mine = acts(my_library, wishes.Nothing(), readers.Maya.actor)
    tried = {loan.id: shown for loan in loans if shown}
    assert (mine.fines_minor, mine.test_fines_minor) == ({}, tried)
    back = take_back("TS1")
    assert (back.charged_minor, back.tried_minor) == (0, shown or 0)
    acts(renew_loan, wishes.RenewLoan(id=loans[1].id))
    acts(declare_lost, wishes.ChooseCopy(barcode="TS3"))
    assert [line[0] for line in owed(readers.Maya)] == ["lost", "processing"]


def test_rules_for_a_later_day_begin_with_it(wood, copies, lend, acts, publish, clock):
    copies("TS2")
    rules = [{"priority": 5, "policy": {"days": 3}}]
    later = wishes.PublishRules(rules=rules, valid_from=date(2026, 3, 4))
    acts(publish_rules, later)
    shown = acts(rules_in_force, wishes.Nothing())
    assert (shown.edition, [(c.edition, c.valid_from) for c in shown.coming]) == (
        0,
        [(1, date(2026, 3, 4))],
    )
    clock.set(2026, 3, 3, 23)
    assert lend().rule.edition == 0
    clock.set(2026, 3, 4, 1)
    assert lend("TS2").rule.edition == 1
    shown = acts(rules_in_force, wishes.Nothing())
    assert (shown.edition, shown.coming) == (1, [])


def test_what_begins_last_applies_whenever_it_was_published(lend, wood, acts, publish, clock):
    rules = [{"priority": 5, "policy": {"days": 3}}]
    acts(publish_rules, wishes.PublishRules(rules=rules, valid_from=date(2026, 3, 4)))
    publish(FALLBACK)
    assert acts(rules_in_force, wishes.Nothing()).edition == 2
    clock.set(2026, 3, 4, 1)
    assert acts(rules_in_force, wishes.Nothing()).edition == 1


def test_rules_do_not_begin_in_the_past(acts, houses):
    wish = wishes.PublishRules(rules=[FALLBACK], valid_from=date(2026, 3, 1))
    with pytest.raises(PastDate):
        acts(publish_rules, wish)


def test_editions_are_numbered(publish, houses):
    assert [publish(FALLBACK).id for _ in range(3)] == ["1", "2", "3"]


def test_the_explainer_answers_by_the_rules_in_force(acts, publish, houses):
    publish({"priority": 1, "conditions": {"not_class": ["staff"]}}, FALLBACK)
    told = acts(explain_rule, wishes.ExplainRule(kind="staff"))
    assert (told.edition, told.priority, told.passed[0].because) == (
        1,
        99,
        "the class of the reader is staff",
    )


def test_rules_that_were_made_from_an_older_edition_are_refused(acts, publish, houses):
    def publish_from(edition):
        wish = wishes.PublishRules(rules=[FALLBACK], based_on=edition)
        return int(acts(publish_rules, wish).id)

    assert [publish_from(0), publish_from(1)] == [1, 2]
    with pytest.raises(StaleVersion):
        publish_from(1)
    publish(FALLBACK)  # Who does not say what it was made from is not asked.
    assert acts(rules_in_force, wishes.Nothing()).edition == 3


def test_only_who_publishes_rules_is_told_who_did(acts, publish, houses, readers):
    publish(FALLBACK)
    shown = acts(rules_in_force, wishes.Nothing(), readers.Maya.actor)
    assert (shown.edition, shown.published_by) == (1, "")


def test_the_rules_in_force_are_shown_by_priority(acts, publish, houses):
    publish(FALLBACK, {"priority": 3, "conditions": {"class": ["staff"]}})
    shown = acts(rules_in_force, wishes.Nothing())
    assert (shown.edition, shown.published_by) == (1, "Dina Park")
    assert [(line.priority, line.conditions) for line in shown.lines] == [
        (3, {"class": ["staff"]}),
        (99, {}),
    ]


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ([{"priority": 1, "conditions": {"class": ["student"]}}], NoFallback),
        ([{"priority": 1}, {"priority": 2, "conditions": {"class": ["staff"]}}], NoFallback),
        ([FALLBACK, FALLBACK], BadRule),
        ([{"priority": 1, "conditions": {"colour": ["red"]}}, FALLBACK], BadRule),
        ([{"priority": 1, "policy": {"fee": 1}}], BadRule),
        ([{"priority": 1, "policy": {"days": "14"}}], BadRule),
        ([{"priority": 1, "policy": {"days": True}}], BadRule),
        ([{"priority": 1, "policy": {"days": 1.5}}], BadRule),
        ([{"priority": 1, "policy": {"days": None}}], BadRule),
        ([{"priority": 1, "policy": {"days": -1}}], BadRule),
        ([{"priority": 1, "policy": {"days": 3651}}], BadRule),
        ([{"priority": 1, "policy": {"days": 10**30}}], BadRule),
        ([{"priority": 1, "policy": {"cap_minor": 100_000_001}}], BadRule),
        ([{"priority": 1, "policy": {"cap_at_price": 1}}], BadRule),
        ([{"priority": 1, "policy": {"fine_mode": "maybe"}}], BadRule),
        ([{"priority": 1, "policy": {"fine_mode": True}}], BadRule),
        ([{"priority": 1, "policy": {"fine_mode": []}}], BadRule),
        ([{"priority": 1, "policy": {"term_ends_on": "soon"}}], BadRule),
        ([{"priority": 1, "policy": {"term_ends_on": ""}}], BadRule),
        ([{"priority": 1, "policy": {"term_ends_on": "2026-02-30"}}], BadRule),
        ([{"priority": 1, "policy": {"term_ends_on": "20260626"}}], BadRule),
        ([{"priority": 1, "policy": {"term_ends_on": "2026-W26-5"}}], BadRule),
        ([{"priority": 1, "policy": {"term_ends_on": 20260626}}], BadRule),
        ([{"priority": 1, "policy": {"term_ends_on": "3000-01-01"}}], BadRule),
        ([{"priority": 1, "policy": {"term_ends_on": "1899-12-31"}}], BadRule),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(publish, acts, houses, lines, refusal):
    with pytest.raises(refusal):
        publish(*lines)
    assert acts(rules_in_force, wishes.Nothing()).edition == 0


@pytest.mark.parametrize(
    ("conditions", "field", "why"),
    [
        ({"class": []}, "class", "class names nothing"),
        ({"not_branch": []}, "branch", "not_branch names nothing"),
        ({"class": ["staff", "teacher"]}, "class", "there is no class teacher"),
        ({"not_class": ["teacher"]}, "class", "there is no class teacher"),
        ({"material": ["Book"]}, "material", "there is no material Book"),
        ({"branch": ["central", "moon"]}, "branch", "there is no branch moon"),
        ({"not_branch": ["moon"]}, "branch", "there is no branch moon"),
        (
            {"not_class": ["staff"], "class": ["visitor"]},
            "class",
            "class and not_class stand together",
        ),
    ],
)
def test_a_condition_that_nobody_can_meet_is_refused(publish, houses, conditions, field, why):
    with pytest.raises(BadRule) as refused:
        publish({"priority": 7, "conditions": conditions}, FALLBACK)
    assert refused.value.facts == {"priority": 7, "why": why, "field": field}


def test_conditions_may_name_any_type_of_copy_and_every_house(publish, houses):
    asked = {"item_type": ["kit, large"], "not_branch": ["north", "central"], "material": ["kit"]}
    assert publish({"priority": 7, "conditions": asked}, FALLBACK).id == "1"


def test_a_priority_that_stands_twice_is_named(publish, houses):
    with pytest.raises(BadRule) as refused:
        publish({"priority": 1}, FALLBACK, FALLBACK)
    told = {"priority": 99, "why": "its priority stands twice", "field": "priority"}
    assert refused.value.facts == told


END = datetime(2026, 4, 4, 17, tzinfo=UTC)  # Good Friday is closed, and it is summer by then.
TERM = {"days": 14, "renewals": 2, "term_ends_on": "2026-04-03"}


def test_a_loan_of_a_term_ends_with_it_and_keeps_that_day(wood, lend, publish, acts, clock):
    publish({"priority": 1, "policy": TERM})
    loan = lend()
    assert (loan.due_at, loan.rule.due_at) == (END, END)
    assert loan.rule.policy["term_ends_on"] == "2026-04-03"
    publish(FALLBACK)
    for moment in ((2026, 4, 1, 10), (2026, 4, 2, 22)):
        clock.set(*moment)
        with pytest.raises(TooEarly) as refused:
            acts(renew_loan, wishes.RenewLoan(id=loan.id))
        assert refused.value.facts == {"from_day": "2026-04-03"}
    clock.set(2026, 4, 3, 9)
    again = acts(renew_loan, wishes.RenewLoan(id=loan.id))
    assert again.due_at == datetime(2026, 4, 18, 17, tzinfo=UTC)


def test_a_desk_that_lifts_the_end_of_a_term_gives_days(wood, lend, publish, acts, clock):
    publish({"priority": 1, "policy": TERM})
    how = {"id": lend().id, "override": "too-early", "reason": "Exam in May"}
    assert acts(renew_loan, wishes.RenewLoan(**how)).due_at == END + timedelta(days=14)


def test_rules_of_a_term_that_is_over_count_days(wood, lend, publish):
    publish({"priority": 1, "policy": TERM | {"term_ends_on": "2026-03-02"}})
    assert lend().due_at == datetime(2026, 3, 16, 18, tzinfo=UTC)


def test_the_explainer_says_when_a_loan_of_today_would_be_due(acts, publish, houses):
    publish({"priority": 1, "policy": TERM})
    told = acts(explain_rule, wishes.ExplainRule(kind="student", branch="north"))
    assert (told.due_at, told.policy["term_ends_on"]) == (END, "2026-04-03")
    for branch in ("", "moon"):
        assert acts(explain_rule, wishes.ExplainRule(kind="x", branch=branch)).due_at is None


def test_what_stays_in_the_house_is_never_due(acts, houses):
    wish = wishes.ExplainRule(kind="student", item_type="reference", branch="north")
    assert acts(explain_rule, wish).due_at is None


def test_a_program_reads_an_end_of_term_as_it_was_sent(api, houses):
    sent = {"rules": [{"priority": 1, "policy": TERM}]}
    assert api("POST /rules", sent).status_code == 201
    [line] = api("GET /rules").json["lines"]
    assert line["policy"]["term_ends_on"] == "2026-04-03"
    del line["amounts"]  # What its tariffs come to today; the line itself names their codes.
    assert api("POST /rules", {"rules": [line]}).status_code == 201


def test_ten_years_are_a_loan_that_can_be_counted(wood, lend, publish):
    publish({"priority": 1, "policy": {"days": 3650}})
    assert lend().due_at.year == 2036


def test_a_closed_day_moves_the_next_due_date(wood, lend, close):
    close(date(2026, 3, 16))
    assert lend().due_at == datetime(2026, 3, 17, 18, tzinfo=UTC)


def test_a_day_that_closes_early_ends_the_loan_early(wood, lend, close):
    close(date(2026, 3, 16), closes=time(12, 0))
    assert lend().due_at == datetime(2026, 3, 16, 12, tzinfo=UTC)


def test_a_day_can_be_set_again(wood, lend, close):
    close(date(2026, 3, 16))
    close(date(2026, 3, 16), closes=time(17, 0))
    assert lend().due_at == datetime(2026, 3, 16, 17, tzinfo=UTC)


def test_a_renewal_follows_the_new_calendar(wood, lend, close, acts, clock):
    loan = lend()
    close(date(2026, 3, 30))
    clock.set(2026, 3, 14, 9)
    again = acts(renew_loan, wishes.RenewLoan(id=loan.id))
    assert again.due_at == datetime(2026, 3, 31, 17, tzinfo=UTC)


def test_what_is_over_stays_as_it_was(close, clock):
    clock.set(2026, 7, 1, 23, 30)  # The 2nd in London.
    with pytest.raises(PastDate, match="2026-07-01"):
        close(date(2026, 7, 1))
    close(date(2026, 7, 2))


def test_a_day_that_differs_does_not_close_before_it_opens(close):
    for closes in (time(0), time(8), time(9)):
        with pytest.raises(BadHours):
            close(date(2026, 3, 17), closes=closes)
    close(date(2026, 3, 17), closes=time(9, 30))
    close(date(2026, 3, 22), closes=time(8))  # A Sunday, on which it usually does not open.


def test_a_week_has_each_day_once_and_ends_after_it_begins(acts, houses):
    day = {"weekday": 0, "opens": time(9), "closes": time(17)}
    for week in ([day, day], [{**day, "closes": time(9)}], [{**day, "closes": time(8)}]):
        with pytest.raises(BadHours):
            acts(set_hours, wishes.SetHours(branch="central", week=week))


def test_an_unknown_house_has_no_hours(acts, houses, close):
    day = {"weekday": 0, "opens": time(9), "closes": time(17)}
    with pytest.raises(UnknownBranch):
        acts(set_hours, wishes.SetHours(branch="moon", week=[day]))
    with pytest.raises(UnknownBranch):
        close(date(2026, 7, 2), branch="moon")
    with pytest.raises(UnknownBranch):
        acts(read_calendar, wishes.ReadCalendar(branch="moon"))


def test_the_hours_of_every_house_are_shown(acts, close):
    close(date(2026, 3, 10), "north", time(12, 0))
    central, north = acts(read_calendar, wishes.ReadCalendar())
    assert (central.name, len(central.usual), central.usual[0][:6]) == ("Central", 6, "Monday")
    assert [(day.day, day.closes, day.reason) for day in north.days] == [
        (date(2026, 3, 10), "12:00", "Works"),
        (date(2026, 4, 3), "", "Good Friday"),
    ]
    assert [day.day for day in central.days] == [date(2026, 4, 3)]


def test_a_house_without_hours_is_shown_too(acts, houses):

    acts(add_branch, AddBranch(code="west", name="West", zone="Europe/London"))
    [west] = acts(read_calendar, wishes.ReadCalendar(branch="west"))
    assert (west.name, west.usual, west.days) == ("West", [], [])


def test_readers_do_not_set_rules_or_hours(acts, readers, houses):
    with pytest.raises(NotAllowed):
        acts(publish_rules, wishes.PublishRules(rules=[FALLBACK]), readers.Maya.actor)
    wish = wishes.SetCalendar(branch="central", day=date(2026, 7, 2))
    with pytest.raises(NotAllowed):
        acts(set_calendar, wish, readers.Maya.actor)
