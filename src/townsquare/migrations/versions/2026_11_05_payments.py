"""Money owed and paid, in a ledger that only grows.

Suits the release before it: it only makes new tables.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "2026_11_05_payments"
down_revision = "2026_11_04_people"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "payments_account",
    "payments_charge",
    "payments_entry",
    "payments_payment",
    "payments_series",
    "payments_allocation",
    "payments_balance",
    "payments_posting",
    "payments_reduction",
    "payments_refund",
)


def upgrade() -> None:
    """Make the tables and their guards."""
    _account()
    _charge()
    _entry()
    _payment()
    _series()
    _allocation()
    _balance()
    _posting()
    _reduction()
    _refund()
    _guard()


def downgrade() -> None:
    """Take everything away again."""
    _unguard()
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


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _account() -> None:
    op.create_table(
        "payments_account",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("allow_negative", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('asset', 'liability', 'income', 'expense')",
            name=op.f("ck_payments_account_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_account")),
        sa.UniqueConstraint(
            "shop", "code", "currency", name=op.f("uq_payments_account_shop_code_currency")
        ),
    )


def _charge() -> None:
    op.create_table(
        "payments_charge",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("memo", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("credited_minor", WHOLE, nullable=False),
        sa.Column("allocated_minor", WHOLE, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        *_recorded(),
        sa.CheckConstraint(
            "allocated_minor <= amount_minor - credited_minor",
            name=op.f("ck_payments_charge_charge"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_charge_amount")),
        sa.CheckConstraint(
            "credited_minor >= 0 AND allocated_minor >= 0", name=op.f("ck_payments_charge_counters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_charge")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payments_charge_public_id")),
    )
    op.create_index(
        "ix_payments_charge_party", "payments_charge", ["party", "shop", "id"], unique=False
    )
    op.create_index("ix_payments_charge_shop", "payments_charge", ["shop", "id"], unique=False)
    op.create_index("uq_payments_charge_key", "payments_charge", ["shop", "key"], unique=True)


def _entry() -> None:
    op.create_table(
        "payments_entry",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("memo", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("reversal_of", WHOLE, nullable=True),
        sa.Column("posted", sa.Boolean(), nullable=False),
        _refers("payments_entry", "reversal_of", "payments_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_entry")),
        sa.UniqueConstraint("reversal_of", name=op.f("uq_payments_entry_reversal_of")),
    )
    op.create_index("uq_payments_entry_key", "payments_entry", ["key"], unique=True)


def _payment() -> None:
    op.create_table(
        "payments_payment",
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("allocated_minor", WHOLE, nullable=False),
        sa.Column("refunded_minor", WHOLE, nullable=False),
        sa.Column("credited_minor", WHOLE, nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "method IN ('cash', 'card', 'transfer', 'deposit')",
            name=op.f("ck_payments_payment_method"),
        ),
        sa.CheckConstraint(
            "allocated_minor + refunded_minor + credited_minor <= amount_minor",
            name=op.f("ck_payments_payment_spread"),
        ),
        sa.CheckConstraint(
            "allocated_minor >= 0 AND refunded_minor >= 0 AND credited_minor >= 0",
            name=op.f("ck_payments_payment_counters"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_payment_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_payment")),
        sa.UniqueConstraint("number", name=op.f("uq_payments_payment_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payments_payment_public_id")),
        sa.UniqueConstraint(
            "shop", "method", "reference", name=op.f("uq_payments_payment_shop_method_reference")
        ),
    )
    op.create_index(
        "ix_payments_payment_party", "payments_payment", ["party", "shop", "id"], unique=False
    )
    op.create_index("ix_payments_payment_shop", "payments_payment", ["shop", "id"], unique=False)
    op.create_index("uq_payments_payment_key", "payments_payment", ["shop", "key"], unique=True)


def _series() -> None:
    op.create_table(
        "payments_series",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", WHOLE, nullable=False),
        sa.Column("next", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_series")),
        sa.UniqueConstraint("kind", "year", name=op.f("uq_payments_series_kind_year")),
    )


def _allocation() -> None:
    op.create_table(
        "payments_allocation",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("payment_id", WHOLE, nullable=False),
        sa.Column("charge_id", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_payments_allocation_amount")),
        _refers("payments_allocation", "charge_id", "payments_charge"),
        _refers("payments_allocation", "payment_id", "payments_payment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_allocation")),
    )
    _index("payments_allocation", "charge_id")
    _index("payments_allocation", "payment_id")


def _balance() -> None:
    op.create_table(
        "payments_balance",
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("allow_negative", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "allow_negative OR amount_minor >= 0", name=op.f("ck_payments_balance_balance")
        ),
        _refers("payments_balance", "account_id", "payments_account"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_payments_balance")),
    )


def _posting() -> None:
    op.create_table(
        "payments_posting",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("entry_id", WHOLE, nullable=False),
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_payments_posting_amount")),
        _refers("payments_posting", "account_id", "payments_account"),
        _refers("payments_posting", "entry_id", "payments_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_posting")),
    )
    _index("payments_posting", "account_id")
    _index("payments_posting", "entry_id")


def _reduction() -> None:
    op.create_table(
        "payments_reduction",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("charge_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('credit_note', 'waiver', 'write_off')",
            name=op.f("ck_payments_reduction_kind"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_reduction_amount")),
        _refers("payments_reduction", "charge_id", "payments_charge"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_reduction")),
    )
    _index("payments_reduction", "charge_id")


def _refund() -> None:
    op.create_table(
        "payments_refund",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("payment_id", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_refund_amount")),
        _refers("payments_refund", "payment_id", "payments_payment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_refund")),
    )
    _index("payments_refund", "payment_id")


SIDE = "CASE WHEN a.kind IN ('asset', 'expense') THEN p.amount_minor ELSE -p.amount_minor END"
OF_ENTRY = (
    "FROM payments_posting p JOIN payments_account a ON a.id = p.account_id WHERE p.entry_id ="
)
# Table, verb, condition, what the database says when it refuses.
REFUSALS = (
    ("payments_entry", "UPDATE", "OLD.posted", "payments_entry_is_frozen"),
    ("payments_entry", "DELETE", "OLD.posted", "payments_entry_is_frozen"),
    ("payments_posting", "UPDATE", "", "payments_entry_is_frozen"),
    ("payments_posting", "DELETE", "", "payments_entry_is_frozen"),
    (
        "payments_posting",
        "INSERT",
        "(SELECT posted FROM payments_entry WHERE id = NEW.entry_id)",
        "payments_entry_is_frozen",
    ),
    ("payments_reduction", "UPDATE", "", "payments_only_grow"),
    ("payments_reduction", "DELETE", "", "payments_only_grow"),
    ("payments_allocation", "UPDATE", "", "payments_only_grow"),
    ("payments_allocation", "DELETE", "", "payments_only_grow"),
    ("payments_refund", "UPDATE", "", "payments_only_grow"),
    ("payments_refund", "DELETE", "", "payments_only_grow"),
    (
        "payments_entry",
        "UPDATE",
        "NEW.posted AND NOT OLD.posted AND ("
        f"(SELECT count(*) {OF_ENTRY} NEW.id) < 2 OR EXISTS (SELECT 1 {OF_ENTRY} NEW.id"
        " GROUP BY a.currency HAVING sum(p.amount_minor) <> 0))",
        "payments_entry_is_unbalanced",
    ),
)
# Table, verb, condition, what follows in the same statement.
EFFECTS = (
    (
        "payments_account",
        "INSERT",
        "",
        "INSERT INTO payments_balance (account_id, amount_minor, allow_negative)"
        " VALUES (NEW.id, 0, NEW.allow_negative)",
    ),
    (
        "payments_entry",
        "UPDATE",
        "NEW.posted AND NOT OLD.posted",
        "UPDATE payments_balance SET amount_minor = amount_minor +"
        f" (SELECT sum({SIDE}) {OF_ENTRY} NEW.id AND p.account_id = payments_balance.account_id)"
        " WHERE account_id IN (SELECT account_id FROM payments_posting WHERE entry_id = NEW.id)",
    ),
    (
        "payments_reduction",
        "INSERT",
        "",
        "UPDATE payments_charge SET credited_minor = credited_minor + NEW.amount_minor,"
        " version = version + 1 WHERE id = NEW.charge_id",
    ),
    (
        "payments_allocation",
        "INSERT",
        "",
        "UPDATE payments_charge SET allocated_minor = allocated_minor + NEW.amount_minor,"
        " version = version + 1 WHERE id = NEW.charge_id;"
        " UPDATE payments_payment SET allocated_minor = allocated_minor + NEW.amount_minor"
        " WHERE id = NEW.payment_id",
    ),
    (
        "payments_refund",
        "INSERT",
        "",
        "UPDATE payments_payment SET refunded_minor = refunded_minor + NEW.amount_minor"
        " WHERE id = NEW.payment_id",
    ),
)


def _guard() -> None:
    for number, (table, verb, condition, said) in enumerate(REFUSALS):
        _trigger(f"payments_guard_{number}", f"BEFORE {verb} ON {table}", condition, refuses=said)
    for number, (table, verb, condition, effect) in enumerate(EFFECTS):
        _trigger(f"payments_effect_{number}", f"AFTER {verb} ON {table}", condition, does=effect)


def _unguard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # Its triggers go with their tables.
    for prefix, rows in (("guard", REFUSALS), ("effect", EFFECTS)):
        for number, row in enumerate(rows):
            op.execute(f"DROP TRIGGER payments_{prefix}_{number} ON {row[0]}")
            op.execute(f"DROP FUNCTION payments_{prefix}_{number}()")


def _trigger(name: str, event: str, condition: str, *, refuses: str = "", does: str = "") -> None:
    if op.get_bind().dialect.name == "sqlite":
        body = f"SELECT RAISE(ABORT, '{refuses}')" if refuses else does
        when = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} BEGIN {body}; END")
        return
    refusal = f"RAISE EXCEPTION '{refuses}' USING ERRCODE = 'integrity_constraint_violation'"
    body = f"IF {condition or 'TRUE'} THEN {refusal if refuses else does}; END IF;"
    back = "OLD" if "DELETE" in event else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {body} RETURN {back}; END $$"
        " LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
