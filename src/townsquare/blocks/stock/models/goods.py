"""Places, lots, moves that only grow, levels and holds.

Triggers of the migration move the levels: no code of ours writes `on_hand` or `reserved`.
"""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression

from townsquare.blocks.stock.results import Location, Lot, Move
from townsquare.blocks.stock.rules import HOLD_STATES, KINDS, REASONS
from townsquare.core.db import Model, Recorded, same_wish
from townsquare.core.ids import new_id


class LocationRow(Recorded, Model):
    """A place of a shop; only physical and transit places have a bottom to their shelves."""

    __tablename__ = "stock_location"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("stock_location.id"))
    aisle_order: Mapped[int] = mapped_column(default=0)
    sellable: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        CheckConstraint("kind IN " + str(KINDS), name="kind"),
        CheckConstraint("NOT sellable OR kind = 'physical'", name="sellable"),
        CheckConstraint("parent_id <> id", name="self"),
    )

    def told(self) -> Location:
        """Return what other blocks get to know of this place."""
        return Location(
            self.id,
            self.public_id,
            self.shop_id,
            self.code,
            self.name,
            self.kind,
            self.parent_id,
            self.aisle_order,
            self.sellable,
        )


class LotRow(Recorded, Model):
    """Goods of one variant that came together: one date, one cost, one fate."""

    __tablename__ = "stock_lot"

    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    part: Mapped[int] = mapped_column(default=1)
    hidden: Mapped[bool] = mapped_column(default=False)  # The code is ours; nobody is shown it.
    serial: Mapped[bool] = mapped_column(default=False)
    expires_on: Mapped[date | None]
    best_before: Mapped[date | None]
    sellable_until: Mapped[datetime | None]
    alert_on: Mapped[date | None]
    removal_days: Mapped[int] = mapped_column(default=0)
    blocked_at: Mapped[datetime | None]
    blocked_reason: Mapped[str] = mapped_column(default="")
    supplier_id: Mapped[int | None]
    received_at: Mapped[datetime]
    received_qty: Mapped[int]
    total_cost_minor: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("received_qty > 0", name="qty"),
        CheckConstraint("total_cost_minor >= 0", name="cost"),
        CheckConstraint("removal_days >= 0", name="removal"),
        CheckConstraint("(blocked_at IS NULL) = (blocked_reason = '')", name="blocked"),
        CheckConstraint("NOT serial OR (received_qty = 1 AND part = 1)", name="serial"),
        UniqueConstraint("id", "variant_id"),  # What moves and levels refer to.
        Index("ix_stock_lot_variant_id", "variant_id"),
    )

    def told(self) -> Lot:
        """Return what other blocks get to know of this lot."""
        return Lot(
            self.id,
            self.public_id,
            self.variant_id,
            self.code,
            self.part,
            self.hidden,
            self.expires_on,
            self.best_before,
            self.sellable_until,
            self.alert_on,
            self.blocked_at,
            self.blocked_reason,
            self.supplier_id,
            self.received_at,
            self.received_qty,
            self.total_cost_minor,
        )


class MoveRow(Model):
    """Goods that went from one place to another; never changed, only reversed by another move."""

    __tablename__ = "stock_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_id)
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    at: Mapped[datetime]
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    lot_id: Mapped[int]
    from_location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    to_location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    qty: Mapped[int]
    reason: Mapped[str]
    source_kind: Mapped[str]
    source_id: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"))
    key: Mapped[str]
    line: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        ForeignKeyConstraint(["lot_id", "variant_id"], ["stock_lot.id", "stock_lot.variant_id"]),
        CheckConstraint("qty > 0", name="qty"),
        CheckConstraint("from_location_id <> to_location_id", name="places"),
        CheckConstraint("reason IN " + str(REASONS), name="reason"),
        Index("ix_stock_move_lot_id", "lot_id", "id"),
        Index("ix_stock_move_variant_id", "variant_id", "at"),
        Index("ix_stock_move_source", "source_kind", "source_id"),
    )

    def told(self) -> Move:
        """Return what other blocks get to know of this move."""
        return Move(
            self.id,
            self.public_id,
            self.at,
            self.variant_id,
            self.lot_id,
            self.from_location_id,
            self.to_location_id,
            self.qty,
            self.reason,
            self.source_kind,
            self.source_id,
        )


