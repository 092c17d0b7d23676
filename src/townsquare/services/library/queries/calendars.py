"""When the houses are open."""

from datetime import timedelta

from sqlalchemy import select

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ReadCalendar
from townsquare.services.library.errors import UnknownBranch
from townsquare.services.library.models.catalogue import BranchRow
from townsquare.services.library.models.lending import CalendarDayRow, OpeningRow
from townsquare.services.library.results.lending import CalendarShown, DayShown

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_SHOWN = 60  # Of each house, from today on.


@query("library.calendar.view", permission="public")
def read_calendar(ctx: Context, wish: ReadCalendar) -> list[CalendarShown]:
    """Return the hours of every house, or of one, with the days ahead that differ."""
    chosen = select(BranchRow).order_by(BranchRow.code)
    if wish.branch:
        chosen = chosen.where(BranchRow.code == wish.branch)
    week = chosen.outerjoin(OpeningRow, OpeningRow.branch_id == BranchRow.id)
    usual: dict[BranchRow, list[OpeningRow]] = {}
    for house, hours in ctx.db.execute(week.add_columns(OpeningRow).order_by(OpeningRow.weekday)):
        usual.setdefault(house, []).extend([hours] if hours else [])
    if wish.branch and not usual:
        raise UnknownBranch(branch=wish.branch)
    ahead = _days_ahead(ctx, [house.id for house in usual])
    return [_hours(house, usual[house], ahead.get(house.id, [])) for house in usual]


def _days_ahead(ctx: Context, houses: list[int]) -> dict[int, list[CalendarDayRow]]:
    chosen = select(CalendarDayRow).where(
        CalendarDayRow.branch_id.in_(houses),
        CalendarDayRow.day >= (ctx.now() - timedelta(days=1)).date(),
    )
    found: dict[int, list[CalendarDayRow]] = {}
    for row in ctx.db.scalars(chosen.order_by(CalendarDayRow.day)):
        found.setdefault(row.branch_id, []).append(row)
    return found


def _hours(house: BranchRow, usual: list[OpeningRow], ahead: list[CalendarDayRow]) -> CalendarShown:
    return CalendarShown(
        house.code,
        house.name,
        house.zone,
        [f"{WEEKDAYS[o.weekday]} {o.opens:%H:%M}–{o.closes:%H:%M}" for o in usual],  # noqa: RUF001 (an en dash between times)
        [
            DayShown(d.day, d.closes.strftime("%H:%M") if d.closes else "", d.reason)
            for d in ahead[:DAYS_SHOWN]
        ],
    )
