"""The index of the board by kinds has no ballots any more, so that casting does not write it.

Triggers of rare acts that look for a result by its kind walk the board on SQLite, 6 ms for 20,000
entries. Suits the release before it: an index changes no answer.
"""

from alembic import op
from sqlalchemy import text

revision = "2027_01_15_elections_few_kinds"
down_revision = "2027_01_14_elections_majorities"

INDEX, TABLE = "ix_elections_board_kind", "elections_board_entry"
COLUMNS = ["election_id", "kind", "seq"]
NO_BALLOT = text("kind <> 'ballot'")


def upgrade() -> None:
    """Make the index anew, without ballots."""
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, COLUMNS, sqlite_where=NO_BALLOT, postgresql_where=NO_BALLOT)


def downgrade() -> None:
    """Make the index anew, with ballots."""
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, COLUMNS)
