"""When the shop is open: its week and closed days, what people can choose then, what is kept."""

import re
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.access.delivering import deliver
from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from tests.services.grocery.test_buying import HOUR, Browser
from tests.services.grocery.trading import at_once, trade
from townsquare.core.errors import Invalid, NotAllowed, StaleVersion
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.delivery import FindSlots
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.hours import CloseDay, OpenDay, SetHours
from townsquare.services.grocery.commands.orders import PutLine, Quote
from townsquare.services.grocery.errors import BadWeek, ClosedAlready, CollectShut, UnknownClosing
from townsquare.services.grocery.queries.delivering import find_slots
from townsquare.services.grocery.queries.hours import read_hours, read_hours_desk
from townsquare.services.grocery.rules.hours import (
    AS_USUAL,
    Opening,
    collected_on,
    is_offered,
    next_hours,
)
from townsquare.services.grocery.rules.weeks import Hours
from townsquare.services.grocery.usecases.carts import put_line
from townsquare.services.grocery.usecases.checkout import quote_cart
from townsquare.services.grocery.usecases.hours import close_day, open_day, set_hours
from townsquare.services.grocery.usecases.van import plan_ahead

__all__ = ["trade"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
EDIT, ZONE = "grocery.shop.edit", "Asia/Manila"
ANYBODY = Actor(0, "guest", frozenset({"public"}))
MONDAY = date(2026, 3, 2)
# A Monday, eight in the morning in Manila.
NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
NIGHT = Opening((Hours(6, time(1), time(4)),))
SPAN = "INSERT INTO grocery_opening (weekday, from_minute, to_minute) VALUES ({})"


def span(weekday, starts, ends):
    return {"weekday": weekday, "starts": f"{starts:02}:00", "ends": f"{ends:02}:00"}


def clocks(moments, zone=ZONE):
    """Return moments as the clock of the shop shows them, the second time of a day marked."""
    told = [one.astimezone(ZoneInfo(zone)) for one in moments]
    return [f"{one:%a %H}" + ("*" if one.fold else "") for one in told]


@pytest.fixture
def kept(acting_as):
    """Do what those who run the shop do with its hours: `kept(close_day, CloseDay(...))`."""

    def run(act, wish):
        with acting_as(EDIT) as ctx:
            return act(ctx, wish)

    return run


@pytest.fixture
def told(town):
    """Return what everybody is told of the hours now."""

    def run():
        with town.working(ANYBODY, reads=True) as ctx:
            return read_hours(ctx, Nothing())

    return run


@pytest.fixture
def monday(clock):
    """It is Monday, eight in the morning."""
    clock.set(2026, 3, 2, 0, 0)


def week(*spans):
    return SetHours.model_validate({"week": [span(*one) for one in spans]})


# What can be chosen.


@pytest.mark.engines("sqlite")
def test_the_usual_hours_are_nine_to_seven_for_three_days():
    found = clocks(next_hours(NOW, ZONE))
    assert (found[0], found[-1], len(found)) == ("Mon 09", "Wed 18", 30)


@pytest.mark.engines("sqlite")
def test_closed_days_are_left_out_and_the_next_ones_offered():
    opening = Opening((Hours(0, time(8), time(10)), Hours(4, time(9, 30), time(11))))
    assert clocks(next_hours(NOW, ZONE, opening)) == ["Mon 09", "Fri 09", "Mon 08", "Mon 09"]
    shut = Opening(opening.week, {MONDAY: "Flood", MONDAY + timedelta(days=4): "Feast"})
    assert clocks(next_hours(NOW, ZONE, shut)) == ["Mon 08", "Mon 09", "Fri 09"]


@pytest.mark.engines("sqlite")
def test_a_span_holds_whole_hours_only():
    opening = Opening((Hours(0, time(9, 30), time(11, 59)), Hours(0, time(22), time(0))))
    assert clocks(collected_on(MONDAY, ZONE, opening)) == ["Mon 09", "Mon 10", "Mon 22", "Mon 23"]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 3, 29), ["Sun 01", "Sun 03"]),
        (date(2026, 10, 25), ["Sun 01", "Sun 02", "Sun 02*", "Sun 03"]),
        (date(2026, 4, 5), ["Sun 01", "Sun 02", "Sun 03"]),
    ],
)
def test_the_clock_of_the_shop_skips_and_repeats_an_hour(day, hours):
    found = collected_on(day, "Europe/Berlin", NIGHT)
    assert clocks(found, "Europe/Berlin") == hours
    assert all(is_offered(one, "Europe/Berlin", NIGHT) for one in found)
    assert not is_offered(found[0] + timedelta(minutes=30), "Europe/Berlin", NIGHT)


