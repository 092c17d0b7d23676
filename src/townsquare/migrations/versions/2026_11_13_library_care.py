"""A copy carries a note on its condition.

Suits the release before it: a copy without a note has an empty one.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_13_library_care"
down_revision = "2026_11_11_library_proposals"


def upgrade() -> None:
    """Add the note."""
    op.add_column("library_copy", sa.Column("note", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    """Take the note away again."""
    op.drop_column("library_copy", "note")
