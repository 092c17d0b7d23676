"""The counter: lists that can be searched, refunds with receipts, and one's own money."""

import re
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.manifest import service
from townsquare.services.library.usecases.charges import take_payment, waive_charge
from townsquare.services.library.usecases.loans import declare_lost

pytestmark = pytest.mark.shown


@pytest.fixture
def currency():
    return "PHP"


@pytest.fixture
def settings(settings, currency):
    return replace(settings, currency=currency)


@pytest.fixture
def late(wood, copies, lend, take_back, clock):
    """Maya owes 225 and 75, Ben nothing."""
    lend()
    clock.set(2026, 3, 26, 10)
    take_back()
    lend()
    clock.set(2026, 4, 13, 10)
    take_back()


@pytest.fixture
def paid(late, acts):
    """Maya has paid 250: the older charge, and 25 of the newer one."""
    return acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=250))


@pytest.fixture
def dina(browser, paid):
    return browser(*service.roles, name="Dina Park")


@pytest.fixture
def maya(browser, paid, readers):
    return browser(name="Maya Santos", person=readers.Maya.person)


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("", [75, 225]),
        ("?unpaid=true", [75]),
        ("?unpaid=false", [225]),
        ("?words=santos", [75, 225]),
        ("?words=LC-1001&unpaid=true", [75]),
        ("?words=N-LC-1001", [75, 225]),
        ("?words=R-2026-000001", [75, 225]),
        ("?words=R-2026-000002", []),
        ("?words=okafor", []),
        ("?words=%25", []),
    ],
)
def test_charges_are_found_by_reader_number_and_state(api, paid, query, amounts):
    found = api(f"GET /charges{query}").json["items"]
    assert [line["amount_minor"] for line in found] == amounts


def test_lists_go_on_where_the_page_before_ended(api, paid, acts):
    acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=50))
    for path, amounts in (("/charges", [75, 225]), ("/payments", [50, 250])):
        first = api(f"GET {path}?limit=1").json
        second = api(f"GET {path}?limit=1&before={first['before']}").json
        found = [page["items"][0]["amount_minor"] for page in (first, second)]
        assert (found, second["before"]) == (amounts, "")


def test_what_was_let_off_is_listed_with_its_reason(api, paid, acts):
    [charge] = api("GET /charges?unpaid=true").json["items"]
    for amount, why in ((20, "It snowed"), (30, "It rained")):
        acts(
            waive_charge,
            wishes.WaiveCharge(charge=charge["id"], amount_minor=amount, reason=why),
        )
    told = api("GET /waivers?limit=1").json
    [line] = told["items"]
    assert (line["amount_minor"], line["why"], line["by"]) == (30, "It rained", "Dina Park")
    assert (line["charge"], line["reader"]) == (charge["id"], "Maya Santos")
    [line] = api(f"GET /waivers?before={told['before']}").json["items"]
    assert line["why"] == "It snowed"


def test_what_was_created_answers_at_its_location(api, late):
    paid = api("POST /payments", {"card": "LC-1001", "amount_minor": 100})
    refund = {"payment": paid.json["id"], "amount_minor": 40, "reason": "Taken twice"}
    back = api("POST /refunds", refund)
    [charge, _older] = api("GET /charges").json["items"]
    let_off = api("POST /waivers", {"charge": charge["id"], "reason": "It snowed"})
    kept = api("POST /deposits", {"card": "LC-3001", "amount_minor": 500})
    for made, field, value in (
        (paid, "refunded_minor", 40),
        (back, "refers_to", paid.json["number"]),
        (let_off, "open_minor", 0),
        (kept, "refundable_minor", 0),
    ):
        there = api.client.get(made.headers["Location"])
        assert (made.status_code, there.status_code) == (201, 200)
        assert (there.json["id"], there.json[field]) == (made.json["id"], value)


