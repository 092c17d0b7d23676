"""The orders of one guest are found by their key, however many guests there were.

Suits the release before it: an index changes no answer.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_29_ordering_guests"
down_revision = "2026_12_28_catalogue_listed"

NAME, TABLE = "ix_ordering_order_guest", "ordering_order"
GUESTS = sa.text("guest_token != ''")


def upgrade() -> None:
    """Add the index; orders of people who are signed in are not in it."""
    columns = ["guest_token", "party", "shop_id", "id"]
    op.create_index(NAME, TABLE, columns, sqlite_where=GUESTS, postgresql_where=GUESTS)


def downgrade() -> None:
    """Take the index away again."""
    op.drop_index(NAME, TABLE)
