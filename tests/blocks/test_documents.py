"""Invoices and credit notes: no number is left out or given twice, what they say is kept."""

from datetime import date

import pytest

from tests.blocks.conftest import MAYA, SHOP
from townsquare.blocks import payments
from townsquare.core.errors import Conflict, KeyReused
from townsquare.core.ids import new_id

LINES = (
    payments.InvoiceLine("Rice", "2", 12000, 1286),
    payments.InvoiceLine("Delivery", "1", 500),
)


class Dropped(Conflict):
    """Thrown away after its number was taken."""


@pytest.fixture
def invoicing(doing):
    """Give Maya an invoice."""

    def run(key=None, **how):
        told = {"party": MAYA, "lines": LINES, "key": key or new_id()} | how
        return doing(payments.issue_invoice, SHOP, **told)

    return run


@pytest.fixture
def crediting(doing):
    """Give Maya a credit note."""

    def run(invoice, amount_minor, key=None):
        lines = [payments.InvoiceLine("Rice", "1", amount_minor)]
        told = {"lines": lines, "key": key or new_id(), "reason": "mouldy"}
        return doing(payments.issue_credit_note, SHOP, invoice.id, **told)

    return run


def test_an_invoice_says_what_is_owed_and_by_when(doing, invoicing):
    payer = payments.Payer("Maya Santos", "LC-1001")
    made = invoicing(payer=payer, due_on=date(2026, 3, 16))
    assert (made.number, made.amount_minor, made.tax_minor) == ("I-2026-000001", 12500, 1286)
    assert (made.name, made.due_on, made.lines) == ("Maya Santos", "2026-03-16", LINES)
    assert doing(payments.documents_of, "library", party=MAYA) == [made]
    assert doing(payments.receipts_of, "library", party=MAYA) == []
    with pytest.raises(payments.UnknownReceipt):
        doing(payments.receipt_of, "library", made.id)


def test_the_same_key_is_one_invoice(invoicing):
    first, again, other = invoicing("order 1"), invoicing("order 1"), invoicing()
    assert (first, other.number) == (again, "I-2026-000002")


@pytest.mark.parametrize(
    "other", [{"party": "01BEN"}, {"lines": LINES[:1]}, {"due_on": date(2026, 3, 16)}]
)
def test_the_key_of_another_invoice_is_refused(invoicing, other):
    invoicing("order 1")
    with pytest.raises(KeyReused):
        invoicing("order 1", **other)


def test_the_key_of_another_credit_note_is_refused(invoicing, crediting):
    invoice = invoicing("order 1")
    assert crediting(invoice, 100, "back 1") == crediting(invoice, 100, "back 1")
    for wrong in (
        lambda: crediting(invoice, 99, "back 1"),
        lambda: crediting(invoice, 9, "order 1"),
    ):
        with pytest.raises(KeyReused):
            wrong()


def test_credit_notes_name_their_invoice_and_never_exceed_it(invoicing, crediting):
    invoice = invoicing()
    notes = [crediting(invoice, 12000), crediting(invoice, 500)]
    assert [note.number for note in notes] == ["C-2026-000001", "C-2026-000002"]
    assert (notes[0].refers_to, notes[0].reason) == (invoice.number, "mouldy")
    with pytest.raises(payments.OverWaiver):
        crediting(invoice, 1)


def test_a_credit_note_needs_its_invoice_and_happens_once(invoicing, crediting, doing):
    invoice = invoicing()
    assert crediting(invoice, 5, "k") == crediting(invoice, 5, "k")
    with pytest.raises(payments.UnknownDocument):
        crediting(crediting(invoice, 5), 5)


def test_nothing_is_no_invoice(invoicing):
    with pytest.raises(payments.BadAmount):
        invoicing(lines=())


def test_another_series_has_its_own_numbers(invoicing):
    invoicing()
    assert invoicing(series="SRG").number == "SRG-2026-000001"


@pytest.mark.engines("sqlite", "postgresql")
def test_two_hundred_invoices_leave_no_gap_and_no_twin(doing, invoicing, together, measured):
    measured(invoices=200)

    def drop(ctx):
        told = {"party": MAYA, "lines": LINES, "key": new_id()}
        payments.issue_invoice(ctx, SHOP, **told)
        raise Dropped

    acts = [(lambda: doing(drop)) if number % 5 == 0 else invoicing for number in range(200)]
    done = together(*acts)
    numbers = sorted(each.number for each in done if isinstance(each, payments.Document))
    assert numbers == [f"I-2026-{number:06}" for number in range(1, 161)]


@pytest.mark.engines("sqlite", "postgresql")
def test_credit_notes_at_once_do_not_exceed_the_invoice(invoicing, crediting, together):
    invoice = invoicing()
    done = together(*[lambda: crediting(invoice, 12500)] * 6)
    assert sum(isinstance(each, payments.Document) for each in done) == 1
    assert sum(isinstance(each, payments.OverWaiver) for each in done) == 5