def test_another_readers_money_is_like_what_nobody_has(api, paid, readers):
    charge = api("GET /charges").json["items"][0]["id"]
    receipt = api(f"GET /payments/{paid.id}").json["receipt"]
    for path, name in (("charges", charge), ("payments", paid.id), ("receipts", receipt)):
        own = api(f"GET /me/{path}/{name}", actor=readers.Maya.actor)
        assert (own.status_code, own.json["id"]) == (200, name)
        foreign, missing = (
            api(f"GET /me/{path}/{n}", actor=readers.Ben.actor) for n in (name, "nothing")
        )
        assert foreign.status_code == missing.status_code == 404
        said = [re.sub(rb'"request_id":"[^"]*"', b"", a.data) for a in (foreign, missing)]
        assert said[0] == said[1]


def test_ones_own_lists_hold_nothing_of_others(api, paid, readers):
    for path, many in (("charges", 2), ("payments", 1), ("receipts", 1)):
        for who, expected in ((readers.Maya, many), (readers.Ben, 0)):
            assert len(api(f"GET /me/{path}", actor=who.actor).json["items"]) == expected


def test_a_payment_ends_at_its_receipt_which_can_be_read_again(dina, readers):
    page = f"/patrons/{readers.Maya.id}/payment"
    sent = dina.post(page, amount="0.50", method="cash", once="one")
    assert sent.status_code == 303
    there = sent.location.removeprefix("/library")
    for _reload in range(2):
        told = dina.get(there).text
        assert "0.50 was paid" in told
        assert "R-2026-000002" in told
        assert "Norwegian Wood" in told


def test_a_manager_pays_back_with_a_receipt_of_its_own(dina, api, paid, owed, readers):
    asked = dina.get(f"/payments/{paid.id}/refund").text
    assert 'value="2.50"' in asked
    sent = dina.post(f"/payments/{paid.id}/refund", amount="1.00", reason="Taken twice", once="a")
    assert sent.status_code == 303
    told = dina.get(sent.location.removeprefix("/library")).text
    assert "1.00 was paid back" in told
    assert "B-2026-000001" in told
    assert paid.number in told
    assert owed(readers.Maya) == [("overdue", 225, 75), ("overdue", 75, 75)]
    assert "B-2026-000001" in dina.get(f"/receipts/{paid.receipt}").text
    again = dina.post(f"/payments/{paid.id}/refund", amount="1.00", reason="Taken twice", once="a")
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"amount": "2.51"}, 409, "more than is left"),
        ({"amount": "0"}, 422, "more than 0"),
        ({"amount": "-1"}, 422, "more than 0"),
        ({"amount": "1000000.01"}, 422, "Enter 1000000.00 or less."),
        ({"amount": "1e30"}, 422, "20 digits"),
        ({"amount": "1e999999"}, 422, "digits"),
        ({"amount": "1e-999999"}, 422, "digits"),
        ({"amount": "NaN"}, 422, "like 12.50"),
        ({"amount": "x"}, 422, "like 12.50"),
        ({"amount": "0.001"}, 422, "at most 2 digits after the point"),
        ({"reason": ""}, 422, "Fill in this field"),
        ({"reason": "x" * 201}, 422, "at most 200"),
        ({"reason": "\x07\x07\x07"}, 422, "cannot be used here"),
    ],
)
def test_a_refused_refund_keeps_what_was_typed(dina, paid, owed, readers, typed, status, said):
    sent = {"amount": "1.00", "reason": "Söhne & <b>", **typed}
    answer = dina.post(f"/payments/{paid.id}/refund", **sent)
    assert (answer.status_code, said in answer.text) == (status, True)
    if "reason" not in typed:
        assert "Söhne &amp; &lt;b&gt;" in answer.text
    assert owed(readers.Maya) == [("overdue", 225, 0), ("overdue", 75, 50)]


def test_a_payment_of_which_nothing_is_left_has_no_form(dina, paid, acts):
    dina.post(f"/payments/{paid.id}/refund", amount="2.50", reason="Taken twice")
    page = dina.get(f"/payments/{paid.id}/refund").text
    assert "Nothing is left of this payment." in page
    assert "Pay it back" not in page


