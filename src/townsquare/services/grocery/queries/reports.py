"""Figures of the shop: sales, tax, the value of its stock, waste, margin, orders."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import aliased

from townsquare.blocks import catalogue, ordering, stock
from townsquare.blocks.catalogue import CATEGORY, ITEM, VARIANT
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context, query
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.reports import AskReport, Span
from townsquare.services.grocery.errors import BadSpan, UnknownReport
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.queries.listing import catalogue_rows, price_rows
from townsquare.services.grocery.results.reports import DAY, MONEY, TEXT, Figures, Head
from townsquare.services.grocery.rules.spans import A_DAY, MOST, begins, days_of, span_of

READ = "grocery.report.read"
SOLD = ("placed", "confirmed", "completed")
MOST_ROWS = 20_000
ORDER, LINE, MORE = ordering.ORDER, ordering.LINE, ordering.ADJUSTMENT
LOT, LEVEL, MOVE = stock.LOT, stock.LEVEL, stock.MOVE
Rows = list[list[str | int]]
# Without a bound value, so that PostgreSQL knows it again where it groups.
SHELF = func.coalesce(CATEGORY.name, literal_column("''"))


@dataclass(frozen=True)
class Asked:
    """Of which shop and days a report is; `since` and `before` are their moments."""

    shop: catalogue.Shop
    first: date
    last: date

    @property
    def since(self) -> datetime:
        """Return when the first day begins."""
        return begins(self.first, self.shop.zone)

    @property
    def before(self) -> datetime:
        """Return when the day after the last one begins."""
        return begins(self.last + A_DAY, self.shop.zone)

    @property
    def sold(self) -> ColumnElement[bool]:
        """Return the condition of the orders of these days that came to something."""
        ours = and_(ORDER.shop_id == self.shop.id, ORDER.state.in_(SOLD))
        return and_(ours, ORDER.placed_at >= self.since, ORDER.placed_at < self.before)

    def day(self, moment: Any) -> ColumnElement[str]:  # noqa: ANN401 (a column of moments)
        """Return the day of the shop in which a moment falls, for the database to group by."""
        days = reversed(days_of(self.first, self.last))
        whens = [(moment >= begins(day, self.shop.zone), day.isoformat()) for day in days]
        return case(*whens, else_="")


@dataclass(frozen=True)
class Kind:
    """One report: its columns, how its figures come about, and the look at the tables."""

    title: str
    columns: tuple[Head, ...]
    how: str
    rows: Callable[[Context, Asked], Rows]


def _whole(amount: Any) -> ColumnElement[int]:  # noqa: ANN401 (an expression of numbers)
    """Return a sum as a whole number, also where PostgreSQL adds up to a decimal."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def _days(ctx: Context, asked: Asked) -> Rows:
    one = (
        select(
            asked.day(ORDER.placed_at).label("day"),
            ordering.order_total().label("total"),
            ordering.order_tax().label("tax"),
        )
        .where(asked.sold)
        .subquery()
    )
    counted = select(one.c.day, func.count(), _whole(one.c.total), _whole(one.c.tax))
    found = {row[0]: list(row) for row in ctx.db.execute(counted.group_by(one.c.day))}
    days = [day.isoformat() for day in days_of(asked.first, asked.last)]
    return [found.get(day, [day, 0, 0, 0]) for day in days] if found else []


