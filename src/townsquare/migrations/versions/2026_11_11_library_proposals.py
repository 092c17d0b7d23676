"""Waivers that a change of the calendar proposes; a posted charge itself is never edited.

Suits the release before it: it only makes a table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_11_library_proposals"
down_revision = "2026_11_11_library_fines"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLE = "library_waiver_proposal"


def upgrade() -> None:
    """Make the table; a charge has one proposal that waits."""
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("charge", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'accepted', 'declined', 'withdrawn')",
            name=op.f(f"ck_{TABLE}_state"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f(f"ck_{TABLE}_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{TABLE}_public_id")),
    )
    proposed = sa.text("state = 'proposed'")
    op.create_index(
        f"uq_{TABLE}_waiting",
        TABLE,
        ["charge"],
        unique=True,
        sqlite_where=proposed,
        postgresql_where=proposed,
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table(TABLE)
