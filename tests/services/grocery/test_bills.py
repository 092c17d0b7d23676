"""Invoices of suppliers: what differs is shown, what agrees is owed, and paid once."""

from datetime import date

import pytest
from click.testing import CliRunner

from tests.services.grocery.supplying import made
from townsquare.services.grocery.commands.bills import SeePayables
from townsquare.services.grocery.queries.bills import find_payables

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def came(arriving):
    """Nine of ten cases came with DN-77."""
    return arriving()


@pytest.fixture
def matched(billing, came):
    """An invoice that agrees; its id."""
    return made(billing("108", "5400.00"))


@pytest.fixture
def owed(acting_as):
    """Return what is owed to each supplier."""

    def look():
        with acting_as("grocery.purchase.read", reads=True) as ctx:
            return find_payables(ctx, SeePayables())

    return look


def test_what_differs_is_told_line_by_line(billing, came, reads):
    invoice = made(billing("120", "6100.00"))
    page = reads("Paul", f"invoices/{invoice}")
    assert "12 too many" in page
    assert "100.00 too much" in page
    assert "Accept the price" not in page
    typed = reads("Paul", f"invoices/{invoice}/correct")
    assert 'value="120"' in typed
    assert 'value="6100.00"' in typed


def test_a_price_is_accepted_for_a_reason(pages, billing, came, reads):
    invoice = made(billing("108", "5500.00"))
    empty = pages("Paul", f"invoices/{invoice}/accept", id=invoice)
    assert empty.status_code == 422
    told = {"id": invoice, "reason": "New price list"}
    assert pages("Paul", f"invoices/{invoice}/accept", **told).status_code == 303
    assert "Matched" in reads("Paul", f"invoices/{invoice}")
    assert pages("Paul", f"invoices/{invoice}/accept", **told).status_code == 409


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"number": ""}, "Fill in this field."),
        ({"due_on": "2026-02-31"}, "date"),
        ({"tax": "1.005"}, "more decimals than PHP"),
        ({"tax": "648.01"}, "come to ₱648.00 of tax, and ₱648.01 was entered"),
    ],
)
def test_what_no_invoice_says_is_refused_and_stays_typed(billing, came, more, said):
    answer = billing("108", "5400.00", **more)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="5400.00"' in answer.text


def test_an_invoice_for_nothing_is_refused(pages, came, sent):
    told = {"number": "R-1", "issued_on": "2026-03-05", "due_on": "2026-04-04"}
    answer = pages("Paul", f"purchases/{sent}/invoice", **told)
    assert answer.status_code == 422
    assert "how much was billed" in answer.text


def test_what_is_owed_grows_old(matched, owed, clock):
    (one,) = owed().suppliers
    assert (one.company, one.not_due_minor, one.total_minor) == ("Batangas Farms", 540000, 540000)
    ages = []
    for day in (date(2026, 4, 5), date(2026, 5, 5), date(2026, 7, 1)):
        clock.set(day.year, day.month, day.day)
        (one,) = owed().suppliers
        ages.append((one.month_minor, one.two_months_minor, one.older_minor))
    assert ages == [(540000, 0, 0), (0, 540000, 0), (0, 0, 540000)]


def test_an_empty_bank_account_pays_nobody(pages, matched, reads):
    answer = pages("Paul", "payables", pay=matched)
    assert answer.status_code == 409
    assert "There is not enough on this account" in answer.text
    assert "Matched" in reads("Paul", f"invoices/{matched}")


def test_what_agrees_is_paid_once_and_the_books_say_so(pages, matched, reads, owed):
    pages("Paul", "books", amount="6000.00", memo="Capital")
    assert pages("Paul", "payables", pay=matched).status_code == 303
    assert pages("Paul", "payables", pay=matched).status_code == 409
    assert owed().suppliers == []
    page = reads("Paul", "books")
    assert "Both sides agree" in page
    assert "payable:SUP-01" in page
    assert "600.00" in page


def test_nothing_is_paid_of_what_is_disputed_or_not_chosen(pages, billing, came, reads):
    invoice = made(billing("120", "6000.00"))
    assert pages("Paul", "payables").status_code == 422
    answer = pages("Paul", "payables", pay=invoice)
    assert answer.status_code == 409
    assert "it is paid once it agrees" in answer.text


def test_a_suspended_supplier_is_not_paid(pages, matched, farms):
    pages("Paul", "books", amount="6000.00", memo="Capital")
    pages("Lena", f"suppliers/{farms}/suspend")
    assert pages("Paul", "payables", pay=matched).status_code == 409


def test_who_orders_does_not_pay(pages, matched, sent, reads):
    assert pages("Lena", "payables", pay=matched).status_code == 403
    assert pages("Lena", f"purchases/{sent}/invoice").status_code == 403
    assert "Pay the chosen invoices" not in reads("Lena", "payables")
    assert "5,400.00" in reads("Lena", "payables")


@pytest.mark.engines("sqlite")
def test_the_verb_shows_every_account(settings, pages, matched, monkeypatch):
    from townsquare.services.grocery import cli

    pages("Paul", "books", amount="6000.00", memo="Capital")
    monkeypatch.setattr(cli, "settings_here", lambda: settings)
    told = CliRunner().invoke(cli.grocery, ["trial-balance"])
    assert told.exit_code == 0
    assert "payable:SUP-01" in told.output
    assert "debit ₱11,400.00, credit ₱11,400.00" in told.output
