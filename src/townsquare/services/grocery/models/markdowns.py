"""Rules by which goods get cheaper before their date, and what became cheaper on which day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from townsquare.blocks import catalogue, stock
from townsquare.core.db import Model, Recorded
from townsquare.core.usecase import Context

MARKDOWN = "markdown"  # The code of the price list, and its kind.


class MarkdownRuleRow(Recorded, Model):
    """So many days before their date, goods of a category or one product are so much cheaper."""

    __tablename__ = "grocery_markdown_rule"

    category_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_category.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_item.id"))
    days_left: Mapped[int]
    ppm: Mapped[int]

    __table_args__ = (
        CheckConstraint("(category_id IS NULL) <> (item_id IS NULL)", name="target"),
        CheckConstraint("days_left >= 0 AND ppm > 0 AND ppm < 1000000", name="part"),
    )


class MarkdownRow(Model):
    """What a lot costs from a day on, beside what it would cost; never changed."""

    __tablename__ = "grocery_markdown"

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"))
    day: Mapped[date]
    price_id: Mapped[int] = mapped_column(ForeignKey("catalogue_price.id"))
    ppm: Mapped[int]
    amount_minor: Mapped[int]
    normal_minor: Mapped[int]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("amount_minor >= 0 AND amount_minor < normal_minor", name="never_above"),
    )


OF_CATEGORY = Index(
    "uq_grocery_markdown_rule_category",
    MarkdownRuleRow.category_id,
    MarkdownRuleRow.days_left,
    unique=True,
    sqlite_where=MarkdownRuleRow.category_id.is_not(None),
    postgresql_where=MarkdownRuleRow.category_id.is_not(None),
)
OF_ITEM = Index(
    "uq_grocery_markdown_rule_item",
    MarkdownRuleRow.item_id,
    MarkdownRuleRow.days_left,
    unique=True,
    sqlite_where=MarkdownRuleRow.item_id.is_not(None),
    postgresql_where=MarkdownRuleRow.item_id.is_not(None),
)
ONE_A_DAY = Index("uq_grocery_markdown_day", MarkdownRow.lot_id, MarkdownRow.day, unique=True)
ONE_PRICE = Index("uq_grocery_markdown_price", MarkdownRow.price_id, unique=True)


def list_with(ctx: Context, shop: catalogue.Shop, *, code: str, kind: str) -> int:
    """Return the row id of a price list, made when it is first needed; it is locked meanwhile."""
    its = select(catalogue.SHOP.id).where(catalogue.SHOP.id == shop.id)
    ctx.db.execute(its.with_for_update(key_share=True))
    known = {one.code: one.id for one in catalogue.price_lists_of(ctx, shop)}
    if code not in known:
        return catalogue.add_price_list(ctx, shop, code=code, kind=kind).id
    return known[code]


def markdown_now(variant: Any, now: Any) -> ColumnElement[int]:  # noqa: ANN401 (columns of SQLAlchemy)
    """Return the price of the marked down lot that goes first, as a part of a statement."""
    price, its = aliased(catalogue.PRICE), aliased(catalogue.PRICE_LIST)
    lot, level, place = aliased(stock.LOT), aliased(stock.LEVEL), aliased(stock.LOCATION)
    chosen = (
        select(price.id)
        .join(its, its.id == price.list_id)
        .join(lot, lot.id == price.lot_id)
        .join(level, level.lot_id == lot.id)
        .join(place, place.id == level.location_id)
        .where(price.variant_id == variant, its.kind == MARKDOWN)
        .where(price.valid_from <= now, or_(price.valid_to.is_(None), price.valid_to > now))
        .where(or_(lot.sellable_until.is_(None), lot.sellable_until > now))
        .where(lot.blocked_at.is_(None), level.bounded, place.sellable)
        .where(level.on_hand > level.reserved)
        .order_by(lot.sellable_until, lot.id, price.valid_from.desc())
        .limit(1)
    )
    return chosen.scalar_subquery()
