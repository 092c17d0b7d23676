"""Elections: a style is said once for a precinct, and those of its roll have it.

Suits the release before it: the column that it adds has a default, and nobody had to give it; who
comes onto a roll by that release has no style, as there, until somebody says it of their precinct.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse

revision = "2027_01_11_elections_precincts"
down_revision = "2027_01_10_elections_weights"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ELECTION, ROLL = "elections_election", "elections_roll_entry"
STYLE, RULE = "elections_style", "elections_precinct_style"
OF_ELECTION, FROZEN = "uq_elections_style_of", "elections_frozen"
# Written out, since Alembic adds no constraint to a table of SQLite.
ADDED = (
    f"ALTER TABLE {ROLL} ADD COLUMN style_by_precinct BOOLEAN DEFAULT {{no}} NOT NULL"
    f" CONSTRAINT ck_{ROLL}_style_by_precinct CHECK (NOT style_by_precinct OR style_id IS NOT NULL)"
)


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    found: list[Guard] = []
    for verb in ("INSERT", "UPDATE", "DELETE"):
        rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[verb]
        told = " OR ".join(f"{_state(row)} <> 'draft'" for row in rows)
        found.append((verb.lower(), verb, RULE, told, FROZEN))
    # What a row is known by stays: on SQLite UPDATE OR REPLACE puts one in the place of another, a
    # frozen one as well, and asks no trigger about that.
    found += [("named", "UPDATE", one, differ("id", "public_id"), FROZEN) for one in (STYLE, RULE)]
    if is_lite():  # INSERT OR REPLACE deletes there and asks no trigger.
        same = f"EXISTS (SELECT 1 FROM {RULE} WHERE id = NEW.id OR public_id = NEW.public_id)"
        found.append(("replaces", "INSERT", RULE, same, FROZEN))
    return found


def _state(row: str) -> str:
    shared = "" if is_lite() else " FOR SHARE"
    return f"(SELECT state FROM {ELECTION} WHERE id = {row}.election_id{shared})"


def upgrade() -> None:
    """Make the table and the column, and the triggers that freeze them."""
    op.create_index(OF_ELECTION, STYLE, ["election_id", "id"], unique=True)
    op.create_table(
        RULE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("election_id", "style_id")),
        sa.Column("precinct", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{RULE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{RULE}_public_id")),
        sa.CheckConstraint("precinct <> ''", name=op.f(f"ck_{RULE}_precinct")),
        sa.ForeignKeyConstraint(
            ["election_id"], [f"{ELECTION}.id"], name=op.f(f"fk_{RULE}_election_id_{ELECTION}")
        ),
        sa.ForeignKeyConstraint(
            ["election_id", "style_id"],
            [f"{STYLE}.election_id", f"{STYLE}.id"],
            name=op.f(f"fk_{RULE}_style"),
        ),
    )
    op.create_index(f"uq_{RULE}", RULE, ["election_id", "precinct"], unique=True)
    op.create_index(f"ix_{RULE}_style", RULE, ["election_id", "style_id"])
    op.execute(ADDED.format(no="0" if is_lite() else "false"))
    for guard in guards():
        refuse(guard)
    if not is_lite():
        op.execute(
            f"CREATE TRIGGER {RULE}_is_not_emptied BEFORE TRUNCATE ON {RULE}"
            " FOR EACH STATEMENT EXECUTE FUNCTION elections_is_not_emptied()"
        )


def downgrade() -> None:
    """Take it all away again; who has a style of their precinct keeps it as their own."""
    for name, _verb, table, *_rest in guards():
        op.execute(f"DROP TRIGGER {table}_{name}{'' if is_lite() else f' ON {table}'}")
        if not is_lite():
            op.execute(f"DROP FUNCTION {table}_{name}()")
    op.execute(f"ALTER TABLE {ROLL} DROP COLUMN style_by_precinct")
    op.drop_table(RULE)
    op.drop_index(OF_ELECTION, STYLE)
