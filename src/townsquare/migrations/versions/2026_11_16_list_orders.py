"""Indexes for the orders of two lists that grow: open loans as lent, charges by their amount.

Suits the release before it: an index changes no answer.
"""

from alembic import op

revision = "2026_11_16_list_orders"
down_revision = "2026_11_16_library_refunds"

INDEXES = (
    ("ix_library_loan_lent", "library_loan", ["closed_reason", "id"]),
    ("ix_payments_charge_amount", "payments_charge", ["shop", "amount_minor", "id"]),
)


def upgrade() -> None:
    """Add the indexes."""
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take the indexes away again."""
    for name, table, _columns in INDEXES:
        op.drop_index(name, table)
