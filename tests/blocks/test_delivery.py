"""Delivery: a slot has so many places, a held place never outlives its moment, areas end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.blocks.test_ledger_guards import said_of
from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from townsquare.blocks import catalogue, delivery
from townsquare.core.db import Model, run_again
from townsquare.core.errors import DomainError

pytestmark = pytest.mark.engines("sqlite", "postgresql")
DAY = date(2026, 3, 3)
SEATS, BUYERS, TOGETHER = 12, 100, 16
TEN = delivery.Window(DAY.weekday(), time(10), time(12), 60, SEATS)
ROSA, IVO = delivery.Owner("order", "ROSA"), delivery.Owner("order", "IVO")


@pytest.fixture
def shop(ogs):
    return ogs


@pytest.fixture
def planning(doing, shop):
    def plan(*windows, **how):
        told = {"resource": "grocery-van-am", "first_day": DAY, "days": 1} | how
        return doing(delivery.plan_slots, shop, windows=windows, **told)

    return plan


@pytest.fixture
def slots(doing, shop, planning):
    """The two hours of a Tuesday morning, with twelve places each."""
    planning(TEN)
    return lambda: doing(delivery.open_slots, shop, DAY)


@pytest.fixture
def claiming(doing, shop, clock):
    def claim(slot, owner, minutes=15):
        until = clock() + timedelta(minutes=minutes)
        return doing(delivery.claim_slot, shop, slot.id, owner=owner, until=until)

    return claim


@pytest.fixture
def sound(town):
    def look():
        with town.sessions() as db:
            return [breach for check in delivery.INVARIANTS for breach in check(db)] == []

    return look


def left(slots):
    return [slot.left for slot in slots()]


def run(town, *statements):
    with town.database.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_slots_stand_in_the_zone_of_the_shop(slots):
    first, second = slots()
    assert first.starts_at == datetime(2026, 3, 3, 2, tzinfo=UTC)
    assert (first.label, second.label, first.second) == ("10:00", "11:00", False)
    assert first.closes_at == first.starts_at - timedelta(hours=2)


def test_the_same_days_are_planned_once(doing, shop, planning):
    assert (planning(TEN), planning(TEN)) == (2, 0)
    assert len(doing(delivery.open_slots, shop, DAY)) == 2


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    "window",
    [
        delivery.Window(1, time(10), time(10), 60, 12),
        delivery.Window(1, time(10), time(9), 60, 12),
        delivery.Window(1, time(10), time(12), 0, 12),
        delivery.Window(1, time(10), time(12), 60, -1),
        delivery.Window(7, time(10), time(12), 60, 12),
    ],
)
def test_a_window_that_no_clock_shows_is_refused(planning, window):
    with pytest.raises(delivery.BadPlan):
        planning(window)


def test_a_place_is_held_kept_and_given_back(doing, slots, claiming, sound):
    first, _second = slots()
    held = claiming(first, ROSA)
    assert (held.state, left(slots)) == ("held", [11, 12])
    kept = doing(delivery.keep_claim, ROSA)
    assert (kept.state, kept.until, doing(delivery.claim_of, ROSA)) == ("kept", None, kept)
    for _again in range(2):
        doing(delivery.release_claim, ROSA)
    assert (left(slots), doing(delivery.claim_of, ROSA), sound()) == ([12, 12], None, True)


def test_another_choice_gives_the_first_place_back(slots, claiming, sound):
    first, second = slots()
    claiming(first, ROSA)
    claiming(second, ROSA)
    assert (left(slots), sound()) == ([12, 11], True)


def test_the_same_choice_again_takes_no_second_place(doing, slots, claiming, sound):
    first, _second = slots()
    before = claiming(first, ROSA)
    later = claiming(first, ROSA, minutes=30)
    assert (later.until > before.until, left(slots)) == (True, [11, 12])
    doing(delivery.keep_claim, ROSA)
    assert (claiming(first, ROSA).state, left(slots), sound()) == ("kept", [11, 12], True)


def test_a_full_slot_refuses_and_leaves_the_place_that_one_has(doing, planning, claiming, slots):
    planning(delivery.Window(DAY.weekday(), time(13), time(14), 60, 1))
    first, _second, tight = slots()
    claiming(tight, IVO)
    claiming(first, ROSA)
    with pytest.raises(delivery.SlotFull, match="13:00") as refused:
        claiming(tight, ROSA)
    assert refused.value.code == "ordering.slot-full"
    assert (left(slots), doing(delivery.claim_of, ROSA).slot) == ([11, 12, 0], first.id)


@pytest.fixture
def tight(planning, slots):
    planning(delivery.Window(DAY.weekday(), time(13), time(14), 60, 1))
    return slots()[-1]


def test_a_place_whose_time_is_over_stands_in_nobodys_way(
    doing, tight, claiming, slots, clock, sound
):
    claiming(tight, ROSA)
    clock.advance(minutes=15)
    assert left(slots) == [12, 12, 1]
    claiming(tight, IVO)
    with pytest.raises(delivery.ClaimLost):
        doing(delivery.keep_claim, ROSA)
    assert (left(slots), sound()) == ([12, 12, 0], True)


def test_who_comes_late_keeps_a_place_that_nobody_took(doing, tight, claiming, clock):
    claiming(tight, ROSA)
    clock.advance(minutes=20)
    assert doing(delivery.keep_claim, ROSA).state == "kept"


def test_a_held_place_is_extended(doing, tight, claiming, clock):
    claiming(tight, ROSA)
    clock.advance(minutes=14)
    doing(delivery.extend_claim, ROSA, clock() + timedelta(minutes=15))
    clock.advance(minutes=14)
    with pytest.raises(delivery.SlotFull):
        claiming(tight, IVO)


def test_a_slot_closes_before_it_begins(slots, claiming, clock):
    first, _second = slots()
    clock.set(2026, 3, 3, 0, 0)
    assert [slot.label for slot in slots()] == ["11:00"]
    with pytest.raises(delivery.SlotClosed, match="10:00"):
        claiming(first, ROSA)


@pytest.mark.engines("sqlite")
def test_the_repeated_hour_is_offered_twice_and_the_skipped_one_never(doing, clock):
    told = {"service": "pizza", "code": "napoli", "name": "Napoli", "currency": "EUR"}
    napoli = doing(catalogue.open_shop, zone="Europe/Berlin", prices_include_tax=True, **told)
    night = delivery.Window(6, time(1), time(4), 60, 12)
    offered = []
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        doing(delivery.plan_slots, napoli, resource="van", windows=[night], first_day=day, days=1)
        offered.append([slot.label for slot in doing(delivery.open_slots, napoli, day)])
    assert offered == [["01:00", "03:00"], ["01:00", "02:00", "02:00 (second)", "03:00"]]
    first, second = doing(delivery.open_slots, napoli, date(2026, 10, 25))[1:3]
    assert (first.second, second.second, first.ends_at) == (False, True, second.starts_at)
    doing(delivery.claim_slot, napoli, second.id, owner=ROSA, until=clock() + timedelta(days=1))
    assert [slot.left for slot in doing(delivery.open_slots, napoli, date(2026, 10, 25))][1:3] == [
        12,
        11,
    ]


def test_a_slot_of_another_shop_is_like_a_missing_one(doing, slots, clock):
    first, _second = slots()
    told = {"service": "pizza", "code": "napoli", "name": "Napoli", "currency": "EUR"}
    other = doing(catalogue.open_shop, zone="Europe/Berlin", prices_include_tax=True, **told)
    assert doing(delivery.open_slots, other, DAY) == []
    with pytest.raises(delivery.UnknownSlot):
        doing(delivery.claim_slot, other, first.id, owner=ROSA, until=clock())


def checkout(claiming, slot):
    """Return what a buyer meets who claims a place in this slot."""

    def act(number):
        try:
            run_again(lambda: claiming(slot, delivery.Owner("order", f"{number}")))
        except (DomainError, IntegrityError) as error:
            return type(error).__name__
        return "done"

    return act


def test_a_hundred_checkouts_share_twelve_places(slots, claiming, sound, measured):
    measured(checkouts=BUYERS)
    first, _second = slots()
    with ThreadPoolExecutor(TOGETHER) as buyers:
        met = list(buyers.map(checkout(claiming, first), range(BUYERS)))
    assert (met.count("done"), met.count("SlotFull")) == (SEATS, BUYERS - SEATS)
    assert (left(slots), sound()) == ([0, 12], True)


def test_without_the_check_more_than_twelve_get_in(town, slots, claiming):
    first, _second = slots()
    drop_constraint(town, "ck_delivery_slot_places", "delivery_slot")
    with ThreadPoolExecutor(TOGETHER) as buyers:
        met = list(buyers.map(checkout(claiming, first), range(SEATS + 1)))
    assert met.count("done") == SEATS + 1


def test_without_the_trigger_the_invariant_complains(town, slots, claiming, sound):
    drop_trigger(town, "delivery_claim_takes", "delivery_claim")
    claiming(slots()[0], ROSA)
    assert not sound()


def test_without_the_other_trigger_a_place_that_is_given_back_is_lost(town, slots, claiming, sound):
    first, second = slots()
    claiming(first, ROSA)
    drop_trigger(town, "delivery_claim_frees", "delivery_claim")
    claiming(second, ROSA)
    assert not sound()


def test_two_tabs_of_one_order_have_one_place(slots, claiming, sound):
    both = [slots()[0], slots()[1]] * 8
    with ThreadPoolExecutor(TOGETHER) as tabs:
        list(tabs.map(lambda slot: run_again(lambda: claiming(slot, ROSA)), both))
    assert (sorted(left(slots)), sound()) == ([11, 12], True)


def refused(town, *statements):
    try:
        run(town, *statements)
    except DBAPIError as error:
        return str(error.orig)
    return "nothing"


CLAIM = (
    "INSERT INTO delivery_claim (slot_id, owner_kind, owner_id, until, state, at)"
    " SELECT slot_id, owner_kind, owner_id, NULL, 'kept', at FROM delivery_claim"
)
RATE = "UPDATE delivery_rate SET amount_minor = 1"
# Guard, its table, what it says, what must not happen.
GUARDS = (
    (
        "delivery_claim_stays",
        "claim",
        "delivery_claim_is_closed",
        "UPDATE delivery_claim SET owner_id = 'IVO'",
    ),
    (
        "delivery_claim_is_kept",
        "claim",
        "delivery_claim_is_closed",
        "DELETE FROM delivery_claim",
    ),
    (
        "delivery_slot_stays",
        "slot",
        "delivery_slot_is_fixed",
        "UPDATE delivery_slot SET resource = 'x'",
    ),
    ("delivery_rate_stays", "rate", "delivery_rate_only_grows", RATE),
    ("delivery_rate_is_kept", "rate", "delivery_rate_only_grows", "DELETE FROM delivery_rate"),
)


@pytest.fixture
def zone(doing, shop):
    told = {"code": "N", "name": "North", "postcodes": ["4023", "4024"]}
    terms = {"min_order_minor": 30000, "free_from_minor": 150000}
    made = doing(delivery.add_zone, shop, **told, **terms)
    rate = {"up_to_g": 5000, "amount_minor": 4900, "valid_from": date(2026, 3, 1)}
    doing(delivery.set_rate, made, **rate)
    rate = {"up_to_g": 20000, "amount_minor": 9900, "per_extra_kg_minor": 500}
    doing(delivery.set_rate, made, valid_from=date(2026, 3, 1), **rate)
    return made


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("wrong", GUARDS, ids=lambda wrong: wrong[0])
def test_a_guard_refuses_and_without_it_the_fault_comes_in(town, slots, claiming, wrong):
    guard, table, said, statement = wrong
    claiming(slots()[0], ROSA)
    assert said in refused(town, statement)
    drop_trigger(town, guard, f"delivery_{table}")
    assert refused(town, statement) == "nothing"


def test_a_closed_claim_never_opens_again(doing, town, slots, claiming):
    claiming(slots()[0], ROSA)
    doing(delivery.release_claim, ROSA)
    again = "UPDATE delivery_claim SET state = 'kept', until = NULL"
    assert "delivery_claim_is_closed" in refused(town, again)


def test_an_order_has_one_live_claim(town, slots, claiming):
    claiming(slots()[0], ROSA)
    assert "delivery_claim" in refused(town, CLAIM)
    drop_index(town, "uq_delivery_claim_live")
    assert refused(town, CLAIM) == "nothing"


def test_a_postcode_finds_its_zone(doing, shop, zone):
    assert doing(delivery.zone_for, shop, " 4023", address="12 Rizal Street") == zone
    assert doing(delivery.zones_of, shop) == [zone] == [doing(delivery.zone_with, shop, zone.id)]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("postcode", "address"), [("4099", ""), ("", ""), ("4023", "PO Box 7")])
def test_outside_and_in_a_box_nobody_delivers(doing, shop, zone, postcode, address):
    with pytest.raises(delivery.OutOfArea) as refused:
        doing(delivery.zone_for, shop, postcode, address=address)
    assert refused.value.code == "ordering.out-of-area"


def test_a_postcode_belongs_to_one_zone(doing, shop, zone):
    with pytest.raises(delivery.PostcodeTaken):
        doing(delivery.add_zone, shop, code="S", name="South", postcodes=["4025", "40-24"])
    with pytest.raises(delivery.ZoneTaken, match="N"):
        doing(delivery.add_zone, shop, code="N", name="Other", postcodes=[])


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("order_minor", "weight_g", "amount", "parts"),
    [
        (52141, 4200, 4900, [4900]),
        (52141, 21500, 10900, [9900, 1000]),
        (150000, 21500, 0, [9900, 1000, -10900]),
    ],
)
def test_a_fee_says_what_it_is_made_of(doing, shop, zone, order_minor, weight_g, amount, parts):
    told = {"order_minor": order_minor, "weight_g": weight_g}
    fee = doing(delivery.quote_fee, shop, zone, **told)
    assert (fee.amount_minor, [part.amount_minor for part in fee.parts]) == (amount, parts)
    sentence = fee.parts[0].sentence.format(**fee.parts[0].facts)
    assert sentence == f"Delivery to North, up to {5 if weight_g < 5000 else 20} kg"


def test_a_new_rate_counts_from_its_day_in_the_shop(doing, shop, zone, clock):
    told = {"up_to_g": 5000, "amount_minor": 5500, "valid_from": date(2026, 3, 3)}
    doing(delivery.set_rate, zone, **told)
    with pytest.raises(delivery.RateTaken, match="2026-03-03"):
        doing(delivery.set_rate, zone, **told)
    amounts = []
    for at in ((2026, 3, 2, 15, 59), (2026, 3, 2, 16, 0)):
        clock.set(*at)
        fee = doing(delivery.quote_fee, shop, zone, order_minor=0, weight_g=1)
        amounts.append(fee.amount_minor)
    assert amounts == [4900, 5500]


def test_a_zone_without_a_rate_has_no_fee(doing, shop):
    bare = doing(delivery.add_zone, shop, code="S", name="South", postcodes=[])
    with pytest.raises(delivery.NoRate, match="S"):
        doing(delivery.quote_fee, shop, bare, order_minor=0, weight_g=1)


@pytest.mark.engines("postgresql")
def test_no_table_of_delivery_is_emptied_at_once(town):
    tables = sorted(name for name in Model.metadata.tables if name.startswith("delivery_"))
    away = [f"DROP TRIGGER {table}_is_not_emptied ON {table}" for table in tables]
    for table in tables:
        assert "delivery_is_kept" in said_of(town, [f"TRUNCATE {table} CASCADE"]), table
        assert said_of(town, [*away, f"TRUNCATE {table} CASCADE"]) == "nothing", table
