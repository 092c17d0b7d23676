"""Tills, gift cards, online payments, invoices and payout runs: what a shop has besides its books.

Suits the release before it: what that takes is captured as a whole, as every payment was until now.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_12_03_payments_shop"
down_revision = "2026_12_02_stock_guards"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "payments_till",
    "payments_shift",
    "payments_cash_move",
    "payments_gift_card",
    "payments_aim",
    "payments_provider_event",
    "payments_payout_run",
    "payments_payout",
)
STATES = "'started', 'authorised', 'captured', 'failed', 'cancelled', 'unknown', 'voided'"
SPENT = "allocated_minor + refunded_minor + credited_minor <= "
METHODS = "'cash', 'card', 'transfer', 'deposit'"
RECEIPTS = "'payment', 'refund', 'deposit_back'"
# Table, check, what it says, and what it says from now on.
CHECKS = (
    (
        "payments_payment",
        "method",
        f"method IN ({METHODS})",
        f"method IN ({METHODS}, 'online', 'gift_card', 'store_credit', 'cash_on_delivery')",
    ),
    (
        "payments_payment",
        "spread",
        f"{SPENT}amount_minor",
        f"{SPENT}captured_minor AND captured_minor <= amount_minor",
    ),
    (
        "payments_document",
        "kind",
        f"kind IN ({RECEIPTS})",
        f"kind IN ({RECEIPTS}, 'invoice', 'credit_note')",
    ),
)
# Table, column, its type and default, its check or the table that it refers to.
COLUMNS = (
    ("payments_payment", "state", "VARCHAR DEFAULT 'captured' NOT NULL", f"state IN ({STATES})"),
    (
        "payments_payment",
        "captured",
        "BIGINT DEFAULT 0 NOT NULL",
        "captured_minor = 0 OR state = 'captured'",
    ),
    (
        "payments_payment",
        "authorised",
        "BIGINT DEFAULT 0 NOT NULL",
        "authorised_minor BETWEEN 0 AND amount_minor",
    ),
    ("payments_payment", "provider", "VARCHAR", ""),
    ("payments_payment", "provider_key", "VARCHAR", ""),
    ("payments_payment", "provider_ref", "VARCHAR", ""),
    ("payments_payment", "asked_at", "MOMENT", ""),
    ("payments_payment", "paid_on", "DATE", ""),
    ("payments_payment", "zone", "VARCHAR DEFAULT 'UTC' NOT NULL", ""),
    ("payments_payment", "shift_id", "BIGINT", "payments_shift"),
    ("payments_payment", "card_id", "BIGINT", "payments_gift_card"),
    (
        "payments_refund",
        "state",
        "VARCHAR DEFAULT 'done' NOT NULL",
        "state IN ('asked', 'done', 'failed')",
    ),
    ("payments_refund", "provider_key", "VARCHAR", ""),
    ("payments_refund", "asked_at", "MOMENT", ""),
    ("payments_refund", "shift_id", "BIGINT", "payments_shift"),
    ("payments_document", "key", "VARCHAR", ""),
)
INDEXES = (
    ("ix_payments_payment_shift", "payments_payment", ("shift_id",), False),
    ("ix_payments_payment_asked", "payments_payment", ("state", "asked_at"), False),
    ("uq_payments_payment_provider_key", "payments_payment", ("provider_key",), True),
    ("uq_payments_payment_provider_ref", "payments_payment", ("provider", "provider_ref"), True),
    ("ix_payments_refund_shift", "payments_refund", ("shift_id",), False),
    ("uq_payments_refund_provider_key", "payments_refund", ("provider_key",), True),
    ("uq_payments_document_key", "payments_document", ("shop", "key"), True),
)
OF_TABLES = (
    ("uq_payments_till_code", "payments_till", ("shop", "code"), True),
    ("ix_payments_shift_till_id", "payments_shift", ("till_id",), False),
    ("ix_payments_cash_move_shift_id", "payments_cash_move", ("shift_id",), False),
    ("uq_payments_cash_move_key", "payments_cash_move", ("shift_id", "key"), True),
    ("uq_payments_gift_card_key", "payments_gift_card", ("shop", "key"), True),
    ("uq_payments_provider_event", "payments_provider_event", ("provider", "event_id"), True),
    ("uq_payments_payout_run_code", "payments_payout_run", ("shop", "code"), True),
    ("uq_payments_payout", "payments_payout", ("run_id", "party"), True),
)


def upgrade() -> None:
    """Make the tables, and let payments, refunds and documents say more."""
    for make in (_till, _shift, _cash_move, _gift_card, _aim, _provider_event, _payout):
        make()
    for table, column, kind, more in COLUMNS:
        _add(table, column, kind, more=more)
    op.execute("UPDATE payments_payment SET captured_minor = amount_minor")
    for table, name, old, new in CHECKS:
        _say(table, f"ck_{table}_{name}", old=old, new=new)
    for name, table, columns, unique in (*INDEXES, *OF_TABLES):
        op.create_index(name, table, list(columns), unique=unique)
    open_one = sa.text("state <> 'closed'")
    op.create_index(
        "uq_payments_shift_open",
        "payments_shift",
        ["till_id"],
        unique=True,
        sqlite_where=open_one,
        postgresql_where=open_one,
    )


def downgrade() -> None:
    """Take everything away again; refuses while there is something that only this release knows."""
    for name, table, _columns, _unique in INDEXES:
        op.drop_index(name, table)
    for table, name, old, new in CHECKS:
        _say(table, f"ck_{table}_{name}", old=new, new=old)
    for table, column, kind, _more in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {_column(column, kind)}")
    op.drop_table("payments_aim")
    for table in reversed(TABLES):
        if table != "payments_aim":
            op.drop_table(table)


def _lite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _column(column: str, kind: str) -> str:
    return f"{column}_minor" if kind.endswith("DEFAULT 0 NOT NULL") else column


def _add(table: str, column: str, kind: str, *, more: str) -> None:
    """Add a column with what guards it in one statement, which both databases know."""
    kinds = {"MOMENT": "DATETIME", "BIGINT": "INTEGER"} if _lite() else {}
    kinds = kinds or {"MOMENT": "TIMESTAMP WITH TIME ZONE"}
    for word, told in kinds.items():
        kind = kind.replace(word, told)
    if more.startswith("payments_"):
        more = f"CONSTRAINT fk_{table}_{column}_{more} REFERENCES {more} (id)"
    elif more:
        more = f"CONSTRAINT ck_{table}_{column} CHECK ({more})"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {_column(column, kind)} {kind} {more}")


def _say(table: str, name: str, *, old: str, new: str) -> None:
    """Let a CHECK say something else; SQLite has its text changed, as its manual describes."""
    if not _lite():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({new})")
        return
    bind = op.get_bind()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    changing = sa.text(
        "UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table'"
        " AND name = :name AND instr(sql, :old) > 0"
    )
    old, new = (f"CONSTRAINT {name} CHECK ({said})" for said in (old, new))
    done = bind.execute(changing, {"old": old, "new": new, "name": table}).rowcount
    bind.exec_driver_sql("PRAGMA writable_schema = RESET")
    if done != 1:
        message = f"The check {name} does not say “{old}”, so nothing was changed."
        raise RuntimeError(message)
    wrong = sa.text(f"SELECT count(*) FROM {table} WHERE NOT ({new.partition('CHECK ')[2]})")
    if bind.execute(wrong).scalar_one():
        message = f"There are rows that {name} would refuse."
        raise RuntimeError(message)


def _recorded() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
    )


def _keys(table: str, *refers: tuple[str, str]) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(_refers(table, column, to) for column, to in refers),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _public(table: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id"))


def _check(name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{name}"))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str, *, empty: bool = False) -> sa.Column[int]:
    return sa.Column(name, WHOLE, nullable=empty)


def _moment(name: str, *, empty: bool = True) -> sa.Column[Any]:
    return sa.Column(name, MOMENT, nullable=empty)


def _till() -> None:
    op.create_table(
        "payments_till",
        *map(_text, ("shop", "code", "name", "currency")),
        *_recorded(),
        *_keys("payments_till"),
        _public("payments_till"),
    )


def _shift() -> None:
    op.create_table(
        "payments_shift",
        _number("till_id"),
        *map(_text, ("opened_by", "counted_by", "state")),
        _number("opening_minor"),
        _number("counted_minor", empty=True),
        _number("expected_minor", empty=True),
        _text("reason"),
        *map(_moment, ("counted_at", "closed_at")),
        *_recorded(),
        _check("payments_shift_state", "state IN ('open', 'counted', 'closed')"),
        _check("payments_shift_opening", "opening_minor >= 0"),
        _check("payments_shift_counted", "counted_minor >= 0"),
        _check(
            "payments_shift_blind",
            "(state = 'open') = (counted_minor IS NULL)"
            " AND (state = 'open') = (expected_minor IS NULL)",
        ),
        *_keys("payments_shift", ("till_id", "payments_till")),
        _public("payments_shift"),
    )


def _cash_move() -> None:
    op.create_table(
        "payments_cash_move",
        *map(_number, ("id", "shift_id", "amount_minor")),
        *map(_text, ("account", "reason", "key")),
        _moment("at", empty=False),
        _text("by"),
        _check("payments_cash_move_amount", "amount_minor <> 0"),
        *_keys("payments_cash_move", ("shift_id", "payments_shift")),
    )


def _gift_card() -> None:
    op.create_table(
        "payments_gift_card",
        *map(_text, ("shop", "key", "code_hash", "currency")),
        sa.Column("expires_on", sa.Date(), nullable=True),
        _moment("blocked_at"),
        *_recorded(),
        *_keys("payments_gift_card"),
        _public("payments_gift_card"),
        sa.UniqueConstraint("code_hash", name=op.f("uq_payments_gift_card_code_hash")),
    )


def _aim() -> None:
    op.create_table(
        "payments_aim",
        *map(_number, ("payment_id", "charge_id")),
        _refers("payments_aim", "payment_id", "payments_payment"),
        _refers("payments_aim", "charge_id", "payments_charge"),
        sa.PrimaryKeyConstraint("payment_id", "charge_id", name=op.f("pk_payments_aim")),
    )


def _provider_event() -> None:
    op.create_table(
        "payments_provider_event",
        _number("id"),
        *map(_text, ("provider", "event_id", "kind")),
        sa.Column("body", sa.JSON(), nullable=False),
        _moment("told_at", empty=False),
        _moment("handled_at"),
        *_keys("payments_provider_event"),
    )


def _payout() -> None:
    op.create_table(
        "payments_payout_run",
        *map(_text, ("shop", "code", "currency")),
        *_recorded(),
        *_keys("payments_payout_run"),
        _public("payments_payout_run"),
    )
    op.create_table(
        "payments_payout",
        _number("run_id"),
        _text("party"),
        _number("amount_minor"),
        _text("state"),
        _moment("paid_at"),
        *_recorded(),
        _check("payments_payout_amount", "amount_minor > 0"),
        _check("payments_payout_state", "state IN ('due', 'paid')"),
        _check("payments_payout_paid", "(state = 'paid') = (paid_at IS NOT NULL)"),
        *_keys("payments_payout", ("run_id", "payments_payout_run")),
        _public("payments_payout"),
    )
