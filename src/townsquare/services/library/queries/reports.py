"""Figures of the library: circulation, titles, lateness, losses, money, waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Label, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from townsquare.blocks import payments
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import Report
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import SHOP
from townsquare.services.library.models.lending import (
    HoldRow,
    LoanEventRow,
    LoanRow,
    PatronRow,
)
from townsquare.services.library.ports import TOWN
from townsquare.services.library.results.lending import Figures
from townsquare.services.library.rules.months import begins, months

MOST = 20
A_DAY = timedelta(days=1)
HALF_A_YEAR = timedelta(days=183)
VIEW = "library.report.view"
PAID_BACK = ("refund", "deposit_back")  # The receipts of what goes out.
OF_LOAN = "loan:"  # How a charge begins to say which loan it is for.


@query("library.report.circulation", permission=VIEW)
def circulation(ctx: Context, wish: Report) -> Figures:
    """Return loans by month and class of reader."""
    since, until = _span(ctx, wish)
    month = _month(ctx, LoanRow.out_at, (since, until))
    counted = (
        select(month, PatronRow.kind, func.count())
        .join(PatronRow, PatronRow.id == LoanRow.patron_id)
        .where(LoanRow.out_at >= since, LoanRow.out_at < until)
        .group_by("month", PatronRow.kind)
        .order_by("month")
    )
    found: dict[str, dict[str, int]] = {}
    for when, kind, number in ctx.db.execute(counted):
        found.setdefault(when, {})[kind] = number
    kinds = sorted({kind for row in found.values() for kind in row})
    rows: list[list[str | int]] = [
        [when, *(row.get(kind, 0) for kind in kinds)] for when, row in found.items()
    ]
    return Figures("Loans by month and class", ["Month", *kinds], rows)


@query("library.report.titles", permission=VIEW)
def popular_titles(ctx: Context, wish: Report) -> Figures:
    """Return the documents that were lent most."""
    since, until = _span(ctx, wish)
    number = func.count(LoanRow.id)
    counted = (
        select(DocumentRow.title, number)
        .join(CopyRow, CopyRow.document_id == DocumentRow.id)
        .join(LoanRow, LoanRow.copy_id == CopyRow.id)
        .where(LoanRow.out_at >= since, LoanRow.out_at < until)
        .group_by(DocumentRow.id, DocumentRow.title)
        .order_by(number.desc(), DocumentRow.title)
        .limit(MOST)
    )
    return Figures("Popular titles", ["Title", "Loans"], _rows(ctx, counted))


@query("library.report.overdue", permission=VIEW)
def overdue(ctx: Context, _wish: Report) -> Figures:
    """Return how many loans are late, by branch."""
    counted = (
        select(BranchRow.name, func.count(LoanRow.id))
        .join(LoanRow, LoanRow.out_branch_id == BranchRow.id)
        .where(LoanRow.closed_reason.is_(None), LoanRow.due_at < ctx.now())
        .group_by(BranchRow.name)
        .order_by(BranchRow.name)
    )
    return Figures("Late loans by branch", ["Branch", "Late loans"], _rows(ctx, counted))


@query("library.report.charges", permission=VIEW)
def charges_by_reason(ctx: Context, wish: Report) -> Figures:
    """Return what was charged, by reason, in minor units."""
    since, until = _span(ctx, wish)
    row = payments.CHARGE
    counted = (
        select(
            row.reason,
            func.count(row.id),
            func.sum(row.amount_minor),
            func.sum(row.amount_minor - row.credited_minor - row.allocated_minor),
        )
        .where(row.shop == SHOP, row.created_at >= since, row.created_at < until)
        .group_by(row.reason)
        .order_by(row.reason)
    )
    heads = ["Reason", "Charges", "Amount", "Still open"]
    return Figures("Charges by reason", heads, _rows(ctx, counted), money=(2, 3))


@query("library.report.payments", permission=VIEW)
def payments_by_kind(ctx: Context, wish: Report) -> Figures:
    """Return what came in, what went back and what is left of both, by kind, in minor units.

    Each counts on its own day: what goes back later is not taken off the day of its payment.
    """
    since, until = _span(ctx, wish)
    row, receipt, none = payments.PAYMENT, payments.RECEIPT, literal(0)
    method, amount = receipt.snapshot["method"], receipt.snapshot["amount_minor"]
    taken = select(
        row.method.label("kind"),
        literal(1).label("payments"),
        row.amount_minor.label("taken"),
        none.label("back"),
    ).where(row.shop == SHOP, row.created_at >= since, row.created_at < until)
    taken = taken.where(row.method != "deposit")  # What is set off had come in with the deposit.
    back = select(method.as_string(), none, none, amount.as_integer()).where(
        receipt.shop == SHOP, receipt.kind.in_(PAID_BACK)
    )
    back = back.where(receipt.issued_at >= since, receipt.issued_at < until)
    both = taken.union_all(back).subquery().c
    sums = [func.sum(column) for column in (both.payments, both.taken, both.back)]
    net = func.sum(both.taken - both.back)
    counted = select(both.kind, *sums, net).group_by(both.kind).order_by(both.kind)
    heads = ["Kind", "Payments", "Taken", "Given back", "Net"]
    return Figures("Payments by kind", heads, _rows(ctx, counted), money=(2, 3, 4))


@query("library.report.holds", permission=VIEW)
def holds_by_state(ctx: Context, wish: Report) -> Figures:
    """Return how holds have ended, or where they stand, by branch."""
    since, until = _span(ctx, wish)
    filled = func.sum(case((HoldRow.state == "filled", 1), else_=0))
    waiting = func.sum(case((HoldRow.state.in_(("waiting", "suspended")), 1), else_=0))
    counted = (
        select(BranchRow.name, func.count(HoldRow.id), filled, waiting)
        .join(BranchRow, BranchRow.id == HoldRow.branch_id)
        .where(HoldRow.created_at >= since, HoldRow.created_at < until)
        .group_by(BranchRow.name)
        .order_by(BranchRow.name)
    )
    return Figures("Holds by branch", ["Branch", "Holds", "Filled", "Waiting"], _rows(ctx, counted))


@query("library.report.renewals", permission=VIEW)
def renewals(ctx: Context, wish: Report) -> Figures:
    """Return how often loans were renewed and recalled, by month."""
    since, until = _span(ctx, wish)
    month = _month(ctx, LoanEventRow.at, (since, until))
    times = [
        func.sum(case((LoanEventRow.kind == kind, 1), else_=0)) for kind in ("renewed", "recalled")
    ]
    counted = (
        select(month, *times)
        .where(LoanEventRow.kind.in_(("renewed", "recalled")))
        .where(LoanEventRow.at >= since, LoanEventRow.at < until)
        .group_by("month")
        .order_by("month")
    )
    heads = ["Month", "Renewals", "Recalls"]
    return Figures("Renewals and recalls by month", heads, _rows(ctx, counted))


@query("library.report.losses", permission=VIEW)
def losses(ctx: Context, _wish: Report) -> Figures:
    """Return which copies each branch misses at the moment, and what they are worth."""
    lost, missing = (
        func.sum(case((CopyRow.state == state, 1), else_=0)) for state in ("lost", "missing")
    )
    counted = (
        select(BranchRow.name, lost, missing, func.sum(CopyRow.price_minor))
        .join(CopyRow, CopyRow.owner_branch_id == BranchRow.id)
        .where(CopyRow.state.in_(("lost", "missing")))
        .group_by(BranchRow.name)
        .order_by(BranchRow.name)
    )
    heads = ["Branch", "Lost", "Missing", "Worth"]
    return Figures("Lost and missing copies", heads, _rows(ctx, counted), money=(3,))


@query("library.report.branches", permission=VIEW)
def charges_by_branch(ctx: Context, wish: Report) -> Figures:
    """Return what was charged for loans, by the branch that lent and by reason."""
    since, until = _span(ctx, wish)
    row = payments.CHARGE
    counted = (
        select(
            BranchRow.name,
            row.reason,
            func.count(row.id),
            func.sum(row.amount_minor),
            func.sum(row.amount_minor - row.credited_minor - row.allocated_minor),
        )
        .join(LoanRow, LoanRow.public_id == func.substr(row.source, len(OF_LOAN) + 1))
        .join(BranchRow, BranchRow.id == LoanRow.out_branch_id)
        .where(row.shop == SHOP, row.source.startswith(OF_LOAN))
        .where(row.created_at >= since, row.created_at < until)
        .group_by(BranchRow.name, row.reason)
        .order_by(BranchRow.name, row.reason)
    )
    heads = ["Branch", "Reason", "Charges", "Amount", "Still open"]
    return Figures("Charges by branch and reason", heads, _rows(ctx, counted), money=(3, 4))


@query("library.report.waits", permission=VIEW)
def waits(ctx: Context, wish: Report) -> Figures:
    """Return how many days readers waited until their copy was ready, by branch."""
    from statistics import median  # noqa: PLC0415 (this report alone needs it)

    since, until = _span(ctx, wish)
    ready = (
        select(BranchRow.name, HoldRow.created_at, HoldRow.ready_at)
        .join(BranchRow, BranchRow.id == HoldRow.branch_id)
        .where(HoldRow.ready_at >= since, HoldRow.ready_at < until)
        .order_by(BranchRow.name)
    )
    days: dict[str, list[int]] = {}
    found: Any
    for branch, placed, found in ctx.db.execute(ready):
        if found:
            days.setdefault(branch, []).append((found - placed).days)
    rows: list[list[str | int]] = [
        [branch, len(spans), round(median(spans)), max(spans)] for branch, spans in days.items()
    ]
    heads = ["Branch", "Holds", "Median days", "Longest"]
    return Figures("Days until a copy was ready", heads, rows)


REPORTS: dict[str, Callable[[Context, Report], Figures]] = {
    "circulation": circulation,
    "titles": popular_titles,
    "overdue": overdue,
    "charges": charges_by_reason,
    "payments": payments_by_kind,
    "holds": holds_by_state,
    "renewals": renewals,
    "losses": losses,
    "branches": charges_by_branch,
    "waits": waits,
}


def _span(ctx: Context, wish: Report) -> tuple[datetime, datetime]:
    """Return from when until when to count: both days whole, as the town counts its days."""
    zone, tomorrow = ctx.engine(TOWN).zone, ctx.now() + A_DAY
    since = begins(wish.since, zone) if wish.since else ctx.now() - HALF_A_YEAR
    until = begins(wish.until + A_DAY, zone) if wish.until else tomorrow
    return since, min(until, tomorrow)  # Later nothing has happened yet.


def _month(
    ctx: Context, moment: InstrumentedAttribute[datetime], span: tuple[datetime, datetime]
) -> Label[str]:
    """Return the month of the town in which a moment falls, for the database to group by."""
    starts = months(*span, ctx.engine(TOWN).zone)
    return case(*((moment >= start, name) for name, start in starts)).label("month")


def _rows(ctx: Context, counted: Any) -> list[list[str | int]]:  # noqa: ANN401 (a statement)
    return [
        [v if isinstance(v, str) else int(v or 0) for v in row] for row in ctx.db.execute(counted)
    ]
