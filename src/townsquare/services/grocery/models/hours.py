"""When the shop is open: its week, and the days on which it is closed.

A trigger of the migration refuses hours of one day that overlap.
"""

from datetime import date, time

from sqlalchemy import CheckConstraint, Date, Index, UniqueConstraint, literal, null, select
from sqlalchemy import type_coerce as typed
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks import catalogue, delivery
from townsquare.core.db import Model, Recorded
from townsquare.core.usecase import Context
from townsquare.services.grocery.rules.hours import A_DAY, AN_HOUR, USUAL_WEEK, Opening
from townsquare.services.grocery.rules.weeks import Hours


class OpeningRow(Model):
    """From which minute of a weekday until which the shop is open; 1440 is the end of the day."""

    __tablename__ = "grocery_opening"

    id: Mapped[int] = mapped_column(primary_key=True)
    weekday: Mapped[int]
    from_minute: Mapped[int]
    to_minute: Mapped[int]

    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint(
            "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440", name="span"
        ),
        UniqueConstraint("weekday", "from_minute"),
    )


class ClosingRow(Recorded, Model):
    """A day on which the shop does not open, and why."""

    __tablename__ = "grocery_closing"

    day: Mapped[date]
    reason: Mapped[str]


ONE_CLOSING = Index("uq_grocery_closing_day", ClosingRow.day, unique=True)


def opening_of(ctx: Context, shop: catalogue.Shop) -> Opening:
    """Return the hours of the shop, and the days to come on which it is closed.

    A shop that has said nothing has the usual hours.
    """
    shut, span = ClosingRow, OpeningRow
    zero = literal(0)
    closings = select(
        shut.day, shut.reason, zero.label("weekday"), zero.label("starts"), zero.label("ends")
    ).where(shut.day >= delivery.day_of(ctx.now(), shop.zone))
    spans = select(typed(null(), Date), literal(""), span.weekday, span.from_minute, span.to_minute)
    week: list[Hours] = []
    closed: dict[date, str] = {}
    for day, reason, weekday, starts, ends in ctx.db.execute(closings.union_all(spans)):
        if day is not None:
            closed[day] = reason
        else:
            week.append(Hours(weekday, _clock(starts), _clock(ends)))
    week.sort(key=lambda hours: (hours.weekday, hours.starts))
    return Opening(tuple(week) or USUAL_WEEK, closed)


def row_of(hours: Hours) -> OpeningRow:
    """Return hours as they are kept."""
    starts, ends = (one.hour * AN_HOUR + one.minute for one in (hours.starts, hours.ends))
    return OpeningRow(weekday=hours.weekday, from_minute=starts, to_minute=ends or A_DAY)


def _clock(minute: int) -> time:
    return time(minute // AN_HOUR % 24, minute % AN_HOUR)
