"""Elections: who votes on which questions, precincts and weights of a roll, and challenges to it.

Suits the release before it: what it adds to tables has a default, and nobody had to give it.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse

revision = "2027_01_06_elections_styles"
down_revision = "2027_01_05_elections_decisions"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ELECTION, CONTEST = "elections_election", "elections_contest"
VOTER, ROLL = "elections_voter", "elections_roll_entry"
STYLE, PART = "elections_style", "elections_style_contest"
CHALLENGE, REMOVAL = "elections_challenge", "elections_removal"
TABLES = (STYLE, PART, CHALLENGE, REMOVAL)
FROZEN, UNDECIDED = "elections_frozen", "elections_roll_undecided"
# Written out, since Alembic adds no constraint to a table of SQLite.
ADDED = (
    (VOTER, "precinct", "VARCHAR DEFAULT '' NOT NULL"),
    (
        *(VOTER, "state"),
        "VARCHAR DEFAULT 'active' NOT NULL CONSTRAINT ck_elections_voter_state"
        " CHECK (state IN ('active', 'suspended'))",
    ),
    (ROLL, "precinct", "VARCHAR DEFAULT '' NOT NULL"),
    (
        *(ROLL, "style_id"),
        f"{{whole}} CONSTRAINT fk_{ROLL}_style_id_{STYLE} REFERENCES {STYLE} (id)",
    ),
    (
        *(ROLL, "state"),
        f"VARCHAR DEFAULT 'eligible' NOT NULL CONSTRAINT ck_{ROLL}_state"
        " CHECK (state IN ('eligible', 'challenged'))",
    ),
)
DECIDED = (
    "state = 'open' AND decided_by_id IS NULL AND ruling = ''"
    " OR state IN ('upheld', 'dismissed') AND decided_by_id > 0 AND ruling <> ''"
    " AND decided_by_id <> filed_by_id"
)
TWO = (
    "proposed_by_id > 0 AND (confirmed_by_id IS NULL OR confirmed_by_id > 0"
    " AND confirmed_by_id <> proposed_by_id)"
)


_CLEARED = " AND NEW.state <> 'challenged'"
_OPEN = (
    f"EXISTS (SELECT 1 FROM {CHALLENGE} c JOIN {VOTER} v ON v.number = c.number"
    " WHERE v.id = OLD.voter_id AND c.election_id = OLD.election_id AND c.state = 'open')"
)


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    found: list[Guard] = [("rolled", "UPDATE", ELECTION, _undecided(), UNDECIDED)]
    for table, path in ((STYLE, ""), (PART, STYLE), (CHALLENGE, ""), (REMOVAL, "")):
        for verb in ("INSERT", "UPDATE", "DELETE"):
            if verb == "UPDATE" and table in (CHALLENGE, REMOVAL):
                continue  # Whoever leaves the town is named no more, also of a frozen election.
            rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[verb]
            told = " OR ".join(f"{_state(row, path)} <> 'draft'" for row in rows)
            found.append((verb.lower(), verb, table, told, FROZEN))
    found.append(("stays", "UPDATE", CHALLENGE, _rejudged(), FROZEN))
    found.append(("kept", "DELETE", CHALLENGE, "", FROZEN))
    for name, verb, left in (("leaves", "DELETE", ""), ("cleared", "UPDATE", _CLEARED)):
        found.append((name, verb, ROLL, f"OLD.state = 'challenged'{left} AND {_OPEN}", UNDECIDED))
    done = differ("confirmed_by_id")
    told = differ("id", "public_id", "election_id", "precinct", "proposed_by_id")
    late = f"(OLD.confirmed_by_id IS NOT NULL OR {_state('NEW', '')} <> 'draft')"
    found.append(("stays", "UPDATE", REMOVAL, f"{told} OR {done} AND {late}", FROZEN))
    found.append(("kept", "DELETE", REMOVAL, "OLD.confirmed_by_id IS NOT NULL", FROZEN))
    if is_lite():  # INSERT OR REPLACE deletes there and asks no trigger.
        for table in (STYLE, CHALLENGE, REMOVAL):
            same = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR public_id = NEW.public_id)"
            found.append(("replaces", "INSERT", table, same, FROZEN))
    return found


def _state(row: str, path: str) -> str:
    whole = f"(SELECT election_id FROM {path} WHERE id = {row}.style_id)" if path else ""
    shared = "" if is_lite() else " FOR SHARE"
    return f"(SELECT state FROM {ELECTION} WHERE id = {whole or f'{row}.election_id'}{shared})"


def _rejudged() -> str:
    """Return when a challenge says something else, but for a voter who leaves the town."""
    told = differ("id", "public_id", "created_at", "election_id", "filed_by_id")
    words = f"{differ('number', 'grounds')} OR OLD.state <> 'open' AND {differ('ruling')}"
    judged = differ("state", "decided_by_id")
    late = f"(OLD.state <> 'open' OR {_state('NEW', '')} <> 'draft')"
    return f"{told} OR substr(NEW.number, 1, 5) <> 'left-' AND ({words}) OR {judged} AND {late}"


def _undecided() -> str:
    """Return when a roll is frozen with somebody on it of whom it is not settled that they vote."""
    return (
        "OLD.state = 'draft' AND NEW.state <> 'draft' AND EXISTS ("
        f"SELECT 1 FROM {ROLL} r JOIN {VOTER} v ON v.id = r.voter_id"
        " WHERE r.election_id = NEW.id AND (r.state <> 'eligible' OR v.state <> 'active'))"
    )


def upgrade() -> None:
    """Make the tables and columns, and the triggers that freeze them."""
    _styles()
    _challenges()
    whole = "INTEGER" if is_lite() else "BIGINT"
    for table, column, told in ADDED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {told.format(whole=whole)}")
    op.create_index(f"ix_{ROLL}_style_id", ROLL, ["style_id"])
    op.create_index(f"ix_{ROLL}_precinct", ROLL, ["election_id", "precinct"])
    for guard in guards():
        refuse(guard)
    if not is_lite():
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION elections_is_not_emptied()"
            )


def downgrade() -> None:
    """Take it all away again."""
    for name, _verb, table, *_rest in guards():
        op.execute(f"DROP TRIGGER {table}_{name}{'' if is_lite() else f' ON {table}'}")
        if not is_lite():
            op.execute(f"DROP FUNCTION {table}_{name}()")
    for name in ("precinct", "style_id"):
        op.drop_index(f"ix_{ROLL}_{name}", ROLL)
    for table, column, _told in reversed(ADDED):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in reversed(TABLES):
        op.drop_table(table)


def _styles() -> None:
    op.create_table(
        STYLE,
        *_recorded(STYLE),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("code", "title")),
        _check(STYLE, "code", "code NOT IN ('', 'all')"),
        _refers(STYLE, "election_id", ELECTION),
    )
    op.create_index(f"uq_{STYLE}_code", STYLE, ["election_id", "code"], unique=True)
    op.create_table(
        PART,
        sa.Column("style_id", WHOLE, nullable=False),
        sa.Column("contest_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("style_id", "contest_id", name=op.f(f"pk_{PART}")),
        _refers(PART, "style_id", STYLE),
        _refers(PART, "contest_id", CONTEST),
    )
    op.create_index(op.f(f"ix_{PART}_contest_id"), PART, ["contest_id"])


def _challenges() -> None:
    op.create_table(
        CHALLENGE,
        *_recorded(CHALLENGE),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("number", "grounds")),
        sa.Column("filed_by", sa.String(), nullable=False),
        sa.Column("filed_by_id", WHOLE, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("state", "ruling")),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        _check(CHALLENGE, "grounds", "grounds <> '' AND filed_by_id > 0"),
        _check(CHALLENGE, "decided", DECIDED),
        _refers(CHALLENGE, "election_id", ELECTION),
    )
    _one_waits(CHALLENGE, "number", "state = 'open'")
    op.create_table(
        REMOVAL,
        *_recorded(REMOVAL),
        sa.Column("precinct", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("confirmed_by_id", WHOLE, nullable=True),
        _check(REMOVAL, "precinct", "precinct <> ''"),
        _check(REMOVAL, "two_people", TWO),
        _refers(REMOVAL, "election_id", ELECTION),
    )
    _one_waits(REMOVAL, "precinct", "confirmed_by_id IS NULL")


def _one_waits(table: str, what: str, when: str) -> None:
    name, columns, of = f"uq_{table}_open", ["election_id", what], sa.text(when)
    op.create_index(name, table, columns, unique=True, sqlite_where=of, postgresql_where=of)


def _recorded(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("election_id", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    ]


def _check(table: str, name: str, what: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(what, name=op.f(f"ck_{table}_{name}"))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
