"""The till and its gift cards: cash has its shift, counts are blind, a code is told once."""

import re

import pytest
from sqlalchemy import text

from tests.services.grocery.shelves import fields
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_paying import card, look, orders, provider, sound, tab

__all__ = ["card", "look", "orders", "provider", "sound", "tab"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")
HERE = "/grocery/staff/tills"


@pytest.fixture
def staff(manager, shelves):
    return Browser(manager.client)


class Till:
    """Somebody at a till, which is set up unless it is there already."""

    def __init__(self, staff, place=""):
        self.staff = staff
        told = {"code": "front", "name": "Front till"}
        self.place = place or staff.post(HERE, **told).headers["Location"]

    def does(self, act, status=303, **told):
        page = self.staff.get(self.place)
        return self.staff.post(f"{self.place}/{act}", status, once=fields(page)["once"], **told)

    @property
    def page(self):
        return self.staff.get(self.place).text


@pytest.fixture
def till(staff):
    return Till(staff)


@pytest.fixture
def ready(tab, staff, look):
    """An order of 500.00 that is picked; return how the staff hands it over."""
    carla = tab()
    ((order, line),) = look(
        "SELECT o.public_id, l.public_id FROM ordering_order o JOIN ordering_line l"
        " ON l.order_id = o.id"
    )
    staff.post(f"/grocery/staff/pick/{order}", line=line, outcome="picked")

    def hand_over(status=303):
        seen = fields(staff.get(f"/grocery/staff/orders/{order}"))
        wish = {"version": seen["version"], "id": seen["id"], "received_by": "Carla Ruiz"}
        return staff.post(f"/grocery/staff/orders/{order}/hand-over", status, **wish)

    return carla, hand_over


def test_a_shift_from_its_opening_to_its_difference(till, look, sound):
    till.does("shift", opening="100.00")
    till.does("cash", way="in", amount="50.00", reason="Change from the bank")
    till.does("cash", way="out", amount="20.00", reason="Stamps")
    assert "130.00" not in till.page  # Nobody learns what should be there before the count.
    till.does("count", counted="125.00")
    page = till.page
    assert "130.00" in page
    assert "5.00" in page
    till.does("close", 422)  # A difference has a reason.
    till.does("close", why="Wrong change at noon")
    assert "Take it over" in till.page
    told = look("SELECT opening_minor, counted_minor, expected_minor, reason FROM payments_shift")
    assert told == [(10_000, 12_500, 13_000, "Wrong change at noon")]
    assert sound() == []


def test_one_shift_has_a_till_and_nothing_moves_in_a_shut_one(till):
    till.does("shift", opening="100.00")
    till.does("shift", 409, opening="100.00")
    till.does("count", counted="100.00")
    for act, told in (("cash", {"way": "in", "amount": "1", "reason": "x"}), ("count", {})):
        till.does(act, 422 if act == "count" else 409, **told)


def test_a_shop_with_a_till_hands_over_in_an_open_shift_only(ready, till, look):
    _carla, hand_over = ready
    assert "There is no open shift here" in hand_over(409).text
    assert look("SELECT count(*) FROM payments_payment") == [(0,)]
    till.does("shift", opening="100.00")
    hand_over()
    till.does("count", counted="600.00")
    assert look("SELECT expected_minor FROM payments_shift") == [(60_000,)]


def test_cash_that_goes_back_comes_out_of_the_open_shift(ready, till, staff, look, sound):
    _carla, hand_over = ready
    till.does("shift", opening="100.00")
    hand_over()
    ((order, line),) = look(
        "SELECT o.public_id, l.public_id FROM ordering_order o JOIN ordering_line l"
        " ON l.order_id = o.id"
    )
    seen = fields(staff.get(f"/grocery/staff/orders/{order}/refund"))
    told = {"version": seen["version"], "once": seen["once"], f"back-{line}": "2"}
    staff.post(f"/grocery/staff/orders/{order}/refund", **told, reason="Sour")
    till.does("count", counted="475.00")
    assert look("SELECT expected_minor FROM payments_shift") == [(47_500,)]
    assert sound() == []


def test_two_cashiers_of_one_name_have_a_shift_each(signed_in, staff, till, look, sound):
    back = staff.post(HERE, code="back", name="Back till").headers["Location"]
    cashiers = [
        Till(Browser(signed_in("grocery.cashier", name="Ana Reyes").client), place)
        for place in (till.place, back)
    ]
    for ana in cashiers:
        ana.does("shift", opening="100.00")
    for ana in cashiers[::-1]:
        once = fields(ana.staff.get("/grocery/staff/gift-cards"))["once"]
        ana.staff.post("/grocery/staff/gift-cards", 200, once=once, amount="50.00")
    for ana in cashiers:
        ana.does("count", counted="150.00")
    told = look("SELECT expected_minor, opened_by FROM payments_shift ORDER BY id")
    assert told == [(15_000, "Ana Reyes")] * 2
    assert sound() == []


def test_the_code_that_a_program_was_told_is_kept_nowhere(manager, shelves, look):
    headers = {"X-CSRF-Token": manager.token, "Idempotency-Key": "card-1"}
    sold, again = (
        manager.client.post(
            "/api/v1/grocery/gift-cards", json={"amount": "500.00"}, headers=headers
        ).get_json()
        for _turn in range(2)
    )
    assert CODE.fullmatch(sold["code"])
    assert again == {**sold, "code": ""}
    assert sold["code"] not in str(look("SELECT body FROM core_once"))


def test_a_card_is_sold_its_code_told_once_and_it_pays(
    till, staff, tab, client, clock, look, sound
):
    till.does("shift", opening="0")
    once = fields(staff.get("/grocery/staff/gift-cards"))["once"]
    wish = {"amount": "500.00", "name": "Ivo Reyes", "once": once}
    page = staff.post("/grocery/staff/gift-cards", 200, **wish).text
    (code,) = set(CODE.findall(page))
    again = staff.post("/grocery/staff/gift-cards", 200, **wish).text  # Sent twice, it is one card,
    assert "nothing was sold again" in again
    assert "nothing was sold again" not in page
    assert set(CODE.findall(again)) == {code}  # and the page of its code was lost to nobody.
    assert look("SELECT count(*) FROM payments_gift_card") == [(1,)]
    clock.advance(minutes=11)
    staff.post("/grocery/staff/gift-cards", 409, **wish)
    assert look("SELECT count(*) FROM payments_gift_card") == [(1,)]
    kept = "SELECT key, code_hash FROM payments_gift_card"
    kept += " UNION ALL SELECT body, key_hash FROM core_once"
    assert code not in str(look(kept))
    buyer = Browser(client)
    check = "/grocery/gift-cards/check"
    assert "500.00" in buyer.post(check, 200, code=code.lower()).text
    tab().pays(way="gift_card", card=code, amount="120.00")
    assert "380.00" in buyer.post(check, 200, code=code).text
    found = staff.post("/grocery/staff/gift-cards/find", 200, code=code).text
    assert "380.00" in found
    block = re.search(r'action="(/grocery/staff/gift-cards/\w+/block)"', found).group(1)
    staff.post(block, reason="lost")
    unknown = buyer.post(check, 422, code="AAAA-BBBB-CCCC-DDDD").text
    blocked = buyer.post(check, 422, code=code).text
    assert ("We know no valid card" in unknown, "We know no valid card" in blocked) == (True, True)
    tab(1).pays(422, way="gift_card", card=code)
    assert "Blocked" in staff.post("/grocery/staff/gift-cards/find", 200, code=code).text
    assert sound() == []


def test_the_code_of_a_card_is_nowhere_in_the_database(staff, town):
    page = staff.post("/grocery/staff/gift-cards", 200, amount="500.00").text
    (code,) = set(CODE.findall(page))
    with town.database.connect() as connection:
        kept = [
            str(row)
            for table in ("payments_gift_card", "core_audit", "core_outbox", "core_once")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert [row for row in kept if code in row] == []


def test_a_card_is_checked_by_programs_too(till, staff, client, card):
    code = card(12_300)
    told = client.post("/api/v1/grocery/gift-cards/check", json={"code": code})
    assert (told.status_code, told.get_json()["balance_minor"]) == (200, 12_300)
    none = client.post("/api/v1/grocery/gift-cards/check", json={"code": "X" * 16})
    assert (none.status_code, none.get_json()["code"]) == (404, "payments.card-unknown")


def test_a_guest_has_no_till_and_sells_no_card(client, shelves, signed_in):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    for path in (HERE, "/grocery/staff/gift-cards"):
        rosa.get(path, 403)
