"""A hold says when its copy first was ready, so that waits can be counted.

Suits the release before it: holds of before say nothing, and are not counted.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_13_library_waits"
down_revision = "2026_11_13_library_rules"


def upgrade() -> None:
    """Add the moment."""
    op.add_column("library_hold", sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take the moment away again."""
    op.drop_column("library_hold", "ready_at")
