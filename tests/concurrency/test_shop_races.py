"""Everybody wants the last goods, or one cart twice: sold as often as there is, placed once."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import insert, literal, select

from tests.concurrency.test_killed_shop import CONTACT, door, rows, shop
from tests.kit.racing import Call
from tests.kit.sound import complaints
from townsquare.blocks.ordering import LINE, ORDER
from townsquare.core.db import writing
from townsquare.core.ids import new_id
from townsquare.services.grocery.commands.orders import PutLine, Quote, SayContact
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.models.buying import hashed
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line, say_contact
from townsquare.services.grocery.usecases.checkout import quote_cart
from townsquare.services.grocery.usecases.receiving import receive_goods

__all__ = ["door", "shop"]
pytestmark = [pytest.mark.engines("sqlite", "postgresql"), pytest.mark.usefixtures("shop")]
BUYERS, UNITS, TABS = 400, 100, 16
HELD = "SELECT sum(qty) FROM stock_reservation WHERE state = 'live'"
PLACED = "SELECT count(*) FROM ordering_order WHERE number IS NOT NULL"


@pytest.fixture
def stocked(acting_as):
    """Bring so much milk."""

    def run(qty):
        told = {"product": "MILK", "qty": qty, "expires_on": date(2030, 1, 1)}
        with acting_as(*MANAGING) as ctx:
            receive_goods(ctx, ReceiveGoods.model_validate(told))

    return run


@pytest.fixture
def filled(town, acting_as):
    """Let so many guests have one milk in their carts; return their keys.

    The first puts it there and the others get the same rows: what is tried begins with a quote.
    """

    def run(how_many):
        keys = [f"guest-in-a-crowd-before-the-shelf-{number:04}" for number in range(how_many)]
        with acting_as() as ctx:
            put_line(ctx, PutLine(guest=keys[0], product="MILK", qty=1))
            say_contact(ctx, SayContact(guest=keys[0], **CONTACT))
        with writing(town.database) as connection:
            for key in keys[1:]:
                token = literal(hashed(key))
                connection.execute(again(ORDER, cart_of(keys[0]), guest_token=token))
                first, own = (cart_of(one).scalar_subquery() for one in (keys[0], key))
                line = select(LINE.id).where(LINE.order_id == first)
                connection.execute(again(LINE, line, order_id=own))
        return keys

    return run


def cart_of(key):
    return select(ORDER.id).where(ORDER.guest_token == hashed(key))


def again(kind, row, **other):
    """Return an insert of this row once more, with another name and what else is different."""
    other["public_id"] = literal(new_id())
    kept = [column for column in kind.__table__.c if column.name not in {"id", *other}]
    names = [*(column.name for column in kept), *other]
    like = select(*kept, *other.values()).where(kind.id == row.scalar_subquery())
    return insert(kind).from_select(names, like)


def came_to(answers):
    return Counter(answer.code for answer in answers)


def test_four_hundred_buyers_get_a_hundred_units(town, stocked, filled, race):
    stocked(UNITS)
    hour = next_hours(town.now(), "Asia/Manila")[-1].isoformat()
    wishes = [{"guest": key, "starts": hour} for key in filled(BUYERS)]
    answers = race([Call.of_guest("/carts/current/quote", wish) for wish in wishes])
    assert came_to(answers) == {"done": UNITS, "stock.not-enough": BUYERS - UNITS}
    told = [
        {"guest": wish["guest"], "version": one.body["version"], "expected_minor": 6250}
        for wish, one in zip(wishes, answers, strict=True)
        if one.code == "done"
    ]
    assert came_to(race([Call.of_guest("/orders", wish) for wish in told])) == {"done": UNITS}
    assert rows(town, HELD) == rows(town, PLACED) == [(UNITS,)]
    assert complaints(town) == []


def test_one_cart_in_many_tabs_is_placed_once(town, stocked, filled, acting_as, race):
    stocked(UNITS)
    (key,) = filled(1)
    with acting_as() as ctx:
        starts = next_hours(town.now(), "Asia/Manila")[-1]
        cart = quote_cart(ctx, Quote(guest=key, starts=starts))
    wish = {"guest": key, "version": cart.version, "expected_minor": cart.total_minor}
    found = came_to(race([Call.of_guest("/orders", wish) for _tab in range(TABS)]))
    assert found["done"] == 1
    assert set(found) <= {"done", "ordering.already-placed", "grocery.no-cart"}
    assert (rows(town, PLACED), rows(town, HELD)) == ([(1,)], [(1,)])
    assert complaints(town) == []
