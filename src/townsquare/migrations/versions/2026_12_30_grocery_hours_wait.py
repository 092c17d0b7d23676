"""Of two who write hours of one day at once the second one waits, and then sees the first.

Suits the release before it, which writes one week after the other anyway.
"""

from townsquare.migrations.triggers import is_lite, reword

revision = "2026_12_30_grocery_hours_wait"
down_revision = "2026_12_29_ordering_guests"

APART = "grocery_opening_apart"
LOOKS = "BEGIN IF EXISTS"
# SQLite has one who writes.
WAITS = (
    "BEGIN PERFORM pg_advisory_xact_lock(hashtext('grocery_opening'), NEW.weekday::int); IF EXISTS"
)


def upgrade() -> None:
    """Let the guard wait for who writes hours of the same day."""
    if not is_lite():
        reword(APART, LOOKS, WAITS)


def downgrade() -> None:
    """Let it look without waiting."""
    if not is_lite():
        reword(APART, WAITS, LOOKS)
