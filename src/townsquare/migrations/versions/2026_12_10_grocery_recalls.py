"""Lots that are called back, and what becomes of each order that has some of it.

Suits the release before it: it only makes new tables and guards what is recalled with them.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_10_grocery_recalls"
down_revision = "2026_12_09_grocery_baskets"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
REASONS = "reason IN ('foreign-body', 'germs', 'allergen', 'label', 'spoiled')"
SAID = "grocery_lot_is_recalled"
BACK_ON_SALE = (
    "OLD.blocked_at IS NOT NULL AND NEW.blocked_at IS NULL"
    " AND EXISTS (SELECT 1 FROM grocery_recall r WHERE r.lot_id = NEW.id)"
)
STILL_ON_SALE = "(SELECT blocked_at FROM stock_lot WHERE id = NEW.lot_id) IS NULL"
ANOTHER = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in ("lot_id", "reason", "advice"))
PAID = (
    "OLD.paid_at IS NOT NULL AND (NEW.paid_at IS NULL OR OLD.refunded_minor <> NEW.refunded_minor)"
)
# Name, table, event, condition: what is recalled is blocked, and stays so for ever.
REFUSALS = (
    ("grocery_recall_stays_blocked", "stock_lot", "UPDATE", BACK_ON_SALE),
    ("grocery_recall_is_blocked", "grocery_recall", "INSERT", STILL_ON_SALE),
    ("grocery_recall_stays", "grocery_recall", "UPDATE", ANOTHER),
    ("grocery_recall_is_kept", "grocery_recall", "DELETE", ""),
    ("grocery_recall_part_is_paid_once", "grocery_recall_part", "UPDATE", PAID),
    ("grocery_recall_part_is_kept", "grocery_recall_part", "DELETE", ""),
)


def upgrade() -> None:
    """Make the tables and guard them."""
    _make_recalls()
    _make_parts()
    for name, table, verb, condition in REFUSALS:
        _refuse(name, f"BEFORE {verb} ON {table}", condition)


def _make_recalls() -> None:
    op.create_table(
        "grocery_recall",
        *_recorded("grocery_recall"),
        sa.Column("lot_id", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("advice", sa.String(), nullable=False),
        sa.CheckConstraint(REASONS, name=op.f("ck_grocery_recall_reason")),
        _refers("grocery_recall", "lot_id", "stock_lot"),
    )
    op.create_index("uq_grocery_recall_lot", "grocery_recall", ["lot_id"], unique=True)


def _make_parts() -> None:
    op.create_table(
        "grocery_recall_part",
        *_recorded("grocery_recall_part"),
        sa.Column("recall_id", WHOLE, nullable=False),
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("qty", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("return_id", sa.String(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("paid_at", MOMENT, nullable=True),
        sa.Column("refunded_minor", WHOLE, nullable=True),
        sa.CheckConstraint(
            "kind IN ('sold', 'short', 'out')", name=op.f("ck_grocery_recall_part_kind")
        ),
        sa.CheckConstraint(
            "qty > 0 AND amount_minor >= 0", name=op.f("ck_grocery_recall_part_qty")
        ),
        sa.CheckConstraint(
            "(paid_at IS NULL) = (refunded_minor IS NULL) AND refunded_minor >= 0",
            name=op.f("ck_grocery_recall_part_paid"),
        ),
        _refers("grocery_recall_part", "recall_id", "grocery_recall"),
        _refers("grocery_recall_part", "order_id", "ordering_order"),
    )
    columns = ["recall_id", "order_id", "kind"]
    op.create_index("uq_grocery_recall_part", "grocery_recall_part", columns, unique=True)
    op.create_index("ix_grocery_recall_part_order_id", "grocery_recall_part", ["order_id"])


def downgrade() -> None:
    """Take them away again."""
    for name, table, _verb, _condition in REFUSALS:
        if is_lite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("grocery_recall_part")
    op.drop_table("grocery_recall")


def _recorded(table: str) -> tuple[sa.Column[object] | sa.Constraint, ...]:
    return (
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _refuse(name: str, event: str, condition: str) -> None:
    if is_lite():
        when = f" WHEN {condition}" if condition else ""
        body = f"SELECT RAISE(ABORT, '{SAID}')"
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} BEGIN {body}; END")
        return
    back = "OLD" if "DELETE" in event else "NEW"
    body = f"RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation'"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {condition or 'TRUE'} THEN"
        f" {body}; END IF; RETURN {back}; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
