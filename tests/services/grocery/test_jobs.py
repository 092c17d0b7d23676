"""What the shop does by the clock: it gives up old carts and tells keepers what is soon over."""

from datetime import date

import pytest
from sqlalchemy import text

from tests.services.grocery.trading import at_once, trade
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.usecases.due_soon import tell_due_soon
from townsquare.services.grocery.usecases.tidying import abandon_old_carts

__all__ = ["trade"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")


def test_a_cart_that_nobody_touches_for_thirty_days_is_given_up(trade, clock):
    trade.received("YOG-500", 20, lot="L-1", until=date(2027, 1, 1))
    trade.quoted("01ROSA", "YOG-500", 2)
    clock.advance(days=29)
    trade.quoted("01IVO", "YOG-500", 3)
    assert trade.managed(abandon_old_carts, Nothing()) == 0
    clock.advance(days=2)
    told = at_once(*[lambda: trade.managed(abandon_old_carts, Nothing())] * 4)
    assert sorted(told) == [0, 0, 0, 1]
    clock.advance(days=30)
    assert trade.managed(abandon_old_carts, Nothing()) == 1


def test_one_job_after_the_other_gives_all_old_carts_up(trade, clock, town):
    trade.received("YOG-500", 20, lot="L-1", until=date(2027, 1, 1))
    for person in ("01ROSA", "01IVO", "01CARLA"):
        trade.quoted(person, "YOG-500", 2)
    clock.advance(days=31)
    assert trade.managed(abandon_old_carts, Nothing()) == 1
    Worker(town).drain()
    left = "SELECT count(*) FROM ordering_order WHERE state <> 'abandoned'"
    with town.database.connect() as connection:
        assert connection.execute(text(left)).scalar_one() == 0


def test_keepers_are_told_once_a_day_what_is_soon_over(trade, clock, signed_in):
    clock.set(2026, 3, 8)
    trade.received("YOG-500", 20, lot="L-1", until=date(2026, 3, 12))
    assert trade.managed(tell_due_soon, Nothing()) == 0
    clock.set(2026, 3, 9)
    keeper = signed_in("grocery.keeper", name="Tomas Lind")
    signed_in("grocery.cashier", name="Kofi Mensah")
    assert trade.managed(tell_due_soon, Nothing()) == 1
    assert trade.managed(tell_due_soon, Nothing()) == 0
    assert "Soon over: 1 in the shop" in keeper.client.get("/notifications").text
    clock.set(2026, 3, 10)
    assert trade.managed(tell_due_soon, Nothing()) == 1
