"""The guards of tills, cards, online payments and payouts: what was written stays.

Suits the release before it: a payment that does not say what was captured is captured as a whole.
"""

from alembic import op

from townsquare.migrations.triggers import is_lite, reword

revision = "2026_12_04_payments_guards"
down_revision = "2026_12_03_payments_shop"

LEFT = "Somebody who left"


def _differs(*columns: str) -> str:
    """Return the condition that one of these columns changes; nothing is a value like others."""
    pairs = [
        f"OLD.{name} <> NEW.{name} OR (OLD.{name} IS NULL) <> (NEW.{name} IS NULL)"
        for name in columns
    ]
    return " OR ".join(pairs)


def _set_once(column: str, unset: str = "IS NULL") -> str:
    return f"NOT (OLD.{column} {unset}) AND ({_differs(column)})"


def _goes(*steps: str) -> str:
    """Return the condition that a state changes otherwise than by one of these steps."""
    allowed = ", ".join(f"'{step}'" for step in steps)
    return f"OLD.state <> NEW.state AND (OLD.state || ' ' || NEW.state) NOT IN ({allowed})"


def _unnamed(column: str) -> str:
    """Return the condition that a name changes otherwise than by somebody's leaving."""
    told = f'"{column}"'  # Without quotes PL/pgSQL takes "by" for a word of its own.
    return f"OLD.{told} <> '' AND NEW.{told} NOT IN (OLD.{told}, '{LEFT}')"


def _any(*conditions: str) -> str:
    return " OR ".join(f"({condition})" for condition in conditions)


MADE = ("public_id", "created_at")
ASKED = ("authorised", "captured", "failed", "cancelled", "unknown")
PAYMENT = _goes(
    *(f"started {then}" for then in ASKED),
    *(f"unknown {then}" for then in (*ASKED[:4], "voided")),
    *(f"authorised {then}" for then in ("captured", "voided", "unknown", "failed")),
    # Money that arrives after all is never passed over.
    *(f"{given_up} captured" for given_up in ("failed", "cancelled", "voided")),
)
IN_SHIFT = (
    "NEW.shift_id IS NOT NULL AND"
    " (SELECT state FROM payments_shift WHERE id = NEW.shift_id{lock}) <> 'open'"
)
BY_CARD = (
    "NEW.card_id IS NOT NULL AND"
    " (SELECT blocked_at FROM payments_gift_card WHERE id = NEW.card_id{lock}) IS NOT NULL"
)
# Name, table, verb, condition, what the database says when it refuses.
REFUSALS = (
    (
        "payment_moves",
        "payment",
        "UPDATE",
        _any(
            _differs("provider", "provider_key", "shift_id", "card_id", "zone"),
            _set_once("provider_ref"),
            _set_once("paid_on"),
            _set_once("captured_minor", "= 0"),
            "NEW.captured_minor < 0 OR NEW.authorised_minor < OLD.authorised_minor",
            PAYMENT,
        ),
        "payment_is_frozen",
    ),
    (
        "refund_moves",
        "refund",
        "UPDATE",
        _any(
            _differs("provider_key", "shift_id"),
            _goes("asked done", "asked failed", "failed asked"),
        ),
        "only_grow",
    ),
    ("document_key_stays", "document", "UPDATE", _differs("key"), "receipt_is_frozen"),
    (
        "till_stays",
        "till",
        "UPDATE",
        _differs(*MADE, "shop", "code", "currency"),
        "till_is_frozen",
    ),
    ("shift_begins_open", "shift", "INSERT", "NEW.state <> 'open'", "shift_is_frozen"),
    (
        "shift_stays",
        "shift",
        "UPDATE",
        _any(
            _differs(*MADE, "till_id", "opening_minor"),
            _goes("open counted", "counted closed"),
            _set_once("counted_minor"),
            _set_once("expected_minor"),
            _set_once("counted_at"),
            _set_once("closed_at"),
            _set_once("reason", "= ''"),
            _unnamed("opened_by"),
            _unnamed("counted_by"),
        ),
        "shift_is_frozen",
    ),
    (
        "cash_move_stays",
        "cash_move",
        "UPDATE",
        _any(
            _differs("shift_id", "amount_minor", "account", "reason", "key", "at"), _unnamed("by")
        ),
        "only_grow",
    ),
    ("payment_in_shift", "payment", "INSERT", IN_SHIFT, "shift_is_not_open"),
    ("refund_in_shift", "refund", "INSERT", IN_SHIFT, "shift_is_not_open"),
    ("cash_move_in_shift", "cash_move", "INSERT", IN_SHIFT, "shift_is_not_open"),
    ("payment_by_card", "payment", "INSERT", BY_CARD, "card_is_blocked"),
    (
        "gift_card_stays",
        "gift_card",
        "UPDATE",
        _any(
            _differs(*MADE, "shop", "key", "code_hash", "currency", "expires_on"),
            _set_once("blocked_at"),
        ),
        "card_is_frozen",
    ),
    ("aim_stays", "aim", "UPDATE", "", "only_grow"),
    (
        "provider_event_stays",
        "provider_event",
        "UPDATE",
        _any(
            _differs("provider", "event_id", "kind", "told_at"),
            "CAST(OLD.body AS VARCHAR) <> CAST(NEW.body AS VARCHAR)",
            _set_once("handled_at"),
        ),
        "only_grow",
    ),
    ("payout_run_stays", "payout_run", "UPDATE", "", "only_grow"),
    (
        "payout_stays",
        "payout",
        "UPDATE",
        _any(
            _differs(*MADE, "run_id", "party", "amount_minor"),
            "OLD.state = 'paid'",
        ),
        "only_grow",
    ),
    *(
        (f"{table}_is_kept", table, "DELETE", "", "only_grow")
        for table in (
            *("till", "shift", "cash_move", "gift_card", "aim", "provider_event"),
            *("payout_run", "payout"),
        )
    ),
)
KEPT = tuple(table for _name, table, verb, _when, _said in REFUSALS if verb == "DELETE")
EFFECT = "payments_effect_5"
WHOLE = "NEW.state = 'captured' AND NEW.captured_minor = 0"
CAPTURE = "UPDATE payments_payment SET captured_minor = amount_minor WHERE id = NEW.id"
# What a refund may change after all: how far it has come.
MOVED = ("id", "payment_id", "amount_minor", "reason", "at", "by")
ONLY_MOVED = " AND ".join(f'NEW."{name}" = OLD."{name}"' for name in MOVED)


