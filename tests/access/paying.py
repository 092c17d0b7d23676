"""What is behind the addresses of paying: a payment that was begun, of the order to be picked."""

from dataclasses import replace

from sqlalchemy import select

from tests.access.shopping import EVERYBODY, FIRST, LENA
from townsquare.blocks import payments
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.cards import SellCard
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import MyOrder
from townsquare.services.grocery.commands.paying import PayOrder
from townsquare.services.grocery.commands.refunds import ProposeRefund
from townsquare.services.grocery.commands.returns import AskReturn
from townsquare.services.grocery.commands.tills import AddTill, OpenShift
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import books_of
from townsquare.services.grocery.queries.orders import read_order, show_order
from townsquare.services.grocery.usecases.agreeing import propose_refund
from townsquare.services.grocery.usecases.cards import sell_gift_card
from townsquare.services.grocery.usecases.paying import pay_order
from townsquare.services.grocery.usecases.returns import ask_return
from townsquare.services.grocery.usecases.tills import add_till, open_shift

SECOND = "OGS-2026-000002"  # The number of the order that was handed over.


def refused(town, order):
    """Let a refund of this order go to a card that was blocked meanwhile; return its key."""
    with town.working(LENA) as ctx:
        step = replace(ctx, act="test")
        books = books_of(our_shop(step))
        made = payments.issue_gift_card(step, books, amount_minor=100, key="spoilt")
        told = {"party": "guest", "method": "gift_card", "amount_minor": 100}
        key = f"pay:{order}:spoilt"
        paid = payments.record_payment(step, books, key=key, card=made.code, **told)
        payments.block_gift_card(step, books, made.card.id, reason="lost")
        payments.refund_payment(step, books, paid.id, amount_minor=100, reason="Sour")
        return step.db.scalar(select(payments.REFUND.provider_key).filter_by(state="failed"))


def begin(town, person, order):
    """Let this person begin to pay a part of their order; return the ids by their kind.

    The shop sells a gift card and sets up a till, which is open.
    """
    buyer = Actor(9, "Reader", EVERYBODY, person=person)
    with town.working(buyer) as ctx:
        wish = PayOrder(number=FIRST, way="online", amount="25.00")
        begun = pay_order(ctx, wish).id
        (line,) = show_order(ctx, MyOrder(number=SECOND)).lines
        lines = [{"line": line.id, "qty": 1}]
        asked = AskReturn.model_validate({"number": SECOND, "lines": lines, "reason": "spoiled"})
        comes_back = ask_return(ctx, asked).id
    with town.working(LENA) as ctx:
        seen = read_order(ctx, Chosen(id=order))
        back = [{"line": one.id, "qty": 1} for one in seen.lines]
        wish = {"id": order, "version": seen.version, "lines": back, "reason": "Sour"}
        refund = propose_refund(ctx, ProposeRefund(**wish, amount_minor=6250)).id
        card = sell_gift_card(ctx, SellCard(amount="500.00"))
        till = add_till(ctx, AddTill(code="front", name="Front")).id
        open_shift(ctx, OpenShift(id=till, opening="100.00"))
    told = {
        "pay": begun,
        "gift-cards": card.id,
        "codes": card.code,
        "tills": till,
        "refunds": refund,
        "proposals": refund,
        "refused": refused(town, order),
        "returns": comes_back,
    }
    return {f"grocery/{kind}": found for kind, found in told.items()}
