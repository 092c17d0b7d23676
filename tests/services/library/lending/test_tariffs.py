"""What things cost, from when, and who is told: rules and losses follow tariffs."""

import re
from datetime import date

import pytest
from pydantic import ValidationError
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_constraint, drop_trigger
from townsquare.core.errors import NotAllowed
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.tariffs import FindTariffs, SetTariff
from townsquare.services.library.errors import BadRule, PastDate
from townsquare.services.library.models.lending import LoanRow
from townsquare.services.library.queries.charges import charges_of_patron
from townsquare.services.library.queries.rules import explain_rule, rules_in_force
from townsquare.services.library.queries.tariffs import find_tariffs
from townsquare.services.library.rules.policy import FIRST_RULES
from townsquare.services.library.rules.tariffs import Tariff, priced, tariffs_on
from townsquare.services.library.usecases.loans import declare_lost
from townsquare.services.library.usecases.policies import publish_rules, set_tariff
from townsquare.services.library.usecases.trying import try_rules

TODAY = date(2026, 3, 2)
MARCH, APRIL, MAY = date(2026, 3, 10), date(2026, 4, 1), date(2026, 5, 1)
BEGINNING = date(2000, 1, 1)
FIRST = {
    "deposit": 2000,
    "late-day": 25,
    "late-day-other": 50,
    "late-most": 500,
    "lost-price": 2500,
    "processing": 300,
}
INSERT = (
    "INSERT INTO library_tariff (public_id, created_at, version, code, name, amount_minor,"
    " valid_from, valid_to, set_by) VALUES (:id, '2026-03-02 02:00:00+00:00', 1, 'card', 'A card',"
    " 100, :begins, :ends, 'Dina')"
)


@pytest.fixture
def cost(acts):
    """Set what something costs, from a day or at once."""

    def run(amount, code="processing", begins=None, name="Work"):
        wish = SetTariff(code=code, name=name, amount_minor=amount, valid_from=begins)
        return acts(set_tariff, wish)

    return run


@pytest.fixture
def listed(acts):
    def run(**how):
        return acts(find_tariffs, FindTariffs(**how)).items

    return run


@pytest.fixture
def spans(listed):
    """The amounts of a code with their days, the former ones too."""

    def run(code="processing"):
        found = listed(words=code, past=True)
        return [(t.amount_minor, t.valid_from, t.valid_to) for t in found if t.code == code]

    return run


def test_an_amount_applies_from_its_day_until_the_next_one():
    first = Tariff(1, "work", "Work", 300, BEGINNING, MARCH)
    other = Tariff(2, "work", "Work", 400, MARCH)
    for day, found in ((TODAY, first), (date(2026, 3, 9), first), (MARCH, other), (MAY, other)):
        assert tariffs_on((first, other), day) == {"work": found}
    assert tariffs_on((other,), TODAY) == {}


def test_the_first_rules_follow_tariffs_and_say_the_same_amounts():
    tariffs = [
        Tariff(n, code, "", amount, BEGINNING) for n, (code, amount) in enumerate(FIRST.items())
    ]
    assert priced(FIRST_RULES, tariffs, TODAY) == FIRST_RULES


def test_a_library_begins_with_the_amounts_that_it_always_had(listed):
    assert {t.code: t.amount_minor for t in listed()} == FIRST


def test_amounts_of_one_code_follow_each_other_without_a_gap(houses, cost, spans):
    cost(500, begins=MAY)
    cost(400, begins=APRIL)
    assert spans() == [(300, BEGINNING, APRIL), (400, APRIL, MAY), (500, MAY, None)]
    cost(450, begins=APRIL)  # What was wrong is set again before it begins.
    assert spans() == [(300, BEGINNING, APRIL), (450, APRIL, MAY), (500, MAY, None)]


def test_a_new_code_begins_with_its_day(houses, cost, spans, listed):
    cost(150, "card", begins=APRIL, name="A new card")
    cost(100, "card", begins=MARCH, name="A new card")
    assert spans("card") == [(100, MARCH, APRIL), (150, APRIL, None)]
    assert [t.set_by for t in listed(words="NEW CARD")] == ["Dina Park"] * 2


