"""Readers choose whether past loans are kept, and when mails may reach them.

Suits the release before it: without a choice nothing is kept and mails go out as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_13_library_wishes"
down_revision = "2026_11_13_library_waits"

CHOICES = (
    ("library_patron", "keep_history", sa.Boolean(), sa.false()),
    ("library_patron", "mails", sa.Boolean(), sa.true()),
    ("library_patron", "quiet_from", sa.Time(), None),
    ("library_patron", "quiet_to", sa.Time(), None),
    ("library_loan", "kept", sa.Boolean(), sa.false()),
)


def upgrade() -> None:
    """Add the choices."""
    for table, name, kind, usual in CHOICES:
        op.add_column(table, sa.Column(name, kind, server_default=usual, nullable=usual is None))


def downgrade() -> None:
    """Take the choices away again."""
    for table, name, _kind, _usual in reversed(CHOICES):
        op.drop_column(table, name)
