"""Money that goes back for an order: each part in the way in which it came."""

from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue, ordering, payments
from townsquare.core.db import breaks
from townsquare.core.ids import new_id
from townsquare.core.jobs import enqueue
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.fields import Chosen, Nothing
from townsquare.services.grocery.commands.refunds import ChooseRefund, PayCoded, PayOtherwise
from townsquare.services.grocery.errors import AnotherPays, NotOpenYet, PeopleAgree
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import (
    BY_ANOTHER,
    books_of,
    giver_of,
    is_waiting,
    payments_of,
    refused_refund,
)
from townsquare.services.grocery.models.tills import CashBox, cash_box
from townsquare.services.grocery.results.orders import PaidBack, Refunded
from townsquare.services.grocery.results.refunds import AskedAgain, RefusedRefund, WentOtherwise
from townsquare.services.grocery.rules.refunds import LIMIT, is_for_two
from townsquare.services.grocery.usecases.policy import POLICY

SEND_REFUNDS = "grocery.send-refunds"  # The errand that lets the provider give back.
RETURN = "grocery.payment.return"
ONLINE, CASH, CARD = "online", "cash", "gift_card"
GONE = "no longer to be paid"


@use_case(RETURN)
def return_waiting(ctx: Context, wish: Chosen) -> list[PaidBack]:
    """Pay back what was paid ahead for goods that the buyer does not get; cash waits for people."""
    try:
        shop = our_shop(ctx)
        order = ordering.lock_order(ctx, shop, wish.id)
    except (ordering.UnknownOrder, NotOpenYet):  # It belongs to another shop.
        return []
    known = payments_of(ctx, shop, order.public_id)
    waits = sum(one.spare_minor for one in known if one.method != CASH)
    return pay_back(ctx, shop, order, amount_minor=waits, reason=GONE, but=CASH)


@use_case("grocery.refund.again", permission="grocery.order.refund")
def ask_again(ctx: Context, wish: ChooseRefund) -> AskedAgain:
    """Let the provider be asked once more for a refund; under the same key it gives back once."""
    refused_refund(ctx, wish.id)
    asked = payments.ask_refund_again(ctx, wish.id)
    if asked.state != "asked":
        raise payments.NotRefused
    enqueue(ctx, SEND_REFUNDS, Nothing(), key=new_id())
    return AskedAgain(wish.id, asked.state, asked.amount_minor, asked.currency)


@use_case("grocery.refund.otherwise", permission="grocery.order.refund")
def pay_otherwise(ctx: Context, wish: PayOtherwise) -> WentOtherwise:
    """Pay a refund that did not arrive in cash, or onto a new gift card; only once.

    Above the limit of an order nobody does that who has let the money go back before.
    """
    refused, shop = refused_refund(ctx, wish.id), our_shop(ctx)
    _must_be_another(ctx, shop, refused)
    box = cash_box(ctx, shop) if wish.way == CASH else CashBox(books_of(shop), "")
    told = {"way": wish.way, "shift": box.shift}
    told["code"] = wish.code if isinstance(wish, PayCoded) else ""
    try:
        done = payments.pay_otherwise(ctx, box.books, wish.id, **told)
    except IntegrityError as error:
        if breaks(error, BY_ANOTHER):  # More of the order has gone back since we looked.
            raise AnotherPays(limit_minor=LIMIT, currency=shop.currency) from error
        raise
    code = done.card.code if done.card else ""
    paper = done.receipt
    return WentOtherwise(
        wish.id, done.way, done.amount_minor, done.currency, code, paper.id, paper.number
    )


def pay_back(
    ctx: Context,
    shop: catalogue.Shop,
    order: ordering.Order,
    *,
    amount_minor: int,
    reason: str,
    but: str = "",
) -> list[PaidBack]:
    """Pay back what a credit has freed, the newest payment first; return how each part went."""
    left, told = amount_minor, []
    for paid in payments_of(ctx, shop, order.public_id)[::-1] if left else ():
        part = min(left, paid.spare_minor)
        if part > 0 and paid.method != but:
            box = cash_box(ctx, shop) if paid.method == CASH else CashBox(books_of(shop), "")
            payments.refund_payment(
                ctx, box.books, paid.id, amount_minor=part, reason=reason, shift=box.shift
            )
            waits = paid.method == CARD and is_waiting(ctx, paid.id)
            told.append(PaidBack(paid.method, part, waits))
            left -= part
    if any(one.method == ONLINE for one in told):
        enqueue(ctx, SEND_REFUNDS, Nothing(), key=new_id())
    return told


def rest_back(ctx: Context, shop: catalogue.Shop, paid: payments.Payment) -> None:
    """Pay back what came through the provider and nothing of the order was open for."""
    used = paid.allocated_minor + paid.refunded_minor + paid.credited_minor
    rest = paid.captured_minor - used
    if rest:
        payments.refund_payment(ctx, books_of(shop), paid.id, amount_minor=rest, reason=GONE)
        enqueue(ctx, SEND_REFUNDS, Nothing(), key=new_id())


def must_be_for_one(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, amount_minor: int
) -> None:
    """Refuse what one person alone may not let go back."""
    gone = sum(one.refunded_minor for one in payments_of(ctx, shop, order.public_id))
    if amount_minor and is_for_two(gone, amount_minor):
        told = {"amount_minor": amount_minor, "limit_minor": LIMIT}
        raise payments.SecondPersonNeeded(currency=shop.currency, **told)


def _must_be_another(ctx: Context, shop: catalogue.Shop, refused: RefusedRefund) -> None:
    known = payments_of(ctx, shop, refused.order)
    gone = sum(one.refunded_minor for one in known)  # This refund is in it already.
    if not is_for_two(gone - refused.amount_minor, refused.amount_minor):
        return
    if not ctx.actor.signed_in:
        raise PeopleAgree
    if ctx.actor.id == giver_of(ctx, refused):
        raise AnotherPays(limit_minor=LIMIT, currency=shop.currency)


def paid_back(
    ctx: Context, shop: catalogue.Shop, done: ordering.Reduced, *, reason: str
) -> Refunded:
    """Let go back what an order has lost, and return what became of it."""
    order = done.order
    back = pay_back(ctx, shop, order, amount_minor=done.to_refund_minor, reason=reason)
    return Refunded(
        id=order.public_id,
        number=order.number or "",
        total_minor=order.total_minor,
        refunded_minor=sum(one.amount_minor for one in back),
        currency=order.currency,
        back=back,
    )


def lines_back(
    ctx: Context,
    shop: catalogue.Shop,
    order: ordering.Order,
    *,
    parts: list[ordering.Part],
    reason: str,
) -> ordering.Reduced:
    """Call lines off, or take them back over the counter; return how much is to go back."""
    number = order.public_id
    if not any(line.fulfilled_qty for line in order.lines):
        return ordering.cancel_lines(ctx, shop, POLICY, order=number, parts=parts, reason=reason)
    back = ordering.request_return(ctx, shop, POLICY, order=number, parts=parts, reason=reason)
    ordering.decide_return(ctx, shop, back.public_id, approve=True)
    arrived = [ordering.Arrived(part.line, "damaged", restock=False) for part in parts]
    ordering.receive_return(ctx, shop, back.public_id, arrived=arrived)
    return ordering.refund_return(ctx, shop, back.public_id)
