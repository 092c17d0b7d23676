"""How each fine was counted, kept beside its charge for ever.

Suits the release before it: it only makes a table. Fines from before are shown without their days.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_11_library_fines"
down_revision = "2026_11_11_ledger"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
GUARDS = (("library_fine_stays", "UPDATE"), ("library_fine_is_kept", "DELETE"))
SAID = "library_fine_is_frozen"


def upgrade() -> None:
    """Make the table and its guards."""
    op.create_table(
        "library_fine",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("charge", sa.String(), nullable=False),
        sa.Column("loan_id", WHOLE, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("until_at", MOMENT, nullable=False),
        sa.Column("late_days", WHOLE, nullable=False),
        sa.Column("counted_days", WHOLE, nullable=False),
        sa.Column("rate_minor", WHOLE, nullable=False),
        sa.Column("cap_minor", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["library_loan.id"], name=op.f("fk_library_fine_loan_id_library_loan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_fine")),
        sa.UniqueConstraint("charge", name=op.f("uq_library_fine_charge")),
    )
    op.create_index(op.f("ix_library_fine_loan_id"), "library_fine", ["loan_id"], unique=False)
    for name, verb in GUARDS:
        _guard(name, verb)


def downgrade() -> None:
    """Take everything away again."""
    op.drop_table("library_fine")  # Its triggers go with it.
    if op.get_bind().dialect.name != "sqlite":
        for name, _verb in GUARDS:
            op.execute(f"DROP FUNCTION {name}()")


def _guard(name: str, verb: str) -> None:
    event = f"BEFORE {verb} ON library_fine FOR EACH ROW"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} {event} BEGIN SELECT RAISE(ABORT, '{SAID}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{SAID}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()")
