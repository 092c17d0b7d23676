"""Shifts are of an account: two people of one name do not share a till.

Suits the release before it: a shift that names no account is nobody's own.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import reword

revision = "2026_12_20_payments_holders"
down_revision = "2026_12_18_catalogue_order"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STAYS = "OLD.till_id <> NEW.till_id OR "
_BOTH_STAY = (
    "OLD.opened_by_id <> NEW.opened_by_id"
    " OR (OLD.opened_by_id IS NULL) <> (NEW.opened_by_id IS NULL) OR " + _STAYS
)
_NAMED = "core_account a WHERE a.name = payments_shift.opened_by"
# Whose an open one is, where one account alone has the name that it was opened under.
_WHOSE = (
    f"UPDATE payments_shift SET opened_by_id = (SELECT min(a.id) FROM {_NAMED})"
    f" WHERE state <> 'closed' AND (SELECT count(*) FROM {_NAMED}) = 1"
)


def upgrade() -> None:
    """Let each shift name its account, for good."""
    op.add_column("payments_shift", sa.Column("opened_by_id", WHOLE, nullable=True))
    op.execute(_WHOSE)
    reword("payments_shift_stays", _STAYS, _BOTH_STAY)


def downgrade() -> None:
    """Let names alone say it again."""
    reword("payments_shift_stays", _BOTH_STAY, _STAYS)
    op.drop_column("payments_shift", "opened_by_id")
