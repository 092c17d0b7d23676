"""Parties, the lists of their agents, and candidates; frozen with the election they stand in.

Suits the release before it, which has no candidates: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse

revision = "2027_01_07_elections_nominations"
down_revision = "2027_01_06_elections_styles"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ELECTION, CONTEST, OPTION = "elections_election", "elections_contest", "elections_option"
PARTY, SLATE, CANDIDATE = "elections_party", "elections_slate", "elections_candidate"
TABLES = (PARTY, SLATE, CANDIDATE)
FROZEN = "elections_frozen"
STATES = "('filed', 'incomplete', 'accepted', 'rejected', 'withdrawn', 'disqualified')"
# What of a candidate nobody changes once the election is frozen.
PRINTED = ("election_id", "contest_id", "code", "ballot_name", "party_id", "slate_id", "filed_on")
# What is emptied when they leave the town, and never becomes anything else.
PERSONAL = ("given", "middle", "family", "address", "phone", "statement")


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    shared = "" if is_lite() else " FOR SHARE"
    new, old = (
        f"(SELECT state FROM {ELECTION} WHERE id = {row}.election_id{shared})"
        for row in ("NEW", "OLD")
    )
    named = differ("id", "public_id", "created_at")
    found = [
        ("insert", "INSERT", CANDIDATE, f"{new} <> 'draft'", FROZEN),
        ("kept", "DELETE", CANDIDATE, f"{old} <> 'draft'", FROZEN),
        ("named", "UPDATE", CANDIDATE, named, FROZEN),
        ("moved", "UPDATE", CANDIDATE, _moved(), FROZEN),
        (
            *("stays", "UPDATE", CANDIDATE),
            f"({old} <> 'draft' OR {new} <> 'draft') AND ({_reworded(old)})",
            FROZEN,
        ),
        ("insert", "INSERT", SLATE, f"{new} <> 'draft'", FROZEN),
        (
            *("stays", "UPDATE", SLATE),
            differ(
                *("id", "public_id", "created_at", "election_id", "party_id"),
                *("agent_id", "mode", "file_hash", "saved", "refused"),
            ),
            FROZEN,
        ),
        ("kept", "DELETE", SLATE, "", FROZEN),
        ("named", "UPDATE", PARTY, differ("id", "public_id", "created_at", "code"), FROZEN),
    ]
    if is_lite():  # INSERT OR REPLACE deletes there and asks no trigger.
        for table in TABLES:
            same = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR public_id = NEW.public_id)"
            found.append(("replaces", "INSERT", table, same, FROZEN))
    return found


def _moved() -> str:
    """Return when a candidate goes from one state to another that does not follow it."""
    steps = ", ".join(
        f"'{before} {after}'"
        for before, afters in (
            ("filed", ("incomplete", "accepted", "rejected", "withdrawn")),
            ("incomplete", ("filed", "accepted", "rejected", "withdrawn")),
            ("rejected", ("accepted",)),
            ("accepted", ("withdrawn", "disqualified")),
        )
        for after in afters
    )
    return (
        f"OLD.state <> NEW.state AND ((OLD.state || ' ' || NEW.state) NOT IN ({steps})"
        " OR NEW.state = 'disqualified' AND"
        f" (SELECT state FROM {ELECTION} WHERE id = NEW.election_id) = 'draft')"
    )


def _reworded(state: str) -> str:
    """Return when a row of a frozen election changes, but for a disqualification or a leaving."""
    emptied = " OR ".join(f"NEW.{name} NOT IN (OLD.{name}, '')" for name in PERSONAL)
    struck = (
        f"NEW.state = 'disqualified' AND OLD.state = 'accepted' AND {state} IN ('frozen',"
        " 'counting')"
    )
    return (
        f"{differ(*PRINTED, 'option_code')} OR {emptied}"
        f" OR {differ('person')} AND NEW.person IS NOT NULL"
        f" OR {differ('state', 'reason', 'decided_by_id')} AND NOT ({struck})"
    )


def upgrade() -> None:
    """Make the tables, and the triggers that freeze them."""
    _parties()
    _slates()
    _candidates()
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
    for table in reversed(TABLES):
        op.drop_table(table)  # Its triggers go with it.
    if not is_lite():
        for name, _verb, table, *_rest in guards():
            op.execute(f"DROP FUNCTION {table}_{name}()")


def _parties() -> None:
    op.create_table(
        PARTY,
        *_recorded(PARTY),
        *(_text(name) for name in ("code", "name", "colour", "agent")),
        sa.Column("agent_id", WHOLE, nullable=True),
        _check(PARTY, "agent", "agent_id IS NULL OR agent_id > 0"),
    )
    op.create_index(f"uq_{PARTY}", PARTY, ["code"], unique=True)


def _slates() -> None:
    op.create_table(
        SLATE,
        *_recorded(SLATE),
        sa.Column("election_id", WHOLE, nullable=False),
        sa.Column("party_id", WHOLE, nullable=False),
        _text("agent"),
        sa.Column("agent_id", WHOLE, nullable=False),
        *(_text(name) for name in ("mode", "file_hash")),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("saved", "refused")),
        _check(SLATE, "mode", "mode IN ('atomic', 'rows')"),
        _check(SLATE, "file_hash", "length(file_hash) = 64"),
        _check(SLATE, "counts", "saved >= 1 AND refused >= 0 AND (mode = 'rows' OR refused = 0)"),
        _refers(SLATE, "election_id", ELECTION),
        _refers(SLATE, "party_id", PARTY),
    )
    op.create_index(f"ix_{SLATE}_election", SLATE, ["election_id", "id"])


def _candidates() -> None:
    op.create_table(
        CANDIDATE,
        *_recorded(CANDIDATE),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("election_id", "contest_id")),
        *(_text(name) for name in ("code", "given", "middle", "family", "ballot_name")),
        *(_text(name) for name in ("address", "phone", "statement")),
        *(sa.Column(name, WHOLE, nullable=True) for name in ("party_id", "slate_id")),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=False),
        _text("state"),
        sa.Column("option_code", sa.String(), nullable=True),
        _text("decided_by"),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        _text("reason"),
        *_of_candidates(),
    )
    op.create_index(op.f(f"ix_{CANDIDATE}_slate_id"), CANDIDATE, ["slate_id"])
    op.create_index(f"uq_{CANDIDATE}", CANDIDATE, ["election_id", "code"], unique=True)
    op.create_index(f"uq_{CANDIDATE}_person", CANDIDATE, ["contest_id", "person"], unique=True)
    op.create_index(f"uq_{CANDIDATE}_option", CANDIDATE, ["contest_id", "option_code"], unique=True)
    op.create_index(f"ix_{CANDIDATE}_state", CANDIDATE, ["election_id", "state", "id"])


def _of_candidates() -> list[sa.schema.SchemaItem]:
    return [
        _check(CANDIDATE, "state", f"state IN {STATES}"),
        _check(
            *(CANDIDATE, "option"),
            "(state IN ('accepted', 'disqualified')) = (option_code IS NOT NULL)",
        ),
        _check(
            *(CANDIDATE, "decided"),
            "state IN ('filed', 'withdrawn') OR decided_by_id IS NOT NULL AND decided_by_id > 0",
        ),
        _check(
            *(CANDIDATE, "reason"),
            "state NOT IN ('incomplete', 'rejected', 'disqualified') OR reason <> ''",
        ),
        _refers(CANDIDATE, "party_id", PARTY),
        _refers(CANDIDATE, "slate_id", SLATE),
        sa.ForeignKeyConstraint(
            ["election_id", "contest_id"],
            [f"{CONTEST}.election_id", f"{CONTEST}.id"],
            name=op.f(f"fk_{CANDIDATE}_contest"),
        ),
        sa.ForeignKeyConstraint(
            ["contest_id", "option_code"],
            [f"{OPTION}.contest_id", f"{OPTION}.code"],
            name=op.f(f"fk_{CANDIDATE}_option"),
        ),
    ]


def _recorded(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    ]


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _check(table: str, name: str, what: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(what, name=op.f(f"ck_{table}_{name}"))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