def test_a_shop_that_has_said_nothing_has_the_usual_hours(ogs, told, monday):
    found = told()
    assert [one.weekday for one in found.week] == list(range(7))
    assert found.collect == next_hours(NOW, ZONE)
    assert (found.today, found.closings) == (MONDAY, [])


def test_what_is_set_is_what_people_choose_from(shelves, kept, told, monday, acting_as):
    kept(set_hours, week((0, 8, 12), (0, 14, 0), (2, 8, 10)))
    kept(close_day, CloseDay(day=date(2026, 3, 4), reason="Feast of the town"))
    found = told()
    assert clocks(found.collect)[:3] == ["Mon 09", "Mon 10", "Mon 11"]
    assert "Wed 08" not in clocks(found.collect[:13])
    assert [one.reason for one in found.closings] == ["Feast of the town"]
    at_noon = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    with acting_as(actor=buyer()) as ctx:
        put_line(ctx, PutLine(product="MILK", qty=1))
    with pytest.raises(CollectShut), acting_as(actor=buyer()) as ctx:
        quote_cart(ctx, Quote(starts=at_noon))
    with acting_as(actor=buyer()) as ctx:
        assert quote_cart(ctx, Quote(starts=found.collect[0])).collect_from == found.collect[0]


def buyer():
    return Actor(9, "Rosa", frozenset({"public", "signed-in"}), person="01ROSA")


def test_the_van_stays_on_closed_days_and_goes_out_again(shelves, kept, town, clock):
    clock.set(2026, 3, 2, 0, 0)
    deliver(town)
    tuesday = date(2026, 3, 3)

    def left():
        with town.working(ANYBODY, reads=True) as ctx:
            slots = find_slots(ctx, FindSlots.model_validate({"day": tuesday})).slots
        return sum(one.left for one in slots)

    before = left()
    made = kept(close_day, CloseDay(day=tuesday, reason="Feast"))
    assert (before, left()) == (120, 0)
    kept(open_day, OpenDay(id=made.id, version=made.version))
    assert left() == before


def test_the_plan_of_each_night_leaves_closed_days_out(shelves, kept, town, clock):
    clock.set(2026, 3, 2, 0, 0)
    deliver(town)
    later = date(2026, 3, 17)
    kept(close_day, CloseDay(day=later, reason="Feast"))
    clock.set(2026, 3, 5, 0, 0)
    with town.working(Actor(0, "job", frozenset({"grocery.delivery.edit"}))) as ctx:
        plan_ahead(ctx, Nothing())
    with town.working(ANYBODY, reads=True) as ctx:
        days = (later, later + timedelta(days=1))
        found = [find_slots(ctx, FindSlots.model_validate({"day": day})).slots for day in days]
    assert [len(one) for one in found] == [0, 10]


# What is kept.


def test_orders_keep_their_time_and_those_who_run_the_shop_see_them(
    shelves, kept, trade, monday, town
):
    placed = trade.ordered("01ROSA", "MILK", 1)  # At the last hour of Wednesday.
    kept(set_hours, week((0, 9, 19), (1, 9, 19)))
    with town.working(Actor(4, "Lena", frozenset({EDIT})), reads=True) as ctx:
        (found,) = read_hours_desk(ctx, Nothing()).outside
    assert (found.id, clocks([found.starts_at])) == (placed, ["Wed 18"])
    trade.handed(placed)
    with town.working(Actor(4, "Lena", frozenset({EDIT})), reads=True) as ctx:
        assert read_hours_desk(ctx, Nothing()).outside == []


def test_hours_that_overlap_or_end_early_are_refused(ogs, kept, told, monday):
    for spans in (((0, 9, 12), (0, 11, 13)), ((0, 12, 9),), ((0, 9, 9),)):
        with pytest.raises(BadWeek):
            kept(set_hours, week(*spans))
    assert len(told().week) == len(AS_USUAL.week)