def test_the_past_is_not_set(houses, cost, spans):
    with pytest.raises(PastDate):
        cost(400, begins=date(2026, 3, 1))
    assert spans() == [(300, BEGINNING, None)]


def test_only_who_sets_the_calendar_sets_a_tariff(houses, acts, readers):
    wish = SetTariff(code="processing", name="Work", amount_minor=1)
    with pytest.raises(NotAllowed):
        acts(set_tariff, wish, readers.Maya.actor)


def test_only_who_sets_tariffs_is_told_who_did(houses, cost, acts, readers):
    cost(400)
    told = acts(find_tariffs, FindTariffs(words="processing"), readers.Maya.actor).items
    assert [(t.amount_minor, t.set_by, t.from_the_beginning) for t in told] == [(400, "", False)]


@pytest.mark.parametrize("code", ["300", "1e3", "-late", "9-lives"])
def test_no_code_can_be_read_as_an_amount(code):
    with pytest.raises(ValidationError):
        SetTariff(code=code, name="A number", amount_minor=1)


def test_the_list_goes_page_by_page_and_hides_what_is_over(houses, cost, acts, listed, clock):
    cost(400, begins=MARCH)
    codes = [(t.code, t.amount_minor) for t in listed()]
    first = acts(find_tariffs, FindTariffs(limit=5))
    rest = acts(find_tariffs, FindTariffs(limit=5, after=first.after))
    assert [(t.code, t.amount_minor) for t in first.items + rest.items] == codes
    assert len(codes) == 7
    assert rest.after == ""
    clock.advance(days=8)
    assert ("processing", 300) not in [(t.code, t.amount_minor) for t in listed()]
    assert ("processing", 300) in [(t.code, t.amount_minor) for t in listed(past=True)]


def test_a_loss_is_charged_by_the_tariffs_of_its_day(
    copies, lend, acts, owed, readers, cost, clock
):
    copies("TS2", "TS3")
    for barcode in ("TS2", "TS3"):
        lend(barcode)
    cost(400, begins=MARCH)
    cost(3000, "lost-price", begins=MARCH, name="A lost copy")
    acts(declare_lost, wishes.ChooseCopy(barcode="TS2"))
    clock.advance(days=8)
    acts(declare_lost, wishes.ChooseCopy(barcode="TS3"))
    amounts = [line[:2] for line in owed(readers.Maya)]
    assert amounts[:2] == [("lost", 2500), ("processing", 300)]
    assert amounts[2:] == [("lost", 3000), ("processing", 400)]
    told = acts(charges_of_patron, wishes.ChoosePatron(id=readers.Maya.id))
    assert [(t.tariff, t.tariff_from) for t in told] == [
        ("processing", MARCH),
        ("lost-price", MARCH),
        ("processing", BEGINNING),
        ("lost-price", BEGINNING),
    ]


def test_the_price_of_a_copy_follows_no_tariff(wood, lend, acts, readers):
    lend()
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    told = acts(charges_of_patron, wishes.ChoosePatron(id=readers.Maya.id))
    assert [(t.reason, t.tariff) for t in told] == [("processing", "processing"), ("lost", None)]


def test_a_tariff_of_nothing_is_not_charged(wood, lend, acts, owed, readers, cost):
    cost(0)
    lend()
    told = acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    assert owed(readers.Maya) == [("lost", 1899, 1899)]
    assert told.open_minor == 1899


def test_a_loan_keeps_the_amounts_of_the_day_on_which_it_began(
    copies, lend, take_back, readers, api, cost, clock
):
    copies("TS2")
    lend()
    cost(40, "late-day", begins=MARCH, name="A late day")
    clock.advance(days=8)
    lend("TS2")
    clock.advance(days=21)
    for barcode in ("TS1", "TS2"):
        take_back(barcode)
    told = api(f"GET /patrons/{readers.Maya.id}/charges").json
    assert [(t["rate_minor"], t["tariff"], t["tariff_from"]) for t in reversed(told)] == [
        (25, "late-day", None),
        (40, "late-day", None),
    ]


