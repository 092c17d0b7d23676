"""An administrator counts only if they can sign in: enabled, and with an address they confirmed.

Suits the release before it: it refuses only what would lock everybody out, and an approval in
which one of the two could not have signed in.
"""

from townsquare.migrations.triggers import reword

revision = "2026_11_30_last_admin_enters"
down_revision = "2026_11_30_erasure_by_two"

ENABLED = "a.disabled_at IS NULL"
ENTERS = f"{ENABLED} AND a.confirmed_at IS NOT NULL"
DISABLED = "OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL"
CEASES = (
    "OLD.disabled_at IS NULL AND OLD.confirmed_at IS NOT NULL"
    " AND (NEW.disabled_at IS NOT NULL OR NEW.confirmed_at IS NULL)"
)
# Trigger, what it says, and what it says from now on.
CHANGED = (
    ("core_account_last_administrator", DISABLED, CEASES),
    ("core_account_last_administrator", ENABLED, ENTERS),
    ("core_account_last_administrator_role", ENABLED, ENTERS),
    ("core_proposal_two_administrators", ENABLED, ENTERS),
)


def upgrade() -> None:
    """Count nobody who has never confirmed their address."""
    for name, old, new in CHANGED:
        reword(name, old, new)


def downgrade() -> None:
    """Count them again."""
    for name, old, new in CHANGED:
        reword(name, new, old)