def test_a_day_is_closed_once_and_never_afterwards(ogs, kept, monday, acting_as):
    made = kept(close_day, CloseDay(day=MONDAY, reason="Flood"))
    with pytest.raises(ClosedAlready):
        kept(close_day, CloseDay(day=MONDAY, reason="Feast"))
    with pytest.raises(Invalid):
        kept(close_day, CloseDay(day=date(2026, 3, 1), reason="Feast"))
    with pytest.raises(StaleVersion):
        kept(open_day, OpenDay(id=made.id, version=made.version + 1))
    with pytest.raises(NotAllowed), acting_as("grocery.desk.open") as ctx:
        open_day(ctx, OpenDay(id=made.id, version=made.version))
    kept(open_day, OpenDay(id=made.id, version=made.version))
    with pytest.raises(UnknownClosing):
        kept(open_day, OpenDay(id=made.id, version=made.version))


def writes(town, statement):
    with town.database.begin() as connection:
        connection.execute(text(statement))


def is_refused(town, statement):
    try:
        writes(town, statement)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize("second", ["1, 600, 700", "1, 500, 601", "1, 540, 1200", "1, 599, 1440"])
def test_the_database_refuses_hours_that_overlap(town, second):
    writes(town, SPAN.format("1, 540, 660"))
    assert is_refused(town, SPAN.format(second))
    assert not is_refused(town, SPAN.format("1, 660, 700"))
    assert not is_refused(town, SPAN.format("2, 600, 700"))
    moved = "UPDATE grocery_opening SET weekday = 1, from_minute = 541 WHERE weekday = 2"
    assert is_refused(town, moved)


def test_hours_that_overlap_would_be_written_without_the_guard(town):
    lite = town.database.dialect.name == "sqlite"
    drop_trigger(town, "grocery_opening_apart" + ("_insert" if lite else ""), "grocery_opening")
    writes(town, SPAN.format("1, 540, 660"))
    assert not is_refused(town, SPAN.format("1, 600, 700"))


GUARD = "grocery_opening_apart"
ITS_WORDS = f"SELECT prosrc FROM pg_proc WHERE proname = '{GUARD}'"
WAITS = re.compile(r"PERFORM pg_advisory_xact_lock[^;]+;")


def second_is_refused(town):
    """Let two write hours that overlap, the second one before the first has ended."""
    with ThreadPoolExecutor(1) as threads, town.database.connect() as db:
        with db.begin():
            db.execute(text(SPAN.format("1, 540, 660")))
            late = threads.submit(is_refused, town, SPAN.format("1, 600, 700"))
            wait([late], timeout=0.3)
        return late.result(5)


@pytest.mark.engines("postgresql")
def test_of_two_who_write_hours_at_once_the_second_is_refused(town):
    assert second_is_refused(town)


@pytest.mark.engines("postgresql")
def test_hours_would_overlap_if_the_second_did_not_wait(town):
    with town.database.begin() as db:
        rest = WAITS.sub("", db.execute(text(ITS_WORDS)).scalar_one())
        again = f"CREATE OR REPLACE FUNCTION {GUARD}() RETURNS trigger AS $$"
        db.exec_driver_sql(f"{again}{rest}$$ LANGUAGE plpgsql")
    assert not second_is_refused(town)


def test_the_database_refuses_hours_that_end_before_they_begin(town):
    assert is_refused(town, SPAN.format("1, 660, 540"))
    assert is_refused(town, SPAN.format("1, 660, 1441"))
    drop_constraint(town, "ck_grocery_opening_span", "grocery_opening")
    assert not is_refused(town, SPAN.format("1, 660, 540"))


def test_the_database_refuses_a_day_that_is_closed_twice(ogs, kept, monday, town):
    kept(close_day, CloseDay(day=MONDAY, reason="Flood"))
    again = (
        "INSERT INTO grocery_closing (public_id, created_at, day, reason)"
        " SELECT 'x', created_at, day, 'Feast' FROM grocery_closing"
    )
    assert is_refused(town, again)
    drop_index(town, "uq_grocery_closing_day")
    assert not is_refused(town, again)


