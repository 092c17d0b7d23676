"""Rules can be published for a later day.

Suits the release before it: rules without a day were in force when they were published.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_13_library_rules"
down_revision = "2026_11_13_library_readers"


def upgrade() -> None:
    """Add the day."""
    op.add_column("library_ruleset", sa.Column("valid_from", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take the day away again."""
    op.drop_column("library_ruleset", "valid_from")
