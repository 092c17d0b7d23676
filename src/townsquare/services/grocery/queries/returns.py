"""Goods that come back: those of one's own order, and for staff those that wait."""

from sqlalchemy import select

from townsquare.blocks import ordering
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import MyOrder
from townsquare.services.grocery.commands.returns import FindReturns
from townsquare.services.grocery.models.buying import buyer_of
from townsquare.services.grocery.models.ours import OUR_SHOP, our_shop
from townsquare.services.grocery.models.returns import told_return
from townsquare.services.grocery.results.returns import MyReturns, ReturnCard, Returns, ReturnTold

DECIDE = "grocery.return.decide"
WAITING = ("requested", "approved", "in-transit", "received")
LAST = 2**63 - 1  # The largest number that a database keeps.


@query("grocery.return.mine", permission="public")
def my_returns(ctx: Context, wish: MyOrder) -> MyReturns:
    """Return what one has brought back of one's own order, and what has become of it."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    order = ordering.order_by_number(ctx, shop, wish.number, buyer=buyer)
    found = ordering.returns_of_order(ctx, shop, order.public_id, buyer=buyer)
    return MyReturns(order.number or "", [told_return(ctx, order, one) for one in found])


@query("grocery.return.list", permission=DECIDE)
def find_returns(ctx: Context, wish: FindReturns) -> Returns:
    """Return the returns that are not settled, the newest first."""
    row, order = ordering.RETURN, ordering.ORDER
    chosen = (
        select(row.id, row.public_id, row.number, order.number, row.state, row.reason)
        .add_columns(row.created_at)
        .join(order, order.id == row.order_id)
        .where(row.shop_id == OUR_SHOP, row.state.in_(WAITING))
        .order_by(row.id.desc())
    )
    if wish.before.isascii() and wish.before.isdigit():
        chosen = chosen.where(row.id < min(int(wish.before), LAST))
    found = ctx.db.execute(chosen.limit(wish.limit + 1)).all()
    shown = found[: wish.limit]
    cards = [ReturnCard(*one[1:]) for one in shown]
    return Returns(cards, str(shown[-1][0]) if len(found) > wish.limit else "")


@query("grocery.return.read", permission=DECIDE)
def read_return(ctx: Context, wish: Chosen) -> ReturnTold:
    """Return one return with its goods."""
    shop = our_shop(ctx)
    back = ordering.return_of(ctx, shop, wish.id)
    return told_return(ctx, ordering.order_of(ctx, shop, back.order), back)
