"""Elections: the board that only grows, and what the log key has signed of it.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite, refuse

revision = "2027_01_01_elections_board"
down_revision = "2026_12_30_grocery_hours_wait"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ELECTION, ENTRY, CHECKPOINT = "elections_election", "elections_board_entry", "elections_checkpoint"
TABLES = (ENTRY, CHECKPOINT)
GROWS = "elections_board_only_grows"
WHILE_OPEN = "('open', 'ballot', 'challenged', 'credential-void', 'suspend', 'resume', 'extend')"


def guards() -> list[tuple[str, str, str, str]]:
    """Return every trigger: its name, its verb, its table, and when it refuses."""
    found = [
        ("grows", "INSERT", ENTRY, _out_of_place()),
        ("signs", "INSERT", CHECKPOINT, _unlike()),
    ]
    for table in TABLES:
        found.extend([("stays", "UPDATE", table, ""), ("kept", "DELETE", table, "")])
    return found


def _out_of_place() -> str:
    """Return when an entry does not follow the last one, or comes at another time than its own."""
    mine = f"FROM {ENTRY} WHERE election_id = NEW.election_id"
    state = f"(SELECT state FROM {ELECTION} WHERE id = NEW.election_id)"
    return (
        f"NEW.seq <> coalesce((SELECT max(seq) {mine}), -1) + 1"
        f" OR NEW.prev <> coalesce((SELECT hash {mine} AND seq = NEW.seq - 1), '{'0' * 64}')"
        " OR (NEW.seq = 0) <> (NEW.kind = 'setup')"
        f" OR NEW.kind IN {WHILE_OPEN} AND {state} <> 'frozen'"
    )


def _unlike() -> str:
    """Return when a checkpoint says something else than the board, or is older than another."""
    said = "election_id = NEW.election_id AND seq = NEW.seq AND hash = NEW.hash"
    later = f"SELECT 1 FROM {CHECKPOINT} WHERE election_id = NEW.election_id AND seq >= NEW.seq"
    return f"NOT EXISTS (SELECT 1 FROM {ENTRY} WHERE {said}) OR EXISTS ({later})"


def upgrade() -> None:
    """Make the tables, and the triggers by which they only grow."""
    op.create_table(
        ENTRY,
        sa.Column("election_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("kind", "prev", "body", "hash")),
        sa.PrimaryKeyConstraint("election_id", "seq", name=op.f(f"pk_{ENTRY}")),
        _refers(ENTRY),
    )
    op.create_index("uq_elections_board_prev", ENTRY, ["election_id", "prev"], unique=True)
    op.create_index("ix_elections_board_kind", ENTRY, ["election_id", "kind", "seq"])
    op.create_table(
        CHECKPOINT,
        sa.Column("election_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("election_id", "seq", name=op.f(f"pk_{CHECKPOINT}")),
        _refers(CHECKPOINT),
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


def _refers(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_election_id_{ELECTION}")
    return sa.ForeignKeyConstraint(["election_id"], [f"{ELECTION}.id"], name=name)


def _guard(guard: tuple[str, str, str, str]) -> None:
    refuse((*guard, GROWS))
    _name, verb, table, _condition = guard
    if verb == "DELETE" and not is_lite():  # TRUNCATE asks no trigger of a row.
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION elections_is_not_emptied()"
        )
