"""What is on the shelves: by product, lot by lot, and why a figure is what it is."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from townsquare.blocks import catalogue, stock
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.paging import Order
from townsquare.core.search.finding import Asked, find
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Several
from townsquare.services.grocery.commands.products import ChooseProduct
from townsquare.services.grocery.commands.stock import (
    ChooseLot,
    ExplainStock,
    FindLots,
    FindStock,
    NameLot,
)
from townsquare.services.grocery.errors import SeveralLots
from townsquare.services.grocery.models.blocking import orders_hit
from townsquare.services.grocery.models.keeping import place_told
from townsquare.services.grocery.models.ours import (
    BY_NAME,
    OUR_SHOP,
    OURS_BY_NAME,
    our_product,
    our_shop,
)
from townsquare.services.grocery.models.recalls import RecallRow, our_lot
from townsquare.services.grocery.models.searching import HIDDEN, KIND
from townsquare.services.grocery.results.stock import (
    ExplainedStock,
    LostOrders,
    LotLine,
    LotPage,
    Scanned,
    Step,
    StockLine,
    StockPage,
)

Wanted = Select[*tuple[Any, ...]]
VIEW = "grocery.stock.view"
MOST_HITS = 200
NEVER = date(9999, 12, 31)
LEVEL, LOT = stock.LEVEL, stock.LOT
GOOD_UNTIL = func.coalesce(LOT.expires_on, LOT.best_before)
BY_DATE = Order(LOT.public_id, func.coalesce(LOT.expires_on, LOT.best_before, NEVER), LOT.public_id)


def _in_all(figure: Any, among: Any) -> Any:  # noqa: ANN401 (columns of SQLAlchemy)
    """Return the sum of a figure over the shelves, as a whole number on both databases."""
    summed = cast(func.coalesce(func.sum(figure), 0), BigInteger)
    return select(summed).where(among, LEVEL.bounded).scalar_subquery()


@query("grocery.stock.list", permission=VIEW)
def find_stock(ctx: Context, wish: FindStock) -> StockPage:
    """Return one page of products with how much is there, by name."""
    of = LEVEL.variant_id == VARIANT.id
    lines: Wanted = (
        select(
            VARIANT.public_id.label("id"),
            VARIANT.code,
            ITEM.name,
            VARIANT.size,
            ITEM.base_unit,
            _in_all(LEVEL.on_hand, of),
            _in_all(LEVEL.reserved, of),
            stock.available_amount(VARIANT.id, ctx.now()),
        )
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(OURS_BY_NAME, ITEM.tracked, ITEM.status != "retired")
    )
    if wish.words:
        asked = Asked(wish.words, frozenset({"public", HIDDEN}), (KIND,), MOST_HITS)
        lines = lines.where(
            VARIANT.public_id.in_([match.subject for match in find(ctx.db, asked).found])
        )
    return StockPage(*BY_NAME.read(ctx.db, lines, StockLine, after=wish.after, limit=wish.limit))


def _lots(now: datetime) -> tuple[Wanted, Any]:
    """Return the statement of all lots of the shop, and the state of each as a column."""
    of = LEVEL.lot_id == LOT.id
    state = case(
        (LOT.blocked_at.is_not(None), "blocked"), (LOT.sellable_until <= now, "over"), else_="sold"
    )
    lines = (
        select(
            LOT.public_id.label("id"),
            case((LOT.hidden, literal("")), else_=LOT.code),
            LOT.part,
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
            GOOD_UNTIL,
            LOT.sellable_until,
            _in_all(LEVEL.on_hand, of),
            _in_all(LEVEL.reserved, of),
            LOT.blocked_at,
            LOT.blocked_reason,
            LOT.received_at,
            state,
            func.coalesce(RecallRow.public_id, ""),
        )
        .join(VARIANT, VARIANT.id == LOT.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .outerjoin(RecallRow, RecallRow.lot_id == LOT.id)
        .where(VARIANT.shop_id == OUR_SHOP)
    )
    return lines, state


@query("grocery.lot.list", permission=VIEW)
def find_lots(ctx: Context, wish: FindLots) -> LotPage:
    """Return one page of the lots that are there, those first that are over first."""
    lines, state = _lots(ctx.now())
    here = aliased(LEVEL)
    there = select(here.id).where(here.lot_id == LOT.id, here.bounded, here.on_hand > 0)
    # A blocked lot stays in sight until somebody has decided what becomes of it.
    lines = lines.where(or_(LOT.blocked_at.is_not(None), there.exists()))
    if wish.product:
        lines = lines.where(VARIANT.code_key == catalogue.code_key(wish.product))
    if wish.state:
        lines = lines.where(state == wish.state)
    return LotPage(*BY_DATE.read(ctx.db, lines, LotLine, after=wish.after, limit=wish.limit))


@query("grocery.lot.read", permission=VIEW)
def read_lot(ctx: Context, wish: ChooseLot) -> LotLine:
    """Return a lot, whether there is anything left of it or not."""
    lines, _state = _lots(ctx.now())
    found = ctx.db.execute(lines.where(LOT.public_id == wish.id)).first()
    if found is None:
        raise stock.UnknownLot
    return LotLine(*found)


@query("grocery.lot.orders", permission=VIEW)
def orders_of_lot(ctx: Context, wish: ChooseLot) -> LostOrders:
    """Return the orders in progress that have lost goods of a lot, as it was blocked."""
    lot = our_lot(ctx, wish.id)
    return LostOrders(orders_hit(ctx, lot) if lot.blocked_at else [])


@query("grocery.lot.named", permission=VIEW)
def lots_named(ctx: Context, wish: NameLot) -> LotPage:
    """Return the lots with this code; refuse a code that lots of several products have."""
    lines, _state = _lots(ctx.now())
    named = (LOT.code_key == catalogue.code_key(wish.code), ~LOT.hidden)
    lines = lines.where(*named).order_by(LOT.id)
    if wish.product:
        lines = lines.where(VARIANT.code_key == catalogue.code_key(wish.product))
    found = [LotLine(*row) for row in ctx.db.execute(lines)]
    if not found:
        raise stock.UnknownLot
    if len({lot.product for lot in found}) > 1:
        raise SeveralLots(products=", ".join(sorted({lot.product for lot in found})))
    return LotPage(found, "")


@query("grocery.stock.explain", permission=VIEW)
def explain_stock(ctx: Context, wish: ExplainStock) -> ExplainedStock:
    """Return why so much of a product is in a place, move by move."""
    shop, found = our_shop(ctx), our_product(ctx, wish.id)
    places = stock.places_of(ctx, shop)
    key = catalogue.code_key(wish.place)
    place = next((one for one in places if catalogue.code_key(one.code) == key), None)
    if place is None:
        raise stock.UnknownLocation(code=wish.place)
    steps = [
        Step(e.at, e.move, e.change, e.balance, e.reason, f"{e.source_kind} {e.source_id}", e.note)
        for e in stock.explain_level(ctx, shop, found.variant, location_id=place.id)
    ]
    on_hand = steps[-1].balance if steps else 0
    told = (found.id, found.code, found.name, found.base_unit, on_hand, steps)
    return ExplainedStock(*told, place.name, [place_told(one) for one in places])


@query("grocery.stock.scan", permission="grocery.desk.open")
def scan_product(ctx: Context, wish: ChooseProduct) -> Scanned:
    """Return the product that a scanner or a hand means."""
    found = catalogue.find_scanned(ctx, our_shop(ctx), wish.code)
    return Scanned(found.public_id, found.code, found.item_name, found.base_unit, found.perishable)


@query("grocery.lot.of_products", permission=VIEW)
def lots_of_products(ctx: Context, wish: Several) -> list[LotLine]:
    """Return the lots that are there of several products, by the codes of these."""
    lines, _state = _lots(ctx.now())
    here = aliased(LEVEL)
    there = select(here.id).where(here.lot_id == LOT.id, here.bounded, here.on_hand > 0)
    chosen = lines.where(VARIANT.code.in_(wish.ids), there.exists())
    return [LotLine(*row) for row in ctx.db.execute(chosen.order_by(GOOD_UNTIL, LOT.id))]
