"""The postings of an entry are found together with their accounts.

What moves the balances asks for both, and SQLite took the index of the account: it walked all its
postings for each entry, 43 ms after 100,000. Suits the release before it: an index changes no
answer.
"""

from alembic import op

revision = "2027_01_17_payments_postings"
down_revision = "2027_01_16_elections_claims"

TABLE = "payments_posting"
OLD, NEW = "ix_payments_posting_entry_id", "ix_payments_posting_entry"


def upgrade() -> None:
    """Let the index of the entry have the account as well."""
    op.create_index(NEW, TABLE, ["entry_id", "account_id"])
    op.drop_index(OLD, TABLE)


def downgrade() -> None:
    """Let it have the entry alone."""
    op.create_index(OLD, TABLE, ["entry_id"])
    op.drop_index(NEW, TABLE)
