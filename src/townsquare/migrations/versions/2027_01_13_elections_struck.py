"""Two people disqualify a candidate of a frozen election; the database asks for both.

Suits the release before it: the table is new, and the new trigger refuses what one person alone did
there. Whoever was disqualified before stays so.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import Guard, differ, is_lite, refuse

revision = "2027_01_13_elections_struck"
down_revision = "2027_01_12_elections_pictures"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ELECTION, CANDIDATE = "elections_election", "elections_candidate"
STRIKE = "elections_disqualification"
UNDECIDED, FROZEN = "elections_undecided", "elections_frozen"
TWO = (
    "proposed_by_id > 0 AND (confirmed_by_id IS NULL OR confirmed_by_id > 0"
    " AND confirmed_by_id <> proposed_by_id)"
)
CONFIRMS = "OLD.confirmed_by_id IS NULL AND NEW.confirmed_by_id IS NOT NULL"
# It is counted again, or its board has the result: everybody knows who has won.
COUNTED = (
    "EXISTS (SELECT 1 FROM elections_decision a WHERE a.election_id = e.id"
    " AND a.kind = 'recount' AND a.confirmed_by_id IS NOT NULL)"
)
KNOWN = (
    "EXISTS (SELECT 1 FROM elections_board_entry b WHERE b.election_id = e.id"
    " AND b.kind = 'result')"
)
AGREED = (
    f"EXISTS (SELECT 1 FROM {STRIKE} d WHERE d.candidate_id = NEW.id"
    " AND d.confirmed_by_id = NEW.decided_by_id AND d.reason = NEW.reason)"
)


def guards() -> list[Guard]:
    """Return every trigger: its name, its verb, its table, when it refuses, what it says."""
    told = differ("id", "public_id", "created_at", "election_id", "candidate_id", "reason")
    stays = (
        f"{told} OR {differ('proposed_by_id')} OR OLD.confirmed_by_id IS NOT NULL"
        f" AND {differ('confirmed_by_id', 'confirmed_at')} OR {CONFIRMS} AND {_unfit()}"
    )
    found = [
        ("insert", "INSERT", STRIKE, f"NEW.confirmed_by_id IS NOT NULL OR {_unfit()}", UNDECIDED),
        ("stays", "UPDATE", STRIKE, stays, FROZEN),
        ("kept", "DELETE", STRIKE, "OLD.confirmed_by_id IS NOT NULL", FROZEN),
        (
            *("struck", "UPDATE", CANDIDATE),
            f"NEW.state = 'disqualified' AND OLD.state <> 'disqualified' AND NOT {AGREED}",
            UNDECIDED,
        ),
        ("born", "INSERT", CANDIDATE, "NEW.state = 'disqualified'", UNDECIDED),
    ]
    if is_lite():  # INSERT OR REPLACE deletes there and asks no trigger.
        same = (
            f"EXISTS (SELECT 1 FROM {STRIKE} WHERE id = NEW.id OR public_id = NEW.public_id"
            " OR candidate_id = NEW.candidate_id AND confirmed_by_id IS NOT NULL)"
        )
        found.append(("replaces", "INSERT", STRIKE, same, FROZEN))
    return found


def _unfit() -> str:
    """Return when somebody cannot be struck out: of another election, or of a counted one."""
    shared = "" if is_lite() else " FOR SHARE OF e"
    fits = (
        f"SELECT 1 FROM {CANDIDATE} c JOIN {ELECTION} e ON e.id = c.election_id"
        " WHERE c.id = NEW.candidate_id AND c.election_id = NEW.election_id"
        " AND c.state = 'accepted' AND e.state IN ('frozen', 'counting')"
        f" AND e.tier <> 'imported' AND NOT {COUNTED} AND NOT {KNOWN}{shared}"
    )
    return f"NOT EXISTS ({fits})"


def upgrade() -> None:
    """Make the table, and the triggers that ask for two people."""
    op.create_table(
        STRIKE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("election_id", "candidate_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("reason", "proposed_by")),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("confirmed_by_id", WHOLE, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{STRIKE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{STRIKE}_public_id")),
        _check("reason", "reason <> ''"),
        _check("two_people", TWO),
        _check("confirmed", "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)"),
        _refers("election_id", ELECTION),
        _refers("candidate_id", CANDIDATE),
    )
    op.create_index(op.f(f"ix_{STRIKE}_election_id"), STRIKE, ["election_id"])
    op.create_index(f"uq_{STRIKE}", STRIKE, ["candidate_id"], unique=True)
    for guard in guards():
        refuse(guard)
    if not is_lite():
        op.execute(
            f"CREATE TRIGGER {STRIKE}_is_not_emptied BEFORE TRUNCATE ON {STRIKE}"
            " FOR EACH STATEMENT EXECUTE FUNCTION elections_is_not_emptied()"
        )


def downgrade() -> None:
    """Take it all away again."""
    for name, _verb, table, *_rest in guards():
        on = "" if is_lite() else f" ON {table}"
        op.execute(f"DROP TRIGGER {table}_{name}{on}")
        if not is_lite():
            op.execute(f"DROP FUNCTION {table}_{name}()")
    op.drop_table(STRIKE)


def _check(name: str, what: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(what, name=op.f(f"ck_{STRIKE}_{name}"))


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{STRIKE}_{column}_{to}"))