def upgrade() -> None:
    """Guard it."""
    for name, table, verb, condition, said in REFUSALS:
        when = condition.format(lock="" if is_lite() else " FOR SHARE")
        raising = f"SELECT RAISE(ABORT, 'payments_{said}')"
        if not is_lite():
            raising = f"RAISE EXCEPTION 'payments_{said}'"
            raising += " USING ERRCODE = 'integrity_constraint_violation'"
        _trigger(f"payments_{name}", f"BEFORE {verb} ON payments_{table}", when=when, does=raising)
    _trigger(EFFECT, "AFTER INSERT ON payments_payment", when=WHOLE, does=CAPTURE)
    reword("payments_guard_9", *_opened())
    for table in () if is_lite() else KEPT:
        op.execute(
            f"CREATE TRIGGER payments_{table}_is_not_emptied BEFORE TRUNCATE ON payments_{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION payments_are_not_emptied()"
        )


def downgrade() -> None:
    """Guard it no longer."""
    for table in () if is_lite() else KEPT:
        op.execute(f"DROP TRIGGER payments_{table}_is_not_emptied ON payments_{table}")
    reword("payments_guard_9", *reversed(_opened()))
    for name, table in ((EFFECT, "payment"), *((f"payments_{n}", t) for n, t, *_ in REFUSALS)):
        on = "" if is_lite() else f" ON payments_{table}"
        op.execute(f"DROP TRIGGER {name}{on}")
        if not is_lite():
            op.execute(f"DROP FUNCTION {name}()")


def _opened() -> tuple[str, str]:
    """Return the words of the guard of refunds that change, and what they become."""
    if is_lite():
        return " WHEN NOT (", f" WHEN NOT ({ONLY_MOVED}) AND NOT ("
    return " BEGIN IF to_jsonb", f" BEGIN IF {ONLY_MOVED} THEN RETURN NEW; END IF; IF to_jsonb"


def _trigger(name: str, event: str, *, when: str, does: str) -> None:
    if is_lite():
        only = f" WHEN {when}" if when else ""
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW{only} BEGIN {does}; END")
        return
    back = "OLD" if "DELETE" in event else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {when or 'TRUE'} THEN {does};"
        f" END IF; RETURN {back}; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
