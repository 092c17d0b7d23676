"""The guards of tills, cards, online payments and payouts: each refuses, none can be spared."""

import pytest
from sqlalchemy import text

from tests.blocks import test_ledger_guards as ledger
from tests.blocks.conftest import MAYA, SHOP
from tests.blocks.test_ledger_guards import Fault, dropping, said_of
from tests.kit.guards import drop_constraint
from townsquare.blocks import payments

pytestmark = pytest.mark.engines("sqlite", "postgresql")
COUNTED = "(SELECT max(id) FROM payments_shift WHERE state = 'counted')"
PAYMENT = (
    "INSERT INTO payments_payment (public_id, created_at, version, shop, party, method, key,"
    " number, currency, amount_minor, allocated_minor, refunded_minor, credited_minor, {column})"
    " SELECT 'x', created_at, 1, shop, party, 'cash', 'x', 'x', currency, 5, 0, 0, 0, {value}"
    " FROM payments_payment ORDER BY id LIMIT 1"
)
REFUND = (
    "INSERT INTO payments_refund (payment_id, amount_minor, reason, at, by, {columns})"
    " SELECT id, 1, '', created_at, '', {values} FROM payments_payment"
    " WHERE captured_minor > allocated_minor + refunded_minor + credited_minor ORDER BY id LIMIT 1"
)
BACK = REFUND.format(columns="shift_id", values=COUNTED)
MOVE = (
    "INSERT INTO payments_cash_move (shift_id, amount_minor, account, reason, key, at, by)"
    f" SELECT {COUNTED}, 1, 'owner', '', 'x', at, '' FROM payments_cash_move LIMIT 1"
)
CLOSED_SHIFT = (
    "INSERT INTO payments_shift (public_id, created_at, version, till_id, opened_by, counted_by,"
    " state, opening_minor, counted_minor, expected_minor, reason)"
    " SELECT 'x', created_at, 1, till_id, '', '', 'closed', 0, 0, 0, '' FROM payments_shift LIMIT 1"
)


def named(name, table, said, *statements, others=()):
    about = (f"payments_{name}", f"payments_{table}", f"payments_{said}")
    return Fault(*about, statements, others)


def edits(name, table, said, *changes):
    """Return what must not be done to rows that are there."""
    return [named(name, table, said, f"UPDATE payments_{table} SET {each}") for each in changes]


# What points to a row goes first; what keeps it there stands in the way.
FREE = {
    "till": ("shift", "cash_move"),
    "shift": ("cash_move",),
    "payout_run": ("payout",),
    "gift_card": (),
}
LOOSE = "UPDATE payments_{table} SET {column} = NULL"


def removal(table):
    held = FREE.get(table, ())
    statements, others = [], [(f"payments_{each}_is_kept", f"payments_{each}") for each in held]
    if table in {"till", "shift"}:
        for each in ("payment", "refund"):
            statements.append(LOOSE.format(table=each, column="shift_id"))
            others.append((f"payments_{each}_moves", f"payments_{each}"))
    if table == "gift_card":
        statements.append(LOOSE.format(table="payment", column="card_id"))
        others.append(("payments_payment_moves", "payments_payment"))
    statements += [f"DELETE FROM payments_{each}" for each in (*reversed(held), table)]
    return named(f"{table}_is_kept", table, "only_grow", *statements, others=others)


