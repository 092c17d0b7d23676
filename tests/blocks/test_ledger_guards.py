"""The guards of the ledger, one by one: each refuses, and without it the fault comes in."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.blocks.conftest import MAYA, SHOP
from tests.kit.guards import drop_constraint
from townsquare.blocks import payments

pytestmark = pytest.mark.engines("sqlite", "postgresql")
NEW_ENTRY = (
    "INSERT INTO payments_entry (at, kind, source, memo, key, posted)"
    " SELECT at, kind, source, '', 'crooked', {posted} FROM payments_entry LIMIT 1"
)
CROOKED = (
    "INSERT INTO payments_posting (entry_id, account_id, amount_minor)"
    " SELECT e.id, a.id, 5 FROM payments_entry e, payments_account a WHERE e.key = 'crooked'"
)
ONE_SIDED = (
    "INSERT INTO payments_posting (entry_id, account_id, amount_minor)"
    " SELECT min(entry_id), min(account_id), 5 FROM payments_posting"
)
OF_ANOTHER = (
    "INSERT INTO payments_charge (public_id, created_at, version, shop, party, source, reason,"
    " memo, key, currency, amount_minor, credited_minor, allocated_minor)"
    " SELECT 'ben', created_at, 1, shop, '01BEN', '', 'overdue', '', 'ben', currency, 100, 0, 0"
    " FROM payments_charge LIMIT 1"
)
FOR_ANOTHER = (
    "INSERT INTO payments_allocation (payment_id, charge_id, amount_minor, at)"
    " SELECT p.id, c.id, 1, p.created_at FROM payments_payment p, payments_charge c"
    " WHERE c.public_id = 'ben' AND p.allocated_minor + p.refunded_minor + p.credited_minor"
    " < p.amount_minor"
)
FREE = "DELETE FROM payments_document"


@dataclass(frozen=True)
class Fault:
    """What must not happen, the trigger that refuses it, and what else stands in its way."""

    guard: str
    table: str
    said: str
    statements: tuple[str, ...]
    others: tuple[tuple[str, str], ...] = ()


def fault(guard, table, said, *statements, others=()):
    return Fault(guard, f"payments_{table}", f"payments_{said}", statements, others)


def numbered(number, table, said, *statements, others=()):
    return fault(f"payments_guard_{number}", table, said, *statements, others=others)


def named(name, table, said, *statements, others=()):
    return fault(f"payments_{name}", table, said, *statements, others=others)


NO_POSTINGS = (("payments_guard_3", "payments_posting"),)
FAULTS = (
    numbered(0, "entry", "entry_is_frozen", "UPDATE payments_entry SET memo = 'x'"),
    numbered(
        1,
        "entry",
        "entry_is_frozen",
        "DELETE FROM payments_posting",
        "DELETE FROM payments_entry",
        others=NO_POSTINGS,
    ),
    numbered(2, "posting", "entry_is_frozen", "UPDATE payments_posting SET amount_minor = 1"),
    numbered(3, "posting", "entry_is_frozen", "DELETE FROM payments_posting"),
    numbered(4, "posting", "entry_is_frozen", ONE_SIDED),
    numbered(5, "reduction", "only_grow", "UPDATE payments_reduction SET amount_minor = 1"),
    numbered(6, "reduction", "only_grow", "DELETE FROM payments_reduction"),
    numbered(7, "allocation", "only_grow", "UPDATE payments_allocation SET amount_minor = 1"),
    numbered(8, "allocation", "only_grow", "DELETE FROM payments_allocation"),
    numbered(9, "refund", "only_grow", "UPDATE payments_refund SET reason = 'x'"),
    numbered(
        10,
        "refund",
        "only_grow",
        FREE,
        "DELETE FROM payments_refund",
        others=(("payments_document_is_kept", "payments_document"),),
    ),
    numbered(
        11,
        "entry",
        "entry_is_unbalanced",
        NEW_ENTRY.format(posted="false"),
        CROOKED,
        "UPDATE payments_entry SET posted = true WHERE key = 'crooked'",
    ),
    named("entry_begins_open", "entry", "entry_is_unbalanced", NEW_ENTRY.format(posted="true")),
    named(
        "account_stays",
        "account",
        "account_is_frozen",
        "UPDATE payments_account SET kind = 'income' WHERE kind = 'asset'",
    ),
    named(
        "account_is_kept",
        "account",
        "account_is_frozen",
        "DELETE FROM payments_posting",
        "DELETE FROM payments_balance",
        "DELETE FROM payments_account",
        others=(*NO_POSTINGS, ("payments_balance_is_kept", "payments_balance")),
    ),
    named(
        "balance_stays",
        "balance",
        "account_is_frozen",
        "UPDATE payments_balance SET allow_negative = NOT allow_negative",
    ),
    named("balance_is_kept", "balance", "account_is_frozen", "DELETE FROM payments_balance"),
    named(
        "charge_stays",
        "charge",
        "charge_is_frozen",
        "UPDATE payments_charge SET amount_minor = amount_minor + 1",
    ),
    named(
        "charge_stays",
        "charge",
        "charge_is_frozen",
        "UPDATE payments_charge SET party = '01BEN'",
    ),
    named(
        "charge_stays",
        "charge",
        "charge_is_frozen",
        "UPDATE payments_charge SET due_on = '2026-03-02'",
    ),
    named(
        "charge_stays",
        "charge",
        "charge_is_frozen",
        "UPDATE payments_charge SET credited_minor = 0 WHERE credited_minor > 0",
    ),
    named(
        "charge_is_kept",
        "charge",
        "charge_is_frozen",
        "DELETE FROM payments_allocation",
        "DELETE FROM payments_reduction",
        "DELETE FROM payments_charge",
        others=(
            ("payments_guard_8", "payments_allocation"),
            ("payments_guard_6", "payments_reduction"),
        ),
    ),
    named(
        "payment_stays",
        "payment",
        "payment_is_frozen",
        "UPDATE payments_payment SET amount_minor = amount_minor + 1",
    ),
    named(
        "payment_stays",
        "payment",
        "payment_is_frozen",
        "UPDATE payments_payment SET reference = key",
    ),
    named(
        "payment_stays",
        "payment",
        "payment_is_frozen",
        "UPDATE payments_payment SET refunded_minor = 0 WHERE refunded_minor > 0",
    ),
    named(
        "payment_is_kept",
        "payment",
        "payment_is_frozen",
        FREE,
        "DELETE FROM payments_refund",
        "DELETE FROM payments_allocation",
        "DELETE FROM payments_payment",
        others=(
            ("payments_document_is_kept", "payments_document"),
            ("payments_guard_10", "payments_refund"),
            ("payments_guard_8", "payments_allocation"),
        ),
    ),
    named("allocation_is_own", "allocation", "allocation_of_another", OF_ANOTHER, FOR_ANOTHER),
    named(
        "document_stays",
        "document",
        "receipt_is_frozen",
        "UPDATE payments_document SET snapshot = '{}'",
    ),
    named("document_is_kept", "document", "receipt_is_frozen", FREE),
    named(
        "series_grows", "series", "only_grow", "UPDATE payments_series SET next = 1 WHERE next > 1"
    ),
    named("series_is_kept", "series", "only_grow", "DELETE FROM payments_series"),
)


@pytest.fixture
def lived(doing, charge, paying, refunding):
    """A ledger with a row of everything: Maya has paid, got back, was let off, left a deposit."""
    paid = paying(200, charge)
    refunding(50, paid)
    doing(payments.waive_charge, charge.id, amount_minor=25, reason="it snowed")
    doing(payments.take_deposit, SHOP, party=MAYA, amount_minor=500, key="d")
    told = {"party": MAYA, "method": "card", "amount_minor": 10, "key": "spare"}
    doing(payments.record_payment, SHOP, **told)


def said_of(town, statements):
    """Return what the database says against these statements, which are undone in any case."""
    with town.database.connect() as connection:
        work = connection.begin()
        try:
            for statement in statements:
                connection.execute(text(statement))
        except DBAPIError as error:
            return str(error.orig)
        finally:
            work.rollback()
    return "nothing"


def dropping(town, *guards):
    lite = town.database.dialect.name == "sqlite"
    return [f"DROP TRIGGER {name}" + ("" if lite else f" ON {table}") for name, table in guards]


def test_each_guard_refuses_in_its_own_words(town, lived):
    for wrong in FAULTS:
        said = said_of(town, (*dropping(town, *wrong.others), *wrong.statements))
        assert wrong.said in said, (wrong.guard, said)


def test_without_its_guard_each_fault_comes_in(town, lived):
    for wrong in FAULTS:
        gone = dropping(town, *wrong.others, (wrong.guard, wrong.table))
        assert said_of(town, (*gone, *wrong.statements)) == "nothing", wrong.guard


@pytest.mark.engines("postgresql")
def test_no_table_of_the_ledger_is_emptied_at_once(town, lived):
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'payments_%'"
    with town.database.connect() as connection:
        found = list(connection.scalars(text(tables)))
    assert len(found) == 19
    for table in found:
        assert "payments_only_grow" in said_of(town, [f"TRUNCATE {table} CASCADE"]), table
        away = [f"DROP TRIGGER {name}_is_not_emptied ON {name}" for name in found]
        assert said_of(town, [*away, f"TRUNCATE {table} CASCADE"]) == "nothing", table


CHECKS = (
    ("payment_spread", "payment", "UPDATE payments_payment SET refunded_minor = amount_minor + 1"),
    ("payment_counters", "payment", "UPDATE payments_payment SET allocated_minor = -1"),
    ("charge_charge", "charge", "UPDATE payments_charge SET allocated_minor = amount_minor + 1"),
    ("charge_counters", "charge", "UPDATE payments_charge SET allocated_minor = -1"),
    ("balance_balance", "balance", "UPDATE payments_balance SET amount_minor = -1"),
    (
        "refund_amount",
        "refund",
        (
            "INSERT INTO payments_refund (payment_id, amount_minor, reason, at)"
            " SELECT payment_id, 0, '', at FROM payments_refund"
        ),
    ),
    (
        "reduction_amount",
        "reduction",
        (
            "INSERT INTO payments_reduction (charge_id, kind, amount_minor, reason, at)"
            " SELECT charge_id, kind, 0, '', at FROM payments_reduction"
        ),
    ),
)


def test_each_check_refuses_and_without_it_the_fault_comes_in(town, lived):
    for name, table, statement in CHECKS:
        check = f"ck_payments_{name}"
        assert check in said_of(town, [statement]), check
        drop_constraint(town, check, f"payments_{table}")
        assert said_of(town, [statement]) == "nothing", check