def _categories(ctx: Context, asked: Asked) -> Rows:
    amount = _whole(LINE.net_minor)
    counted = (
        select(SHELF, func.count(func.distinct(ORDER.id)), func.count(LINE.id), amount)
        .join(LINE, LINE.order_id == ORDER.id)
        .join(VARIANT, VARIANT.id == LINE.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .outerjoin(CATEGORY, CATEGORY.id == ITEM.category_id)
        .where(asked.sold, LINE.qty > LINE.cancelled_qty)
        .group_by(SHELF)
        .order_by(amount.desc(), SHELF)
    )
    return _rows(ctx, counted)


def _tax(ctx: Context, asked: Asked) -> Rows:
    on_top = case((ORDER.prices_include_tax, 0), else_=LINE.tax_minor)
    lines = select(
        LINE.tax_ppm.label("ppm"),
        (LINE.net_minor + on_top).label("gross"),
        LINE.tax_minor.label("tax"),
    ).join(ORDER, ORDER.id == LINE.order_id)
    more = select(MORE.tax_ppm, MORE.amount_minor, MORE.tax_minor)
    more = more.join(ORDER, ORDER.id == MORE.order_id)
    both = lines.where(asked.sold).union_all(more.where(asked.sold, MORE.kind != "discount"))
    one = both.subquery()
    gross, tax = _whole(one.c.gross), _whole(one.c.tax)
    counted = select(one.c.ppm, gross - tax, tax, gross).group_by(one.c.ppm).order_by(one.c.ppm)
    return [[_percent(ppm), *told] for ppm, *told in ctx.db.execute(counted)]


def _stock_value(ctx: Context, asked: Asked) -> Rows:
    left = _whole(LEVEL.on_hand).label("left")
    lots = (
        select(LOT.variant_id, LOT.total_cost_minor, LOT.received_qty, left)
        .join(LEVEL, LEVEL.lot_id == LOT.id)
        .where(LEVEL.bounded, LEVEL.on_hand > 0)
        .group_by(LOT.id, LOT.variant_id, LOT.total_cost_minor, LOT.received_qty)
        .subquery()
    )
    value = _whole(_share(lots.c.total_cost_minor, lots.c.left, of=lots.c.received_qty))
    unpriced = _whole(case((lots.c.total_cost_minor == 0, 1), else_=0))
    counted = (
        select(SHELF, ITEM.base_unit, func.count(), _whole(lots.c.left), value, unpriced)
        .select_from(lots)
        .join(VARIANT, VARIANT.id == lots.c.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .outerjoin(CATEGORY, CATEGORY.id == ITEM.category_id)
        .where(VARIANT.shop_id == asked.shop.id)
        .group_by(SHELF, ITEM.base_unit)
        .order_by(value.desc(), SHELF)
    )
    return _rows(ctx, counted)


def _waste(ctx: Context, asked: Asked) -> Rows:
    undone = aliased(MOVE)
    cost = _whole(_share(LOT.total_cost_minor, MOVE.qty, of=LOT.received_qty))
    counted = (
        select(MOVE.reason, ITEM.base_unit, func.count(), _whole(MOVE.qty), cost)
        .join(LOT, LOT.id == MOVE.lot_id)
        .join(VARIANT, VARIANT.id == MOVE.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .outerjoin(undone, undone.reverses_id == MOVE.id)
        .where(MOVE.shop_id == asked.shop.id, MOVE.reason.in_(stock.WASTE), undone.id.is_(None))
        .where(MOVE.at >= asked.since, MOVE.at < asked.before)
        .group_by(MOVE.reason, ITEM.base_unit)
        .order_by(cost.desc(), MOVE.reason)
    )
    return _rows(ctx, counted)


def _margin(ctx: Context, asked: Asked) -> Rows:
    cost = _whole(_share(LOT.total_cost_minor, MOVE.qty, of=LOT.received_qty))
    net = ordering.order_total() - ordering.order_tax()
    counted = (
        select(ORDER.number, asked.day(ORDER.placed_at), net, cost)
        .join(MOVE, and_(MOVE.source_kind == ordering.OWNER, MOVE.source_id == ORDER.public_id))
        .join(LOT, LOT.id == MOVE.lot_id)
        .where(asked.sold, MOVE.reason == "sale")
        .group_by(ORDER.id, ORDER.number, ORDER.placed_at, ORDER.prices_include_tax)
        .having(func.min(LOT.total_cost_minor) > 0)  # What nobody has said the cost of is unknown.
        .order_by(ORDER.id.desc())
        .limit(MOST_ROWS)
    )
    return [
        [
            number or "",
            day,
            net,
            cost,
            net - cost,
            f"{100 * (net - cost) / net:.1f} %" if net else "",
        ]
        for number, day, net, cost in ctx.db.execute(counted)
    ]


def _orders(ctx: Context, asked: Asked) -> Rows:
    total, tax = ordering.order_total(), ordering.order_tax()
    chosen = (
        select(ORDER.number, asked.day(ORDER.placed_at), ORDER.state, ORDER.channel, total, tax)
        .where(ORDER.shop_id == asked.shop.id, ORDER.number.is_not(None))
        .where(ORDER.placed_at >= asked.since, ORDER.placed_at < asked.before)
        .order_by(ORDER.id.desc())
        .limit(MOST_ROWS)
    )
    return _rows(ctx, chosen)


def _share(cost: Any, qty: Any, *, of: Any) -> ColumnElement[int]:  # noqa: ANN401 (columns)
    """Return what a part of a lot has cost, half a minor unit up, in whole numbers."""
    told: ColumnElement[int] = (2 * cost * qty + of) // (2 * of)
    return told


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:g} %"


def _rows(ctx: Context, counted: Select[*tuple[Any, ...]]) -> Rows:
    return [list(row) for row in ctx.db.execute(counted)]


AMOUNT = Head("amount", translatable("Amount"), MONEY)
ORDERS = Head("orders", translatable("Orders"))
OF_DAY = Head("day", translatable("Day"), DAY)
CODE, NAME = Head("code", translatable("Code"), TEXT), Head("name", translatable("Name"), TEXT)
UNIT = Head("unit", translatable("Unit"), TEXT)
NUMBERED = (Head("number", translatable("Order"), TEXT), OF_DAY)
KINDS: Mapping[str, Kind] = {
    "sales-days": Kind(
        translatable("Sales by day"),
        (OF_DAY, ORDERS, AMOUNT, Head("tax", translatable("Tax in it"), MONEY)),
        translatable(
            "Orders by the day on which they were placed, without those that were cancelled, less"
            " what was credited since."
        ),
        _days,
    ),
    "sales-categories": Kind(
        translatable("Sales by category"),
        (
            Head("category", translatable("Category"), TEXT),
            ORDERS,
            Head("lines", translatable("Lines")),
            AMOUNT,
        ),
        translatable(
            "Lines of the orders that were placed on these days, as they are now; what was"
            " brought back later is still in it."
        ),
        _categories,
    ),
    "tax": Kind(
        translatable("Tax by rate"),
        (
            Head("rate", translatable("Rate"), TEXT),
            Head("net", translatable("Without tax"), MONEY),
            Head("tax", translatable("Tax"), MONEY),
            Head("gross", translatable("With tax"), MONEY),
        ),
        translatable(
            "Tax as it was rounded on each line and fee of the orders of these days, less what"
            " was credited."
        ),
        _tax,
    ),
    "stock-value": Kind(
        translatable("Value of the stock"),
        (
            Head("category", translatable("Category"), TEXT),
            UNIT,
            Head("lots", translatable("Lots")),
            Head("there", translatable("There")),
            Head("value", translatable("Value at cost"), MONEY),
            Head("unknown", translatable("Lots of unknown cost")),
        ),
        translatable(
            "What is there at this moment, whatever the days: of each lot its cost times what is"
            " left, over what came in."
        ),
        _stock_value,
    ),
    "waste": Kind(
        translatable("Waste by reason"),
        (
            Head("reason", translatable("Reason"), TEXT),
            UNIT,
            Head("times", translatable("Times")),
            Head("qty", translatable("How much")),
            Head("cost", translatable("Cost"), MONEY),
        ),
        translatable("What was thrown away on these days and not undone, at what it had cost."),
        _waste,
    ),
    "margin": Kind(
        translatable("Margin by order"),
        (
            *NUMBERED,
            Head("net", translatable("Without tax"), MONEY),
            Head("cost", translatable("Cost of its goods"), MONEY),
            Head("margin", translatable("Margin"), MONEY),
            Head("share", translatable("Share"), TEXT),
        ),
        translatable(
            "What an order brought without tax, less what the lots have cost from which it was"
            " taken; orders with a lot of unknown cost are left out."
        ),
        _margin,
    ),
    "orders": Kind(
        translatable("Orders"),
        (
            *NUMBERED,
            Head("state", translatable("State"), TEXT),
            Head("channel", translatable("From"), TEXT),
            Head("total", translatable("Total"), MONEY),
            Head("tax", translatable("Tax in it"), MONEY),
        ),
        translatable("All orders of these days, the newest first, as they are now."),
        _orders,
    ),
    "catalogue": Kind(
        translatable("Catalogue"),
        (
            CODE,
            Head("barcode", translatable("Barcode"), TEXT),
            NAME,
            Head("size", translatable("Size"), TEXT),
            Head("brand", translatable("Brand"), TEXT),
            Head("category", translatable("Category"), TEXT),
            UNIT,
            Head("state", translatable("State"), TEXT),
        ),
        translatable("All products as they are now, whatever the days."),
        lambda ctx, asked: catalogue_rows(ctx, asked.shop),
    ),
    "price-list": Kind(
        translatable("Price list"),
        (
            CODE,
            NAME,
            Head("price", translatable("Price"), MONEY),
            Head("per", translatable("For how much")),
            UNIT,
            Head("list", translatable("List"), TEXT),
        ),
        translatable("What each product on the shelves costs at this moment, whatever the days."),
        lambda ctx, asked: price_rows(ctx, asked.shop),
    ),
}


@query("grocery.report.read")
def read_report(ctx: Context, wish: AskReport) -> Figures:
    """Return a report with the moment at which its figures were read, and how they come about."""
    kind = KINDS.get(wish.name)
    if kind is None:
        raise UnknownReport(name=wish.name)
    return figures_of(ctx, wish.name, asked_of(ctx, wish))


def asked_of(ctx: Context, wish: Span) -> Asked:
    """Return of which days a wish is, as the shop counts its days."""
    shop = our_shop(ctx)
    today = ctx.now().astimezone(ZoneInfo(shop.zone)).date()
    first, last = span_of(today, wish.since, wish.until)
    if first > last or last - first >= MOST:
        raise BadSpan
    return Asked(shop, first, last)


def figures_of(ctx: Context, name: str, asked: Asked) -> Figures:
    """Return the figures of one kind for these days."""
    kind = KINDS[name]
    return Figures(
        name=name,
        title=kind.title,
        columns=list(kind.columns),
        rows=kind.rows(ctx, asked),
        since=asked.first,
        until=asked.last,
        as_of=ctx.now(),
        currency=asked.shop.currency,
        how=kind.how,
    )
