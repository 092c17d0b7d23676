"""Refunds know whose account let them go back, and whose paid them another way.

Above the limit of an order in the shop these are two people, whoever writes it down. The account of
an earlier refund is that of the audit, where only one has let so much of the payment go back; where
several have, it stays unknown and hinders nobody. Suits the release before it but for that: above
the limit it cannot pay another way, since it does not say who does.
"""

from alembic import op
from sqlalchemy import text

from townsquare.migrations.triggers import is_lite, reword

revision = "2026_12_23_payments_givers"
down_revision = "2026_12_22_grocery_hours"

TABLE = "payments_refund"
STAYS = "payments_refund_moves"
GUARD = "grocery_refund_by_another"
SHOP, LIMIT = "ogs", 200_000
_COLUMNS = (
    ("by_id", ""),
    (
        "instead_by_id",
        f" CONSTRAINT ck_{TABLE}_instead_by_id CHECK (instead_by_id IS NULL OR instead <> '')",
    ),
)
_DONE = "OLD.refused <> NEW.refused AND OLD.state = NEW.state"
_KNOWN = (
    f"{_DONE} OR OLD.by_id <> NEW.by_id OR (OLD.by_id IS NULL) <> (NEW.by_id IS NULL)"
    " OR OLD.instead_by_id <> NEW.instead_by_id OR OLD.instead <> '' AND"
    " (OLD.instead_by_id IS NULL) <> (NEW.instead_by_id IS NULL)"
)
# The order of a payment, as the shop words its keys: "pay:ORDER:…" and "hand-over:ORDER".
_ORDER = (
    "SELECT CASE WHEN substr(p.key, 1, 4) = 'pay:' THEN substr(p.key, 5, 26)"
    " ELSE substr(p.key, 11, 26) END AS sale FROM payments_payment p"
    f" WHERE p.id = NEW.payment_id AND p.shop = '{SHOP}'"
)
# What has gone back of the whole order; this refund is in it already.
_GONE = (
    f"SELECT coalesce(sum(o.refunded_minor), 0) FROM payments_payment o, ({_ORDER}) s"
    f" WHERE o.shop = '{SHOP}' AND (o.key = 'hand-over:' || s.sale"
    " OR o.key BETWEEN 'pay:' || s.sale || ':' AND 'pay:' || s.sale || ':~')"
)
_REFUSED = (
    "OLD.instead = '' AND NEW.instead <> '' AND"
    " (NEW.instead_by_id IS NULL OR NEW.instead_by_id < 1 OR NEW.instead_by_id = NEW.by_id)"
    f" AND ({_GONE}) > {LIMIT}"
)
_FACT = {
    True: "CAST(json_extract(a.facts, '$.amount_minor') AS INTEGER)",
    False: "CAST(a.facts ->> 'amount_minor' AS BIGINT)",
}
_GIVERS = (
    "FROM core_audit a JOIN payments_payment p ON p.public_id = a.subject"
    f" WHERE p.id = {TABLE}.payment_id AND a.event = 'payments.PaymentRefunded'"
    f" AND {{fact}} = {TABLE}.amount_minor"
)


def upgrade() -> None:
    """Let a refund name both accounts, and let the database compare them."""
    for column, check in _COLUMNS:
        kind = "INTEGER" if is_lite() else "BIGINT"
        op.execute(f"ALTER TABLE {TABLE} ADD COLUMN {column} {kind}{check}")
    givers = _GIVERS.format(fact=_FACT[is_lite()])
    op.execute(
        f"UPDATE {TABLE} SET by_id = (SELECT min(a.actor_id) {givers})"
        f" WHERE (SELECT count(DISTINCT a.actor_id) {givers}) = 1"
    )
    reword(STAYS, _DONE, _KNOWN)
    _guard()


def downgrade() -> None:
    """Let the use case alone compare them again."""
    op.execute(f"DROP TRIGGER {GUARD}" + ("" if is_lite() else f" ON {TABLE}"))
    if not is_lite():
        op.execute(f"DROP FUNCTION {GUARD}()")
    reword(STAYS, _KNOWN, _DONE)
    for column, _check in reversed(_COLUMNS):
        op.execute(f"ALTER TABLE {TABLE} DROP COLUMN {column}")


def _guard() -> None:
    event = f"CREATE TRIGGER {GUARD} BEFORE UPDATE ON {TABLE} FOR EACH ROW"
    if is_lite():
        op.execute(f"{event} WHEN {_REFUSED} BEGIN SELECT RAISE(ABORT, '{GUARD}'); END")
        return
    op.get_bind().execute(
        text(
            f"CREATE FUNCTION {GUARD}() RETURNS trigger AS $$ BEGIN IF {_REFUSED} THEN"
            f" RAISE EXCEPTION '{GUARD}' USING ERRCODE = 'integrity_constraint_violation';"
            " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        )
    )
    op.execute(f"{event} EXECUTE FUNCTION {GUARD}()")
