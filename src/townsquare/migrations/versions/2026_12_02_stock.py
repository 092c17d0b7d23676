"""Places, lots, moves, levels, holds, and the papers of counting and carrying.

Suits the release before it: it only makes new tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_12_02_stock"
down_revision = "2026_12_01_catalogue"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "stock_location",
    "stock_lot",
    "stock_move",
    "stock_level",
    "stock_reservation",
    "stock_transfer",
    "stock_transfer_line",
    "stock_count",
    "stock_count_line",
    "stock_reorder_rule",
)
REASON = (
    "reason IN ('receipt', 'sale', 'customer_return', 'supplier_return', 'transfer_out',"
    " 'transfer_in', 'production_use', 'production_yield', 'waste_expired',"
    " 'waste_damaged', 'waste_burnt', 'waste_spilt', 'theft', 'sample', 'count_found',"
    " 'count_lost', 'correction', 'undo')"
)
# Name, table, columns.
INDEXES = (
    ("ix_stock_lot_variant_id", "stock_lot", "variant_id"),
    ("ix_stock_move_lot_id", "stock_move", "lot_id", "id"),
    ("ix_stock_move_source", "stock_move", "source_kind", "source_id"),
    ("ix_stock_move_variant_id", "stock_move", "variant_id", "at"),
    ("ix_stock_level_variant_id", "stock_level", "variant_id", "location_id"),
    ("ix_stock_reservation_owner", "stock_reservation", "owner_kind", "owner_id"),
    ("ix_stock_transfer_shop_id", "stock_transfer", "shop_id"),
    ("ix_stock_transfer_line_transfer_id", "stock_transfer_line", "transfer_id"),
    ("ix_stock_count_location_id", "stock_count", "location_id", "closed_at"),
    ("ix_stock_count_shop_id", "stock_count", "shop_id"),
    ("ix_stock_count_line_count_id", "stock_count_line", "count_id"),
)
UNIQUE = (
    ("uq_stock_location_code", "stock_location", "shop_id", "code_key"),
    ("uq_stock_lot_code", "stock_lot", "variant_id", "code_key", "part"),
    ("uq_stock_move_key", "stock_move", "shop_id", "key", "line"),
    ("uq_stock_move_reverses", "stock_move", "reverses_id"),
    ("uq_stock_transfer_key", "stock_transfer", "shop_id", "key"),
    ("uq_stock_reorder_rule_place", "stock_reorder_rule", "variant_id", "location_id"),
    ("uq_stock_count_line_lot", "stock_count_line", "count_id", "variant_id", "lot_id"),
)
# Name, table, columns, whether unique, of which rows.
PARTIAL = (
    ("ix_stock_level_stocked", "stock_level", ["variant_id"], False, "bounded AND on_hand > 0"),
    ("ix_stock_reservation_live", "stock_reservation", ["level_id"], False, "state = 'live'"),
    ("uq_stock_count_open", "stock_count", ["location_id"], True, "state = 'open'"),
    (
        "uq_stock_count_line_whole",
        "stock_count_line",
        ["count_id", "variant_id"],
        True,
        "lot_id IS NULL",
    ),
)


def upgrade() -> None:
    """Make the tables and their indexes."""
    _location()
    _lot()
    _move()
    _level()
    _reservation()
    _transfer()
    _transfer_line()
    _count()
    _count_line()
    _reorder_rule()
    for unique, indexes in ((False, INDEXES), (True, UNIQUE)):
        for name, table, *columns in indexes:
            op.create_index(name, table, columns, unique=unique)
    for name, table, columns, unique, rows in PARTIAL:
        of = sa.text(rows)
        op.create_index(name, table, columns, unique=unique, sqlite_where=of, postgresql_where=of)


def downgrade() -> None:
    """Take everything away again."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _recorded() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _location() -> None:
    op.create_table(
        "stock_location",
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("code_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", WHOLE, nullable=True),
        sa.Column("aisle_order", WHOLE, nullable=False),
        sa.Column("sellable", sa.Boolean(), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "NOT sellable OR kind = 'physical'", name=op.f("ck_stock_location_sellable")
        ),
        sa.CheckConstraint(
            "kind IN ('physical', 'transit', 'supplier', 'customer', 'loss', 'production')",
            name=op.f("ck_stock_location_kind"),
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_stock_location_self")),
        _refers("stock_location", "parent_id", "stock_location"),
        _refers("stock_location", "shop_id", "catalogue_shop"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_location")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stock_location_public_id")),
    )


