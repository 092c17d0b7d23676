"""What came of each line of an order at its shelf.

Suits the release before it: it only makes a new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_08_grocery_picks"
down_revision = "2026_12_07_purchasing_guards"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "grocery_pick",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("order_id", WHOLE, nullable=False),
        sa.Column("line_id", WHOLE, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('picked', 'short')", name=op.f("ck_grocery_pick_outcome")),
        _refers("order_id", "ordering_order"),
        _refers("line_id", "ordering_line"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grocery_pick")),
    )
    op.create_index("ix_grocery_pick_order_id", "grocery_pick", ["order_id"])
    op.create_index("uq_grocery_pick_line", "grocery_pick", ["line_id"], unique=True)


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("grocery_pick")


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_grocery_pick_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
