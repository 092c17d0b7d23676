"""Refunds above 2 000.00: one person proposes, another one agrees, and the money goes back once."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.services.grocery.shelves import fields
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_paying import card, look, orders, provider, sound, tab
from townsquare.blocks import payments
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import Refund
from townsquare.services.grocery.commands.refunds import ChooseProposal, ProposeRefund
from townsquare.services.grocery.errors import PeopleAgree
from townsquare.services.grocery.models.paying import books_of, waiting_orders
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.queries.orders import read_order
from townsquare.services.grocery.usecases.agreeing import approve_refund, propose_refund
from townsquare.services.grocery.usecases.handing import refund_lines

__all__ = ["card", "look", "orders", "provider", "sound", "tab"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
TABLE = "grocery_refund_proposal"


@pytest.fixture
def dear(shelves, filling_up, tab, manager, card, look):
    """An order of bread for 2 685.00, paid by card and online, and handed over; its page."""
    filling_up(("BREAD", 30))
    carla = tab(0, "BREAD", 30)
    carla.pays(way="gift_card", card=card(100_000), amount="1000.00")
    carla.post(carla.begins(), word="succeed")
    ((order, line),) = look(
        "SELECT o.public_id, l.public_id FROM ordering_order o JOIN ordering_line l"
        " ON l.order_id = o.id"
    )
    staff = Browser(manager.client)
    staff.post(f"/grocery/staff/pick/{order}", line=line, outcome="picked")
    seen = fields(staff.get(f"/grocery/staff/orders/{order}"))
    wish = {"version": seen["version"], "id": seen["id"], "received_by": "Carla Ruiz"}
    staff.post(f"/grocery/staff/orders/{order}/hand-over", **wish)
    return order, line


@pytest.fixture
def goes_back(manager, dear):
    """Take so much of it back at the counter; return where the page leads."""

    def run(qty, status=303, by=manager):
        order, line = dear
        here, staff = f"/grocery/staff/orders/{order}/refund", Browser(by.client)
        seen = fields(staff.get(here))
        told = {"version": seen["version"], "once": seen["once"], f"back-{line}": str(qty)}
        return staff.post(here, status, **told, reason="Stale").headers.get("Location")

    return run


def refunds(look):
    return look(
        "SELECT p.method, r.amount_minor FROM payments_refund r"
        " JOIN payments_payment p ON p.id = r.payment_id ORDER BY r.id"
    )


def test_up_to_the_limit_one_person_decides_and_above_it_another_one_agrees(
    goes_back, manager, signed_in, town, look, sound
):
    assert "/staff/orders/" in goes_back(10)  # 895.00, and no more than 2 000.00 in all.
    assert goes_back(15) == "/grocery/staff/refunds"
    assert refunds(look) == [("online", 89_500)]
    ((proposal,),) = look(f"SELECT public_id FROM {TABLE}")
    own, colleague = Browser(manager.client), Browser(signed_in("grocery.manager").client)
    path = f"/grocery/staff/refunds/{proposal}/approval"
    assert "Let it go back" not in own.get("/grocery/staff/refunds").text
    own.post(path, 403)
    assert "Let it go back" in colleague.get("/grocery/staff/refunds").text
    colleague.post(path)
    colleague.post(path)  # Pressed twice, it goes back once.
    assert refunds(look) == [("online", 89_500), ("online", 79_000), ("gift_card", 55_250)]
    Worker(town).drain()
    assert look("SELECT DISTINCT state FROM payments_refund") == [("done",)]
    assert "No refund waits." in own.get("/grocery/staff/refunds").text
    assert sound() == []


def test_what_waits_since_its_card_is_blocked_is_not_told_as_gone_back(
    dear, goes_back, manager, stepping, look
):
    ((held,),) = look("SELECT public_id FROM payments_gift_card")
    stepping(lambda ctx, shop: payments.block_gift_card(ctx, books_of(shop), held, reason="lost"))
    place = goes_back(20)  # 1 790.00, of which 1 685.00 came online.
    page = Browser(manager.client).get(place).text
    assert "₱1,685.00 goes back in the way it was paid." in page
    assert "₱105.00 waits: its card cannot be used." in page
    assert stepping(lambda ctx, _shop: ctx.db.scalars(waiting_orders()).all()) == [dear[0]]


def test_what_a_colleague_leaves_stays_as_it_is(goes_back, signed_in, look, sound):
    goes_back(30)
    ((proposal,),) = look(f"SELECT public_id FROM {TABLE}")
    colleague = Browser(signed_in("grocery.manager").client)
    colleague.post(f"/grocery/staff/refunds/{proposal}/refusal")
    assert refunds(look) == []
    assert look(f"SELECT state FROM {TABLE}") == [("declined",)]
    goes_back(30)  # And may be proposed again.
    assert sound() == []


def test_a_program_is_told_and_is_no_second_person(dear, town, manager):
    order, line = dear
    lena = Actor(4, "Lena Cruz", MANAGING)
    with town.working(lena, reads=True) as ctx:
        version = read_order(ctx, Chosen(id=order)).version
    wish = {"id": order, "version": version, "lines": [{"line": line, "qty": 30}], "reason": "x"}
    with pytest.raises(Exception, match="two people agree") as refused, town.working(lena) as ctx:
        refund_lines(ctx, Refund.model_validate(wish))
    assert refused.value.code == "payments.second-person-needed"
    facts = {"amount_minor": 268_500, "limit_minor": 200_000, "currency": "PHP"}
    assert refused.value.facts == facts
    page = Browser(manager.client).get(f"/grocery/staff/orders/{order}/refund").text
    assert "above ₱2,000.00 a colleague" in page
    asked = ProposeRefund.model_validate({**wish, "amount_minor": 268_500})
    with pytest.raises(PeopleAgree), town.working(Actor(-3, "A program", MANAGING)) as ctx:
        propose_refund(ctx, asked)
    with town.working(lena) as ctx:
        made = propose_refund(ctx, asked)
    with pytest.raises(Exception, match="two people") as own, town.working(lena) as ctx:
        approve_refund(ctx, ChooseProposal(id=made.id))
    assert own.value.code == "payments.second-person-needed"


@pytest.mark.parametrize(
    ("raw", "guard"),
    [
        ("UPDATE {} SET state = 'approved', decided_by_id = proposed_by_id", "two_people"),
        ("UPDATE {} SET state = 'approved'", "two_people"),
        ("UPDATE {} SET state = 'declined', decided_by_id = -1", "people"),
        ("UPDATE {} SET amount_minor = 1", "is_decided"),
        ("UPDATE {} SET lines = '{{}}'", "is_decided"),
        ("DELETE FROM {}", "is_decided"),
    ],
)
def test_no_way_round_it_leads_through_the_database(goes_back, town, raw, guard):
    goes_back(30)
    with pytest.raises(IntegrityError, match=guard), town.database.begin() as connection:
        connection.execute(text(raw.format(TABLE)))
