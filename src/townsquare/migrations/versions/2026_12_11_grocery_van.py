"""The week of the van: between when and when it goes out, and how many it serves.

Suits the release before it: it only makes a new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_11_grocery_van"
down_revision = "2026_12_10_grocery_recalls"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "grocery_van_hours"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("weekday", WHOLE, nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("places", WHOLE, nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f(f"ck_{TABLE}_weekday")),
        sa.CheckConstraint("places >= 0", name=op.f(f"ck_{TABLE}_places")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("weekday", "starts", name=op.f(f"uq_{TABLE}_weekday_starts")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table(TABLE)