def test_two_weeks_that_are_set_at_once_come_one_after_the_other(ogs, trade, told):
    def setting(starts):
        return lambda: trade.managed(set_hours, week((0, starts, 19), (1, 9, 19)))

    found = at_once(*[setting(8 + n) for n in range(4)])
    assert [one for one in found if isinstance(one, Exception)] == []
    assert [one.weekday for one in told().week] == [0, 1]


# On pages and for programs.


@pytest.mark.engines("sqlite")
def test_the_hours_are_set_on_their_pages_and_shown_at_checkout(
    shelves, manager, client, signed_in, monday
):
    lena, rosa = Browser(manager.client), Browser(signed_in(name="Rosa").client)
    assert "No day to come is closed." in lena.get("/grocery/staff/hours").text
    page = lena.post("/grocery/staff/hours/week", 422, monday="9-13").text
    assert "Write two times such as 9:00-13:00" in page
    page = lena.post("/grocery/staff/hours/week", 422, monday="9:00-13:00, 12:00-14:00").text
    assert "no two of one day overlap" in page
    assert "for at least one day" in lena.post("/grocery/staff/hours/week", 422).text
    lena.post("/grocery/staff/hours/week", monday="8:00-13:00, 15:00-20:00", tuesday="10:00-12:00")
    assert 'value="08:00-13:00, 15:00-20:00"' in lena.get("/grocery/staff/hours/week").text
    lena.post("/grocery/staff/hours/closings", 422, day="2026-03-01", reason="Flood")
    lena.post("/grocery/staff/hours/closings", day="2026-03-10", reason="Feast of the town")
    lena.post("/grocery/staff/hours/closings", 409, day="2026-03-10", reason="Feast")
    rosa.post("/grocery/cart", product="MILK", qty="1")
    page = rosa.get("/grocery/checkout/collect").text
    assert len(HOUR.findall(page)) == 4 + 5 + 2 + 5 + 5  # Today from nine on, and one week later.
    assert re.search(r"Open today 8:00\sAM\s\u2013\s1:00\sPM, 3:00\sPM\s\u2013\s8:00\sPM\.", page)
    assert "Closed on Tue, Mar 10, 2026: Feast of the town." in page
    page = Browser(client).get("/grocery/hours").text
    assert "closed" in page
    drop = re.search(
        r"/grocery/staff/hours/closings/\w+/drop", lena.get("/grocery/staff/hours").text
    )
    lena.post(drop.group(), version="1")
    assert "No day to come is closed." in lena.get("/grocery/staff/hours").text


@pytest.mark.engines("sqlite")
def test_who_collects_on_a_day_that_was_closed_is_asked_again(shelves, kept, signed_in, monday):
    rosa = Browser(signed_in(name="Rosa").client)
    rosa.post("/grocery/cart", product="MILK", qty="1")
    hour = HOUR.findall(rosa.get("/grocery/checkout/collect").text)[0]
    kept(close_day, CloseDay(day=MONDAY, reason="Flood"))
    page = rosa.post("/grocery/checkout/collect", 422, starts=hour).text
    assert "Closed today: Flood." in page


@pytest.mark.engines("sqlite")
def test_programs_read_and_set_the_hours(ogs, manager, client, monday):
    here, head = "/api/v1/grocery/hours", {"X-CSRF-Token": manager.token}
    assert len(client.get(here).get_json()["collect"]) == 30
    sent = {"week": [span(0, 8, 20)]}
    assert manager.client.put(f"{here}/week", json=sent, headers=head).get_json() == {"spans": 1}
    wrong = manager.client.put(f"{here}/week", json={"week": []}, headers=head)
    assert wrong.status_code == 422
    zoned = {"week": [{**span(0, 8, 20), "starts": "08:00Z"}, span(0, 20, 21)]}
    wrong = manager.client.put(f"{here}/week", json=zoned, headers=head)
    assert (wrong.status_code, "leave the zone out" in wrong.text) == (422, True)
    sent = {"day": "2026-12-25", "reason": "Christmas Day"}
    made = manager.client.post(f"{here}/closings", json=sent, headers=head)
    assert (made.status_code, made.get_json()["day"]) == (201, "2026-12-25")
    path = f"{here}/closings/{made.get_json()['id']}"
    assert manager.client.delete(path, headers=head).status_code == 428
    assert manager.client.delete(path, headers={**head, "If-Match": '"1"'}).status_code == 204
    assert client.get(here).get_json()["closings"] == []