@pytest.mark.parametrize("path", ["/charges", "/payments"])
def test_the_lists_of_the_counter_search_filter_and_say_when_there_is_nothing(dina, path):
    assert "Maya Santos" in dina.get(path).text
    assert "Maya Santos" in dina.get(f"{path}?words=LC-1001").text
    assert "Nothing matches “xyz”." in dina.get(f"{path}?words=xyz").text
    assert "Next page" in dina.get("/charges?limit=1&words=maya").text
    assert 'value="maya"' in dina.get(f"{path}?words=maya").text


def test_an_empty_counter_says_so(browser, houses):
    dina = browser(*service.roles, name="Dina Park")
    assert "Nobody owes anything." in dina.get("/charges").text
    assert "Nobody has paid anything yet." in dina.get("/payments").text


def test_a_reader_reads_receipts_and_charges_of_their_own_only(maya, browser, paid, readers):
    page = maya.get("/me/payments").text
    assert ("R-2026-000001" in page, "2.50" in page) == (True, True)
    assert "2.50 was paid" in maya.get(f"/me/receipts/{paid.receipt}").text
    ben = browser(name="Ben Okafor", person=readers.Ben.person)
    assert "You have paid nothing yet." in ben.get("/me/payments").text
    assert ben.get(f"/me/receipts/{paid.receipt}").status_code == 404
    assert ben.get(f"/receipts/{paid.receipt}").status_code == 403


def test_a_receipt_says_for_ever_what_it_said_on_the_day(api, dina, paid, readers, town):
    before = api(f"GET /receipts/{paid.receipt}").data
    shown = dina.get(f"/receipts/{paid.receipt}").text
    with town.database.begin() as connection:
        for change in (
            "UPDATE people_person SET name = 'Maya Cruz', name_key = 'maya cruz'",
            "UPDATE library_branch SET name = 'Downtown'",
            "UPDATE library_patron SET card = 'LC-9' WHERE card = 'LC-1001'",
            "UPDATE library_document SET title = 'Another Wood'",
        ):
            connection.exec_driver_sql(change)
    assert api(f"GET /receipts/{paid.receipt}").data == before
    for word in ("Maya Santos", "LC-1001", "Central", "Norwegian Wood"):
        assert word in shown
        assert word in dina.get(f"/receipts/{paid.receipt}").text


def test_charges_hang_on_their_readers_in_the_graph(api, paid):
    asked = "{patrons {items {card charges {reason openMinor}}} payments {items {refundableMinor}}}"
    told = api.client.post("/graphql", json={"query": asked}).json
    assert "errors" not in told
    found = {line["card"]: line["charges"] for line in told["data"]["patrons"]["items"]}
    assert found["LC-1001"] == [{"reason": "overdue", "openMinor": 50}]
    assert found["LC-2001"] == []


@pytest.mark.parametrize(
    ("currency", "amount", "said"),
    [
        ("JPY", "225", ""),
        ("JPY", "12.50", "Enter a whole amount."),
        ("KWD", "0.225", ""),
        ("KWD", "100000.001", "Enter 100000.000 or less."),
        ("KWD", "0.0001", "at most 3 digits after the point"),
    ],
)
@pytest.mark.usefixtures("currency", "late")
def test_amounts_are_coins_of_the_towns_currency(browser, readers, owed, amount, said):
    dina = browser(*service.roles, name="Dina Park")
    answer = dina.post(f"/patrons/{readers.Maya.id}/payment", amount=amount, method="cash")
    assert (answer.status_code, said in answer.text) == (422 if said else 303, True)
    assert owed(readers.Maya)[0] == ("overdue", 225, 225 if said else 0)


def test_a_charge_in_another_currency_is_not_paid_by_mistake(api, paid, town):
    with town.database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO payments_charge (public_id, created_at, version, shop, party, source,"
            " reason, memo, key, currency, amount_minor, credited_minor, allocated_minor)"
            " SELECT 'old', created_at, 1, shop, party, '', reason, '', 'old', 'EUR', 100, 0, 0"
            " FROM payments_charge LIMIT 1"
        )
    sent = {"card": "LC-1001", "amount_minor": 100, "charge": "old"}
    answer = api("POST /payments", sent)
    assert (answer.status_code, answer.json["code"]) == (422, "payments.wrong-currency")
    assert api("POST /payments", {"card": "LC-1001", "amount_minor": 50}).status_code == 201


