"""Rules by which goods get cheaper before their date, and what became cheaper on which day.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_14_grocery_markdowns"
down_revision = "2026_12_13_waiting_moves"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
RULE, DONE = "grocery_markdown_rule", "grocery_markdown"
TARGET = "(category_id IS NULL) <> (item_id IS NULL)"
PART = "days_left >= 0 AND ppm > 0 AND ppm < 1000000"
NEVER_ABOVE = "amount_minor >= 0 AND amount_minor < normal_minor"
SAID = "grocery_markdown_is_of_its_price"
ANOTHER_PRICE = (
    "NOT EXISTS (SELECT 1 FROM catalogue_price p WHERE p.id = NEW.price_id"
    " AND p.lot_id = NEW.lot_id AND p.amount_minor = NEW.amount_minor)"
)
REFUSALS = (
    ("grocery_markdown_has_its_price", "INSERT", ANOTHER_PRICE),
    ("grocery_markdown_stays", "UPDATE", ""),
    ("grocery_markdown_is_kept", "DELETE", ""),
)


def upgrade() -> None:
    """Make the tables and guard them."""
    _make_rules()
    _make_markdowns()
    for name, verb, condition in REFUSALS:
        _refuse(name, f"BEFORE {verb} ON {DONE}", condition)


def _make_rules() -> None:
    op.create_table(
        RULE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("category_id", WHOLE, nullable=True),
        sa.Column("item_id", WHOLE, nullable=True),
        sa.Column("days_left", WHOLE, nullable=False),
        sa.Column("ppm", WHOLE, nullable=False),
        sa.CheckConstraint(TARGET, name=op.f(f"ck_{RULE}_target")),
        sa.CheckConstraint(PART, name=op.f(f"ck_{RULE}_part")),
        _refers(RULE, "category_id", "catalogue_category"),
        _refers(RULE, "item_id", "catalogue_item"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{RULE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{RULE}_public_id")),
    )
    for kind in ("category", "item"):
        own = sa.text(f"{kind}_id IS NOT NULL")
        op.create_index(
            f"uq_{RULE}_{kind}",
            RULE,
            [f"{kind}_id", "days_left"],
            unique=True,
            sqlite_where=own,
            postgresql_where=own,
        )


def _make_markdowns() -> None:
    op.create_table(
        DONE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("lot_id", WHOLE, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("price_id", WHOLE, nullable=False),
        sa.Column("ppm", WHOLE, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("normal_minor", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(NEVER_ABOVE, name=op.f(f"ck_{DONE}_never_above")),
        _refers(DONE, "lot_id", "stock_lot"),
        _refers(DONE, "price_id", "catalogue_price"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{DONE}")),
    )
    op.create_index(f"uq_{DONE}_day", DONE, ["lot_id", "day"], unique=True)
    op.create_index(f"uq_{DONE}_price", DONE, ["price_id"], unique=True)


def downgrade() -> None:
    """Take them away again."""
    for name, _verb, _condition in REFUSALS:
        if is_lite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {DONE}")
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table(DONE)
    op.drop_table(RULE)


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
