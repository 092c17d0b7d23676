"""Elections begin as drafts; parties and wards keep their names once something of them is frozen.

Suits the release before it, which never inserts another state; there a renaming that is refused
from here on fails as a whole, and changes nothing.
"""

from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse

revision = "2027_01_09_elections_begin"
down_revision = "2027_01_08_elections_waivers"

ELECTION, PARTY, PRECINCT = "elections_election", "elections_party", "elections_precinct"
CANDIDATE, PLACE = "elections_candidate", "elections_election_precinct"
FROZEN = "elections_frozen"


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    return [
        ("begins", "INSERT", ELECTION, "NEW.state <> 'draft'", FROZEN),
        ("shown", "UPDATE", PARTY, _shown(), FROZEN),
        ("above", "UPDATE", PRECINCT, _above(), FROZEN),
    ]


def _shown() -> str:
    """Return when a party gets another name or colour for which somebody stands by now."""
    stands = (
        f"SELECT e.state FROM {CANDIDATE} c JOIN {ELECTION} e ON e.id = c.election_id"
        f" WHERE c.party_id = OLD.id{_shared()}"
    )
    return f"{differ('name', 'colour')} AND {_frozen(stands)}"


def _above() -> str:
    """Return when a ward gets another name whose precincts are those of a frozen election."""
    below = (
        f"SELECT e.state FROM {PRECINCT} q JOIN {PLACE} p ON p.precinct_id = q.id"
        f" JOIN {ELECTION} e ON e.id = p.election_id WHERE q.parent_id = OLD.id{_shared()}"
    )
    return f"{differ('code', 'name', 'parent_id')} AND {_frozen(below)}"


def _frozen(held: str) -> str:
    return f"EXISTS (SELECT 1 FROM ({held}) AS held WHERE held.state <> 'draft')"


def _shared() -> str:
    """Let it wait for who freezes one of the elections at this moment."""
    return "" if is_lite() else " FOR SHARE OF e"


def upgrade() -> None:
    """Add the triggers."""
    for guard in guards():
        refuse(guard)


def downgrade() -> None:
    """Take them away again."""
    for name, _verb, table, *_rest in guards():
        op.execute(f"DROP TRIGGER {table}_{name}{'' if is_lite() else f' ON {table}'}")
        if not is_lite():
            op.execute(f"DROP FUNCTION {table}_{name}()")
