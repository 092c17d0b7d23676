"""Those who run the shop say when it is open; orders that were placed keep their time."""

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import delivery
from townsquare.core.db import breaks
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.hours import CloseDay, OpenDay, SetHours
from townsquare.services.grocery.errors import BadWeek, ClosedAlready, UnknownClosing
from townsquare.services.grocery.events import DayClosed, DayOpened, HoursSet
from townsquare.services.grocery.models.hours import (
    ONE_CLOSING,
    ClosingRow,
    OpeningRow,
    row_of,
)
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.hours import Closing, HoursKept
from townsquare.services.grocery.rules.weeks import Hours, fits
from townsquare.services.grocery.usecases.van import follow_closings, lock_plans

EDIT = "grocery.shop.edit"
PAST = translatable("Choose today or a day to come.")


@use_case("grocery.hours.set", permission=EDIT)
def set_hours(ctx: Context, wish: SetHours) -> HoursKept:
    """Let the shop be open in this week; who has an hour that is gone keeps it."""
    shop = our_shop(ctx)
    week = [Hours(one.weekday, one.starts, one.ends) for one in wish.week]
    if not fits(week):
        raise BadWeek(fields={"week": BadWeek.message})
    lock_plans(ctx)
    ctx.db.execute(delete(OpeningRow))
    ctx.db.add_all(row_of(hours) for hours in week)
    ctx.db.flush()
    ctx.emit(HoursSet(shop.code, len(week)))
    return HoursKept(len(week))


@use_case("grocery.hours.close-day", permission=EDIT)
def close_day(ctx: Context, wish: CloseDay) -> Closing:
    """Let the shop be closed on a day: nothing more is collected, and the van stays."""
    must_be_meant(wish.day)
    shop = our_shop(ctx)
    if wish.day < delivery.day_of(ctx.now(), shop.zone):
        raise Invalid(fields={"day": PAST})
    lock_plans(ctx)
    row = ClosingRow(created_at=ctx.now(), day=wish.day, reason=wish.reason)
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_CLOSING):
            raise ClosedAlready from error
        raise
    follow_closings(ctx, shop)
    ctx.emit(DayClosed(row.public_id, row.day.isoformat(), row.reason))
    return Closing(row.public_id, row.version, row.day, row.reason)


@use_case("grocery.hours.open-day", permission=EDIT)
def open_day(ctx: Context, wish: OpenDay) -> None:
    """Let a day that was closed be one like others again."""
    shop = our_shop(ctx)
    lock_plans(ctx)
    row = ctx.db.scalar(select(ClosingRow).filter_by(public_id=wish.id))
    if row is None:
        raise UnknownClosing
    if row.version != wish.version:
        raise StaleVersion
    ctx.db.delete(row)
    ctx.db.flush()
    follow_closings(ctx, shop)
    ctx.emit(DayOpened(row.public_id, row.day.isoformat()))
