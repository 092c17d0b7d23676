"""Refunds that were refused: why, and in which other way they were paid back in the end.

Suits the release before it: what is new is empty, and it never asks for another way. It knows
nothing of money that waits since its card is stuck, and would ask a provider for it: nobody goes
back while there is some.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite, reword

revision = "2026_12_20_refused_refunds"
down_revision = "2026_12_20_payments_holders"

TABLE = "payments_refund"
COLUMNS = (("refused", ""), ("instead", " CHECK (instead = '' OR state = 'done')"))
_STEPS = "(OLD.state || ' ' || NEW.state) NOT IN ('asked done', 'asked failed', 'failed asked')"
_OTHERWISE = "OLD.state = 'failed' AND NEW.state = 'done' AND OLD.instead = ''"
# Paid in another way it was refused before, and goes nowhere else afterwards.
_MORE = (
    f"{_STEPS} AND NOT ({_OTHERWISE} AND NEW.instead <> '')"
    f" OR OLD.instead <> NEW.instead AND NOT ({_OTHERWISE})"
    " OR OLD.refused <> NEW.refused AND OLD.state = NEW.state"
)
BEGINS = "payments_refund_begins"
# Nothing has become of a new one, but that its card is stuck from the start.
_BEGUN = "NEW.instead <> '' OR (NEW.state = 'failed') <> (NEW.refused <> '')"
_STUCK = (
    f"SELECT count(*) FROM {TABLE} r JOIN payments_payment p ON p.id = r.payment_id"
    " WHERE r.state = 'failed' AND p.method <> 'online'"
)


def upgrade() -> None:
    """Let a refund say both, and guard what it says."""
    for column, check in COLUMNS:
        told = f"CONSTRAINT ck_{TABLE}_{column}{check}" if check else ""
        op.execute(f"ALTER TABLE {TABLE} ADD COLUMN {column} VARCHAR DEFAULT '' NOT NULL {told}")
    reword("payments_refund_moves", _STEPS, _MORE)
    _guard()
    failed = sa.text("state = 'failed'")
    op.create_index(
        "ix_payments_refund_failed",
        TABLE,
        ["id"],
        unique=False,
        sqlite_where=failed,
        postgresql_where=failed,
    )


def downgrade() -> None:
    """Take both away again; what was paid in another way stays done.

    Raises RuntimeError while money waits whose gift card is stuck.
    """
    if op.get_bind().execute(sa.text(_STUCK)).scalar_one():
        message = "There are refunds whose gift card is stuck; pay them another way first."
        raise RuntimeError(message)
    op.execute(f"DROP TRIGGER {BEGINS}" + ("" if is_lite() else f" ON {TABLE}"))
    if not is_lite():
        op.execute(f"DROP FUNCTION {BEGINS}()")
    op.drop_index("ix_payments_refund_failed", TABLE)
    reword("payments_refund_moves", _MORE, _STEPS)
    for column, _check in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {TABLE} DROP COLUMN {column}")


def _guard() -> None:
    """Let nobody write a refund of which something has become already."""
    event = f"CREATE TRIGGER {BEGINS} BEFORE INSERT ON {TABLE} FOR EACH ROW"
    if is_lite():
        op.execute(f"{event} WHEN {_BEGUN} BEGIN SELECT RAISE(ABORT, '{BEGINS}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {BEGINS}() RETURNS trigger AS $$ BEGIN IF {_BEGUN} THEN"
        f" RAISE EXCEPTION '{BEGINS}' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"{event} EXECUTE FUNCTION {BEGINS}()")
