"""The page of an order and the list of those who pick hear how far it is, and nothing else."""

import json

import pytest
from sqlalchemy import select

from tests.services.grocery.at_the_shelf import asks, bought, staff, tells
from tests.services.grocery.test_buying import Browser
from townsquare.core.listening import may_listen
from townsquare.core.realtime import LiveMessage
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.grocery.live import BOARD, TOPICS

__all__ = ["asks", "bought", "staff", "tells"]
GUEST = Actor(0, "guest", frozenset({"public"}))
PICKER = Actor(4, "Lena Cruz", frozenset({"public", "grocery.order.read"}))


@pytest.fixture
def heard(town):
    """Return what was said on a topic."""

    def run(topic):
        Worker(town).drain()
        with town.database.begin() as connection:
            kept = select(LiveMessage.message).where(LiveMessage.topic == topic)
            return [json.loads(text) for text in connection.scalars(kept.order_by(LiveMessage.id))]

    return run


def test_who_may_listen():
    assert [may_listen(TOPICS, BOARD, actor) for actor in (GUEST, PICKER)] == [False, True]
    assert may_listen(TOPICS, "order:01M8KBTVPKC8BX3E13G42MGXV8", GUEST)
    assert may_listen(TOPICS, "order:../../etc", GUEST) is None


@pytest.mark.engines("sqlite", "postgresql")
def test_a_pick_is_heard_by_the_buyer_and_by_those_who_pick(shelves, bought, tells, heard):
    order = bought({"product": "MILK"}, {"product": "BREAD"})
    heard(BOARD)
    for line in order["lines"]:
        tells(order["id"], line=line["id"])
    said = heard(f"order:{order['id']}")
    assert [one["stage"] for one in (said[0], said[-1])] == ["placed", "ready"]
    assert {tuple(one) for one in said} == {("stage",)}
    assert heard(BOARD)[-1] == {"order": order["id"], "stage": "ready"}


def test_pages_listen_and_work_without_it(shelves, signed_in, staff):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.post("/grocery/cart", product="MILK")
    rosa.collects()
    page = rosa.get(rosa.places().headers["Location"]).text
    assert 'hx-sse:connect="/live/order:' in page
    assert "Your order is placed" in page
    page = staff.get("/grocery/staff/orders").text
    assert f'hx-sse:connect="/live/{BOARD}"' in page
    assert BOARD not in staff.get("/grocery/staff/orders?state=completed").text