def test_a_loan_keeps_which_tariffs_it_follows(wood, lend, town):
    lend()
    with town.sessions() as db:
        kept = db.scalar(select(LoanRow.policy))
    assert (kept["fine_minor"], kept["cap_minor"]) == (25, 500)
    assert kept["tariffs"] == {"fine_minor": "late-day", "cap_minor": "late-most"}


def test_a_new_amount_applies_without_new_rules(houses, acts, cost):
    cost(40, "late-day", name="A late day")
    told = acts(explain_rule, wishes.ExplainRule(kind="student"))
    assert told.policy["fine_minor"] == 40
    assert told.policy["tariffs"]["fine_minor"] == "late-day"
    [line] = [r for r in acts(rules_in_force, wishes.Nothing()).lines if r.priority == 30]
    assert (line.policy["fine_minor"], line.amounts["fine_minor"]) == ("late-day", 40)


def test_rules_are_published_as_they_are_read(houses, acts):
    before = acts(rules_in_force, wishes.Nothing()).lines
    lines = [
        {"priority": r.priority, "conditions": r.conditions, "policy": r.policy} for r in before
    ]
    acts(publish_rules, wishes.PublishRules(rules=lines))
    after = acts(rules_in_force, wishes.Nothing())
    assert (after.edition, after.lines) == (1, before)


@pytest.mark.parametrize("policy", [{"fine_minor": "fee"}, {"days": "late-day"}, {"tariffs": {}}])
def test_rules_name_only_tariffs_that_apply_and_only_for_amounts(houses, acts, policy):
    line = {"priority": 99, "policy": policy}
    with pytest.raises(BadRule):
        acts(publish_rules, wishes.PublishRules(rules=[line]))


def test_a_tariff_that_begins_later_serves_rules_that_begin_later(houses, acts, cost):
    cost(70, "fee", begins=APRIL, name="A fee")
    line = {"priority": 99, "policy": {"fine_minor": "fee"}}
    with pytest.raises(BadRule, match="no tariff fee on 2026-03-02"):
        acts(publish_rules, wishes.PublishRules(rules=[line]))
    acts(publish_rules, wishes.PublishRules(rules=[line], valid_from=APRIL))


def said(answer):
    """Return what a page says, without its marks."""
    return re.sub(r"<[^>]*>", "", answer.text)


def _insert(town, begins, ends=None):
    with town.database.begin() as db:
        told = {"id": f"{begins} {ends}", "begins": begins, "ends": ends}
        db.execute(text(INSERT), told)


def test_rules_are_tried_while_others_wait_for_a_tariff_that_begins_later(houses, acts, cost):
    june = date(2026, 6, 1)
    cost(40, "dvd-day", begins=june, name="A day")
    later = [{"priority": 99, "policy": {"fine_minor": "dvd-day"}}]
    acts(publish_rules, wishes.PublishRules(rules=later, valid_from=june))
    tried = acts(try_rules, wishes.PublishRules(rules=[{"priority": 99}]))
    assert (tried.valid_from, tried.open_loans) == (TODAY, 0)


def test_the_database_refuses_ranges_of_one_code_that_overlap(town):
    _insert(town, MARCH, MAY)
    _insert(town, MAY)
    _insert(town, APRIL, APRIL)  # It never applied.
    _insert(town, TODAY, MARCH)
    for begins, ends in ((APRIL, None), (TODAY, APRIL), (date(2027, 1, 1), date(2027, 2, 1))):
        with pytest.raises(IntegrityError, match="library_tariff_overlaps"):
            _insert(town, begins, ends)
    drop_trigger(town, "library_tariff_alone", "library_tariff")
    _insert(town, APRIL)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE library_tariff SET amount_minor = 1",
        "UPDATE library_tariff SET valid_from = '2026-03-01'",
        "UPDATE library_tariff SET valid_to = '2026-06-01' WHERE code = 'card'",
        "UPDATE library_tariff SET valid_to = NULL WHERE code = 'card'",
        "DELETE FROM library_tariff",
    ],
)
def test_the_database_changes_no_amount_and_only_brings_its_end_forward(town, change):
    _insert(town, MARCH, MAY)
    frozen = pytest.raises(IntegrityError, match="library_tariff_is_frozen")
    with frozen, town.database.begin() as db:
        db.execute(text(change))
    with town.database.begin() as db:
        db.execute(text("UPDATE library_tariff SET valid_to = '2026-04-01' WHERE code = 'card'"))
    drop_trigger(town, "library_tariff_stays", "library_tariff")
    drop_trigger(town, "library_tariff_is_kept", "library_tariff")
    with town.database.begin() as db:
        db.execute(text(change))


