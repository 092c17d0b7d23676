"""One's own cart at a glance, for pages that are about something else."""

from sqlalchemy import ColumnElement, bindparam, select

from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.blocks.ordering import IS_CART, LINE, ORDER, order_total
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.orders import OfCart
from townsquare.services.grocery.models.buying import buyer_of
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.results.orders import Glance, GlanceLine


@dataclass(frozen=True)
class _Row:
    code: str
    name: str
    base_unit: str
    qty: int
    net_minor: int
    currency: str
    total_minor: int


def _lines(*mine: ColumnElement[bool]) -> Prepared[_Row]:
    chosen = (
        select(
            VARIANT.code.label("code"),
            LINE.name.label("name"),
            ITEM.base_unit.label("base_unit"),
            LINE.qty.label("qty"),
            LINE.net_minor.label("net_minor"),
            ORDER.currency.label("currency"),
            order_total().label("total_minor"),
        )
        .select_from(ORDER)
        .join(LINE, LINE.order_id == ORDER.id)
        .join(VARIANT, VARIANT.id == LINE.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(ORDER.shop_id == OUR_SHOP, IS_CART, *mine)
        .order_by(LINE.position)
    )
    return Prepared(chosen, _Row)


# Each finds one cart by the index of carts, however many guests have left theirs behind.
OF_PERSON = _lines(ORDER.party == bindparam("party"))
OF_GUEST = _lines(ORDER.party == "", ORDER.guest_token == bindparam("guest"))


@query("grocery.cart.glance", permission="public")
def glance_cart(ctx: Context, wish: OfCart) -> Glance:
    """Return what is in one's own cart in one statement; without a person or a key in none."""
    buyer = buyer_of(ctx.actor, wish.guest)
    rows: list[_Row] = []
    if buyer.party:
        rows = OF_PERSON.rows(ctx.db, party=buyer.party)
    elif buyer.guest:
        rows = OF_GUEST.rows(ctx.db, guest=buyer.guest)
    if not rows:
        return Glance()
    lines = [GlanceLine(r.code, r.name, r.base_unit, r.qty, r.net_minor) for r in rows]
    return Glance(rows[0].currency, rows[0].total_minor, lines)
