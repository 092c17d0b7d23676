"""What must hold of purchases and of the value of stock, recomputed from their rows."""

from collections.abc import Sequence

from sqlalchemy import column, func, select, table
from sqlalchemy.orm import Session

from townsquare.blocks import catalogue, stock
from townsquare.blocks.purchasing.models import (
    InvoiceLineRow,
    InvoiceRow,
    LandedCostRow,
    LineRow,
    LotValueRow,
    MoveValueRow,
    ReceiptLineRow,
    WaitingMoveRow,
)
from townsquare.blocks.purchasing.rules import INVENTORY
from townsquare.core.breach import Breach

# The block of payments keeps them to itself; the balance is asked as anybody would read it.
ACCOUNTS = table("payments_account", column("id"), column("shop"), column("code"))
BALANCES = table("payments_balance", column("account_id"), column("amount_minor"))


def lines_replay(db: Session) -> list[Breach]:
    """Return lines whose counters are not the sums of what arrived and what was matched."""
    arrived = (
        select(func.coalesce(func.sum(ReceiptLineRow.qty), 0))
        .where(ReceiptLineRow.line_id == LineRow.id)
        .scalar_subquery()
    )
    billed = (
        select(func.coalesce(func.sum(InvoiceLineRow.qty), 0))
        .join(InvoiceRow, InvoiceRow.id == InvoiceLineRow.invoice_id)
        .where(InvoiceLineRow.line_id == LineRow.id, InvoiceRow.state != "disputed")
        .scalar_subquery()
    )
    wrong = select(LineRow.id).where((LineRow.received != arrived) | (LineRow.invoiced != billed))
    return _breach("purchasing: lines replay", db.scalars(wrong).all())


def lots_add_up(db: Session) -> list[Breach]:
    """Return lots whose value is not V(q) of what is left, or not the sum of what was posted."""
    lot, value = stock.LOT, LotValueRow
    # Half away from zero, in whole numbers: nothing here is negative.
    worth = (2 * lot.total_cost_minor * value.qty + lot.received_qty) // (2 * lot.received_qty)
    off = select(value.lot_id).join(lot, lot.id == value.lot_id).where(value.value_minor != worth)
    return _breach("purchasing: lots are worth what is left", db.scalars(off).all())


def values_replay(db: Session) -> list[Breach]:
    """Return lots whose quantity and value are not the sums of their moves and of freight."""
    value, move, landed = LotValueRow, MoveValueRow, LandedCostRow
    moved = select(func.coalesce(func.sum(move.qty), 0)).where(move.lot_id == value.lot_id)
    posted = select(func.coalesce(func.sum(move.amount_minor), 0))
    posted = posted.where(move.lot_id == value.lot_id)
    added = select(func.coalesce(func.sum(landed.in_stock_minor), 0))
    added = added.where(landed.lot_id == value.lot_id)
    wrong = select(value.lot_id).where(
        (value.qty != moved.scalar_subquery())
        | (value.value_minor != posted.scalar_subquery() + added.scalar_subquery())
    )
    return _breach("purchasing: values replay", db.scalars(wrong).all())


def moves_wait_or_count(db: Session) -> list[Breach]:
    """Return moves that neither have a value nor wait for one, and those that do both."""
    move, value, waits = stock.MOVE, MoveValueRow, WaitingMoveRow
    chosen = (
        select(move.id)
        .outerjoin(value, value.move_id == move.id)
        .outerjoin(waits, waits.move_id == move.id)
        .where(value.move_id.is_(None) == waits.move_id.is_(None))
    )
    return _breach("purchasing: moves wait or have a value", db.scalars(chosen).all())


def inventory_agrees(db: Session) -> list[Breach]:
    """Return shops whose account of inventory is not the value of what is left of their lots."""
    shop = catalogue.SHOP
    worth = select(func.coalesce(func.sum(LotValueRow.value_minor), 0))
    worth = worth.where(LotValueRow.shop_id == shop.id)
    held = (
        select(func.coalesce(func.sum(BALANCES.c.amount_minor), 0))
        .join(ACCOUNTS, ACCOUNTS.c.id == BALANCES.c.account_id)
        .where(ACCOUNTS.c.shop == shop.code, ACCOUNTS.c.code == INVENTORY)
    )
    wrong = select(shop.code).where(worth.scalar_subquery() != held.scalar_subquery())
    return _breach("purchasing: inventory is what lots are worth", db.scalars(wrong).all())


ALL = (lines_replay, lots_add_up, values_replay, moves_wait_or_count, inventory_agrees)


def _breach(rule: str, rows: Sequence[object]) -> list[Breach]:
    return [Breach(rule, tuple(map(str, rows)))] if rows else []
