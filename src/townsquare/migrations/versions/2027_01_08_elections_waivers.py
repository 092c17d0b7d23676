"""Elections: why an encrypted one is frozen without a rehearsal, and no freezing without either.

Suits the release before it: what it adds has a default. That release freezes what was rehearsed,
and is refused the rest, which it cannot waive.
"""

from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse

revision = "2027_01_08_elections_waivers"
down_revision = "2027_01_07_elections_nominations"

ELECTION = "elections_election"
FROZEN, UNREHEARSED = "elections_frozen", "elections_unrehearsed"
# Written out, since Alembic adds no constraint to a table of SQLite.
ADDED = (
    ("waiver", "VARCHAR DEFAULT '' NOT NULL"),
    ("waived_by", "VARCHAR DEFAULT '' NOT NULL"),
    (
        "waived_by_id",
        "{whole} CONSTRAINT ck_elections_election_waiver"
        " CHECK ((waiver = '') = (waived_by_id IS NULL))",
    ),
)
TALLIED = (
    f"EXISTS (SELECT 1 FROM {ELECTION} o WHERE o.rehearsal_of = NEW.public_id"
    " AND o.state IN ('closed', 'certified'))"
)


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    unrehearsed = (
        "OLD.state = 'draft' AND NEW.state <> 'draft' AND NEW.tier = 'encrypted'"
        f" AND NOT NEW.rehearsal AND NEW.waiver = '' AND NOT {TALLIED}"
    )
    waived = f"OLD.state <> 'draft' AND {differ('waiver', 'waived_by_id')}"
    return [
        ("rehearsed", "UPDATE", ELECTION, unrehearsed, UNREHEARSED),
        ("waived", "UPDATE", ELECTION, waived, FROZEN),
    ]


def upgrade() -> None:
    """Add the columns, an index to find rehearsals by, and the triggers."""
    whole = "INTEGER" if is_lite() else "BIGINT"
    for column, told in ADDED:
        op.execute(f"ALTER TABLE {ELECTION} ADD COLUMN {column} {told.format(whole=whole)}")
    op.create_index(f"ix_{ELECTION}_rehearsal_of", ELECTION, ["rehearsal_of"])
    for guard in guards():
        refuse(guard)


def downgrade() -> None:
    """Take it all away again."""
    for name, _verb, table, *_rest in guards():
        op.execute(f"DROP TRIGGER {table}_{name}{'' if is_lite() else f' ON {table}'}")
        if not is_lite():
            op.execute(f"DROP FUNCTION {table}_{name}()")
    op.drop_index(f"ix_{ELECTION}_rehearsal_of", ELECTION)
    for column, _told in reversed(ADDED):
        op.execute(f"ALTER TABLE {ELECTION} DROP COLUMN {column}")
