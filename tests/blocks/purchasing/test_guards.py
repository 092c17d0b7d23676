"""The guards of purchases, one by one: each refuses, and without it the fault comes in."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.blocks.purchasing.conftest import LENA, PAUL, PRICE
from tests.kit.guards import drop_constraint
from townsquare.blocks import purchasing

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@dataclass(frozen=True)
class Fault:
    """What must not happen, the trigger that refuses it, and what it says."""

    guard: str
    table: str
    said: str
    statement: str
    others: tuple[str, ...] = ()


def fault(guard, table, said, statement, *others):
    return Fault(f"purchasing_{guard}", f"purchasing_{table}", said, statement, others)


ORDER = (
    "INSERT INTO purchasing_order (public_id, created_at, version, shop_id, supplier_id, number,"
    " state) SELECT 'x', created_at, 1, shop_id, supplier_id, 'x', 'sent' FROM purchasing_order"
    " WHERE state = 'draft'"
)
ARRIVED = (
    "INSERT INTO purchasing_receipt_line (receipt_id, line_id, lot_id, qty, cost_minor)"
    " SELECT r.id, l.id, v.id, 1, 0 FROM purchasing_receipt r, purchasing_order_line l,"
    " stock_lot v WHERE l.order_id <> r.order_id"
    " AND v.id NOT IN (SELECT lot_id FROM purchasing_receipt_line) LIMIT 1"
)
BILL = (
    "INSERT INTO purchasing_invoice (public_id, created_at, version, shop_id, supplier_id, number,"
    " number_key, issued_on, due_on, currency, net_minor, tax_minor, state, paid_by)"
    " SELECT 'x', created_at, 1, shop_id, supplier_id, 'x', 'x', issued_on, due_on, currency, 1, 0,"
    " 'matched', '' FROM purchasing_invoice WHERE state = 'disputed'"
)
BILL_LINE = (
    "INSERT INTO purchasing_invoice_line (invoice_id, line_id, qty, amount_minor)"
    " SELECT i.id, l.id, 1, 1 FROM purchasing_invoice i, purchasing_order_line l"
    " WHERE i.state = 'paid' AND NOT EXISTS (SELECT 1 FROM purchasing_invoice_line b"
    " WHERE b.invoice_id = i.id AND b.line_id = l.id)"
)
FIXED, FROZEN = "purchasing_order_is_fixed", "purchasing_receipt_is_frozen"
BILLED, POSTED = "purchasing_invoice_is_frozen", "purchasing_value_is_posted"
PAID = "WHERE state = 'paid'"
FAULTS = (
    fault(
        "waiting_move_is_kept",
        "waiting_move",
        "move_has_no_value",
        "DELETE FROM purchasing_waiting_move",
    ),
    fault(
        "order_needs_approval",
        "order",
        "purchasing_supplier_is_not_approved",
        "UPDATE purchasing_order SET state = 'sent' WHERE state = 'draft'",
    ),
    fault("order_begins_as_draft", "order", "purchasing_order_is_new", ORDER),
    fault("order_stays", "order", FIXED, "UPDATE purchasing_order SET number = public_id"),
    fault(
        "order_stays",
        "order",
        FIXED,
        "UPDATE purchasing_order SET state = 'draft' WHERE state = 'cancelled'",
    ),
    fault("line_stays", "order_line", FIXED, "UPDATE purchasing_order_line SET price_minor = 1"),
    fault("line_stays", "order_line", FIXED, "UPDATE purchasing_order_line SET invoiced = 0"),
    fault(
        "line_is_kept",
        "order_line",
        FIXED,
        "DELETE FROM purchasing_order_line WHERE received = 0",
    ),
    fault(
        "receipt_stays",
        "receipt",
        FROZEN,
        "UPDATE purchasing_receipt SET received_by = 'Somebody else'",
    ),
    fault(
        "receipt_is_kept",
        "receipt",
        FROZEN,
        "DELETE FROM purchasing_receipt",
        "purchasing_receipt_line_is_kept purchasing_receipt_line",
        "DELETE FROM purchasing_receipt_line",
    ),
    fault(
        "receipt_line_stays", "receipt_line", FROZEN, "UPDATE purchasing_receipt_line SET qty = 1"
    ),
    fault("receipt_line_is_kept", "receipt_line", FROZEN, "DELETE FROM purchasing_receipt_line"),
    fault("receipt_line_is_own", "receipt_line", "purchasing_receipt_of_another", ARRIVED),
    fault("invoice_begins_open", "invoice", "purchasing_invoice_is_unmatched", BILL),
    fault(
        "invoice_stays", "invoice", BILLED, f"UPDATE purchasing_invoice SET net_minor = 1 {PAID}"
    ),
    fault("invoice_stays", "invoice", BILLED, "UPDATE purchasing_invoice SET currency = 'x'"),
    fault(
        "invoice_stays",
        "invoice",
        BILLED,
        f"UPDATE purchasing_invoice SET state = 'disputed', paid_on = NULL {PAID}",
    ),
    fault(
        "invoice_stays", "invoice", BILLED, f"UPDATE purchasing_invoice SET paid_by = 'x' {PAID}"
    ),
    fault(
        "invoice_is_matched_first",
        "invoice",
        "purchasing_invoice_is_unmatched",
        "UPDATE purchasing_invoice SET state = 'paid', paid_on = due_on WHERE state = 'disputed'",
    ),
    fault(
        "invoice_is_kept",
        "invoice",
        BILLED,
        f"DELETE FROM purchasing_invoice {PAID}",
        "purchasing_invoice_line_is_kept purchasing_invoice_line",
        "DELETE FROM purchasing_invoice_line",
    ),
    fault("invoice_line_joins", "invoice_line", BILLED, BILL_LINE),
    fault(
        "invoice_line_stays", "invoice_line", BILLED, "UPDATE purchasing_invoice_line SET qty = 1"
    ),
    fault(
        "invoice_line_stays",
        "invoice_line",
        BILLED,
        "UPDATE purchasing_invoice_line SET invoice_id = (SELECT id FROM purchasing_invoice"
        f" {PAID}), line_id = (SELECT max(id) FROM purchasing_order_line)"
        " WHERE invoice_id = (SELECT id FROM purchasing_invoice WHERE state = 'disputed')",
    ),
    fault("invoice_line_is_kept", "invoice_line", BILLED, "DELETE FROM purchasing_invoice_line"),
    fault("move_value_stays", "move_value", POSTED, "UPDATE purchasing_move_value SET qty = 1"),
    fault("move_value_is_kept", "move_value", POSTED, "DELETE FROM purchasing_move_value"),
    fault("landed_cost_stays", "landed_cost", POSTED, "UPDATE purchasing_landed_cost SET key = ''"),
    fault("landed_cost_is_kept", "landed_cost", POSTED, "DELETE FROM purchasing_landed_cost"),
)


KEPT = (
    *("order_line", "receipt", "receipt_line", "invoice", "invoice_line"),
    *("move_value", "landed_cost"),
)


@pytest.fixture
def lived(by, ogs, farms, ordering, arriving, billing, funding, milk, receiving, bread):  # noqa: PLR0913
    """A row of everything: received, matched and paid, disputed, cancelled, a draft, freight."""
    order = ordering()
    receipt = arriving(order, 12)
    funding(PRICE)
    invoice = billing(order, 12, PRICE)
    by(PAUL, purchasing.pay_supplier, ogs, invoice.id)
    billing(order, 12, PRICE, number="disputed")
    by(LENA, purchasing.cancel_order, ogs, ordering().id)
    wishes = [purchasing.Wish(milk.id, 1)]
    by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
    told = {"amount_minor": 1, "by": "value", "supplier": farms.id, "key": "F"}
    by(PAUL, purchasing.add_landed_cost, ogs, [receipt.lines[0].lot_id], **told)
    receiving(bread, 1)
    by(LENA, purchasing.suspend_supplier, ogs, farms.id)


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


def dropped(town, *guards):
    lite = town.database.dialect.name == "sqlite"
    return [f"DROP TRIGGER {name}" + ("" if lite else f" ON {table}") for name, table in guards]


def before(town, wrong):
    """Return what has to be out of the way so that a guard is all that is left."""
    if not wrong.others:
        return []
    other, statement = wrong.others
    return [*dropped(town, other.split()), statement]


@pytest.mark.usefixtures("lived")
def test_each_guard_refuses_in_its_own_words(town):
    for wrong in FAULTS:
        said = said_of(town, [*before(town, wrong), wrong.statement])
        assert wrong.said in said, (wrong.guard, said)


@pytest.mark.usefixtures("lived")
def test_without_its_guard_each_fault_comes_in(town):
    for wrong in FAULTS:
        gone = dropped(town, (wrong.guard, wrong.table))
        said = said_of(town, [*before(town, wrong), *gone, wrong.statement])
        assert said == "nothing", (wrong.guard, said)


def test_there_is_no_guard_that_nobody_tries(town):
    lite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with town.database.connect() as connection:
        found = connection.scalars(text(lite if connection.dialect.name == "sqlite" else names))
        guards = {name for name in found if name.startswith("purchasing_")}
    effects = {"purchasing_receipt_counts", "purchasing_invoice_counts"}
    effects |= {"purchasing_move_waits", "purchasing_move_is_valued"}
    emptied = {f"purchasing_{table}_is_not_emptied" for table in KEPT}
    assert guards - effects - emptied == {wrong.guard for wrong in FAULTS}


@pytest.mark.engines("postgresql")
@pytest.mark.usefixtures("lived")
def test_no_table_of_what_happened_is_emptied_at_once(town):
    away = dropped(town, *((f"purchasing_{t}_is_not_emptied", f"purchasing_{t}") for t in KEPT))
    for table in KEPT:
        emptying = f"TRUNCATE purchasing_{table} CASCADE"
        assert "purchasing_only_grows" in said_of(town, [emptying]), table
        assert said_of(town, [*away, emptying]) == "nothing", table


CHECKS = (
    (
        "supplier_two_people",
        "supplier",
        "UPDATE purchasing_supplier SET approved_by_id = created_by_id",
    ),
    ("supplier_approved", "supplier", "UPDATE purchasing_supplier SET approved_on = NULL"),
    (
        "order_line_received",
        "order_line",
        "UPDATE purchasing_order_line SET received = qty + excess_qty + 1",
    ),
    ("order_line_invoiced", "order_line", "UPDATE purchasing_order_line SET invoiced = 13"),
    ("lot_value_left", "lot_value", "UPDATE purchasing_lot_value SET qty = -1"),
    (
        "invoice_paid",
        "invoice",
        "UPDATE purchasing_invoice SET paid_on = due_on WHERE state = 'disputed'",
    ),
)


@pytest.mark.usefixtures("lived")
def test_each_check_refuses_and_without_it_the_fault_comes_in(town):
    for name, table, statement in CHECKS:
        check = f"ck_purchasing_{name}"
        assert check in said_of(town, [statement]), check
        drop_constraint(town, check, f"purchasing_{table}")
        assert said_of(town, [statement]) == "nothing", check


@pytest.mark.usefixtures("lived")
def test_what_a_retired_key_has_sealed_is_refused(town):
    with town.database.begin() as connection:
        mark = bytes([0, 1])
        told = {"mark": mark, "at": "2026-03-02 02:00:00+00:00"}
        retire = "INSERT INTO core_retired_key (number, mark, at) VALUES (1, :mark, :at)"
        connection.execute(text(retire), told)
    again = "UPDATE purchasing_supplier SET bank_account = bank_account"
    assert "core_retired_key_used" in said_of(town, [again])
