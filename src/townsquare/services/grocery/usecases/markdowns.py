"""Goods that are soon over get cheaper by rules, each lot once a day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, func, or_, select

from townsquare.blocks import catalogue, stock
from townsquare.blocks.catalogue import CATEGORY, ITEM, VARIANT
from townsquare.core.errors import Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.markdowns import ApplyMarkdowns
from townsquare.services.grocery.events import LotMarkedDown
from townsquare.services.grocery.models.markdowns import (
    MARKDOWN,
    MarkdownRow,
    MarkdownRuleRow,
    list_with,
)
from townsquare.services.grocery.models.ours import shop_if_open
from townsquare.services.grocery.results.markdowns import MarkedDown
from townsquare.services.grocery.rules.markdowns import PERCENT, Rule, marked_down, rule_for

PRICING = "grocery.price.set"
OVER = translatable("Choose today or a day to come.")


@dataclass(frozen=True)
class _Lot:
    """A lot that is there and has a date."""

    id: int
    public_id: str
    code: str
    hidden: bool
    until: date
    sellable_until: datetime | None
    variant: int
    item: int
    category: int | None


@dataclass(frozen=True)
class _Fall:
    """What a lot will cost, by which rule, and what it would cost."""

    lot: _Lot
    rule: Rule
    amount_minor: int
    normal: catalogue.PriceInForce


@use_case("grocery.markdown.apply", permission=PRICING)
def apply_markdowns(ctx: Context, wish: ApplyMarkdowns) -> MarkedDown:
    """Mark down by the rules what is soon over; a second time on one day changes nothing."""
    must_be_meant(wish.day)
    shop, rules = shop_if_open(ctx), _rules(ctx)
    if shop is None or not rules:
        return MarkedDown(0)
    day, starts = _day(ctx, shop, wish.day)
    list_with(ctx, shop, code=MARKDOWN, kind=MARKDOWN)  # Runs take turns here.
    last = day + timedelta(days=max(rule.days_left for rule in rules))
    lots = _lots(ctx, shop, day=day, starts=starts, last=last)
    falls = _falls(ctx, shop, lots, rules=rules, day=day, at=starts)
    ids = catalogue.set_prices(ctx, shop, [(f.lot.variant, _price(f, starts)) for f in falls])
    for fall, price in zip(falls, ids, strict=True):
        _keep(ctx, shop, fall, price=price, day=day)
    ctx.db.flush()
    return MarkedDown(len(falls))


def _rules(ctx: Context) -> list[Rule]:
    row = MarkdownRuleRow
    chosen = select(row.category_id, row.item_id, row.days_left, row.ppm)
    return [Rule(*found) for found in ctx.db.execute(chosen)]


def _day(ctx: Context, shop: catalogue.Shop, asked: date | None) -> tuple[date, datetime]:
    """Return the day in the zone of the shop, and the moment from which its prices hold."""
    zone, now = ZoneInfo(shop.zone), ctx.now()
    today = now.astimezone(zone).date()
    day = asked or today
    if day < today:
        raise Invalid(fields={"day": OVER})
    return day, max(now, datetime.combine(day, time(), zone).astimezone(UTC))


def _lots(
    ctx: Context, shop: catalogue.Shop, *, day: date, starts: datetime, last: date
) -> list[_Lot]:
    """Return the lots on sale that are over by this day and were not marked down today."""
    lot, level, place = stock.LOT, stock.LEVEL, stock.LOCATION
    until = func.coalesce(lot.expires_on, lot.best_before)
    there = (
        select(level.id)
        .join(place, place.id == level.location_id)
        .where(level.lot_id == lot.id, level.bounded, level.on_hand > 0, place.sellable)
    )
    done = exists().where(MarkdownRow.lot_id == lot.id, MarkdownRow.day == day)
    chosen: Select[*tuple[Any, ...]] = (
        select(lot.id, lot.public_id, lot.code, lot.hidden, until, lot.sellable_until)
        .add_columns(VARIANT.id, ITEM.id, ITEM.category_id)
        .join(VARIANT, VARIANT.id == lot.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.shop_id == shop.id, lot.blocked_at.is_(None), until <= last)
        .where(or_(lot.sellable_until.is_(None), lot.sellable_until > starts))
        .where(there.exists(), ~done)
        .order_by(lot.id)
    )
    return [_Lot(*row) for row in ctx.db.execute(chosen)]


def _falls(
    ctx: Context,
    shop: catalogue.Shop,
    lots: Sequence[_Lot],
    *,
    rules: Sequence[Rule],
    day: date,
    at: datetime,
) -> list[_Fall]:
    """Return which of these lots fall to what, leaving out those that cost so already."""
    if not lots:
        return []
    above: Mapping[int, int | None] = dict(
        ctx.db.execute(select(CATEGORY.id, CATEGORY.parent_id)).all()
    )
    whole = [catalogue.PriceAsk(lot.variant, 1) for lot in lots]
    own = [catalogue.PriceAsk(lot.variant, 1, lot.id) for lot in lots]
    prices = catalogue.prices_in_force(ctx, shop, [*whole, *own], at=at)
    found = []
    for lot, normal, now in zip(lots, prices, prices[len(lots) :], strict=False):
        left = (lot.until - day).days
        rule = rule_for(rules, item=lot.item, shelves=_path(lot, above), days_left=left)
        if rule is None or normal is None or now is None:
            continue
        amount = marked_down(normal.amount_minor, rule.ppm)
        same = (now.offer.lot_id, now.amount_minor, now.per_qty) == (lot.id, amount, normal.per_qty)
        if amount < normal.amount_minor and not same:
            found.append(_Fall(lot, rule, amount, normal))
    return found


def _path(lot: _Lot, above: Mapping[int, int | None]) -> list[int]:
    """Return the shelf of a lot and those in which it stands, the nearest first."""
    path, shelf = [], lot.category
    while shelf is not None:
        path.append(shelf)
        shelf = above.get(shelf)
    return path


def _price(fall: _Fall, starts: datetime) -> catalogue.NewPrice:
    rule, percent, until = fall.rule, f"{fall.rule.ppm / PERCENT:g}", fall.lot.until
    return catalogue.NewPrice(
        fall.amount_minor,
        fall.normal.per_qty,
        price_list=MARKDOWN,
        valid_from=starts,
        valid_to=fall.lot.sellable_until,
        reason=f"{percent} % off from {rule.days_left} days before {until}{_named(fall.lot)}",
        lot_id=fall.lot.id,
    )


def _named(lot: _Lot) -> str:
    return "" if lot.hidden else f", lot {lot.code}"


def _keep(ctx: Context, shop: catalogue.Shop, fall: _Fall, *, price: int, day: date) -> None:
    normal = fall.normal.amount_minor
    ctx.db.add(
        MarkdownRow(
            lot_id=fall.lot.id,
            day=day,
            price_id=price,
            ppm=fall.rule.ppm,
            amount_minor=fall.amount_minor,
            normal_minor=normal,
            at=ctx.now(),
        )
    )
    lot = fall.lot.public_id
    ctx.emit(LotMarkedDown(lot, day.isoformat(), fall.amount_minor, normal, shop.currency))
