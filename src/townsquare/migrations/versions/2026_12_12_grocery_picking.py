"""What came instead of a line, and that it never costs more than was agreed.

Suits the release before it: what is new is allowed beside what was, and one table is new.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_12_grocery_picking"
down_revision = "2026_12_11_grocery_van"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OUTCOME = "ck_grocery_pick_outcome"
COLUMNS = "id, order_id, line_id, outcome, at"
REFERS = (("order_id", "ordering_order"), ("line_id", "ordering_line"))
BEFORE, NOW = "('picked', 'short')", "('picked', 'short', 'substituted')"
_REPLACED = (
    "EXISTS (SELECT 1 FROM ordering_line r JOIN ordering_order o ON o.id = r.order_id"
    " WHERE r.id = NEW.replaces_id"
)
_REPLACING = (
    "EXISTS (SELECT 1 FROM ordering_line i JOIN ordering_order o ON o.id = i.order_id"
    " WHERE i.replaces_id = NEW.id AND o.prices_include_tax"
    " AND i.net_minor + NEW.net_minor > NEW.agreed_minor)"
)
# Name, verb, condition, what the database says. Where tax comes on top, the step alone compares:
# what is agreed is kept without it.
REFUSALS = (
    (
        "ordering_line_is_wanted",
        "INSERT",
        f"{_REPLACED} AND r.substitution = 'none')",
        "ordering_line_was_not_wanted",
    ),
    (
        "ordering_line_costs_no_more",
        "INSERT",
        f"{_REPLACED} AND o.prices_include_tax AND r.net_minor + NEW.net_minor > r.agreed_minor)",
        "ordering_line_costs_too_much",
    ),
    (
        "ordering_line_gets_no_dearer",
        "UPDATE",
        f"NEW.net_minor > OLD.net_minor AND {_REPLACING}",
        "ordering_line_costs_too_much",
    ),
)


def upgrade() -> None:
    """Let lines be replaced, keep what carts say of it, and guard what it costs."""
    _outcomes(NOW)
    op.create_table(
        "grocery_wish",
        sa.Column("order_id", WHOLE, nullable=False, autoincrement=False),
        sa.Column("substitution", sa.String(), nullable=False),
        sa.CheckConstraint(
            "substitution IN ('none', 'similar')", name=op.f("ck_grocery_wish_substitution")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["ordering_order.id"],
            name=op.f("fk_grocery_wish_order_id_ordering_order"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_grocery_wish")),
    )
    for name, verb, condition, said in REFUSALS:
        _refuse(name, verb, condition, said=said)


def downgrade() -> None:
    """Take it away again; what came instead counts as short."""
    for name, *_rest in REFUSALS:
        if is_lite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON ordering_line")
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("grocery_wish")
    op.execute("UPDATE grocery_pick SET outcome = 'short' WHERE outcome = 'substituted'")
    _outcomes(BEFORE)


def _outcomes(allowed: str) -> None:
    """Let a pick have these outcomes; SQLite needs the table anew for that, row by row the same."""
    if not is_lite():
        op.drop_constraint(op.f(OUTCOME), "grocery_pick", type_="check")
        op.create_check_constraint(op.f(OUTCOME), "grocery_pick", f"outcome IN {allowed}")
        return
    op.create_table(
        "grocery_pick_anew",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("line_id", WHOLE, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"outcome IN {allowed}", name=op.f(OUTCOME)),
        *(_refers(column, to) for column, to in REFERS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grocery_pick")),
    )
    op.execute(f"INSERT INTO grocery_pick_anew ({COLUMNS}) SELECT {COLUMNS} FROM grocery_pick")
    op.drop_table("grocery_pick")
    op.rename_table("grocery_pick_anew", "grocery_pick")
    op.create_index("ix_grocery_pick_order_id", "grocery_pick", ["order_id"])
    op.create_index("uq_grocery_pick_line", "grocery_pick", ["line_id"], unique=True)


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_grocery_pick_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)


def _refuse(name: str, verb: str, condition: str, *, said: str) -> None:
    event = f"BEFORE {verb} ON ordering_line FOR EACH ROW"
    if is_lite():
        op.execute(
            f"CREATE TRIGGER {name} {event} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    raising = f"RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {condition} THEN {raising};"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()")