FAULTS = (
    *edits(
        "payment_moves",
        "payment",
        "payment_is_frozen",
        "provider_key = 'x' WHERE state = 'failed'",
        "provider_ref = 'x' WHERE provider_ref IS NOT NULL AND state = 'captured'",
        "paid_on = '2026-01-01' WHERE paid_on IS NOT NULL AND provider IS NULL",
        "captured_minor = captured_minor - 1 WHERE captured_minor = 200",
        "state = 'started', captured_minor = 0 WHERE state = 'authorised'",
        "state = 'unknown' WHERE state = 'failed'",
        "shift_id = NULL WHERE shift_id IS NOT NULL",
        "card_id = NULL WHERE card_id IS NOT NULL",
        "authorised_minor = 0 WHERE authorised_minor > 0",
    ),
    *edits(
        "refund_moves",
        "refund",
        "only_grow",
        "state = 'asked' WHERE state = 'done'",
        "provider_key = 'x' WHERE state = 'asked'",
        "refused = 'x' WHERE state = 'asked'",
        "instead = 'x' WHERE state = 'done'",
    ),
    *(
        named("refund_begins", "refund", "refund_begins", REFUND.format(columns=c, values=v))
        for c, v in (
            ("state, instead", "'done', 'bank'"),
            ("state, refused", "'done', 'x'"),
            ("state, refused, provider_key", "'failed', '', 'x'"),
        )
    ),
    named(
        "document_key_stays",
        "document",
        "receipt_is_frozen",
        "UPDATE payments_document SET key = 'x' WHERE kind = 'invoice'",
        others=(("payments_document_stays", "payments_document"),),
    ),
    *edits(
        "till_stays", "till", "till_is_frozen", "code = 'x' WHERE code = 'T1'", "currency = 'EUR'"
    ),
    named("shift_begins_open", "shift", "shift_is_frozen", CLOSED_SHIFT),
    *edits(
        "shift_stays",
        "shift",
        "shift_is_frozen",
        "opening_minor = 1",
        "expected_minor = 1 WHERE state = 'counted'",
        "counted_minor = 1 WHERE state = 'counted'",
        "opened_by = 'Somebody else'",
        "opened_by_id = 99",
        "reason = 'x' WHERE state = 'closed'",
        "state = 'counted' WHERE state = 'closed'",
    ),
    *edits("cash_move_stays", "cash_move", "only_grow", "amount_minor = 1", "by = 'Somebody else'"),
    named(
        "payment_in_shift",
        "payment",
        "shift_is_not_open",
        PAYMENT.format(column="shift_id", value=COUNTED),
    ),
    named("refund_in_shift", "refund", "shift_is_not_open", BACK),
    named("cash_move_in_shift", "cash_move", "shift_is_not_open", MOVE),
    named(
        "payment_by_card",
        "payment",
        "card_is_blocked",
        PAYMENT.format(
            column="card_id",
            value="(SELECT min(id) FROM payments_gift_card WHERE blocked_at IS NOT NULL)",
        ),
    ),
    *edits(
        "gift_card_stays",
        "gift_card",
        "card_is_frozen",
        "code_hash = public_id",
        "expires_on = '2030-01-01'",
        "blocked_at = NULL WHERE blocked_at IS NOT NULL",
    ),
    *edits("aim_stays", "aim", "only_grow", "charge_id = charge_id"),
    *edits(
        "provider_event_stays",
        "provider_event",
        "only_grow",
        "body = '{}'",
        "kind = 'x'",
        "handled_at = NULL",
    ),
    *edits("payout_run_stays", "payout_run", "only_grow", "code = 'x'"),
    *edits(
        "payout_stays",
        "payout",
        "only_grow",
        "amount_minor = 1",
        "state = 'due', paid_at = NULL WHERE state = 'paid'",
    ),
    *map(
        removal,
        (
            *("till", "shift", "cash_move", "gift_card", "aim", "provider_event"),
            *("payout_run", "payout"),
        ),
    ),
)
INDEXES = (
    (
        "uq_payments_till_code",
        "till",
        (
            "INSERT INTO payments_till (public_id, created_at, version, shop, code, name, currency)"
            " SELECT 'x', created_at, 1, shop, code, '', currency FROM payments_till LIMIT 1"
        ),
    ),
    (
        "uq_payments_cash_move_key",
        "cash_move",
        (
            "INSERT INTO payments_cash_move (shift_id, amount_minor, account, reason, key, at, by)"
            " SELECT m.shift_id, 1, 'owner', '', m.key, m.at, '' FROM payments_cash_move m"
            " JOIN payments_shift s ON s.id = m.shift_id WHERE s.state = 'open'"
        ),
    ),
    (
        "uq_payments_gift_card_key",
        "gift_card",
        (
            "INSERT INTO payments_gift_card (public_id, created_at, version, shop, key, code_hash,"
            " currency) SELECT 'x', created_at, 1, shop, key, 'x', currency"
            " FROM payments_gift_card LIMIT 1"
        ),
    ),
    (
        "uq_payments_payout_run_code",
        "payout_run",
        (
            "INSERT INTO payments_payout_run (public_id, created_at, version, shop, code, currency)"
            " SELECT 'x', created_at, 1, shop, code, currency FROM payments_payout_run"
        ),
    ),
    (
        "uq_payments_payment_provider_key",
        "payment",
        PAYMENT.format(
            column="provider_key", value="(SELECT max(provider_key) FROM payments_payment)"
        ),
    ),
    (
        "uq_payments_shift_open",
        "shift",
        (
            "INSERT INTO payments_shift (public_id, created_at, version, till_id, opened_by,"
            " counted_by, state, opening_minor, reason) SELECT 'x', created_at, 1, till_id, '', '',"
            " 'open', 0, '' FROM payments_shift WHERE state = 'counted'"
        ),
    ),
    (
        "uq_payments_provider_event",
        "provider_event",
        (
            "INSERT INTO payments_provider_event (provider, event_id, kind, body, told_at)"
            " SELECT provider, event_id, kind, body, told_at FROM payments_provider_event"
        ),
    ),
    (
        "uq_payments_payout",
        "payout",
        (
            "INSERT INTO payments_payout (public_id, created_at, version, run_id, party,"
            " amount_minor, state) SELECT 'x', created_at, 1, run_id, party, 1, 'due'"
            " FROM payments_payout LIMIT 1"
        ),
    ),
    (
        "uq_payments_payment_provider_ref",
        "payment",
        (
            "UPDATE payments_payment SET provider_ref = (SELECT max(provider_ref)"
            " FROM payments_payment WHERE state = 'captured') WHERE provider IS NOT NULL"
            " AND provider_ref IS NULL"
        ),
    ),
    (
        "uq_payments_refund_provider_key",
        "refund",
        (
            "INSERT INTO payments_refund (payment_id, amount_minor, reason, at, by, provider_key)"
            " SELECT p.id, 1, '', r.at, '', r.provider_key FROM payments_refund r"
            " JOIN payments_payment p ON p.id <> r.payment_id"
            " WHERE r.provider_key IS NOT NULL AND p.captured_minor = 200"
        ),
    ),
    (
        "uq_payments_document_key",
        "document",
        (
            "INSERT INTO payments_document (public_id, issued_at, shop, party, kind, number, key,"
            " snapshot) SELECT 'x', issued_at, shop, party, kind, 'x', key, snapshot"
            " FROM payments_document WHERE kind = 'invoice'"
        ),
    ),
)
CHECKS = (
    (
        "payment_spread",
        "payment",
        "UPDATE payments_payment SET credited_minor = 1 WHERE state = 'authorised'",
    ),
    (
        "payment_captured",
        "payment",
        "UPDATE payments_payment SET captured_minor = 1 WHERE state = 'authorised'",
    ),
    (
        "payment_authorised",
        "payment",
        "UPDATE payments_payment SET authorised_minor = 500 WHERE state = 'authorised'",
    ),
    (
        "shift_opening",
        "shift",
        CLOSED_SHIFT.replace("'closed', 0, 0, 0, ''", "'open', -1, NULL, NULL, ''").replace(
            "LIMIT 1", "WHERE state = 'closed'"
        ),
    ),
    ("shift_counted", "shift", "UPDATE payments_shift SET counted_minor = -1, {blind}"),
    ("shift_blind", "shift", "UPDATE payments_shift SET state = 'counted' WHERE state = 'open'"),
    ("payout_paid", "payout", "UPDATE payments_payout SET state = 'paid' WHERE state = 'due'"),
    (
        "payout_amount",
        "payout",
        (
            "INSERT INTO payments_payout (public_id, created_at, version, run_id, party,"
            " amount_minor, state) SELECT 'x', created_at, 1, run_id, 'x', 0, 'due'"
            " FROM payments_payout LIMIT 1"
        ),
    ),
    ("cash_move_amount", "cash_move", MOVE.replace(f"{COUNTED}, 1,", "shift_id, 0,")),
)
BLIND = "state = 'counted', expected_minor = 0 WHERE state = 'open'"