def _lot() -> None:
    op.create_table(
        "stock_lot",
        sa.Column("variant_id", WHOLE, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("code_key", sa.String(), nullable=False),
        sa.Column("part", WHOLE, nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("serial", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("best_before", sa.Date(), nullable=True),
        sa.Column("sellable_until", MOMENT, nullable=True),
        sa.Column("alert_on", sa.Date(), nullable=True),
        sa.Column("removal_days", WHOLE, nullable=False),
        sa.Column("blocked_at", MOMENT, nullable=True),
        sa.Column("blocked_reason", sa.String(), nullable=False),
        sa.Column("supplier_id", WHOLE, nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("received_qty", WHOLE, nullable=False),
        sa.Column("total_cost_minor", WHOLE, nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "(blocked_at IS NULL) = (blocked_reason = '')", name=op.f("ck_stock_lot_blocked")
        ),
        sa.CheckConstraint(
            "NOT serial OR (received_qty = 1 AND part = 1)", name=op.f("ck_stock_lot_serial")
        ),
        sa.CheckConstraint("received_qty > 0", name=op.f("ck_stock_lot_qty")),
        sa.CheckConstraint("removal_days >= 0", name=op.f("ck_stock_lot_removal")),
        sa.CheckConstraint("total_cost_minor >= 0", name=op.f("ck_stock_lot_cost")),
        _refers("stock_lot", "variant_id", "catalogue_variant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_lot")),
        sa.UniqueConstraint("id", "variant_id", name=op.f("uq_stock_lot_id_variant_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stock_lot_public_id")),
    )


def _move() -> None:
    op.create_table(
        "stock_move",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("variant_id", WHOLE, nullable=False),
        sa.Column("lot_id", WHOLE, nullable=False),
        sa.Column("from_location_id", WHOLE, nullable=False),
        sa.Column("to_location_id", WHOLE, nullable=False),
        sa.Column("qty", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("reverses_id", WHOLE, nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("line", WHOLE, nullable=False),
        sa.CheckConstraint(
            REASON,
            name=op.f("ck_stock_move_reason"),
        ),
        sa.CheckConstraint("from_location_id <> to_location_id", name=op.f("ck_stock_move_places")),
        sa.CheckConstraint("qty > 0", name=op.f("ck_stock_move_qty")),
        _refers("stock_move", "from_location_id", "stock_location"),
        sa.ForeignKeyConstraint(
            ["lot_id", "variant_id"],
            ["stock_lot.id", "stock_lot.variant_id"],
            name=op.f("fk_stock_move_lot_id_variant_id_stock_lot"),
        ),
        _refers("stock_move", "reverses_id", "stock_move"),
        _refers("stock_move", "shop_id", "catalogue_shop"),
        _refers("stock_move", "to_location_id", "stock_location"),
        _refers("stock_move", "variant_id", "catalogue_variant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_move")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stock_move_public_id")),
    )


def _level() -> None:
    op.create_table(
        "stock_level",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("variant_id", WHOLE, nullable=False),
        sa.Column("location_id", WHOLE, nullable=False),
        sa.Column("lot_id", WHOLE, nullable=False),
        sa.Column("bounded", sa.Boolean(), nullable=False),
        sa.Column("on_hand", WHOLE, nullable=False),
        sa.Column("reserved", WHOLE, nullable=False),
        sa.Column("max_on_hand", WHOLE, nullable=True),
        sa.CheckConstraint(
            "NOT bounded OR (0 <= reserved AND reserved <= on_hand)",
            name=op.f("ck_stock_level_bounds"),
        ),
        sa.CheckConstraint(
            "max_on_hand IS NULL OR on_hand <= max_on_hand", name=op.f("ck_stock_level_serial")
        ),
        _refers("stock_level", "location_id", "stock_location"),
        sa.ForeignKeyConstraint(
            ["lot_id", "variant_id"],
            ["stock_lot.id", "stock_lot.variant_id"],
            name=op.f("fk_stock_level_lot_id_variant_id_stock_lot"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_level")),
        sa.UniqueConstraint("lot_id", "location_id", name="uq_stock_level_place"),
    )


def _reservation() -> None:
    op.create_table(
        "stock_reservation",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("level_id", WHOLE, nullable=False),
        sa.Column("qty", WHOLE, nullable=False),
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('live', 'expired', 'released', 'consumed')",
            name=op.f("ck_stock_reservation_state"),
        ),
        sa.CheckConstraint("qty > 0", name=op.f("ck_stock_reservation_qty")),
        _refers("stock_reservation", "level_id", "stock_level"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reservation")),
    )


def _transfer() -> None:
    op.create_table(
        "stock_transfer",
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("from_location_id", WHOLE, nullable=False),
        sa.Column("to_location_id", WHOLE, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        *_recorded(),
        sa.CheckConstraint("state IN ('sent', 'arrived')", name=op.f("ck_stock_transfer_state")),
        sa.CheckConstraint(
            "from_location_id <> to_location_id", name=op.f("ck_stock_transfer_places")
        ),
        _refers("stock_transfer", "from_location_id", "stock_location"),
        _refers("stock_transfer", "shop_id", "catalogue_shop"),
        _refers("stock_transfer", "to_location_id", "stock_location"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stock_transfer_public_id")),
    )


def _transfer_line() -> None:
    op.create_table(
        "stock_transfer_line",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("transfer_id", WHOLE, nullable=False),
        sa.Column("variant_id", WHOLE, nullable=False),
        sa.Column("lot_id", WHOLE, nullable=False),
        sa.Column("sent_qty", WHOLE, nullable=False),
        sa.Column("arrived_qty", WHOLE, nullable=True),
        sa.Column("discrepancy_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "arrived_qty IS NULL OR arrived_qty = sent_qty OR discrepancy_reason <> ''",
            name=op.f("ck_stock_transfer_line_discrepancy"),
        ),
        sa.CheckConstraint("arrived_qty >= 0", name=op.f("ck_stock_transfer_line_arrived")),
        sa.CheckConstraint("sent_qty > 0", name=op.f("ck_stock_transfer_line_sent")),
        _refers("stock_transfer_line", "lot_id", "stock_lot"),
        _refers("stock_transfer_line", "transfer_id", "stock_transfer"),
        _refers("stock_transfer_line", "variant_id", "catalogue_variant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer_line")),
    )


def _count() -> None:
    op.create_table(
        "stock_count",
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("location_id", WHOLE, nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        *_recorded(),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'rejected')", name=op.f("ck_stock_count_state")
        ),
        _refers("stock_count", "location_id", "stock_location"),
        _refers("stock_count", "shop_id", "catalogue_shop"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stock_count_public_id")),
    )


def _count_line() -> None:
    op.create_table(
        "stock_count_line",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("count_id", WHOLE, nullable=False),
        sa.Column("variant_id", WHOLE, nullable=False),
        sa.Column("lot_id", WHOLE, nullable=True),
        sa.Column("expected", WHOLE, nullable=False),
        sa.Column("counted", WHOLE, nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.Column("counted_by", WHOLE, nullable=False),
        sa.Column("approved_by", WHOLE, nullable=True),
        sa.CheckConstraint("approved_by <> counted_by", name=op.f("ck_stock_count_line_approver")),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stock_count_line_counted")),
        _refers("stock_count_line", "count_id", "stock_count"),
        _refers("stock_count_line", "lot_id", "stock_lot"),
        _refers("stock_count_line", "variant_id", "catalogue_variant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count_line")),
    )


def _reorder_rule() -> None:
    op.create_table(
        "stock_reorder_rule",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("variant_id", WHOLE, nullable=False),
        sa.Column("location_id", WHOLE, nullable=False),
        sa.Column("min_qty", WHOLE, nullable=False),
        sa.Column("max_qty", WHOLE, nullable=False),
        sa.Column("review_days", WHOLE, nullable=False),
        sa.Column("safety_days", WHOLE, nullable=False),
        sa.CheckConstraint(
            "0 <= min_qty AND min_qty <= max_qty", name=op.f("ck_stock_reorder_rule_range")
        ),
        sa.CheckConstraint(
            "review_days > 0 AND safety_days >= 0", name=op.f("ck_stock_reorder_rule_days")
        ),
        _refers("stock_reorder_rule", "location_id", "stock_location"),
        _refers("stock_reorder_rule", "variant_id", "catalogue_variant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reorder_rule")),
    )
