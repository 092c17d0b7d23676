"""Everybody wants the same goods at the same moment; nobody gets what is not there."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.kit.guards import drop_constraint, drop_trigger
from tests.kit.racing import PATIENCE, TRIES, careless
from townsquare.blocks import stock
from townsquare.core.db import reading, run_again, too_busy
from townsquare.core.errors import Busy, DomainError
from townsquare.core.usecase import Actor

pytestmark = pytest.mark.engines("sqlite", "postgresql")
THREADS = 16
ANYBODY = Actor(5, "Ivo Petrov", frozenset({"public", "signed-in"}))
SOON = date(2026, 3, 12)


@pytest.fixture
def step(town):
    """Run a step in a unit of work of its own, again where it lost a race; return what it came to.

    That is "done", or the code of the refusal.
    """

    def once(act, *args, **facts):
        with town.working(ANYBODY) as ctx:
            act(replace(ctx, act="test.race"), *args, **facts)
        return "done"

    def run(act, *args, **facts):
        for _try in range(TRIES):
            try:
                return run_again(partial(once, act, *args, **facts))
            except Busy:  # So many wait for SQLite's one writer: come again, as people do.
                continue
            except DomainError as refused:
                return refused.code
            except SQLAlchemyError as error:  # Or for one of ten connections, or lost five races.
                if not too_busy(error):
                    raise
        return Busy.code

    return run


@pytest.fixture
def race(step):
    """Take all steps at once, spread over threads; return what each came to, in their order."""

    def run(acts):
        start = Barrier(min(THREADS, len(acts)))

        def contestant(share):
            start.wait(PATIENCE)
            return [step(*act[:-1], **act[-1]) for act in share]

        shares = [acts[number :: start.parties] for number in range(start.parties)]
        answers = [None] * len(acts)
        with ThreadPoolExecutor(start.parties) as contestants:
            for number, told in enumerate(contestants.map(contestant, shares)):
                answers[number :: start.parties] = told
        return answers

    return run


@pytest.fixture
def buying(ogs, clock):
    """Return the step that holds goods for an owner."""

    def of(owner, *variants, qty=1):
        wanted = [stock.Wanted(variant.id, qty) for variant in variants]
        until = clock() + timedelta(minutes=15)
        told = {"owner_kind": "order", "owner_id": owner, "until": until}
        return stock.hold_stock, ogs, wanted, told

    return of


def test_four_hundred_buyers_of_a_hundred_pieces(race, buying, receiving, milk, available, unsound):
    for day in (12, 13, 14, 15):
        receiving(milk, 25, expires_on=date(2026, 3, day))
    answers = race([buying(f"ORD-{number}", milk) for number in range(400)])
    assert Counter(answers) == {"done": 100, "stock.not-enough": 300}
    assert (available(milk), unsound()) == (0, [])


def test_who_buys_the_same_goods_in_another_order_waits_for_nobody(
    race, buying, receiving, milk, bread, unsound
):
    receiving(milk, 40, expires_on=SOON)
    receiving(bread, 40, expires_on=SOON)
    pairs = [(milk, bread), (bread, milk)]
    answers = race([buying(f"ORD-{n}", *pairs[n % 2]) for n in range(48)])
    assert Counter(answers) == {"done": 40, "stock.not-enough": 8}
    assert unsound() == []


def test_nobody_holds_a_lot_that_was_blocked_while_fifty_bought(
    race, buying, receiving, selling, town, unsound
):
    butter = selling("PB-1", lot_policy="lot")
    bad = receiving(butter, 100, lot_code="L-0417", expires_on=SOON)
    receiving(butter, 100, lot_code="L-0418", expires_on=date(2026, 4, 1))
    live = (
        "SELECT count(*) FROM stock_reservation r JOIN stock_level v ON v.id = r.level_id"
        f" WHERE r.state = 'live' AND v.lot_id = {bad.id}"
    )
    seen = []

    def look(_ctx):
        with reading(town.database) as connection:
            seen.append(connection.scalar(text(live)))

    acts = [buying(f"ORD-{number}", butter) for number in range(50)]
    acts.insert(THREADS, (stock.block_lot, bad.id, {"reason": "salmonella"}))
    acts.insert(2 * THREADS, (look, {}))  # In the same thread, as soon as the step has returned.
    assert Counter(race(acts)) == {"done": 52}
    look(None)
    assert (seen, unsound()) == ([0, 0], [])


@pytest.fixture
def held(buying, receiving, milk, doing):
    """Ten owners who hold three pieces each, which is all there is, and what they hold."""
    receiving(milk, 30, expires_on=SOON)
    picks = {}
    for number in range(10):
        *args, told = buying(f"ORD-{number}", milk, qty=3)
        (hold,) = doing(*args, **told)
        picks[told["owner_id"]] = stock.Picked(hold.reservation_id, 3)
    return picks


@pytest.fixture
def around_the_limit(held, buying, milk, ogs, clock):
    """Return what is done to these holds at once: used twice, extended, and taken by others."""

    def acts():
        for owner, picked in held.items():
            mine = {"owner_kind": "order", "owner_id": owner}
            sold = {"source_kind": "order", "source_id": owner, "picked": [picked]}
            for copy in range(2):
                yield stock.consume_holds, ogs, {"key": f"{owner} {copy}", **mine, **sold}
            yield stock.extend_holds, {"until": clock() + timedelta(minutes=5), **mine}
            yield buying(f"{owner} again", milk, qty=3)

    return acts


def test_a_second_before_their_limit_holds_are_used_once(race, around_the_limit, clock, unsound):
    clock.advance(minutes=14, seconds=59)
    answers = race([*around_the_limit()])
    used = Counter(answers[::4] + answers[1::4])
    assert used == {"done": 10, "stock.hold-lost": 10}
    assert Counter(answers[3::4]) == {"stock.not-enough": 10}
    assert unsound() == []


def test_on_their_limit_holds_are_lost_and_the_goods_are_for_others(
    race, around_the_limit, clock, unsound
):
    clock.advance(minutes=15)
    answers = race([*around_the_limit()])
    lost = Counter(answers[::4] + answers[1::4] + answers[2::4])
    assert lost == {"stock.hold-lost": 30}
    assert Counter(answers[3::4]) == {"done": 10}
    assert unsound() == []


def test_one_delivery_note_in_eight_copies_comes_in_once(race, ogs, shelf, milk, available):
    line = [stock.Incoming(milk.id, 12, "L-1", SOON)]
    told = {"to": shelf, "source_kind": "receipt", "source_id": "DN-77", "key": "DN-77"}
    assert Counter(race([(stock.receive_goods, ogs, line, told)] * 8)) == {"done": 8}
    assert available(milk) == 12


def test_a_lot_that_comes_in_eight_times_at_once_has_eight_parts(
    race, ogs, shelf, milk, available, town
):
    line = [stock.Incoming(milk.id, 1, "L-1", SOON)]
    told = {"to": shelf, "source_kind": "receipt", "source_id": "DN"}
    race([(stock.receive_goods, ogs, line, {"key": f"DN-{n}", **told}) for n in range(8)])
    with town.database.connect() as connection:
        parts = list(connection.scalars(text("SELECT part FROM stock_lot ORDER BY part")))
    assert (parts, available(milk)) == (list(range(1, 9)), 8)


def test_a_sale_is_undone_once_by_eight(race, ogs, receiving, milk, doing, available, unsound):
    receiving(milk, 5, expires_on=SOON)
    told = {"source_kind": "till", "source_id": 1, "key": "a"}
    (sale,) = doing(stock.take_now, ogs, [stock.Wanted(milk.id, 5)], **told)
    answers = race([(stock.undo_move, ogs, sale.id, {})] * 8)
    assert Counter(answers) == {"done": 1, "stock.already-undone": 7}
    assert (available(milk), unsound()) == (5, [])


@pytest.fixture
def shelves(doing, ogs, shelf):
    """Two places from which the shop sells."""
    return shelf, doing(stock.open_location, ogs, code="B1", name="Shelf B1")


def test_goods_cross_on_their_way_and_are_still_all_there(
    race, ogs, shelves, receiving, milk, available, unsound
):
    shelf, other = shelves
    for place in shelves:
        for day in (12, 13):
            receiving(milk, 10, expires_on=date(2026, 3, day), to=place)
    ways = [{"from_": shelf, "to": other}, {"from_": other, "to": shelf}]
    told = {"source_kind": "walk", "source_id": 1}
    goods = [stock.Goods(milk.id, 4)]
    acts = [
        (stock.move_stock, ogs, goods, {"key": f"{n}", **ways[n % 2], **told}) for n in range(24)
    ]
    assert set(race(acts)) <= {"done", "stock.not-enough"}
    assert (available(milk), unsound()) == (40, [])


HOLD = text(
    "INSERT INTO stock_reservation (level_id, qty, owner_kind, owner_id, at, state)"
    " SELECT id, 3, 'order', 'x', '2026-03-02 02:00:00', 'live' FROM stock_level WHERE bounded"
)


def test_only_the_database_stops_who_looks_first_and_holds_then(town, receiving, milk, unsound):
    receiving(milk, 5, expires_on=SOON)
    look = "SELECT on_hand - reserved FROM stock_level WHERE bounded"

    def desk(connection, seen):
        assert seen == 5
        connection.execute(HOLD)

    assert Counter(careless(town, [desk] * 4, look)) == {"done": 1, "refused": 3}
    drop_constraint(town, "ck_stock_level_bounds", "stock_level")
    free = text("UPDATE stock_reservation SET state = 'released' WHERE state = 'live'")
    with town.database.begin() as connection:
        connection.execute(free)
    assert Counter(careless(town, [desk] * 4, look)) == {"done": 4}
    assert [breach.rule for breach in unsound()] == ["stock: no more is held than is there"]


def test_only_the_trigger_stops_who_holds_a_lot_that_was_blocked_meanwhile(
    town, receiving, milk, doing
):
    lot = receiving(milk, 5, expires_on=SOON)
    look = "SELECT blocked_at IS NULL FROM stock_lot"
    doing(stock.block_lot, lot.id, reason="salmonella")

    def desk(connection, _seen):
        connection.execute(HOLD)

    assert careless(town, [desk], look) == ["refused"]
    drop_trigger(town, "stock_reservation_of_blocked", "stock_reservation")
    assert careless(town, [desk], look) == ["done"]
