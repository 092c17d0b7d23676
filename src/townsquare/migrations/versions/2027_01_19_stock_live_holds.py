"""Live holds of a level are found by when they run out.

Whoever looked how much of a product is free walked all holds on it for those that have run out: 10
steps of SQLite for each open cart. Suits the release before it: an index changes no answer.
"""

from alembic import op
from sqlalchemy import text

revision = "2027_01_19_stock_live_holds"
down_revision = "2027_01_18_library_open_loans"

INDEX, TABLE = "ix_stock_reservation_live", "stock_reservation"
LIVE = text("state = 'live'")


def upgrade() -> None:
    """Make the index anew, with the moment."""
    _again(["level_id", "expires_at"])


def downgrade() -> None:
    """Make it anew, without the moment."""
    _again(["level_id"])


def _again(columns: list[str]) -> None:
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, columns, sqlite_where=LIVE, postgresql_where=LIVE)