class LevelRow(Model):
    """How much of a lot is in a place, and how much of that is held; only triggers count here."""

    __tablename__ = "stock_level"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int]
    location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    lot_id: Mapped[int]
    bounded: Mapped[bool]
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    max_on_hand: Mapped[int | None]

    __table_args__ = (
        ForeignKeyConstraint(["lot_id", "variant_id"], ["stock_lot.id", "stock_lot.variant_id"]),
        CheckConstraint("NOT bounded OR (0 <= reserved AND reserved <= on_hand)", name="bounds"),
        CheckConstraint("max_on_hand IS NULL OR on_hand <= max_on_hand", name="serial"),
        UniqueConstraint("lot_id", "location_id", name="uq_stock_level_place"),
        Index("ix_stock_level_variant_id", "variant_id", "location_id"),
        Index(
            "ix_stock_level_stocked",
            "variant_id",
            postgresql_where=text("bounded AND on_hand > 0"),
        ).ddl_if(dialect="postgresql"),
        # With the figures, so that a line of a list looks in one place. PostgreSQL would write all
        # indexes of a row anew whenever a figure changes that stands in one of them.
        Index(
            "ix_stock_level_figures",
            *("variant_id", "location_id", "lot_id", "on_hand", "reserved"),
            sqlite_where=text("bounded AND on_hand > 0"),
        ).ddl_if(dialect="sqlite"),
    )


class ReservationRow(Model):
    """A hold of somebody on goods of one lot in one place; once closed it stays closed."""

    __tablename__ = "stock_reservation"

    id: Mapped[int] = mapped_column(primary_key=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("stock_level.id"))
    qty: Mapped[int]
    owner_kind: Mapped[str]
    owner_id: Mapped[str]
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="live")

    __table_args__ = (
        CheckConstraint("qty > 0", name="qty"),
        CheckConstraint("state IN " + str(HOLD_STATES), name="state"),
        Index("ix_stock_reservation_owner", "owner_kind", "owner_id"),
        Index(
            "ix_stock_reservation_live",  # Holds that have run out are found among those that last.
            *("level_id", "expires_at"),
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
    )


ONE_LOCATION = Index(
    "uq_stock_location_code", LocationRow.shop_id, LocationRow.code_key, unique=True
)
# Two who receive the same lot take the same part of it; who comes second takes the next one.
ONE_LOT = same_wish(
    Index("uq_stock_lot_code", LotRow.variant_id, LotRow.code_key, LotRow.part, unique=True)
)
ONE_MOVE = same_wish(
    Index("uq_stock_move_key", MoveRow.shop_id, MoveRow.key, MoveRow.line, unique=True)
)
ONE_REVERSAL = Index("uq_stock_move_reverses", MoveRow.reverses_id, unique=True)
BOUNDS = "ck_stock_level_bounds"
ONE_OF_A_SERIAL = "ck_stock_level_serial"
BLOCKED = "stock_lot_is_blocked"
EXPIRED = "stock_lot_is_expired"
LIVE = ReservationRow.state == literal_column("'live'")  # In the words of the index, as below.
STOCKED = text("stock_level.bounded AND stock_level.on_hand > 0")


def is_sellable(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a lot is neither blocked nor past its time."""
    in_time = or_(LotRow.sellable_until.is_(None), LotRow.sellable_until > now)
    return LotRow.blocked_at.is_(None) & in_time


def lost_to_block() -> ColumnElement[bool]:
    """Return the condition that a hold was released as its lot, that is blocked, was blocked.

    Such a hold ends at that moment. One that its owner gave up before keeps the end it was given;
    the owner has lost nothing by it.
    """
    row = ReservationRow
    released = row.state == literal_column("'released'")
    return and_(released, row.expires_at == LotRow.blocked_at)


def free_amount(now: datetime) -> ColumnElement[int]:
    """Return what is free of a level, counting no hold that has run out."""
    row = ReservationRow
    old = (
        select(func.coalesce(func.sum(row.qty), 0))
        .where(row.level_id == LevelRow.id, LIVE, row.expires_at <= now)
        .correlate(LevelRow)
        .scalar_subquery()
    )
    return LevelRow.on_hand - LevelRow.reserved + old


def available_amount(variant: SQLColumnExpression[int], now: datetime) -> ColumnElement[int]:
    """Return what may be sold of a variant at this moment, as a part of a larger statement."""
    free = (
        # PostgreSQL adds whole numbers up to a decimal, which an answer would tell as text.
        select(cast(func.coalesce(func.sum(free_amount(now)), 0), BigInteger))
        .join(LotRow, LotRow.id == LevelRow.lot_id)
        .join(LocationRow, LocationRow.id == LevelRow.location_id)
        .where(LevelRow.variant_id == variant, STOCKED, LocationRow.sellable, is_sellable(now))
    )
    return free.scalar_subquery()
