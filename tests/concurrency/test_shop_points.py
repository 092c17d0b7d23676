"""An order is one piece of work: what fails at a named point leaves all of it, or nothing."""

from functools import partial

import pytest

from tests.concurrency.test_killed_shop import door, rows, shop
from tests.concurrency.test_shop_races import PLACED, filled, stocked
from tests.kit.racing import Call
from tests.kit.sound import complaints
from townsquare.core import faults
from townsquare.services.grocery.commands.orders import Quote
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.checkout import quote_cart

__all__ = ["door", "filled", "shop", "stocked"]
pytestmark = [pytest.mark.engines("sqlite", "postgresql"), pytest.mark.usefixtures("shop")]
# What an order leaves in each table, beside what its cart has left there.
LEFT = ("payments_charge", "payments_entry", "ordering_fulfilment", "core_once")


@pytest.fixture
def wish(town, stocked, filled, acting_as):
    """The wish to place a cart that was quoted."""
    stocked(5)
    (key,) = filled(1)
    with acting_as() as ctx:
        cart = quote_cart(ctx, Quote(guest=key, starts=next_hours(town.now(), "Asia/Manila")[-1]))
    return Call.of_guest(
        "/orders",
        {"expected_minor": cart.total_minor, "guest": key, "version": cart.version},
    )


def counted(town):
    return [rows(town, f"SELECT count(*) FROM {table}")[0][0] for table in LEFT]


@pytest.mark.parametrize("point", ["core.unit.before-commit", "core.unit.after-commit"])
def test_an_order_that_fails_around_its_commit_is_there_once(town, app, door, wish, point):
    before, place = counted(town), partial(door.call, app, wish)
    with faults.planned({point: faults.fail_at()}):
        assert place().status == 500
    done = "after" in point
    assert rows(town, PLACED) == [(done,)]
    assert counted(town) == [number + done for number in before]
    assert place().code == "done"  # With its key: placed now, or told again.
    assert rows(town, PLACED) == [(1,)]
    assert counted(town) == [number + 1 for number in before]
    assert complaints(town) == []
