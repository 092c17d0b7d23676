"""An entry of a board is asked for its kind only where its election is not frozen, on SQLite.

A list of more than two kinds is a table of its own there, made anew for each entry: a third of what
the guard takes, and the most where memory is far. What is refused stays the same.
"""

from townsquare.migrations.triggers import is_lite, reword

revision = "2027_01_20_elections_board_kind"
down_revision = "2027_01_19_stock_live_holds"

GUARD = "elections_board_entry_grows"
KIND = (
    "NEW.kind IN ('open', 'ballot', 'challenged', 'credential-void', 'suspend', 'resume', 'extend')"
)
STATE = "(SELECT state FROM elections_election WHERE id = NEW.election_id) <> 'frozen'"


def upgrade() -> None:
    """Ask for the state first, which nearly always decides."""
    if is_lite():  # PostgreSQL compares with a list where it stands.
        reword(GUARD, f"{KIND} AND {STATE}", f"{STATE} AND {KIND}")


def downgrade() -> None:
    """Ask for the kind first again."""
    if is_lite():
        reword(GUARD, f"{STATE} AND {KIND}", f"{KIND} AND {STATE}")
