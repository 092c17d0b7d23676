"""What lots are worth, as far as the ledger was told; what was told is never changed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.purchasing.results import LotValue
from townsquare.blocks.purchasing.rules import SPREADS
from townsquare.core.db import Model, same_wish


class LotValueRow(Model):
    """What is in stock of a lot as far as moves were valued, and what the ledger says of it."""

    __tablename__ = "purchasing_lot_value"

    lot_id: Mapped[int] = mapped_column(
        ForeignKey("stock_lot.id"), primary_key=True, autoincrement=False
    )
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"), index=True)
    qty: Mapped[int] = mapped_column(default=0)
    value_minor: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("qty >= 0 AND value_minor >= 0", name="left"),)

    def told(self) -> LotValue:
        """Return what people get to know of the value of this lot."""
        return LotValue(self.lot_id, self.qty, self.value_minor)


class MoveValueRow(Model):
    """A move that was told to the ledger, once: what it changed, and by how much."""

    __tablename__ = "purchasing_move_value"

    move_id: Mapped[int] = mapped_column(
        ForeignKey("stock_move.id"), primary_key=True, autoincrement=False
    )
    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"), index=True)
    qty: Mapped[int]
    amount_minor: Mapped[int]


class WaitingMoveRow(Model):
    """A move that the ledger was not told yet; a trigger adds it, and its value takes it off."""

    __tablename__ = "purchasing_waiting_move"

    move_id: Mapped[int] = mapped_column(
        ForeignKey("stock_move.id"), primary_key=True, autoincrement=False
    )
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"), index=True)

    __table_args__ = (Index("ix_purchasing_waiting_move_shop_id", "shop_id", "move_id"),)


class LandedCostRow(Model):
    """A part of freight that was added to the cost of a lot, and what of it is in stock."""

    __tablename__ = "purchasing_landed_cost"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    key: Mapped[str]
    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"), index=True)
    spread: Mapped[str]
    amount_minor: Mapped[int]
    in_stock_minor: Mapped[int]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("spread IN " + str(SPREADS), name="spread"),
        CheckConstraint("amount_minor >= 0", name="amount"),
    )


ONE_COST = same_wish(
    Index(
        "uq_purchasing_landed_cost_key",
        LandedCostRow.shop_id,
        LandedCostRow.key,
        LandedCostRow.lot_id,
        unique=True,
    )
)
