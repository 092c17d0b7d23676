"""Where a guest likes to be told of their order.

Suits the release before it: what it writes has no address.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_16_guest_email"
down_revision = "2026_12_15_grocery_refunds"


def upgrade() -> None:
    """Make room for it."""
    column = sa.Column("guest_email", sa.String(), nullable=False, server_default="")
    op.add_column("ordering_order", column)


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("ordering_order", "guest_email")