def test_the_database_keeps_what_a_charge_was_counted_with(wood, lend, acts, town):
    lend()
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    table = "library_charged_tariff"
    for change in (f"UPDATE {table} SET charge = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="is_frozen"), town.database.begin() as db:
            db.execute(text(change))


@pytest.mark.parametrize(("name", "amount", "ends"), [("amount", -1, MAY), ("order", 1, TODAY)])
def test_an_amount_is_not_negative_and_does_not_end_before_it_begins(town, name, amount, ends):
    guard = f"ck_library_tariff_{name}"
    insert = text(INSERT.replace(" 100,", f" {amount},"))
    told = {"id": "x", "begins": MARCH, "ends": ends}
    with pytest.raises(IntegrityError, match=guard), town.database.begin() as db:
        db.execute(insert, told)
    drop_constraint(town, guard, "library_tariff")
    with town.database.begin() as db:
        db.execute(insert, told)


def test_programs_read_and_set_tariffs(houses, api):
    sent = {"code": "processing", "name": "Work", "amount_minor": 350, "valid_from": "2026-04-01"}
    answer = api("POST /tariffs", sent)
    assert (answer.status_code, answer.json["valid_from"]) == (201, "2026-04-01")
    found = api("GET /tariffs?words=process").json["items"]
    assert [(t["amount_minor"], t["valid_to"]) for t in found] == [(300, "2026-04-01"), (350, None)]
    refused = api("POST /tariffs", {**sent, "valid_from": "2026-03-01"})
    assert (refused.status_code, refused.json["code"]) == (422, "library.past-date")
    assert api("POST /tariffs", {**sent, "code": "Not a code"}).status_code == 422


def test_a_manager_sets_an_amount_on_the_page_and_everybody_reads_it(houses, browser, clock):
    dina = browser("library.manager")
    form = dina.get("/tariffs?code=processing&name=Work").text
    assert 'value="processing"' in form
    sent = {"code": "processing", "name": "Work", "amount": "3.50", "valid_from": "2026-04-01"}
    done = dina.post("/tariffs", **sent)
    assert (done.status_code, done.headers["Location"]) == (303, "/library/tariffs")
    page = said(browser().get("/tariffs"))
    assert "3.50" in page
    assert "before Wed, Apr 1, 2026" in page
    assert "A new amount" not in page
    assert "the beginning" in page
    found = browser().get("/tariffs?words=nothing+like+it").text
    assert "nothing like it" in found
    refused = dina.post("/tariffs", **{**sent, "valid_from": "2026-03-01"})
    assert refused.status_code == 422
    assert "is over; choose a day" in refused.text
    for wrong in ({"code": "No Code"}, {"amount": "-1"}, {"amount": "1.234"}):
        assert dina.post("/tariffs", **{**sent, **wrong}).status_code == 422
    assert browser().post("/tariffs", **sent).status_code == 403


def test_the_rules_say_which_amount_follows_which_tariff(houses, browser):
    page = browser().get("/rules?kind=visitor").text
    assert "late-day-other" in page
    assert "(tariff deposit)" in page
    form = browser("library.manager").get("/rules/new").text
    assert re.search(r'name="2-fine_minor"[^>]* value="late-day"', form)


def test_a_reader_reads_which_tariff_a_charge_was_counted_with(copies, lend, acts, browser):
    copies("TS2")
    lend("TS2")
    acts(declare_lost, wishes.ChooseCopy(barcode="TS2"))
    page = said(browser("library.manager").get("/charges"))
    assert "lost-price, tariff of Sat, Jan 1, 2000: " in page
    assert "nobody knows the price of this copy" in page
    assert "processing, tariff of Sat, Jan 1, 2000: " in page
