"""Load the demo town: what is there already stays, and what is missing is made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from townsquare.blocks import catalogue
from townsquare.core.errors import Conflict
from townsquare.core.identity.models import AccountRow
from townsquare.core.outbox import Relay
from townsquare.core.town import Town
from townsquare.core.words import translatable
from townsquare.demo.clock import DemoClock
from townsquare.demo.floor import Floor, enrol_people, register_customers
from townsquare.demo.groceries import ZONE, fill_shop, open_shop
from townsquare.demo.halfyear import LENGTH, HalfYear
from townsquare.demo.paper import fill_paper
from townsquare.demo.people import register_readers, settle_cast, shop_staff_of, staff_of
from townsquare.demo.polls import fill_polls
from townsquare.demo.purchases import fill_purchases
from townsquare.demo.rehearsals import rehearsal_of
from townsquare.demo.shelves import fill_shelves, open_houses
from townsquare.demo.today import live_today
from townsquare.demo.trade import LENGTH as MONTH
from townsquare.demo.trade import OPENS, Month


class NotADemo(Conflict):
    """Invented people in a town that is real."""

    code = "demo.not-a-demo"
    message = translatable(
        "This town is no demonstration; set TOWNSQUARE_DEMO=yes in an empty one to load it."
    )


def load(
    town: Town,
    say: Callable[[str], None] = lambda _sentence: None,
    report: Callable[[int, int], None] = lambda _done, _all: None,
) -> str:
    """Make what is missing of the demo town; return the password of its people if it is new."""
    if not town.settings.demo:
        raise NotADemo
    clock = DemoClock(town.settings.zone, _founding(town))
    then = replace(town, now=clock)
    password = settle_cast(then)
    founded = clock.today
    if password:
        say("Filling the shelves of the library …")
    clock.open(founded)
    branches = fill_shelves(then)
    if password:
        open_houses(then, branches)
    staff = staff_of(then)
    register_readers(then, staff, branches)
    HalfYear(then, clock, staff).live(founded, lambda done: report(done, LENGTH.days))
    _trade(town, (founded + LENGTH))
    fill_polls(town)
    fill_paper(town)
    _rehearse(town)
    _tell_nobody(then)
    return password


def _trade(town: Town, last: date) -> None:
    """Open the shop a month before the last day, live the month, and fill the shelves today."""
    if not any(service.name == "grocery" for service in town.services):
        return
    clock = DemoClock(ZONE, town.now())
    clock.open(last - MONTH, OPENS)
    then = replace(town, now=clock)
    open_shop(then)
    register_customers(then)
    enrol_people(then)
    with town.sessions() as db:
        opened = db.scalars(select(catalogue.SHOP.created_at)).one()
    first = opened.astimezone(ZoneInfo(ZONE)).date()
    month = Month(then, clock, shop_staff_of(then, ZONE), evening=Floor(then).keep)
    month.live(first, last)
    fill_shop(town)  # Today, so that what is fresh still keeps.
    fill_purchases(town)
    live_today(town)


def _rehearse(town: Town) -> None:
    """Let the cast hold an encrypted rehearsal, unless there is one."""
    known = any(service.name == "elections" for service in town.services)
    if known and rehearsal_of(town) is None:
        from townsquare.demo.sealed import fill_sealed  # noqa: PLC0415 (it brings the protocol)

        fill_sealed(town)


def _founding(town: Town) -> datetime:
    """Return when the cast came to town: half a year before the demo was loaded first."""
    with town.sessions() as db:
        first = db.scalar(
            select(AccountRow.created_at).where(AccountRow.demo_sentence != "").limit(1)
        )
    if first is not None:
        return first
    today = town.now().astimezone(ZoneInfo(town.settings.zone)).date()
    clock = DemoClock(town.settings.zone, town.now())
    clock.open(today - LENGTH)
    return clock()


def _tell_nobody(town: Town) -> None:
    """Let the events of the half year pass without mails: its readers have read them long ago."""
    relay = Relay(replace(town, services=()), "demo")
    while relay.step():
        pass
    relay.leave()
