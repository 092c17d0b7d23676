"""Customers: one number and one tier for a person.

Suits the release before it: it only makes a new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_17_grocery_customers"
down_revision = "2026_12_16_guest_email"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "grocery_customer"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_key", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.CheckConstraint("tier IN ('none', 'silver', 'gold')", name=op.f(f"ck_{TABLE}_tier")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{TABLE}_public_id")),
    )
    op.create_index(f"uq_{TABLE}_person", TABLE, ["person"], unique=True)
    op.create_index(f"uq_{TABLE}_number", TABLE, ["number_key"], unique=True)


def downgrade() -> None:
    """Take it away again."""
    op.drop_table(TABLE)
