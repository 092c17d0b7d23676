"""Elections: which ballots, claims and challenges the board holds.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite, refuse

revision = "2027_01_04_elections_casting"
down_revision = "2027_01_03_elections_ceremony"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ELECTION, ROLL, ENTRY = "elections_election", "elections_roll_entry", "elections_board_entry"
CREDENTIAL, BALLOT = "elections_credential", "elections_ballot"
CLAIM, CHALLENGED = "elections_credential_claim", "elections_challenged"
TABLES = (BALLOT, CLAIM, CHALLENGED)
SEALED = "elections_urn_is_sealed"
SHUT = "(SELECT state FROM elections_election WHERE id = NEW.election_id) <> 'frozen'"


def guards() -> list[tuple[str, str, str, str]]:
    """Return every trigger: its name, its verb, its table, and when it refuses."""
    void = f"(SELECT state FROM {CREDENTIAL} WHERE id = OLD.credential_id) <> 'void'"
    found = [
        ("enters", "INSERT", BALLOT, f"{SHUT} OR {_unlike()}"),
        ("binds", "INSERT", CLAIM, f"{SHUT} OR {_foreign()}"),
        ("bars", "INSERT", CHALLENGED, f"{SHUT} OR {_in(BALLOT)}"),
        ("kept", "DELETE", BALLOT, ""),
        ("kept", "DELETE", CLAIM, void),
        ("kept", "DELETE", CHALLENGED, ""),
    ]
    return [*found, *(("stays", "UPDATE", table, "") for table in TABLES)]


def _unlike() -> str:
    """Return when a ballot is not the next one of its credential, or not one of the board."""
    mine = "election_id = NEW.election_id AND credential_id = NEW.credential_id"
    last = f"(SELECT max(sequence) FROM {BALLOT} WHERE {mine})"
    entered = "election_id = NEW.election_id AND seq = NEW.board_seq AND kind = 'ballot'"
    whose = "id = NEW.credential_id AND election_id = NEW.election_id AND state = 'active'"
    return (
        f"NEW.sequence <> coalesce({last}, 0) + 1 OR {_in(CHALLENGED)}"
        f" OR NOT EXISTS (SELECT 1 FROM {ENTRY} WHERE {entered})"
        f" OR NOT EXISTS (SELECT 1 FROM {CREDENTIAL} WHERE {whose})"
    )


def _in(table: str) -> str:
    same = "election_id = NEW.election_id AND body_hash = NEW.body_hash"
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"


def _foreign() -> str:
    """Return when a place on the roll, or a credential, is one of another election, or is bound."""
    found = (
        f"NOT EXISTS (SELECT 1 FROM {ROLL} WHERE id = NEW.roll_entry_id"
        " AND election_id = NEW.election_id)"
        f" OR NOT EXISTS (SELECT 1 FROM {CREDENTIAL} WHERE id = NEW.credential_id"
        " AND election_id = NEW.election_id AND state = 'active')"
    )
    if is_lite():  # INSERT OR REPLACE deletes and asks no trigger.
        same = "roll_entry_id = NEW.roll_entry_id OR credential_id = NEW.credential_id"
        found += f" OR EXISTS (SELECT 1 FROM {CLAIM} WHERE {same})"
    return found


def upgrade() -> None:
    """Make the tables, and the triggers that seal them."""
    op.create_table(
        BALLOT,
        sa.Column("election_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        *(sa.Column(n, WHOLE, nullable=False) for n in ("credential_id", "sequence", "board_seq")),
        sa.Column("by_server", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("election_id", "body_hash", name=op.f(f"pk_{BALLOT}")),
        sa.CheckConstraint("sequence >= 1", name=op.f(f"ck_{BALLOT}_sequence")),
        _refers(BALLOT, "election_id", ELECTION),
        _refers(BALLOT, "credential_id", CREDENTIAL),
        sqlite_with_rowid=False,
    )
    numbered = ["election_id", "credential_id", "sequence"]
    op.create_index("uq_elections_ballot_sequence", BALLOT, numbered, unique=True)
    op.create_index("uq_elections_ballot_seq", BALLOT, ["election_id", "board_seq"], unique=True)
    op.create_table(
        CLAIM,
        sa.Column("roll_entry_id", WHOLE, autoincrement=False, nullable=False),
        *(sa.Column(n, WHOLE, nullable=False) for n in ("election_id", "credential_id")),
        sa.PrimaryKeyConstraint("roll_entry_id", name=op.f(f"pk_{CLAIM}")),
        _refers(CLAIM, "roll_entry_id", ROLL),
        _refers(CLAIM, "election_id", ELECTION),
        _refers(CLAIM, "credential_id", CREDENTIAL),
    )
    claimed = ["election_id", "credential_id"]
    op.create_index("uq_elections_claim_credential", CLAIM, claimed, unique=True)
    op.create_table(
        CHALLENGED,
        sa.Column("election_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("board_seq", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("election_id", "body_hash", name=op.f(f"pk_{CHALLENGED}")),
        _refers(CHALLENGED, "election_id", ELECTION),
        sqlite_with_rowid=False,
    )
    for guard in guards():
        _guard(guard)


def downgrade() -> None:
    """Take it all away again."""
    for table in reversed(TABLES):
        op.drop_table(table)  # Its triggers go with it.
    if not is_lite():
        for name, _verb, table, _condition in guards():
            op.execute(f"DROP FUNCTION {table}_{name}()")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _guard(guard: tuple[str, str, str, str]) -> None:
    refuse((*guard, SEALED))
    _name, verb, table, _condition = guard
    if verb == "DELETE" and not is_lite():  # TRUNCATE asks no trigger of a row.
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION elections_is_not_emptied()"
        )
