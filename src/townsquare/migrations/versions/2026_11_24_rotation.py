"""Keys of sealed columns can be retired, and a restored town stands still.

Suits the release before it: it makes new tables, and refuses nothing until a key is retired.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_rotation"
down_revision = "2026_11_23_erasure"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
NAME = "core_retired_key_used"
SEALED = (("core_factor", "secret"), ("core_webhook", "secret"))


def upgrade() -> None:
    """Make the table and guard each sealed column."""
    op.create_table(
        "core_retired_key",
        sa.Column("number", WHOLE, primary_key=True, autoincrement=False),
        sa.Column("mark", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    # A restored town of an older release has this one already: it stands still.
    op.create_table(
        "core_pause",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_core_pause_one")),
        if_not_exists=True,
    )
    for table, column in SEALED:
        for event in ("INSERT", f"UPDATE OF {column}"):
            name = f"{NAME}_{table}_{event.partition(' ')[0].lower()}"
            _guard(name, f"{event} ON {table}", column)


def downgrade() -> None:
    """Refuse nothing."""
    for table, _column in SEALED:
        for event in ("insert", "update"):
            name = f"{NAME}_{table}_{event}"
            if op.get_bind().dialect.name == "sqlite":
                op.execute(f"DROP TRIGGER {name}")
            else:
                op.execute(f"DROP TRIGGER {name} ON {table}")
                op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("core_pause")
    op.drop_table("core_retired_key")


def _guard(name: str, event: str, column: str) -> None:
    used = f"EXISTS (SELECT 1 FROM core_retired_key WHERE mark = substr(NEW.{column}, 2, 2))"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW WHEN {used}"
            f" BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
        )
        return
    # Who sealed with the old key just before it was retired has lost a race: the unit of work is
    # run again, reads the folder of the keys again, and finds the new one.
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {used} THEN"
        f" RAISE EXCEPTION '{NAME}' USING ERRCODE = 'serialization_failure'; END IF; RETURN NEW;"
        " END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