@pytest.fixture
def lived(town, doing, charge, recording, refunding):
    """A shop with a row of everything."""
    for code in ("T1", "T2", "T3"):
        doing(payments.open_till, SHOP, code=code, name=code)
    shifts = [doing(payments.open_shift, SHOP, till=f"T{n}", opening_minor=100) for n in (1, 2, 3)]
    for shift in shifts:
        told = {"amount_minor": 5, "reason": "change", "key": "k"}
        doing(payments.record_cash_move, SHOP, shift.id, **told)
    refunding(3, recording(200, shift=shifts[0].id))
    for shift in shifts[1:]:
        doing(payments.count_shift, SHOP, shift.id, counted_minor=104)
    doing(payments.close_shift, SHOP, shifts[2].id, reason="a coin")
    for number in range(2):
        made = doing(payments.issue_gift_card, SHOP, amount_minor=50, key=f"{number}")
    recording(10, method="gift_card", card=made.code)
    doing(payments.block_gift_card, SHOP, made.card.id, reason="stolen")
    line = payments.InvoiceLine("Rice", "1", 100)
    doing(payments.issue_invoice, SHOP, party=MAYA, lines=[line], key="k")
    _lived_online(town, doing, charge, refunding)
    for party in (MAYA, "01BEN"):
        lines = {"bank": 5, f"payout:{party}": -5}
        doing(payments.post_for, SHOP, kind="consignment", lines=lines, key=party)
    (first, _second) = doing(payments.open_payout_run, SHOP, code="A")
    doing(payments.pay_payout, SHOP, first.id)


