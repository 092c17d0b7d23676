"""A question of an election may ask for a majority; frozen with it by the triggers of the question.

Suits the release before it: the columns may be empty, which is no majority, and that release sets
none.
"""

from alembic import op

from townsquare.migrations.triggers import Guard, is_lite, refuse

revision = "2027_01_14_elections_majorities"
down_revision = "2027_01_13_elections_struck"

ELECTION, CONTEST = "elections_election", "elections_contest"
NOWHERE = "elections_no_majority"
# Written out, since Alembic adds no constraint to a table of SQLite. The checks over several
# columns stand with the last one of them.
ADDED = (
    ("majority_num", "{whole}"),
    ("majority_den", "{whole}"),
    ("majority_strict", "BOOLEAN"),
    (
        "majority_base",
        "VARCHAR"
        f" CONSTRAINT ck_{CONTEST}_majority_whole"
        " CHECK ((majority_num IS NULL) = (majority_den IS NULL)"
        " AND (majority_num IS NULL) = (majority_strict IS NULL)"
        " AND (majority_num IS NULL) = (majority_base IS NULL))"
        f" CONSTRAINT ck_{CONTEST}_majority_part"
        " CHECK (majority_num > 0 AND majority_den <= 1000 AND (majority_num < majority_den"
        " OR majority_num = majority_den AND NOT majority_strict))"
        f" CONSTRAINT ck_{CONTEST}_majority_base CHECK (majority_base IN ('valid', 'cast', 'roll'))"
        f" CONSTRAINT ck_{CONTEST}_majority_kind CHECK (majority_num IS NULL OR kind = 'choose')",
    ),
)
COUNTED_HERE = "('poll', 'paper')"


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    shared = "" if is_lite() else f" FOR SHARE OF {ELECTION}"
    tier = f"(SELECT tier FROM {ELECTION} WHERE id = NEW.election_id{shared})"
    nowhere = f"NEW.majority_num IS NOT NULL AND {tier} NOT IN {COUNTED_HERE}"
    asked = (
        f"EXISTS (SELECT 1 FROM {CONTEST} c WHERE c.election_id = NEW.id"
        " AND c.majority_num IS NOT NULL)"
    )
    moved = f"OLD.tier <> NEW.tier AND NEW.tier NOT IN {COUNTED_HERE} AND {asked}"
    return [
        ("majority", "INSERT", CONTEST, nowhere, NOWHERE),
        ("majority_moved", "UPDATE", CONTEST, nowhere, NOWHERE),
        ("majority", "UPDATE", ELECTION, moved, NOWHERE),
    ]


def upgrade() -> None:
    """Add the columns with what they may hold, and refuse a majority where none is counted."""
    whole = "INTEGER" if is_lite() else "BIGINT"
    for column, told in ADDED:
        op.execute(f"ALTER TABLE {CONTEST} ADD COLUMN {column} {told.format(whole=whole)}")
    for guard in guards():
        refuse(guard)


def downgrade() -> None:
    """Take it all away again; a question that asked for a majority does so no more."""
    for name, _verb, table, *_rest in guards():
        op.execute(f"DROP TRIGGER {table}_{name}{'' if is_lite() else f' ON {table}'}")
        if not is_lite():
            op.execute(f"DROP FUNCTION {table}_{name}()")
    for column, _told in reversed(ADDED):
        op.execute(f"ALTER TABLE {CONTEST} DROP COLUMN {column}")