@pytest.mark.parametrize("many", [100_000_001, 2**63, 2**64, -1, 0, "1", 1.5, None])
def test_amounts_beyond_all_measure_are_refused_to_programs(api, paid, many):
    charge = api("GET /charges").json["items"][0]["id"]
    for line, sent in (
        ("POST /payments", {"card": "LC-1001"}),
        ("POST /refunds", {"payment": paid.id, "reason": "Taken twice"}),
        ("POST /deposits", {"card": "LC-1001"}),
        *([("POST /waivers", {"charge": charge, "reason": "Snow"})] if many is not None else []),
    ):
        answer = api(line, {**sent, "amount_minor": many})
        assert (answer.status_code, answer.json["code"]) == (422, "core.invalid")


def test_a_reason_that_cannot_be_kept_is_refused_on_the_form(dina, api):
    charge = api("GET /charges").json["items"][0]["id"]
    answer = dina.post(f"/charges/{charge}/waiver", reason="\x07\x07\x07")
    assert (answer.status_code, "cannot be used here" in answer.text) == (422, True)
    assert "open days late" in answer.text  # The page says which charge it is about.


def test_a_fine_says_how_it_was_counted_and_by_which_rule(api, paid):
    newer, older = api("GET /charges").json["items"]
    told = ("counted_days", "rate_minor", "cap_minor", "priority")
    assert [older[name] for name in told] == [9, 25, 500, 30]
    assert [newer[name] for name in told] == [3, 25, 500, 30]


FIRST = "rule 30 of the first rules"
COUNTED = "{} open days late × ₱0.25, at most ₱5.00 ({})"  # noqa: RUF001


def test_every_page_with_a_fine_explains_it(maya, dina, readers):
    for page in (maya.get("/me"), maya.get("/me/payments"), dina.get("/charges")):
        assert COUNTED.format(3, FIRST) in page.text
    for page in (dina.get("/charges"), dina.get(f"/patrons/{readers.Maya.id}")):
        assert COUNTED.format(9, FIRST) in page.text


def test_a_fine_of_a_late_renewal_and_of_a_loss_are_explained_as_well(
    api, wood, lend, clock, readers, owed
):
    loan = lend()
    clock.set(2026, 3, 19, 10)  # Due on the 16th.
    assert api(f"POST /loans/{loan.id}/renewal").status_code == 200
    clock.set(2026, 6, 1, 10)
    api("POST /copies/TS1/loss")
    found = {line["reason"]: line for line in api("GET /charges").json["items"]}
    counted = [line["counted_days"] for line in api("GET /charges").json["items"]]
    assert counted[-1] == 3
    assert (found["lost"]["counted_days"], found["processing"]["rate_minor"]) == (None, None)
    assert owed(readers.Maya)[:2] == [("overdue", 75, 75), ("overdue", 500, 500)]


def test_what_a_charge_is_for_is_said_of_a_loss(browser, lend, acts, wood, readers):
    lend()
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    page = browser(name="Maya Santos", person=readers.Maya.person).get("/me").text
    assert "The price of the copy, or the usual one if nobody knows it" in page
    assert "it stays when the copy is found" in page


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize(
    ("guard", "statement"),
    [
        ("library_fine_stays", "UPDATE library_fine SET counted_days = 1"),
        ("library_fine_is_kept", "DELETE FROM library_fine"),
    ],
)
def test_how_a_fine_was_counted_is_never_changed(town, late, guard, statement):
    def attempted():
        with town.database.begin() as connection:
            connection.exec_driver_sql(statement)

    with pytest.raises(IntegrityError, match="library_fine_is_frozen"):
        attempted()
    drop_trigger(town, guard, "library_fine")
    attempted()
