"""Elections: photos of candidates and symbols of parties, frozen with what they belong to.

Suits the release before it, which has no pictures: what it adds is empty, or has a default.
"""

from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse, reword

revision = "2027_01_12_elections_pictures"
down_revision = "2027_01_11_elections_precincts"

ELECTION, CANDIDATE, PARTY = "elections_election", "elections_candidate", "elections_party"
FROZEN = "elections_frozen"
LARGEST_KEPT = 256 * 1024
SHOWN = ((CANDIDATE, "photo"), (PARTY, "symbol"))
NAMED, SEEN = ("name", "colour"), ("symbol", "symbol_type", "symbol_hash")


def guard() -> Guard:
    """Return the trigger: of a frozen election a photo stays, but for one whose person leaves."""
    shared = "" if is_lite() else " FOR SHARE"
    state = f"(SELECT state FROM {ELECTION} WHERE id = OLD.election_id{shared})"
    leaves = "(NEW.photo IS NULL AND NEW.given = '')"
    changed = differ("photo", "photo_type", "photo_hash")
    return (
        "pictured",
        "UPDATE",
        CANDIDATE,
        f"{changed} AND {state} <> 'draft' AND NOT {leaves}",
        FROZEN,
    )


def upgrade() -> None:
    """Add the columns, an index to find each picture by, and the trigger; widen that of parties."""
    for table, column in SHOWN:
        # Written out, since Alembic adds no constraint to a table of SQLite.
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {'BLOB' if is_lite() else 'BYTEA'}")
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}_type VARCHAR DEFAULT '' NOT NULL")
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column}_hash VARCHAR DEFAULT '' NOT NULL"
            f" CONSTRAINT ck_{table}_{column} CHECK ({_whole(column)})"
        )
        op.create_index(f"ix_{table}_{column}", table, [f"{column}_hash"])
    refuse(guard())
    reword(f"{PARTY}_shown", differ(*NAMED), differ(*NAMED, *SEEN))


def downgrade() -> None:
    """Take it all away again."""
    reword(f"{PARTY}_shown", differ(*NAMED, *SEEN), differ(*NAMED))
    trigger = f"{CANDIDATE}_pictured"
    op.execute(f"DROP TRIGGER {trigger}{'' if is_lite() else f' ON {CANDIDATE}'}")
    if not is_lite():
        op.execute(f"DROP FUNCTION {trigger}()")
    for table, column in reversed(SHOWN):
        op.drop_index(f"ix_{table}_{column}", table)
        for name in (f"{column}_hash", f"{column}_type", column):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _whole(column: str) -> str:
    return (
        f"{column} IS NULL AND {column}_type = '' AND {column}_hash = '' OR"
        f" {column} IS NOT NULL AND length({column}) BETWEEN 1 AND {LARGEST_KEPT}"
        f" AND {column}_type LIKE 'image/%' AND length({column}_hash) = 64"
    )
