"""What is handed over of an order, what comes back, and every step of both.

Suits the release before it: it only makes new tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_12_05_ordering_handing"
down_revision = "2026_12_05_ordering"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
# Name, table, columns, whether unique, which rows.
INDEXES = (
    ("ix_ordering_fulfilment_order_id", "ordering_fulfilment", ["order_id"], False, ""),
    ("ix_ordering_fulfilment_line_line_id", "ordering_fulfilment_line", ["line_id"], False, ""),
    ("ix_ordering_return_order_id", "ordering_return", ["order_id"], False, ""),
    ("ix_ordering_return_line_line_id", "ordering_return_line", ["line_id"], False, ""),
    ("ix_ordering_change_entity", "ordering_change", ["entity", "entity_id", "id"], False, ""),
    ("ix_ordering_change_order_id", "ordering_change", ["order_id"], False, ""),
)
TABLES = (
    "ordering_fulfilment",
    "ordering_fulfilment_line",
    "ordering_return",
    "ordering_return_line",
    "ordering_change",
)


def upgrade() -> None:
    """Make the tables."""
    _fulfilment()
    _fulfilment_line()
    _return()
    _return_line()
    _change()
    for name, table, columns, unique, rows in INDEXES:
        chosen = sa.text(rows) if rows else None
        op.create_index(
            name, table, columns, unique=unique, sqlite_where=chosen, postgresql_where=chosen
        )


def downgrade() -> None:
    """Take everything away again."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _recorded(table: str) -> tuple[sa.Column[Any] | sa.UniqueConstraint, ...]:
    return (
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    )


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _checks(table: str, **rules: str) -> list[sa.CheckConstraint]:
    named = rules.items()
    return [sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in named]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _fulfilment() -> None:
    op.create_table(
        "ordering_fulfilment",
        *_recorded("ordering_fulfilment"),
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=True),
        sa.Column("window_from", MOMENT, nullable=True),
        sa.Column("window_to", MOMENT, nullable=True),
        sa.Column("booking", sa.String(), nullable=False),
        sa.Column("handed_to", sa.String(), nullable=False),
        sa.Column("handed_at", MOMENT, nullable=True),
        *_checks(
            "ordering_fulfilment",
            handed="(handed_at IS NULL) = (state <> 'done')",
            kind="kind IN ('deliver', 'pickup', 'table', 'ship')",
            state=(
                "state IN ('cancelled', 'done', 'failed', 'out', 'pending', 'preparing',"
                " 'ready', 'returned', 'returning')"
            ),
        ),
        _refers("ordering_fulfilment", "order_id", "ordering_order"),
        _key("ordering_fulfilment"),
    )


def _fulfilment_line() -> None:
    op.create_table(
        "ordering_fulfilment_line",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("fulfilment_id", WHOLE, nullable=False),
        sa.Column("line_id", WHOLE, nullable=False),
        sa.Column("qty", WHOLE, nullable=False),
        *_checks(
            "ordering_fulfilment_line",
            qty="qty >= 0",
        ),
        _refers("ordering_fulfilment_line", "fulfilment_id", "ordering_fulfilment"),
        _refers("ordering_fulfilment_line", "line_id", "ordering_line"),
        _key("ordering_fulfilment_line"),
        sa.UniqueConstraint(
            "fulfilment_id",
            "line_id",
            name=op.f("uq_ordering_fulfilment_line_fulfilment_id_line_id"),
        ),
    )


def _return() -> None:
    op.create_table(
        "ordering_return",
        *_recorded("ordering_return"),
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("refund_minor", WHOLE, nullable=True),
        *_checks(
            "ordering_return",
            refund="(state = 'refunded') = (refund_minor IS NOT NULL)",
            state=(
                "state IN ('approved', 'in-transit', 'received', 'refunded', 'refused',"
                " 'requested')"
            ),
        ),
        _refers("ordering_return", "order_id", "ordering_order"),
        _refers("ordering_return", "shop_id", "catalogue_shop"),
        _key("ordering_return"),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_ordering_return_shop_id_number")),
    )


def _return_line() -> None:
    op.create_table(
        "ordering_return_line",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("return_id", WHOLE, nullable=False),
        sa.Column("line_id", WHOLE, nullable=False),
        sa.Column("qty", WHOLE, nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("restock", sa.Boolean(), nullable=False),
        *_checks(
            "ordering_return_line",
            condition="condition IN ('', 'good', 'damaged')",
            qty="qty > 0",
        ),
        _refers("ordering_return_line", "line_id", "ordering_line"),
        _refers("ordering_return_line", "return_id", "ordering_return"),
        _key("ordering_return_line"),
        sa.UniqueConstraint(
            "return_id", "line_id", name=op.f("uq_ordering_return_line_return_id_line_id")
        ),
    )


def _change() -> None:
    op.create_table(
        "ordering_change",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", WHOLE, nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("by", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        *_checks(
            "ordering_change",
            entity="entity IN ('order', 'fulfilment', 'return')",
        ),
        _refers("ordering_change", "order_id", "ordering_order"),
        _key("ordering_change"),
    )
