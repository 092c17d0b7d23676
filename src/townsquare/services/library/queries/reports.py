"""Figures of the library: circulation, titles, lateness, money, waiting."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import String, case, cast, func, select

from townsquare.blocks import payments
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import Report
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import SHOP
from townsquare.services.library.models.lending import HoldRow, LoanRow, PatronRow
from townsquare.services.library.results.lending import Figures

MOST = 20
HALF_A_YEAR = timedelta(days=183)
VIEW = "library.report.view"


@query("library.report.circulation", permission=VIEW)
def circulation(ctx: Context, wish: Report) -> Figures:
    """Return loans by month and class of reader."""
    month = func.substr(cast(LoanRow.out_at, String), 1, 7).label("month")
    since, until = _span(ctx, wish)
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
    """Return what was paid, by kind, in minor units."""
    since, until = _span(ctx, wish)
    row = payments.PAYMENT
    counted = (
        select(row.method, func.count(row.id), func.sum(row.amount_minor))
        .where(row.shop == SHOP, row.created_at >= since, row.created_at < until)
        .group_by(row.method)
        .order_by(row.method)
    )
    heads = ["Kind", "Payments", "Amount"]
    return Figures("Payments by kind", heads, _rows(ctx, counted), money=(2,))


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


REPORTS: dict[str, Callable[[Context, Report], Figures]] = {
    "circulation": circulation,
    "titles": popular_titles,
    "overdue": overdue,
    "charges": charges_by_reason,
    "payments": payments_by_kind,
    "holds": holds_by_state,
}


def _span(ctx: Context, wish: Report) -> tuple[datetime, datetime]:
    since = datetime.combine(wish.since, time(), UTC) if wish.since else ctx.now() - HALF_A_YEAR
    end = datetime.combine(wish.until, time(), UTC) if wish.until else ctx.now()
    return since, end + timedelta(days=1)


def _rows(ctx: Context, counted: Any) -> list[list[str | int]]:  # noqa: ANN401 (a statement)
    return [
        [v if isinstance(v, str) else int(v or 0) for v in row] for row in ctx.db.execute(counted)
    ]
