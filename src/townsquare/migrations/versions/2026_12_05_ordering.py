"""Carts and orders with their lines, coupons; what is handed over comes next.

Suits the release before it: it only makes new tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_12_05_ordering"
down_revision = "2026_12_04_payments_guards"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
# Name, table, columns, whether unique, which rows.
INDEXES = (
    ("uq_ordering_coupon_code", "ordering_coupon", ["shop_id", "code_key"], True, ""),
    ("ix_ordering_order_coupon_id", "ordering_order", ["coupon_id"], False, ""),
    ("ix_ordering_order_party", "ordering_order", ["party", "shop_id", "id"], False, ""),
    ("ix_ordering_order_shop", "ordering_order", ["shop_id", "state", "id"], False, ""),
    (
        "uq_ordering_cart",
        "ordering_order",
        ["shop_id", "party", "guest_token"],
        True,
        "state IN ('draft', 'quoted') AND (party != '' OR guest_token != '')",
    ),
    ("uq_ordering_number", "ordering_order", ["shop_id", "number"], True, ""),
    ("ix_ordering_line_order_id", "ordering_line", ["order_id"], False, ""),
    ("ix_ordering_line_variant_id", "ordering_line", ["variant_id"], False, ""),
    (
        "uq_ordering_line_variant",
        "ordering_line",
        ["order_id", "variant_id"],
        True,
        "replaces_id IS NULL",
    ),
    ("ix_ordering_adjustment_order_id", "ordering_adjustment", ["order_id"], False, ""),
    ("ix_ordering_coupon_use_order_id", "ordering_coupon_use", ["order_id"], False, ""),
    ("uq_ordering_coupon_turn", "ordering_coupon_use", ["coupon_id", "party", "use_no"], True, ""),
)
TABLES = (
    "ordering_coupon",
    "ordering_order",
    "ordering_line",
    "ordering_adjustment",
    "ordering_coupon_use",
    "ordering_series",
)


def upgrade() -> None:
    """Make the tables."""
    _coupon()
    _order()
    _line()
    _adjustment()
    _coupon_use()
    _series()
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


def _coupon() -> None:
    op.create_table(
        "ordering_coupon",
        *_recorded("ordering_coupon"),
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("code_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", WHOLE, nullable=False),
        sa.Column("least_minor", WHOLE, nullable=False),
        sa.Column("max_uses", WHOLE, nullable=True),
        sa.Column("per_party", WHOLE, nullable=True),
        sa.Column("uses", WHOLE, nullable=False),
        sa.Column("valid_from", MOMENT, nullable=True),
        sa.Column("valid_to", MOMENT, nullable=True),
        *_checks(
            "ordering_coupon",
            kind="kind IN ('percent', 'amount', 'free_delivery')",
            value="value >= 0 AND (kind <> 'percent' OR value <= 1000000)",
            uses="uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)",
        ),
        _refers("ordering_coupon", "shop_id", "catalogue_shop"),
        _key("ordering_coupon"),
    )


def _order() -> None:
    op.create_table(
        "ordering_order",
        *_recorded("ordering_order"),
        *_order_columns(),
        *_checks(
            "ordering_order",
            numbered="(number IS NULL) = (state IN ('draft', 'quoted', 'abandoned'))",
            state=(
                "state IN ('abandoned', 'cancelled', 'completed', 'confirmed', 'draft',"
                " 'placed', 'quoted', 'rejected')"
            ),
            tier="tier IN ('none', 'silver', 'gold')",
            placed="(number IS NULL) = (placed_at IS NULL)",
            note="length(note) <= 500",
        ),
        _refers("ordering_order", "coupon_id", "ordering_coupon"),
        _refers("ordering_order", "shop_id", "catalogue_shop"),
        _key("ordering_order"),
    )


def _order_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("service_type", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("guest_token", sa.String(), nullable=False),
        sa.Column("guest_name", sa.String(), nullable=False),
        sa.Column("guest_phone", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("coupon_id", WHOLE, nullable=True),
        sa.Column("wish_from", MOMENT, nullable=True),
        sa.Column("wish_to", MOMENT, nullable=True),
        sa.Column("promised_from", MOMENT, nullable=True),
        sa.Column("promised_to", MOMENT, nullable=True),
        sa.Column("booking", sa.String(), nullable=False),
        sa.Column("touched_at", MOMENT, nullable=True),
        sa.Column("held_from", MOMENT, nullable=True),
        sa.Column("quote_expires_at", MOMENT, nullable=True),
        sa.Column("quoted_minor", WHOLE, nullable=True),
        sa.Column("placed_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
    )


def _line() -> None:
    op.create_table(
        "ordering_line",
        *_recorded("ordering_line"),
        *_line_columns(),
        *_checks(
            "ordering_line",
            substitution="substitution IN ('none', 'similar', 'ask', 'chosen')",
            price="amount_minor >= 0 AND per_qty > 0",
            net=(
                "discount_minor >= 0 AND net_minor >= 0 AND tax_minor >= 0"
                " AND net_minor = gross_minor - discount_minor"
            ),
            fulfilled="fulfilled_qty BETWEEN 0 AND planned_qty",
            note="length(note) <= 500",
            agreed="net_minor <= agreed_minor",
            planned=(
                "planned_qty >= 0 AND cancelled_qty >= 0"
                " AND planned_qty + cancelled_qty <= qty + over_qty"
            ),
            qty="qty > 0 AND over_qty >= 0",
            returned="returned_qty BETWEEN 0 AND fulfilled_qty",
            settled="settled_qty BETWEEN 0 AND qty + over_qty",
        ),
        _refers("ordering_line", "order_id", "ordering_order"),
        _refers("ordering_line", "price_id", "catalogue_price"),
        _refers("ordering_line", "replaces_id", "ordering_line"),
        _refers("ordering_line", "variant_id", "catalogue_variant"),
        _key("ordering_line"),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_ordering_line_replaces_id")),
    )


def _line_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("variant_id", WHOLE, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sold_by", sa.String(), nullable=False),
        sa.Column("tracked", sa.Boolean(), nullable=False),
        sa.Column("qty", WHOLE, nullable=False),
        sa.Column("over_qty", WHOLE, nullable=False),
        sa.Column("settled_qty", WHOLE, nullable=True),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("per_qty", WHOLE, nullable=False),
        sa.Column("price_id", WHOLE, nullable=True),
        sa.Column("tax_ppm", WHOLE, nullable=False),
        sa.Column("gross_minor", WHOLE, nullable=False),
        sa.Column("discount_minor", WHOLE, nullable=False),
        sa.Column("net_minor", WHOLE, nullable=False),
        sa.Column("tax_minor", WHOLE, nullable=False),
        sa.Column("agreed_minor", WHOLE, nullable=False),
        sa.Column("backordered_qty", WHOLE, nullable=False),
        sa.Column("planned_qty", WHOLE, nullable=False),
        sa.Column("fulfilled_qty", WHOLE, nullable=False),
        sa.Column("cancelled_qty", WHOLE, nullable=False),
        sa.Column("returned_qty", WHOLE, nullable=False),
        sa.Column("substitution", sa.String(), nullable=False),
        sa.Column("replaces_id", WHOLE, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
    )


def _adjustment() -> None:
    op.create_table(
        "ordering_adjustment",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("tax_minor", WHOLE, nullable=False),
        sa.Column("tax_ppm", WHOLE, nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        *_checks(
            "ordering_adjustment",
            sign="amount_minor = 0 OR (kind = 'fee') = (amount_minor > 0)",
            kind="kind IN ('fee', 'discount', 'credit')",
        ),
        _refers("ordering_adjustment", "order_id", "ordering_order"),
        _key("ordering_adjustment"),
    )


def _coupon_use() -> None:
    op.create_table(
        "ordering_coupon_use",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("coupon_id", WHOLE, nullable=False),
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("use_no", WHOLE, nullable=False),
        *_checks(
            "ordering_coupon_use",
            use_no="use_no > 0",
        ),
        _refers("ordering_coupon_use", "coupon_id", "ordering_coupon"),
        _refers("ordering_coupon_use", "order_id", "ordering_order"),
        _key("ordering_coupon_use"),
        sa.UniqueConstraint(
            "coupon_id", "order_id", name=op.f("uq_ordering_coupon_use_coupon_id_order_id")
        ),
    )


def _series() -> None:
    op.create_table(
        "ordering_series",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("shop_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", WHOLE, nullable=False),
        sa.Column("next", WHOLE, nullable=False),
        _refers("ordering_series", "shop_id", "catalogue_shop"),
        _key("ordering_series"),
        sa.UniqueConstraint(
            "shop_id", "kind", "year", name=op.f("uq_ordering_series_shop_id_kind_year")
        ),
    )
