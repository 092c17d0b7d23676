"""Loans by their day are open ones, and holds are found by the copy that they name.

SQLite took the index of what is due for the loans of one reader, and walked those of all the
others: 5 ms of each lending among 30,000 open loans. Who undid an import walked all holds, twice
for each copy. Suits the release before it: an index changes no answer.
"""

from alembic import op
from sqlalchemy import text

revision = "2027_01_18_library_open_loans"
down_revision = "2027_01_17_payments_postings"

LOAN, HOLD = "library_loan", "library_hold"
DUE, LENT = "ix_library_loan_due", "ix_library_loan_lent"
NAMED = ("copy_id", "wanted_copy_id")


def upgrade() -> None:
    """Leave the closed loans out of two indexes, and make two of holds."""
    _again({DUE: ["due_at", "id"], LENT: ["id"]}, "closed_reason IS NULL")
    for column in NAMED:
        named = text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_{HOLD}_{column}", HOLD, [column], sqlite_where=named, postgresql_where=named
        )


def downgrade() -> None:
    """Put the closed loans in again."""
    for column in NAMED:
        op.drop_index(f"ix_{HOLD}_{column}", HOLD)
    _again({DUE: ["closed_reason", "due_at", "id"], LENT: ["closed_reason", "id"]}, "")


def _again(indexes: dict[str, list[str]], only: str) -> None:
    where = text(only) if only else None
    for name, columns in indexes.items():
        op.drop_index(name, LOAN)
        op.create_index(name, LOAN, columns, sqlite_where=where, postgresql_where=where)
