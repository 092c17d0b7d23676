"""The minute in which a lot is over, in two zones, and how little the database is asked."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from tests.blocks.shops import sell, set_up
from townsquare.blocks import stock

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ORDER = {"owner_kind": "order", "owner_id": "rosa"}


@pytest.mark.parametrize(
    ("zone", "day", "last"),
    [
        ("Asia/Manila", date(2026, 3, 12), (2026, 3, 12, 15, 59)),
        ("Europe/Berlin", date(2026, 3, 28), (2026, 3, 28, 22, 59)),
        ("Europe/Berlin", date(2026, 3, 29), (2026, 3, 29, 21, 59)),
    ],
)
def test_a_lot_is_held_until_its_last_minute_and_not_in_the_next(doing, clock, zone, day, last):
    shop = doing(set_up, code="corner", zone=zone)
    milk = doing(sell, shop, "MILK-1L", perishable=True)
    shelf = doing(stock.open_location, shop, code="A", name="Shelf")
    line = [stock.Incoming(milk.id, 2, expires_on=day)]
    told = {"to": shelf, "source_kind": "receipt", "source_id": 1, "key": "a"}
    doing(stock.receive_goods, shop, line, **told)
    clock.set(*last)
    until = clock() + timedelta(minutes=15)
    wanted = [stock.Wanted(milk.id, 1)]
    assert len(doing(stock.hold_stock, shop, wanted, until=until, **ORDER)) == 1
    clock.advance(seconds=59, microseconds=999_999)
    assert doing(stock.available, shop, [milk.id]) == {milk.id: 1}
    clock.advance(microseconds=1)
    assert doing(stock.available, shop, [milk.id]) == {milk.id: 0}
    with pytest.raises(stock.NotEnough):
        doing(stock.hold_stock, shop, wanted, until=until, **ORDER)
    with pytest.raises(stock.LotExpired):
        doing(stock.extend_holds, until=None, **ORDER)


@pytest.fixture
def asked(town):
    """Return the statements that are sent inside."""

    @contextmanager
    def watch():
        sent = []

        def note(_connection, _cursor, statement, *_more):
            sent.append(statement)

        event.listen(town.database, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(town.database, "before_cursor_execute", note)

    return watch


def test_thirty_lines_ask_as_little_as_one(doing, ogs, shelf, selling, asked, clock):
    variants = [selling() for _number in range(30)]
    lines = [stock.Incoming(variant.id, 9, total_cost_minor=900) for variant in variants]
    source = {"source_kind": "order", "source_id": 1}
    for kind in ("supplier", "customer"):  # Made once in the life of a shop.
        doing(stock.known_place, ogs, kind)
    counts = {}

    def count(name, step, *args, **facts):
        with asked() as sent:
            answer = doing(step, *args, **facts)
        counts[name] = len([s for s in sent if "core_" not in s])
        return answer

    count("receive", stock.receive_goods, ogs, lines, to=shelf, key="a", **source)
    wanted = [stock.Wanted(variant.id, 3) for variant in variants]
    until = clock() + timedelta(minutes=15)
    held = count("hold", stock.hold_stock, ogs, wanted, until=until, **ORDER)
    count("extend", stock.extend_holds, until=None, **ORDER)
    picked = [stock.Picked(hold.reservation_id, 2) for hold in held]
    count("consume", stock.consume_holds, ogs, picked=picked, key="b", **ORDER, **source)
    count("take now", stock.take_now, ogs, wanted, key="c", **source)
    count("available", stock.available, ogs, [variant.id for variant in variants])
    most = {"receive": 5, "hold": 4, "extend": 3, "consume": 5, "take now": 6, "available": 1}
    assert {name: told for name, told in counts.items() if told > most[name]} == {}
