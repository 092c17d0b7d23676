"""The figures of the library, checked against a small half-year that was really lived."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from townsquare.core.errors import NotAllowed
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.money import FindCharges, FindPayments
from townsquare.services.library.queries.loans import find_loans
from townsquare.services.library.queries.money import find_charges, find_payments
from townsquare.services.library.queries.reports import REPORTS
from townsquare.services.library.rules.months import months
from townsquare.services.library.usecases.charges import (
    return_deposit,
    take_deposit,
    take_payment,
    waive_charge,
)
from townsquare.services.library.usecases.loans import (
    declare_found,
    declare_lost,
    mark_missing,
    recall_loan,
    renew_loan,
)
from townsquare.services.library.usecases.refunds import refund_payment

MINUTE = timedelta(minutes=1)


@pytest.fixture
def half_a_year(copies, lend, take_back, wait, acts, readers, clock):
    """Two loans in March, one in April; a fine partly paid; Ben waits; one copy is late."""
    copies("TS2")
    lend()
    lend("TS2", "LC-2001")
    clock.set(2026, 3, 26, 10)
    take_back()
    acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=100))
    wait("LC-3001")
    clock.set(2026, 4, 1, 10)
    lend()


@pytest.fixture
def figures(acts):
    def run(name, **span):
        told = acts(REPORTS[name], wishes.Report(**span))
        return told.columns, told.rows

    return run


def test_loans_are_counted_by_month_and_class(half_a_year, figures):
    assert figures("circulation") == (
        ["Month", "faculty", "student"],
        [["2026-03", 1, 1], ["2026-04", 0, 1]],
    )


def test_a_span_has_both_its_days(half_a_year, figures):
    march = {"since": date(2026, 3, 2), "until": date(2026, 3, 31)}
    assert figures("circulation", **march)[1] == [["2026-03", 1, 1]]
    assert figures("circulation", since=date(2026, 3, 3), until=date(2026, 3, 3))[1] == []
    assert figures("circulation", since=date(2026, 5, 1), until=date(2026, 4, 1))[1] == []


def test_months_and_days_are_those_of_the_town(copies, lend, acts, figures, clock):
    copies("TS2")
    clock.set(2026, 3, 31, 15, 59)  # A minute before April in Manila, where the tests' town is.
    late_in_march = lend("TS1", "LC-2001").id
    clock.set(2026, 3, 31, 16)
    lend("TS2", "LC-2001")
    acts(recall_loan, wishes.ChooseLoan(id=late_in_march))
    assert figures("circulation")[1] == [["2026-03", 1], ["2026-04", 1]]
    assert figures("renewals")[1] == [["2026-04", 0, 1]]
    last, first = date(2026, 3, 31), date(2026, 4, 1)
    assert figures("circulation", until=last)[1] == [["2026-03", 1]]
    assert figures("circulation", since=first)[1] == [["2026-04", 1]]
    assert figures("titles", since=last, until=last)[1] == [["Norwegian Wood", 1]]


def test_a_span_may_be_as_long_as_any_report(half_a_year, figures):
    told = figures("circulation", since=date(1900, 1, 1), until=date(2999, 12, 31))
    assert told[1] == [["2026-03", 1, 1], ["2026-04", 0, 1]]


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("UTC", "2026-03-01T00:00+00:00", "2026-03-31T23:59+00:00"),
        ("Asia/Manila", "2026-02-28T16:00+00:00", "2026-03-31T15:59+00:00"),
        ("Europe/London", "2026-03-01T00:00+00:00", "2026-03-31T22:59+00:00"),  # Summer time.
        ("America/New_York", "2026-03-01T05:00+00:00", "2026-04-01T03:59+00:00"),
        ("Asia/Kathmandu", "2026-02-28T18:15+00:00", "2026-03-31T18:14+00:00"),
    ],
)
def test_a_month_begins_and_ends_with_the_clocks_of_its_zone(zone, first, last):
    since, until = datetime.fromisoformat(first), datetime.fromisoformat(last)
    assert months(since, until, zone) == [("2026-03", since)]
    edges = months(since - MINUTE, until + 2 * MINUTE, zone)
    assert [name for name, _start in edges] == ["2026-04", "2026-03", "2026-02"]


def test_a_year_has_twelve_months_and_no_span_has_none():
    year = datetime(2026, 1, 1, tzinfo=UTC)
    assert len(months(year, year.replace(year=2027), "UTC")) == 12
    assert months(year, year, "UTC") == [("2026-01", year)]


def test_titles_are_counted(half_a_year, figures):
    assert figures("titles")[1] == [["Norwegian Wood", 3]]


def test_late_loans_are_counted_by_branch(half_a_year, figures):
    assert figures("overdue")[1] == [["Central", 1]]


def test_money_is_summed_by_reason_and_kind(half_a_year, figures):
    assert figures("charges")[1] == [["overdue", 1, 225, 125]]
    assert figures("payments")[1] == [["cash", 1, 100, 0, 100]]


def test_what_goes_back_is_subtracted_on_its_day(half_a_year, figures, acts, clock):
    back = partial(wishes.RefundPayment, reason="Taken twice")
    [cash] = acts(find_payments, FindPayments()).items
    acts(refund_payment, back(payment=cash.id, amount_minor=30))
    told = {"card": "LC-1001", "amount_minor": 50, "method": "card"}
    acts(take_payment, wishes.PayCharges(**told))
    clock.set(2026, 4, 2, 10)
    acts(refund_payment, back(payment=cash.id, amount_minor=20))
    assert figures("payments") == (
        ["Kind", "Payments", "Taken", "Given back", "Net"],
        [["card", 1, 50, 0, 50], ["cash", 1, 100, 50, 50]],
    )
    later = {"since": date(2026, 4, 2), "until": date(2026, 4, 2)}
    assert figures("payments", **later)[1] == [["cash", 0, 0, 20, -20]]


def test_a_deposit_that_goes_back_is_subtracted(houses, readers, figures, acts):
    acts(take_deposit, wishes.Deposit(card="LC-3001", amount_minor=2000))
    acts(return_deposit, wishes.ReturnDeposit(card="LC-3001"))
    assert figures("payments")[1] == [["cash", 1, 2000, 2000, 0]]


def test_what_is_waived_is_no_longer_open(half_a_year, figures, acts):
    [charge] = acts(find_charges, FindCharges()).items
    acts(waive_charge, wishes.WaiveCharge(charge=charge.id, reason="It snowed"))
    assert figures("charges")[1] == [["overdue", 1, 225, 0]]


def test_holds_are_counted_by_branch(half_a_year, figures):
    assert figures("holds") == (["Branch", "Holds", "Filled", "Waiting"], [["Central", 1, 0, 1]])


def test_renewals_and_recalls_are_counted_by_month(half_a_year, figures, acts):
    of_ben, of_maya = acts(find_loans, wishes.FindLoans()).items
    told = {"override": "hold-waiting", "reason": "Carla agrees"}
    acts(renew_loan, wishes.RenewLoan(id=of_ben.id, **told))
    for loan in (of_ben, of_maya):
        acts(recall_loan, wishes.ChooseLoan(id=loan.id))
    assert figures("renewals") == (["Month", "Renewals", "Recalls"], [["2026-04", 1, 2]])


def test_lost_and_missing_copies_are_counted_with_their_worth(half_a_year, copies, figures, acts):
    copies("TS3", "TS4", price_minor=700)
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    for barcode in ("TS3", "TS4"):
        acts(mark_missing, wishes.ChooseCopy(barcode=barcode))
    heads = ["Branch", "Lost", "Missing", "Worth"]
    assert figures("losses") == (heads, [["Central", 1, 2, 1899 + 700 + 700]])
    acts(declare_found, wishes.ChooseCopy(barcode="TS4"))
    assert figures("losses")[1] == [["Central", 1, 1, 1899 + 700]]


def test_charges_are_summed_by_the_branch_that_lent(half_a_year, figures, acts):
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    assert figures("branches")[1] == [
        ["Central", "lost", 1, 1899, 1899],
        ["Central", "overdue", 1, 225, 125],
        ["Central", "processing", 1, 300, 300],
    ]


def test_days_of_waiting_end_when_the_copy_is_ready(
    half_a_year, copies, take_back, wait, figures, clock
):
    copies("TS3", "TS4")
    wait("LC-2001")
    clock.set(2026, 4, 5, 11)
    take_back("TS3")  # Carla has waited since 26 March: ten days.
    clock.set(2026, 4, 7, 12)
    take_back("TS4")  # Ben since the 1st of April: six days.
    assert figures("waits") == (
        ["Branch", "Holds", "Median days", "Longest"],
        [["Central", 2, 8, 10]],
    )


@pytest.mark.parametrize("name", REPORTS)
def test_a_new_library_has_empty_reports(houses, figures, name):
    assert figures(name)[1] == []


@pytest.mark.parametrize("name", REPORTS)
def test_readers_see_no_reports(acts, readers, name):
    with pytest.raises(NotAllowed):
        acts(REPORTS[name], wishes.Report(), readers.Maya.actor)