def _lived_online(town, doing, charge, refunding):
    provider = town.engines.at(payments.PROVIDER)

    def pay(key, amount_minor, word="succeed", *, capture=True):
        provider.follow(word)
        told = {"party": MAYA, "charges": [charge.id], "key": key, "capture": capture}
        return payments.pay_online(doing, provider, SHOP, amount_minor=amount_minor, **told)

    refunding(20, pay("a", 120))
    pay("b", 60, "decline")
    pay("c", 60, capture=False)
    pay("d", 30, "time-out")
    for message in provider.messages():
        doing(payments.record_provider_event, *message)


def test_each_guard_of_a_shop_refuses_in_its_own_words(town, lived):
    for wrong in FAULTS:
        said = said_of(town, (*dropping(town, *wrong.others), *wrong.statements))
        assert wrong.said in said, (wrong.guard, wrong.statements, said)


def test_without_its_guard_each_fault_of_a_shop_comes_in(town, lived):
    for wrong in FAULTS:
        gone = dropping(town, *wrong.others, (wrong.guard, wrong.table))
        said = said_of(town, (*gone, *wrong.statements))
        assert said == "nothing", (wrong.guard, wrong.statements)


def test_each_index_of_a_shop_refuses_and_without_it_the_twin_comes_in(town, lived):
    for name, table, statement in INDEXES:
        said = said_of(town, [statement])
        assert name in said or f"UNIQUE constraint failed: payments_{table}." in said, name
        assert said_of(town, [f"DROP INDEX {name}", statement]) == "nothing", name


def test_each_check_of_a_shop_refuses_and_without_it_the_fault_comes_in(town, lived):
    for name, table, statement in CHECKS:
        check, wrong = f"ck_payments_{name}", statement.format(blind=BLIND)
        assert check in said_of(town, [wrong]), check
        drop_constraint(town, check, f"payments_{table}")
        assert said_of(town, [wrong]) == "nothing", check


def test_a_payment_of_the_release_before_is_captured_as_a_whole(town, lived):
    lite = town.database.dialect.name == "sqlite"
    statement = PAYMENT.format(column="provider", value="NULL")
    look = "SELECT captured_minor FROM payments_payment WHERE public_id = 'x'"
    with town.database.connect() as connection:
        work = connection.begin()
        connection.execute(text(statement))
        assert connection.scalar(text(look)) == 5
        work.rollback()
    gone = "DROP TRIGGER payments_effect_5" + ("" if lite else " ON payments_payment")
    allocation = "UPDATE payments_payment SET allocated_minor = 1 WHERE public_id = 'x'"
    assert said_of(town, [statement, allocation]) == "nothing"
    assert "ck_payments_payment_spread" in said_of(town, [gone, statement, allocation])


def test_there_is_no_guard_of_the_ledger_that_nobody_tries(town):
    lite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with town.database.connect() as connection:
        found = connection.scalars(text(lite if connection.dialect.name == "sqlite" else names))
        guards = {name for name in found if name.startswith("payments_")}
    effects = {f"payments_effect_{number}" for number in range(6)}
    emptied = {name for name in guards if name.endswith("_is_not_emptied")}
    assert guards - effects - emptied == {wrong.guard for wrong in (*ledger.FAULTS, *FAULTS)}
