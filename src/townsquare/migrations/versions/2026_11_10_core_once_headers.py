"""The headers of a first answer, so that the same wish is answered alike.

Suits the release before it: what it writes has no headers, and the column allows for that.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_10_core_once_headers"
down_revision = "2026_11_07_library_lending"


def upgrade() -> None:
    """Keep headers with each key."""
    op.add_column("core_once", sa.Column("headers", sa.String, nullable=False, server_default=""))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("core_once", "headers")
