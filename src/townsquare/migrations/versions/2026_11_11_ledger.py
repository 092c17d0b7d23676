"""Receipts that are kept as they were given out, and the guards that the ledger still lacked.

Suits the release before it: the new columns may be left out. Payments from before have no receipt.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_11_ledger"
down_revision = "2026_11_10_core_once_headers"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
GREW = ("payments_reduction", "payments_refund")
TRUNCATED = (
    "payments_account",
    "payments_allocation",
    "payments_balance",
    "payments_charge",
    "payments_document",
    "payments_entry",
    "payments_payment",
    "payments_posting",
    "payments_reduction",
    "payments_refund",
    "payments_series",
)


def _differs(*columns: str) -> str:
    """Return the condition that one of these columns changes; nothing is a value like others."""
    pairs = [
        f"OLD.{name} <> NEW.{name} OR (OLD.{name} IS NULL) <> (NEW.{name} IS NULL)"
        for name in columns
    ]
    return " OR ".join(pairs)


CHARGED = ("public_id", "created_at", "shop", "party", "source", "reason", "memo", "key")
PAID = ("public_id", "created_at", "shop", "party", "method", "reference", "key", "number")
MONEY = ("currency", "amount_minor")
# Name, table, verb, condition, what the database says when it refuses.
REFUSALS = (
    (
        "payments_entry_begins_open",
        "payments_entry",
        "INSERT",
        "NEW.posted",
        "payments_entry_is_unbalanced",
    ),
    ("payments_account_stays", "payments_account", "UPDATE", "", "payments_account_is_frozen"),
    ("payments_account_is_kept", "payments_account", "DELETE", "", "payments_account_is_frozen"),
    (
        "payments_balance_stays",
        "payments_balance",
        "UPDATE",
        _differs("account_id", "allow_negative"),
        "payments_account_is_frozen",
    ),
    ("payments_balance_is_kept", "payments_balance", "DELETE", "", "payments_account_is_frozen"),
    (
        "payments_charge_stays",
        "payments_charge",
        "UPDATE",
        _differs(*CHARGED, *MONEY, "due_on") + " OR NEW.credited_minor < OLD.credited_minor",
        "payments_charge_is_frozen",
    ),
    ("payments_charge_is_kept", "payments_charge", "DELETE", "", "payments_charge_is_frozen"),
    (
        "payments_payment_stays",
        "payments_payment",
        "UPDATE",
        _differs(*PAID, *MONEY)
        + " OR NEW.refunded_minor < OLD.refunded_minor OR NEW.credited_minor < OLD.credited_minor",
        "payments_payment_is_frozen",
    ),
    ("payments_payment_is_kept", "payments_payment", "DELETE", "", "payments_payment_is_frozen"),
    (
        "payments_allocation_is_own",
        "payments_allocation",
        "INSERT",
        "EXISTS (SELECT 1 FROM payments_payment p, payments_charge c WHERE p.id = NEW.payment_id"
        " AND c.id = NEW.charge_id AND"
        " (p.party <> c.party OR p.shop <> c.shop OR p.currency <> c.currency))",
        "payments_allocation_of_another",
    ),
    ("payments_document_stays", "payments_document", "UPDATE", "", "payments_receipt_is_frozen"),
    ("payments_document_is_kept", "payments_document", "DELETE", "", "payments_receipt_is_frozen"),
    (
        "payments_series_grows",
        "payments_series",
        "UPDATE",
        _differs("kind", "year") + " OR NEW.next < OLD.next",
        "payments_only_grow",
    ),
    ("payments_series_is_kept", "payments_series", "DELETE", "", "payments_only_grow"),
)


def upgrade() -> None:
    """Make the table of receipts, say who let off and who paid back, and guard all of it."""
    for table in GREW:
        op.add_column(table, sa.Column("by", sa.String(), server_default="", nullable=False))
    _document()
    for name, table, verb, condition, said in REFUSALS:
        _guard(name, f"BEFORE {verb} ON {table}", condition=condition, said=said)
    if op.get_bind().dialect.name != "sqlite":
        _refuse_truncation()


def downgrade() -> None:
    """Take everything away again."""
    for name, table, *_rest in REFUSALS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    if op.get_bind().dialect.name != "sqlite":
        for table in TRUNCATED:
            op.execute(f"DROP TRIGGER {table}_is_not_emptied ON {table}")
        op.execute("DROP FUNCTION payments_are_not_emptied()")
    op.drop_table("payments_document")
    for table in GREW:
        op.drop_column(table, "by")


def _document() -> None:
    op.create_table(
        "payments_document",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("payment_id", WHOLE, nullable=True),
        sa.Column("refund_id", WHOLE, nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('payment', 'refund', 'deposit_back')", name=op.f("ck_payments_document_kind")
        ),
        _refers("payment_id", "payments_payment"),
        _refers("refund_id", "payments_refund"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_document")),
        sa.UniqueConstraint("number", name=op.f("uq_payments_document_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payments_document_public_id")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_payments_document_refund_id")),
    )
    for name, *columns in (
        ("ix_payments_document_party", "party", "shop", "id"),
        ("ix_payments_document_payment_id", "payment_id"),
    ):
        op.create_index(name, "payments_document", columns, unique=False)


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_payments_document_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)


def _guard(name: str, event: str, *, condition: str, said: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        when = f" WHEN {condition}" if condition else ""
        body = f"SELECT RAISE(ABORT, '{said}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} BEGIN {body}; END")
        return
    back = "OLD" if "DELETE" in event else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {condition or 'TRUE'} THEN"
        f" {_raising(said)}; END IF; RETURN {back}; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _refuse_truncation() -> None:
    """TRUNCATE asks no trigger of a row, so that it needs one of its own."""
    op.execute(
        "CREATE FUNCTION payments_are_not_emptied() RETURNS trigger AS $$ BEGIN"
        f" {_raising('payments_only_grow')}; END $$ LANGUAGE plpgsql"
    )
    for table in TRUNCATED:
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION payments_are_not_emptied()"
        )


def _raising(said: str) -> str:
    return f"RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'"
