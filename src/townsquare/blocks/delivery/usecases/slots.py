"""Times of delivery, planned from a week on the clock of the shop."""

from collections.abc import Collection, Sequence
from datetime import date, time, timedelta

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from townsquare.blocks import catalogue
from townsquare.blocks.delivery import rules
from townsquare.blocks.delivery.errors import BadPlan
from townsquare.blocks.delivery.events import SlotsPlanned
from townsquare.blocks.delivery.models import SlotRow
from townsquare.core.db import insert_new
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

CLOSES_BEFORE = timedelta(hours=2)
DAYS_OF_THE_WEEK = range(7)
AT_ONCE = 500  # So many rows in a statement, which has room for a few thousand values.


def plan_slots(  # noqa: PLR0913 (each is one fact of the plan)
    ctx: Context,
    shop: catalogue.Shop,
    *,
    resource: str,
    windows: Sequence[rules.Window],
    first_day: date,
    days: int,
    closed: Collection[date] = (),
    closes_before: timedelta = CLOSES_BEFORE,
    instead: bool = False,
) -> int:
    """Offer the slots of these windows on so many days but closed ones; return how many are new.

    What was planned before stays as it is. With `instead` all slots to come follow these windows:
    those that are in none of them get nobody else, and whoever has a place keeps it.
    """
    if any(_is_bad(window) for window in windows):
        raise BadPlan
    told = [
        {
            "public_id": new_id(),
            "created_at": ctx.now(),
            "version": 1,
            "shop_id": shop.id,
            "resource": resource,
            "starts_at": hours.starts_at,
            "ends_at": hours.ends_at,
            "closes_at": hours.starts_at - closes_before,
            "capacity": hours.capacity,
            "taken": 0,
        }
        for hours in rules.hours_of(windows, shop.zone, first_day=first_day, days=days)
        if rules.day_of(hours.starts_at, shop.zone) not in closed
    ]
    new = sum(_offer(ctx.db, told[at : at + AT_ONCE]) for at in range(0, len(told), AT_ONCE))
    if instead:
        _follow(ctx, shop, resource, told=told)
    ctx.emit(SlotsPlanned(shop.code, resource, new))
    return new


def _offer(db: Session, told: list[dict[str, object]]) -> int:
    return len(db.execute(insert_new(SlotRow).values(told).returning(SlotRow.id)).all())


def _follow(
    ctx: Context, shop: catalogue.Shop, resource: str, *, told: Sequence[dict[str, object]]
) -> None:
    """Give the slots to come the places of the plan, never fewer than are taken."""
    changing = (
        update(SlotRow)
        .where(SlotRow.shop_id == shop.id, SlotRow.resource == resource)
        .where(SlotRow.starts_at > ctx.now())
        .execution_options(synchronize_session=False)
    )
    ctx.db.execute(changing.values(capacity=SlotRow.taken))
    starts: dict[int, list[object]] = {}
    for slot in told:
        starts.setdefault(int(str(slot["capacity"])), []).append(slot["starts_at"])
    for places, moments in starts.items():
        most = case((SlotRow.taken > places, SlotRow.taken), else_=places)
        for at in range(0, len(moments), AT_ONCE):
            among = SlotRow.starts_at.in_(moments[at : at + AT_ONCE])
            ctx.db.execute(changing.where(among).values(capacity=most))


def _is_bad(window: rules.Window) -> bool:
    ends_early = window.ends != time() and window.ends <= window.starts
    no_places = window.minutes <= 0 or window.capacity < 0
    return ends_early or no_places or window.weekday not in DAYS_OF_THE_WEEK
