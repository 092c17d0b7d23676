"""Crowds in processes that share nothing but the database: a card, an hour, a coupon, a lot."""

import pytest

from tests.access.delivering import deliver
from tests.concurrency.test_killed_shop import door, rows, shop
from tests.concurrency.test_shop_races import HELD, PLACED, came_to, filled, stocked
from tests.kit.guards import drop_constraint
from tests.kit.racing import Call, race_of_processes
from tests.kit.sound import complaints
from tests.services.grocery.test_delivering import DOOR, PLACES
from townsquare.services.grocery.commands.cards import SellCard
from townsquare.services.grocery.commands.coupons import AddCoupon, ApplyCoupon
from townsquare.services.grocery.commands.delivery import FindSlots, SayAddress
from townsquare.services.grocery.commands.orders import PlaceOrder, Quote
from townsquare.services.grocery.queries.delivering import find_slots
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.cards import sell_gift_card
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.coupons import add_coupon, apply_coupon
from townsquare.services.grocery.usecases.delivering import say_address

__all__ = ["door", "filled", "shop", "stocked"]
pytestmark = [pytest.mark.engines("sqlite", "postgresql"), pytest.mark.usefixtures("shop")]
CROWD, USES, CARD = 18, 8, 8
SPENT = "SELECT count(*), sum(captured_minor) FROM payments_payment WHERE method = 'gift_card'"
USED = "SELECT uses, (SELECT count(*) FROM ordering_coupon_use) FROM ordering_coupon"


@pytest.fixture
def race(door, measured):
    """Make calls at once, spread over three processes."""

    def start(calls):
        measured(races=1, contestants=len(calls))
        return race_of_processes(door, calls)

    return start


@pytest.fixture
def carts(town, stocked, filled, acting_as):
    """So many guests with one milk, each quoted: their keys with what each has seen."""

    def run(how_many, code=""):
        stocked(how_many)
        hour, guests, found = next_hours(town.now(), "Asia/Manila")[-1], filled(how_many), []
        with acting_as() as ctx:
            for guest in guests:
                if code:
                    apply_coupon(ctx, ApplyCoupon(code=code, guest=guest))
                cart = quote_cart(ctx, Quote(starts=hour, guest=guest))
                seen = {"version": cart.version, "expected_minor": cart.total_minor}
                found.append({"guest": guest, **seen})
        return found

    return run


@pytest.fixture
def redemptions(carts, acting_as):
    """Wishes to pay an order of 62.50 each with one card that is enough for eight of them."""
    with acting_as("grocery.gift-card.issue") as ctx:
        code = sell_gift_card(ctx, SellCard.model_validate({"amount": "500.00"})).code
    seen = carts(CROWD)
    with acting_as() as ctx:
        numbers = [place_order(ctx, PlaceOrder(**one)).number for one in seen]
    told = [{"guest": one["guest"], "way": "gift_card", "card": code} for one in seen]
    return [
        Call.of_guest(f"/orders/{number}/payments", wish)
        for number, wish in zip(numbers, told, strict=True)
    ]


def test_a_card_is_spent_once_by_processes(town, redemptions, race):
    answers = race(redemptions)
    assert came_to(answers) == {"done": CARD, "payments.overdrawn": CROWD - CARD}
    assert rows(town, SPENT) == [(CARD, 50_000)]
    assert complaints(town) == []


@pytest.mark.engines("postgresql")
def test_without_its_check_the_card_pays_for_all(town, redemptions, race):
    drop_constraint(town, "ck_payments_balance_balance", "payments_balance")
    assert came_to(race(redemptions)) == {"done": CROWD}
    assert "no account is overdrawn" in str(complaints(town))


def test_a_coupon_for_eight_is_used_eight_times_by_processes(town, carts, race, acting_as):
    told = {"code": "EIGHT", "kind": "percent", "value": "10", "max_uses": USES}
    with acting_as("grocery.coupon.edit") as ctx:
        add_coupon(ctx, AddCoupon.model_validate(told))
    answers = race([Call.of_guest("/orders", wish) for wish in carts(CROWD, "EIGHT")])
    assert came_to(answers) == {"done": USES, "ordering.coupon-used-up": CROWD - USES}
    assert (rows(town, USED), rows(town, PLACED)) == ([(USES, USES)], [(USES,)])
    assert complaints(town) == []


def test_twelve_of_many_processes_get_an_hour_with_twelve_places(
    town, stocked, filled, race, acting_as
):
    deliver(town)
    stocked(CROWD)
    with acting_as(reads=True) as ctx:
        slot = find_slots(ctx, FindSlots()).slots[-1].id
    guests = filled(CROWD)
    with acting_as() as ctx:
        for guest in guests:
            say_address(ctx, SayAddress(**DOOR, guest=guest))
    wishes = [{"guest": guest, "slot": slot} for guest in guests]
    answers = race([Call.of_guest("/carts/current/quote", wish) for wish in wishes])
    assert came_to(answers) == {"done": PLACES, "ordering.slot-full": CROWD - PLACES}
    assert complaints(town) == []


def test_nobody_in_any_process_holds_a_lot_that_was_blocked(town, stocked, filled, race):
    stocked(CROWD)
    hour = next_hours(town.now(), "Asia/Manila")[-1].isoformat()
    calls = [Call("/carts/current/quote", {"starts": hour}, guest=key) for key in filled(CROWD)]
    ((lot,),) = rows(town, "SELECT public_id FROM stock_lot")
    calls.insert(CROWD // 2, Call(f"/stock/lots/{lot}/block", {"reason": "salmonella"}))
    found = came_to(race(calls))
    assert sum(found.values()) == CROWD + 1
    assert set(found) <= {"done", "stock.not-enough", "stock.lot-blocked"}
    assert rows(town, HELD) == [(None,)]
    assert complaints(town) == []
