"""What must never be true is found, should a database ever let it happen."""

import pytest
from sqlalchemy import text

from townsquare.core.invariants import breaches

NONE = (None, "")
CHARGES = ("trigger", "payments_charge_stays", "payments_charge")
TWO_CHARGES = "UPDATE payments_charge SET source = (SELECT min(source) FROM payments_charge)"
FAULTS = [
    ("every document can be found by its words", NONE, "DELETE FROM library_document_fts"),
    (
        "a withdrawn document has no copies left",
        ("trigger", "library_document_has_copies", "library_document"),
        "UPDATE library_document SET state = 'withdrawn'",
    ),
    (
        "a barcode and a control number belong to one thing",
        ("index", "uq_library_copy_barcode"),
        "UPDATE library_copy SET barcode = 'TS1'",
    ),
    (
        "a merged name leads to a heading that stays",
        ("trigger", "library_name_merged_once", "library_name"),
        "UPDATE library_name SET merged_into_id = id",
    ),
    (
        "a copy is lent once",
        ("index", "uq_library_loan_open_copy"),
        "UPDATE library_loan SET copy_id = (SELECT min(id) FROM library_copy)",
    ),
    (
        "a copy is where its loans and holds say",
        NONE,
        "UPDATE library_copy SET state = 'available' WHERE state = 'hold_shelf'",
    ),
    (
        "the last noted move of a copy is its state",
        NONE,
        "UPDATE library_copy SET state = 'repair' WHERE state = 'on_loan'",
    ),
    (
        "a loan has its history",
        ("trigger", "library_loan_event_stays", "library_loan_event"),
        "DELETE FROM library_loan_event WHERE kind = 'returned'",
    ),
    (
        "a reader has as many loans as counted, and no more than the limit",
        NONE,
        "UPDATE library_patron_load SET open_loans = 0",
    ),
    (
        "a reader has as many loans as counted, and no more than the limit",
        ("constraint", "ck_library_patron_load_limit", "library_patron_load"),
        "UPDATE library_patron_load SET loan_limit = 0",
    ),
    (
        "a reader has as many loans as counted, and no more than the limit",
        NONE,
        "DELETE FROM library_patron_load",
    ),
    (
        "a copy that waits keeps for one reader",
        ("index", "uq_library_hold_ready_copy"),
        "UPDATE library_hold SET copy_id = (SELECT min(copy_id) FROM library_hold)",
    ),
    (
        "a hold that is ready has its copy and its end",
        NONE,
        "UPDATE library_hold SET ready_until = NULL",
    ),
    (
        "places in the queue are given once, and a reader has one",
        NONE,
        "UPDATE library_hold SET seq = seq + 100",
    ),
    ("each late period and each loss is charged once", CHARGES, TWO_CHARGES),
    (
        "a charge for a loan is owed by its reader",
        CHARGES,
        "UPDATE payments_charge SET party = 'nobody'",
    ),
    (
        "payments: counters replay",
        NONE,
        "UPDATE payments_charge SET credited_minor = 1",
    ),
]


@pytest.fixture
def busy(town, clock, copies, lend, take_back, wait):
    """A library where all has happened: two late returns, two loans, two readers who are called."""
    copies("TS2", "TS3", "TS4", price_minor=1000)
    for barcode in ("TS1", "TS2"):
        lend(barcode)
    clock.advance(days=20)
    for barcode in ("TS1", "TS2"):
        take_back(barcode)
    for barcode in ("TS1", "TS2", "TS3", "TS4"):
        lend(barcode, "LC-2001")
    for card in ("LC-1001", "LC-3001"):
        wait(card)
    take_back("TS3")
    take_back("TS4")
    return town


def take_away(connection, kind, name, table=""):
    """Let the database forget a guard, as a broken upgrade might."""
    sqlite = connection.dialect.name == "sqlite"
    if kind == "constraint":
        here = f"ALTER TABLE {table} DROP CONSTRAINT {name}"
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON" if sqlite else here)
        return
    of = f" ON {table}" if table and not sqlite else ""
    connection.exec_driver_sql(f"DROP {kind} {name}{of}")


def rules(town):
    return [breach.rule for broken in breaches(town).values() for breach in broken]


def test_a_library_where_all_has_happened_is_sound(busy):
    assert rules(busy) == []


@pytest.mark.parametrize(("rule", "guard", "fault"), FAULTS)
def test_a_fault_is_found(busy, rule, guard, fault):
    with busy.database.begin() as connection:
        if guard[0]:
            take_away(connection, *guard)
        connection.execute(text(fault))
    assert rule in rules(busy)
