"""What must hold of orders, recomputed from their rows."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLColumnExpression

from townsquare.blocks import catalogue, payments
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.models.carts import (
    AdjustmentRow,
    LineRow,
    OrderRow,
    order_tax,
    order_total,
)
from townsquare.blocks.ordering.models.coupons import CouponRow, CouponUseRow
from townsquare.blocks.ordering.models.handing import (
    ChangeRow,
    FulfilmentLineRow,
    FulfilmentRow,
    ReturnLineRow,
    ReturnRow,
    SeriesRow,
)
from townsquare.core.breach import Breach


def placed_once(db: Session) -> list[Breach]:
    """Return orders that were placed more than once, or have a number without being placed."""
    times = (
        select(func.count())
        .where(ChangeRow.order_id == OrderRow.id, ChangeRow.entity == "order")
        .where(ChangeRow.event == "place")
        .correlate(OrderRow)
        .scalar_subquery()
    )
    wrong = select(OrderRow.public_id).where(times != case((OrderRow.number.is_(None), 0), else_=1))
    return _breach("ordering: one placed order for each cart", list(db.scalars(wrong)))


def lines_add_up(db: Session) -> list[Breach]:
    """Return lines of which price, discount, net and tax do not follow from each other."""
    chosen = select(LineRow, OrderRow.prices_include_tax).join(
        OrderRow, OrderRow.id == LineRow.order_id
    )
    wrong = [
        line.public_id
        for line, included in db.execute(chosen.where(OrderRow.state != "abandoned"))
        if not _adds_up(line, included=included)
    ]
    return _breach("ordering: lines add up", wrong)


def discounts_split(db: Session) -> list[Breach]:
    """Return orders whose discount is not what was split over their lines, as it was agreed."""
    chosen = (
        select(LineRow.order_id, LineRow.amount_minor, LineRow.per_qty, LineRow.qty)
        .add_columns(LineRow.over_qty, LineRow.agreed_minor)
        .join(OrderRow, OrderRow.id == LineRow.order_id)
        .where(OrderRow.state.not_in(("draft", "abandoned")), LineRow.replaces_id.is_(None))
    )
    given: dict[int, int] = {}
    for order, amount, per_qty, qty, over, agreed in db.execute(chosen):
        off = rules.price_of(amount, per_qty, qty + over) - agreed
        given[order] = given.get(order, 0) + off
    told = dict(
        db.execute(
            select(AdjustmentRow.order_id, func.sum(AdjustmentRow.amount_minor))
            .where(AdjustmentRow.kind == "discount")
            .group_by(AdjustmentRow.order_id)
        ).all()
    )
    wrong = [order for order, off in given.items() if off + int(told.get(order, 0)) != 0]
    return _breach("ordering: discounts split exactly", wrong)


def counters_replay(db: Session) -> list[Breach]:
    """Return lines whose counters are not the sums of their fulfilments and returns."""
    part, paper, back = FulfilmentLineRow, FulfilmentRow, ReturnLineRow
    of_paper = and_(part.line_id == LineRow.id, paper.id == part.fulfilment_id)
    planned = _sum(part.qty, of_paper, paper.state.not_in(("cancelled", "returned")))
    fulfilled = _sum(part.qty, of_paper, paper.state == "done")
    returned = _sum(
        back.qty,
        and_(back.line_id == LineRow.id, ReturnRow.id == back.return_id),
        ReturnRow.state != "refused",
    )
    wrong = select(LineRow.public_id).where(
        or_(
            LineRow.planned_qty != planned,
            LineRow.fulfilled_qty != fulfilled,
            LineRow.returned_qty != returned,
            LineRow.fulfilled_qty > LineRow.planned_qty,
            LineRow.planned_qty + LineRow.cancelled_qty > LineRow.qty + LineRow.over_qty,
            LineRow.returned_qty > LineRow.fulfilled_qty,
        )
    )
    return _breach("ordering: returned <= fulfilled <= planned <= ordered", list(db.scalars(wrong)))


def coupons_replay(db: Session) -> list[Breach]:
    """Return coupons whose uses are not their orders, or are more than there may be."""
    uses = (
        select(func.count())
        .where(CouponUseRow.coupon_id == CouponRow.id)
        .correlate(CouponRow)
        .scalar_subquery()
    )
    over = and_(CouponRow.max_uses.is_not(None), CouponRow.uses > CouponRow.max_uses)
    wrong = select(CouponRow.public_id).where(or_(CouponRow.uses != uses, over))
    return _breach("ordering: coupons are used as often as they may", list(db.scalars(wrong)))


def charges_agree(db: Session) -> list[Breach]:
    """Return orders for which something else is charged than they cost."""
    charge = payments.CHARGE
    key = "order:" + OrderRow.public_id
    charged = (
        select(func.coalesce(func.sum(charge.amount_minor - charge.credited_minor), 0))
        .where(
            charge.shop == catalogue.SHOP.code,
            or_(charge.key == key, charge.key.between(key + ":", key + ":~")),
        )
        .correlate(OrderRow, catalogue.SHOP)
        .scalar_subquery()
    )
    wrong = (
        select(OrderRow.public_id)
        .join(catalogue.SHOP, catalogue.SHOP.id == OrderRow.shop_id)
        .where(OrderRow.number.is_not(None), order_total() != charged)
    )
    return _breach("ordering: an order is charged what it costs", list(db.scalars(wrong)))


def taxes_agree(db: Session) -> list[Breach]:
    """Return orders for which another tax is charged than is in what they cost."""
    charge, part = payments.CHARGE, payments.parts_of_charges("tax-payable")
    posted = (
        select(charge.shop, charge.source, func.sum(part.c.amount_minor))
        .join(part, part.c.charge_id == charge.id)
        .where(charge.source.like("order:%"))
        .group_by(charge.shop, charge.source)
    )
    charged = {(shop, source): int(tax) for shop, source, tax in db.execute(posted)}
    owed = (
        select(catalogue.SHOP.code, OrderRow.public_id, order_tax())
        .join(catalogue.SHOP, catalogue.SHOP.id == OrderRow.shop_id)
        .where(OrderRow.number.is_not(None))
    )
    wrong = [
        order
        for shop, order, tax in db.execute(owed)
        if charged.get((shop, f"order:{order}"), 0) != tax
    ]
    return _breach("ordering: the tax in an order is charged as tax", wrong)


def numbers_without_gaps(db: Session) -> list[Breach]:
    """Return shops whose series have given more numbers, or fewer, than there are papers."""
    wrong = []
    for kind, row in (("order", OrderRow), ("return", ReturnRow)):
        given = select(SeriesRow.shop_id, func.sum(SeriesRow.next - 1)).where(
            SeriesRow.kind == kind
        )
        there = select(row.shop_id, func.count()).where(row.number.is_not(None))
        series = {shop: int(n) for shop, n in db.execute(given.group_by(SeriesRow.shop_id))}
        papers = dict(db.execute(there.group_by(row.shop_id)).all())
        shops = sorted(series.keys() | papers.keys())
        wrong += [shop for shop in shops if series.get(shop, 0) != papers.get(shop, 0)]
    return _breach("ordering: no number is left out", wrong)


ALL = (
    placed_once,
    lines_add_up,
    discounts_split,
    counters_replay,
    coupons_replay,
    charges_agree,
    taxes_agree,
    numbers_without_gaps,
)


def _adds_up(line: LineRow, *, included: bool) -> bool:
    due = (line.qty if line.settled_qty is None else line.settled_qty) - line.cancelled_qty
    gross = rules.price_of(line.amount_minor, line.per_qty, due)
    tax = rules.tax_of(line.net_minor, line.tax_ppm, included=included)
    return (line.gross_minor, line.tax_minor, line.net_minor) == (
        gross,
        tax,
        gross - line.discount_minor,
    )


def _sum(amount: SQLColumnExpression[int], *joined: ColumnElement[bool]) -> ColumnElement[int]:
    total = select(func.coalesce(func.sum(amount), 0)).where(*joined)
    return total.correlate(LineRow).scalar_subquery()


def _breach(rule: str, rows: Sequence[object]) -> list[Breach]:
    return [Breach(rule, tuple(map(str, rows)))] if rows else []
