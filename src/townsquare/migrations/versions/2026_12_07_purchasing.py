"""Suppliers, purchases from wish to paid invoice, and what stock is worth in the ledger.

Suits the release before it: it only makes new tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_12_07_purchasing"
down_revision = "2026_12_06_delivery"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SUPPLIER, ORDER, INVOICE = "purchasing_supplier", "purchasing_order", "purchasing_invoice"
TABLES = (
    *("purchasing_supplier", "purchasing_request", "purchasing_series"),
    *("purchasing_supplier_item", "purchasing_order", "purchasing_order_line"),
    *("purchasing_receipt", "purchasing_receipt_line", "purchasing_invoice"),
    *("purchasing_invoice_line", "purchasing_lot_value", "purchasing_move_value"),
    "purchasing_landed_cost",
)


def upgrade() -> None:
    """Make the tables."""
    _supplier()
    _request()
    _series()
    _offer()
    _order()
    _line()
    _receipt()
    _receipt_line()
    _invoice()
    _invoice_line()
    _values()
    _indexes()


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


def _wholes(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, WHOLE, nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _keys(
    table: str, *refers: tuple[str, str], primary: str = "id", public: bool = False
) -> list[sa.Constraint]:
    known: list[sa.Constraint] = [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in refers
    ]
    if public:
        name = op.f(f"uq_{table}_public_id")
        known.append(sa.UniqueConstraint("public_id", name=name))
    return [*known, sa.PrimaryKeyConstraint(primary, name=op.f(f"pk_{table}"))]


def _check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _supplier() -> None:
    approved = (
        "state NOT IN ('approved', 'suspended')"
        " OR (approved_by_id IS NOT NULL AND approved_on IS NOT NULL)"
    )
    op.create_table(
        SUPPLIER,
        *_recorded(),
        *_wholes("shop_id", "created_by_id", "lead_days", "min_order_minor"),
        *_texts("number", "number_key", "company", "email", "mobile", "bank_name"),
        *_texts("account_ends", "state"),
        sa.Column("bank_account", sa.LargeBinary(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_by_id", WHOLE, nullable=True),
        _check(SUPPLIER, "state", "state IN ('applied', 'approved', 'suspended', 'refused')"),
        _check(SUPPLIER, "two_people", "approved_by_id <> created_by_id"),
        _check(SUPPLIER, "approved", approved),
        _check(SUPPLIER, "terms", "lead_days >= 0 AND min_order_minor >= 0"),
        *_keys(SUPPLIER, ("shop_id", "catalogue_shop"), public=True),
    )


def _request() -> None:
    table = "purchasing_request"
    op.create_table(
        table,
        *_recorded(),
        *_wholes("shop_id", "variant_id", "qty"),
        *_texts("code", "code_key", "reason", "state"),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        _check(table, "state", "state IN ('open', 'ordered', 'withdrawn')"),
        _check(table, "qty", "qty > 0"),
        *_keys(
            table, ("shop_id", "catalogue_shop"), ("variant_id", "catalogue_variant"), public=True
        ),
    )


def _series() -> None:
    table = "purchasing_series"
    op.create_table(
        table,
        *_wholes("id", "shop_id", "year", "next"),
        *_keys(table, ("shop_id", "catalogue_shop")),
        _unique(table, "shop_id", "year"),
    )


def _offer() -> None:
    table = "purchasing_supplier_item"
    op.create_table(
        table,
        *_wholes("id", "supplier_id", "variant_id", "pack_qty", "price_minor", "min_packs"),
        *_texts("supplier_code"),
        _check(table, "pack", "pack_qty > 0 AND price_minor >= 0 AND min_packs > 0"),
        *_keys(table, ("supplier_id", SUPPLIER), ("variant_id", "catalogue_variant")),
        _unique(table, "supplier_id", "variant_id"),
    )


def _order() -> None:
    states = (
        "state IN ('draft', 'sent', 'confirmed', 'part_received', 'received', 'closed',"
        " 'cancelled')"
    )
    op.create_table(
        ORDER,
        *_recorded(),
        *_wholes("shop_id", "supplier_id"),
        *_texts("number", "state"),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        _check(ORDER, "state", states),
        *_keys(ORDER, ("shop_id", "catalogue_shop"), ("supplier_id", SUPPLIER), public=True),
        _unique(ORDER, "shop_id", "number"),
    )


def _line() -> None:
    table = "purchasing_order_line"
    op.create_table(
        table,
        *_wholes("id", "order_id", "position", "variant_id", "packs", "pack_qty", "price_minor"),
        *_wholes("qty", "excess_qty", "received", "invoiced"),
        sa.Column("request_id", WHOLE, nullable=True),
        _check(table, "qty", "packs > 0 AND pack_qty > 0 AND qty = packs * pack_qty"),
        _check(table, "terms", "price_minor >= 0 AND excess_qty >= 0"),
        _check(table, "received", "received >= 0 AND received <= qty + excess_qty"),
        _check(table, "invoiced", "invoiced >= 0 AND invoiced <= received"),
        *_keys(
            table,
            ("order_id", ORDER),
            ("variant_id", "catalogue_variant"),
            ("request_id", "purchasing_request"),
        ),
        _unique(table, "order_id", "position"),
        _unique(table, "request_id"),
    )


def _receipt() -> None:
    table = "purchasing_receipt"
    op.create_table(
        table,
        *_recorded(),
        *_wholes("order_id", "supplier_id"),
        *_texts("delivery_note", "note_key", "received_by"),
        sa.Column("received_on", sa.Date(), nullable=False),
        *_keys(table, ("order_id", ORDER), ("supplier_id", SUPPLIER), public=True),
    )


def _receipt_line() -> None:
    table = "purchasing_receipt_line"
    op.create_table(
        table,
        *_wholes("id", "receipt_id", "line_id", "lot_id", "qty", "cost_minor"),
        sa.Column("expires_on", sa.Date(), nullable=True),
        _check(table, "qty", "qty > 0 AND cost_minor >= 0"),
        *_keys(
            table,
            ("receipt_id", "purchasing_receipt"),
            ("line_id", "purchasing_order_line"),
            ("lot_id", "stock_lot"),
        ),
        _unique(table, "lot_id"),
    )


def _invoice() -> None:
    op.create_table(
        INVOICE,
        *_recorded(),
        *_wholes("shop_id", "supplier_id", "net_minor", "tax_minor"),
        *_texts("number", "number_key", "currency", "state", "paid_by"),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        _check(INVOICE, "state", "state IN ('disputed', 'matched', 'paid')"),
        _check(INVOICE, "amounts", "net_minor >= 0 AND tax_minor >= 0"),
        _check(INVOICE, "paid", "(state = 'paid') = (paid_on IS NOT NULL)"),
        *_keys(INVOICE, ("shop_id", "catalogue_shop"), ("supplier_id", SUPPLIER), public=True),
    )


def _invoice_line() -> None:
    table = "purchasing_invoice_line"
    op.create_table(
        table,
        *_wholes("id", "invoice_id", "line_id", "qty", "amount_minor"),
        _check(table, "qty", "qty > 0 AND amount_minor >= 0"),
        *_keys(table, ("invoice_id", INVOICE), ("line_id", "purchasing_order_line")),
        _unique(table, "invoice_id", "line_id"),
    )


def _values() -> None:
    lot, move, landed = TABLES[-3:]
    op.create_table(
        lot,
        *_wholes("lot_id", "shop_id", "qty", "value_minor"),
        _check(lot, "left", "qty >= 0 AND value_minor >= 0"),
        *_keys(lot, ("lot_id", "stock_lot"), ("shop_id", "catalogue_shop"), primary="lot_id"),
    )
    op.create_table(
        move,
        *_wholes("move_id", "lot_id", "qty", "amount_minor"),
        *_keys(move, ("move_id", "stock_move"), ("lot_id", "stock_lot"), primary="move_id"),
    )
    op.create_table(
        landed,
        *_wholes("id", "shop_id", "lot_id", "amount_minor", "in_stock_minor"),
        *_texts("key", "spread"),
        sa.Column("at", MOMENT, nullable=False),
        _check(landed, "spread", "spread IN ('value', 'weight', 'quantity')"),
        _check(landed, "amount", "amount_minor >= 0"),
        *_keys(landed, ("shop_id", "catalogue_shop"), ("lot_id", "stock_lot")),
    )


def _indexes() -> None:
    for name, table, *columns in (
        ("uq_purchasing_supplier_number", SUPPLIER, "shop_id", "number_key"),
        ("uq_purchasing_request_code", "purchasing_request", "shop_id", "code_key"),
        ("uq_purchasing_note", "purchasing_receipt", "supplier_id", "note_key"),
        ("uq_purchasing_invoice_number", INVOICE, "supplier_id", "number_key"),
        ("uq_purchasing_landed_cost_key", "purchasing_landed_cost", "shop_id", "key", "lot_id"),
    ):
        op.create_index(name, table, columns, unique=True)
    for table, column in (
        ("purchasing_supplier_item", "variant_id"),
        (ORDER, "supplier_id"),
        ("purchasing_order_line", "variant_id"),
        ("purchasing_receipt", "order_id"),
        ("purchasing_receipt_line", "receipt_id"),
        ("purchasing_receipt_line", "line_id"),
        ("purchasing_invoice_line", "line_id"),
        ("purchasing_lot_value", "shop_id"),
        ("purchasing_move_value", "lot_id"),
        ("purchasing_landed_cost", "lot_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
