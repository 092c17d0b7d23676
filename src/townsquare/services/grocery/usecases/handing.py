"""At the counter: cash is taken, the goods change hands, and lines go back with their money."""

from sqlalchemy import select

from townsquare.blocks import catalogue, ordering, payments
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.orders import HandOver, Refund
from townsquare.services.grocery.errors import AllRecalled, NothingChosen, NotReady, PaymentWaits
from townsquare.services.grocery.models.delivering import DELIVER, PICKUP
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import open_charges, payments_of
from townsquare.services.grocery.models.tills import cash_box
from townsquare.services.grocery.results.orders import HandedOver, Refunded
from townsquare.services.grocery.usecases.recalled_bags import taken_out_at_door
from townsquare.services.grocery.usecases.refunds import lines_back, must_be_for_one, paid_back

CASH = "cash"
# At the counter what is ready changes hands, at a door what is on its way.
_HANDED_FROM = {PICKUP: "ready", DELIVER: "out"}


@use_case("grocery.order.hand-over")
def hand_over(ctx: Context, wish: HandOver) -> HandedOver:
    """Take what is open of an order in cash and hand it over; the receipt says so."""
    shop = our_shop(ctx)
    order = as_seen(ctx, shop, wish.id, version=wish.version)
    works = ordering.fulfilments_of_order(ctx, shop, order.public_id)
    work = next((one for one in works if one.state == _HANDED_FROM.get(one.kind)), None)
    if work is None:
        raise NotReady
    if work.state == "out":
        order = taken_out_at_door(ctx, shop, order, work=work)
        if not any(line.due_qty for line in order.lines):
            raise AllRecalled
    paid, receipt = _take(ctx, shop, order, payer=wish.received_by)
    ordering.complete_fulfilment(ctx, shop, work.public_id, handed_to=wish.received_by)
    return HandedOver(order.public_id, order.number or "", paid, order.currency, receipt)


@use_case("grocery.order.refund")
def refund_lines(ctx: Context, wish: Refund) -> Refunded:
    """Call lines off, or take back what was handed over; what was paid for them goes back."""
    shop = our_shop(ctx)
    order = as_seen(ctx, shop, wish.id, version=wish.version)
    parts = [ordering.Part(one.line, one.qty) for one in wish.lines]
    if not parts:
        raise NothingChosen
    done = lines_back(ctx, shop, order, parts=parts, reason=wish.reason)
    must_be_for_one(ctx, shop, order, amount_minor=done.to_refund_minor)
    return paid_back(ctx, shop, done, reason=wish.reason)


def as_seen(ctx: Context, shop: catalogue.Shop, order: str, *, version: int) -> ordering.Order:
    """Return an order, locked before it is compared: of two who saw it, the second is refused."""
    found = ordering.lock_order(ctx, shop, order)
    if found.version != version:
        raise ordering.Changed
    return found


def _take(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, payer: str
) -> tuple[int, str]:
    due = open_charges(ctx, shop, order)
    amount = sum(charge.open_minor for charge in due)
    if not amount:
        return 0, ""
    # One that was only begun looks at the order again before the provider is asked for it.
    if any(one.is_asked for one in payments_of(ctx, shop, order.public_id)):
        raise PaymentWaits
    box = cash_box(ctx, shop)
    paid = payments.pay_charges(
        ctx,
        box.books,
        party=due[0].party,
        charges=[charge.id for charge in due],
        method=CASH,
        amount_minor=amount,
        key=f"hand-over:{order.public_id}",
        payer=payments.Payer(payer),
        shift=box.shift,
    )
    chosen = select(payments.RECEIPT.public_id).filter_by(shop=shop.code, number=paid.number)
    return amount, ctx.db.scalar(chosen) or ""
