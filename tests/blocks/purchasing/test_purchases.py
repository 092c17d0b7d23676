"""From supplier to shelf: what was ordered, what arrived, what was billed, what was paid."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from tests.blocks.purchasing.conftest import CASE, LENA, OLGA, PAUL, PRICE
from tests.kit.guards import drop_constraint, drop_index
from townsquare.blocks import purchasing, stock
from townsquare.core.db import run_again
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id

pytestmark = pytest.mark.engines("sqlite", "postgresql")
TOGETHER, DAY = 16, date(2026, 3, 5)
NINE_CASES, TAX = 9 * PRICE, 64800


def state_of(by, ogs, order):
    found = by(PAUL, purchasing.purchase_of, ogs, order.id)
    return found.state, found.lines[0].received, found.lines[0].invoiced


def test_from_supplier_to_shelf(  # noqa: PLR0913 (each is one of its means)
    by, ogs, farms, offering, milk, arriving, billing, available, accounts, funding, clock, wrong
):
    asked = by(LENA, purchasing.request_goods, ogs, code="INVR-1", variant_id=milk.id, qty=120)
    offering(milk)
    wishes = [purchasing.Wish(milk.id, 10, request=asked.id)]
    draft = by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
    assert by(LENA, purchasing.requests_of, ogs) == []
    order = by(LENA, purchasing.send_order, ogs, draft.id)
    assert (order.number, order.state) == ("OGS-PO-2026-000001", "sent")
    assert (order.sent_on, order.expected_on) == (date(2026, 3, 2), date(2026, 3, 5))

    receipt = arriving(order, 108, note="DN-77")
    assert (receipt.received_by, receipt.lines[0].cost_minor) == ("Tomas Lindqvist", NINE_CASES)
    assert available(milk) == 108
    assert state_of(by, ogs, order) == ("part_received", 108, 0)
    with pytest.raises(purchasing.NoteKnown, match="dn-77"):
        arriving(order, 12, note="dn-77")

    disputed = billing(order, 120, 10 * PRICE, tax_minor=72000)
    assert disputed.state == "disputed"
    assert disputed.differences == (purchasing.Difference(1, "quantity", 108, 120),)
    with pytest.raises(purchasing.Unmatched, match="disputed"):
        by(PAUL, purchasing.pay_supplier, ogs, disputed.id)
    matched = billing(order, 108, NINE_CASES, tax_minor=TAX)
    assert (matched.id, matched.state, matched.differences) == (disputed.id, "matched", ())
    owed = {"inventory": NINE_CASES, "input-tax": TAX, "payable:SUP-01": NINE_CASES + TAX}
    assert (accounts(), wrong()) == (owed, [])

    funding(1_000_000)
    clock.set(2026, 3, 11, 16, 30)  # Already the 12th in San Roque.
    paid = by(PAUL, purchasing.pay_supplier, ogs, matched.id)
    assert (paid.state, paid.paid_on) == ("paid", date(2026, 3, 12))
    (told,) = by(PAUL, purchasing.receipts_of, ogs, order.id)
    assert (told.paid_on, told.delivery_note) == (date(2026, 3, 12), "DN-77")
    assert accounts()["bank"] == 1_000_000 - NINE_CASES - TAX
    assert ("payable:SUP-01" in accounts(), wrong()) == (False, [])


def test_an_order_arrives_in_parts_and_is_then_received(by, ogs, ordering, arriving):
    order = ordering()
    arriving(order, 60)
    arriving(order, 30, 30)
    assert state_of(by, ogs, order) == ("received", 120, 0)
    receipts = by(PAUL, purchasing.receipts_of, ogs, order.id)
    assert [[line.qty for line in receipt.lines] for receipt in receipts] == [[60], [30, 30]]
    with pytest.raises(purchasing.OverReceived):
        arriving(order, 1)


def test_parts_of_a_line_sum_to_its_price(by, ogs, offering, milk, farms, arriving):
    offering(milk, pack_qty=7, price_minor=10000)
    wishes = [purchasing.Wish(milk.id, 1)]
    order = by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
    by(LENA, purchasing.send_order, ogs, order.id)
    costs = [arriving(order, 1).lines[0].cost_minor for _each in range(7)]
    assert (sum(costs), costs[:3]) == (10000, [1429, 1428, 1429])


@pytest.mark.engines("sqlite")
def test_as_much_more_arrives_as_was_agreed(ordering, arriving):
    order = ordering(1, excess_qty=2)
    arriving(order, CASE + 2)
    with pytest.raises(purchasing.OverReceived):
        arriving(order, 1)


def test_nothing_is_ordered_of_who_is_not_approved(by, ogs, farms, ordering, arriving, milk):
    order = ordering()
    by(OLGA, purchasing.suspend_supplier, ogs, farms.id)
    with pytest.raises(purchasing.NotApproved, match="Batangas"):
        arriving(order, 12)
    wishes = [purchasing.Wish(milk.id, 1)]
    draft = by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
    with pytest.raises(purchasing.NotApproved, match="Batangas"):
        by(LENA, purchasing.send_order, ogs, draft.id)


@pytest.mark.engines("sqlite")
def test_a_draft_does_not_arrive(by, ogs, farms, offering, milk, arriving):
    offering(milk)
    wishes = [purchasing.Wish(milk.id, 1)]
    draft = by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
    with pytest.raises(purchasing.WrongState, match="draft"):
        arriving(draft, 1)
    with pytest.raises(purchasing.UnknownPurchase):
        by(LENA, purchasing.purchase_of, ogs, "nothing")


@pytest.mark.engines("sqlite")
def test_orders_are_confirmed_closed_and_cancelled_in_their_turn(by, ogs, ordering, arriving):
    first, second = ordering(), ordering()
    day = date(2026, 3, 9)
    confirmed = by(LENA, purchasing.confirm_order, ogs, first.id, expected_on=day)
    assert (confirmed.state, confirmed.expected_on) == ("confirmed", day)
    arriving(first, 12)
    assert by(LENA, purchasing.close_order, ogs, first.id).state == "closed"
    assert by(LENA, purchasing.cancel_order, ogs, second.id).state == "cancelled"
    for step in (purchasing.cancel_order, purchasing.send_order, purchasing.close_order):
        with pytest.raises(purchasing.WrongState, match="cancelled"):
            by(LENA, step, ogs, second.id)
    with pytest.raises(purchasing.WrongState, match="closed"):
        arriving(first, 12)
    assert [o.number[-1] for o in by(LENA, purchasing.purchases_of, ogs)] == ["2", "1"]


@pytest.mark.engines("sqlite")
def test_what_nobody_offers_is_not_ordered(by, ogs, farms, offering, milk, bread):
    offering(milk, min_packs=5)
    for variant, packs, error in (
        (bread, 5, purchasing.NotOffered),
        (milk, 4, purchasing.BelowMinimum),
        (milk, 0, purchasing.BadPurchase),
    ):
        wishes = [purchasing.Wish(variant.id, packs)]
        with pytest.raises(error):
            by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)


def test_what_became_of_a_request_that_is_no_wish_any_more_is_told(by, ogs, farms, offering, milk):
    offering(milk)
    told = {"code": "INVR-1", "variant_id": milk.id, "qty": 12}
    asked = by(LENA, purchasing.request_goods, ogs, **told)
    by(LENA, purchasing.withdraw_request, ogs, asked.id)
    wishes = [purchasing.Wish(milk.id, 1, request=asked.id)]
    with pytest.raises(purchasing.WrongState) as refused:
        by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
    assert refused.value.facts["state"] == "withdrawn"
    wishes = [purchasing.Wish(milk.id, 1, request="nobody's")]
    with pytest.raises(purchasing.UnknownRequest):
        by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)


def test_a_request_becomes_one_line(by, ogs, farms, offering, milk):
    offering(milk)
    told = {"code": "INVR-1", "variant_id": milk.id, "qty": 12}
    asked = by(LENA, purchasing.request_goods, ogs, **told)
    with pytest.raises(purchasing.RequestTaken):
        by(LENA, purchasing.request_goods, ogs, **told)
    wishes = [purchasing.Wish(milk.id, 1, request=asked.id)]
    by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
    with pytest.raises(purchasing.WrongState, match="ordered"):
        by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)


@pytest.mark.engines("sqlite")
def test_prices_of_an_order_stay_when_the_offer_changes(by, ogs, ordering, offering, milk):
    order = ordering()
    offering(milk, price_minor=PRICE + 1)
    assert by(LENA, purchasing.purchase_of, ogs, order.id).lines[0].price_minor == PRICE


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("qtys", [(), (0,), (-1,), (12, 0)])
def test_nothing_does_not_arrive(ordering, arriving, qtys):
    with pytest.raises(purchasing.BadPurchase):
        arriving(ordering(), *qtys)


@pytest.mark.engines("sqlite")
def test_a_line_that_was_not_ordered_does_not_arrive(ordering, arriving):
    with pytest.raises(purchasing.UnknownLine, match="2"):
        arriving(ordering(), 12, position=2)


def test_another_price_is_disputed(ordering, arriving, billing, accounts):
    order = ordering()
    arriving(order, 108)
    told = billing(order, 108, NINE_CASES + 1)
    assert told.differences == (purchasing.Difference(1, "price", NINE_CASES, NINE_CASES + 1),)
    assert accounts() == {}


def test_another_price_is_accepted_for_a_reason(
    by, ogs, ordering, arriving, billing, accounts, wrong
):
    order = ordering()
    arriving(order, 108)
    told = billing(order, 108, NINE_CASES - 500)
    with pytest.raises(purchasing.ReasonNeeded):
        by(LENA, purchasing.accept_price, ogs, told.id, reason=" ")
    accepted = by(LENA, purchasing.accept_price, ogs, told.id, reason="a discount")
    assert accepted.state == "matched"
    with pytest.raises(purchasing.WrongState, match="matched"):
        by(LENA, purchasing.accept_price, ogs, told.id, reason="again")
    owed = {"payable:SUP-01": NINE_CASES - 500, "price-variance": -500, "inventory": NINE_CASES}
    assert (accounts(), wrong()) == (owed, [])


@pytest.mark.engines("sqlite")
def test_another_quantity_is_not_accepted(by, ogs, ordering, arriving, billing):
    order = ordering()
    arriving(order, 108)
    told = billing(order, 120, 10 * PRICE)
    with pytest.raises(purchasing.Unmatched, match="disputed"):
        by(LENA, purchasing.accept_price, ogs, told.id, reason="they say so")


def test_what_was_sent_back_is_not_paid(  # noqa: PLR0913 (each is one of its means)
    by, ogs, ordering, arriving, billing, shelf, milk, accounts, wrong
):
    order = ordering()
    lot = arriving(order, 108).lines[0].lot_id
    how = {"from_": shelf, "source_kind": "return", "source_id": "1"}
    sent = [stock.Goods(milk.id, CASE, lot)]
    by(LENA, stock.return_to_supplier, ogs, sent, key="RTS-1", **how)
    disputed = billing(order, 108, NINE_CASES)
    assert disputed.differences == (purchasing.Difference(1, "quantity", 96, 108),)
    with pytest.raises(purchasing.Unmatched, match="disputed"):
        by(LENA, purchasing.accept_price, ogs, disputed.id, reason="they say so")
    (again,) = by(LENA, stock.return_to_supplier, ogs, sent, key="RTS-2", **how)
    by(LENA, stock.undo_move, ogs, again.id)  # It did not fit into their van.
    assert billing(order, 96, 8 * PRICE).state == "matched"
    assert billing(order, 1, PRICE // CASE, number="B").state == "disputed"
    owed = {"inventory": 8 * PRICE, "payable:SUP-01": 8 * PRICE}
    assert (accounts(), wrong()) == (owed, [])


def test_a_receipt_that_was_undone_is_not_paid(by, town, ogs, ordering, arriving, billing):
    order = ordering()
    arriving(order, 12)
    lot = arriving(order, 12).lines[0].lot_id
    with town.sessions() as db:
        move = db.scalars(select(stock.MOVE.id).filter_by(lot_id=lot)).one()
    by(LENA, stock.undo_move, ogs, move)
    told = billing(order, 24, 2 * PRICE)
    assert told.differences == (purchasing.Difference(1, "quantity", 12, 24),)


def test_two_invoices_share_what_arrived(by, ogs, ordering, arriving, billing, accounts, wrong):
    order = ordering()
    arriving(order, 120)
    assert billing(order, 60, 5 * PRICE, number="A").state == "matched"
    assert billing(order, 72, 6 * PRICE, number="B").state == "disputed"
    assert billing(order, 60, 5 * PRICE, number="B").state == "matched"
    with pytest.raises(purchasing.WrongState, match="matched"):
        billing(order, 60, 5 * PRICE, number="b")
    assert (accounts()["payable:SUP-01"], "grni" in accounts()) == (10 * PRICE, False)
    assert (state_of(by, ogs, order), wrong()) == (("received", 120, 120), [])
    assert [i.number for i in by(PAUL, purchasing.invoices_of, ogs, state="matched")] == ["A", "B"]


def test_what_rounding_leaves_goes_to_the_price_variance(  # noqa: PLR0913 (each is one of its means)
    by, ogs, farms, offering, milk, arriving, billing, accounts, wrong
):
    offering(milk, pack_qty=7, price_minor=10000)
    wishes = [purchasing.Wish(milk.id, 1)]
    order = by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
    by(LENA, purchasing.send_order, ogs, order.id)
    arriving(order, 7)
    for number in range(7):  # Each says 14.29, all together 100.03.
        assert billing(order, 1, 1429, number=f"{number}").state == "matched"
    assert (accounts()["price-variance"], "grni" in accounts(), wrong()) == (3, False, [])


@pytest.mark.engines("sqlite")
def test_an_unknown_invoice_is_not_paid(by, ogs):
    with pytest.raises(purchasing.UnknownInvoice):
        by(PAUL, purchasing.pay_supplier, ogs, "nothing")


def crowd(act, numbers=range(TOGETHER)):
    """Return what a crowd meets that does this all at once."""

    def one(number):
        try:
            run_again(lambda: act(number))
        except (DomainError, IntegrityError) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(TOGETHER) as people:
        return list(people.map(one, numbers))


def test_sixteen_who_post_one_note_make_one_receipt(ordering, arriving, available, milk, wrong):
    order = ordering()
    met = crowd(lambda _number: arriving(order, 6, note="DN-77"))
    assert (met.count("done"), met.count("NoteKnown")) == (1, TOGETHER - 1)
    assert (available(milk), wrong()) == (6, [])


def test_without_its_index_a_note_counts_more_than_once(town, ordering, arriving, available, milk):
    order = ordering()
    drop_index(town, "uq_purchasing_note")
    for _each in range(2):
        arriving(order, 6, note="DN-77")
    assert available(milk) == 12


def test_a_crowd_receives_no_more_than_was_ordered(
    by, ogs, ordering, arriving, available, milk, wrong
):
    order = ordering()
    met = crowd(lambda number: arriving(order, CASE, note=f"DN-{number}"))
    assert (met.count("done"), met.count("OverReceived")) == (10, TOGETHER - 10)
    assert (available(milk), wrong()) == (120, [])
    assert state_of(by, ogs, order) == ("received", 120, 0)


def test_without_its_check_more_arrives_than_was_ordered(town, ordering, arriving):
    order = ordering(1)
    drop_constraint(town, "ck_purchasing_order_line_received", "purchasing_order_line")
    arriving(order, CASE + 1)


def test_an_invoice_that_many_pay_is_paid_once(  # noqa: PLR0913 (each is one of its means)
    by, ogs, ordering, arriving, billing, funding, accounts, wrong
):
    order = ordering()
    arriving(order, 12)
    funding(10 * PRICE)
    invoice = billing(order, 12, PRICE)
    met = crowd(lambda _number: by(PAUL, purchasing.pay_supplier, ogs, invoice.id))
    assert (met.count("done"), met.count("Unmatched")) == (1, TOGETHER - 1)
    assert (accounts()["bank"], wrong()) == (9 * PRICE, [])


def test_what_arrived_is_owed_once_by_whichever_invoice(ordering, arriving, billing, wrong):
    order = ordering()
    arriving(order, 60)
    states = []
    crowd(lambda number: states.append(billing(order, 60, 5 * PRICE, number=f"{number}").state))
    assert (states.count("matched"), states.count("disputed")) == (1, TOGETHER - 1)
    assert wrong() == []


@pytest.mark.parametrize("tax", [1, 64799, 64800, 64802, 540005])
def test_tax_that_is_not_that_of_the_lines_to_the_cent_is_refused(ordering, arriving, billing, tax):
    order = ordering()
    arriving(order, 108)
    with pytest.raises(purchasing.TaxDiffers) as refused:
        billing(order, 108, 540005, tax_minor=tax)
    assert refused.value.facts["expected_minor"] == 64801  # 64800.60, half away from zero.
    assert billing(order, 108, 540005, tax_minor=64801).state == "disputed"  # The price is.
    assert billing(order, 108, NINE_CASES).state == "matched"  # Some bill no tax at all.


@pytest.fixture
def two_lines(by, ogs, farms, offering, milk):
    """Enter an invoice of two lines of 0.04 with this tax, of which 0.96 cents are due."""

    def enter(tax_minor):
        offering(milk)
        wishes = [purchasing.Wish(milk.id, 1)] * 2
        made = by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
        by(LENA, purchasing.send_order, ogs, made.id)
        lines = tuple(purchasing.Billed(position, 12, 4) for position in (1, 2))
        paper = purchasing.Paper(new_id(), DAY, DAY, lines, tax_minor)
        return by(PAUL, purchasing.match_invoice, ogs, made.id, paper=paper)

    return enter


def test_tax_that_was_rounded_once_for_a_rate_is_right_too(two_lines):
    assert two_lines(1).tax_minor == 1  # 0.48 of each line is nothing, of both it is one.
    with pytest.raises(purchasing.TaxDiffers):
        two_lines(2)


def test_no_price_is_accepted_with_tax_that_cannot_be(by, ogs, town, ordering, arriving, billing):
    order = ordering()
    arriving(order, 108)
    invoice = billing(order, 108, 540005, tax_minor=64801)
    with town.database.begin() as connection:
        connection.execute(text("UPDATE purchasing_invoice SET tax_minor = 64803"))
    with pytest.raises(purchasing.TaxDiffers):
        by(PAUL, purchasing.accept_price, ogs, invoice.id, reason="they say so")
