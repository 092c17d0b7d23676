"""Whatever is picked, weighed or packed instead, nobody pays more than they agreed to."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.blocks.test_ledger_guards import said_of
from tests.kit.guards import drop_index
from tests.services.grocery.test_orders_api import at_once
from townsquare.blocks import ordering, payments
from townsquare.core.errors import DomainError
from townsquare.core.invariants import breaches
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import PickLine, PlaceOrder, PutLine, Quote
from townsquare.services.grocery.models.picking import PickRow
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.queries.orders import pick_list
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.picking import pick_line

LENA = Actor(4, "Lena Cruz", MANAGING)
GOODS = ("MILK", "BREAD", "TOMATO")
WANTED = st.fixed_dictionaries(
    {
        "MILK": st.integers(1, 12),
        "BREAD": st.integers(1, 5),
        "TOMATO": st.integers(1, 2000),
    }
)
# What a phone may say of a line, sensible or not; it is said more than once, and again.
SAID = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from(("picked", "short", "substituted")),
        "found": st.integers(0, 13),
        "weighs": st.none() | st.integers(1, 2300),
        "instead": st.sampled_from(("", *GOODS)),
        "instead_qty": st.none() | st.integers(1, 1500),
    }
)
STEPS = st.lists(st.tuples(st.integers(0, 3), SAID), min_size=3, max_size=12)
KINDS = st.lists(st.sampled_from(("none", "similar")), min_size=3, max_size=3)


def order_for(town, person, wanted, kinds):
    """Let somebody order so much of each, and say what may come instead of what is missing."""
    buyer = Actor(9, "Rosa Cruz", frozenset({"public", "signed-in"}), person=person)
    with town.working(buyer) as ctx:
        for (product, qty), kind in zip(wanted.items(), kinds, strict=True):
            put_line(ctx, PutLine(product=product, qty=qty, substitution=kind))
        cart = quote_cart(ctx, Quote(starts=next_hours(town.now(), "Asia/Manila")[-1]))
        wish = PlaceOrder(version=cart.version, expected_minor=cart.total_minor)
        return place_order(ctx, wish).id, cart.at_most_minor


def say(town, order, at, said):
    """Let a phone say something of a line; what is refused has changed nothing."""
    with town.working(LENA) as ctx:
        lines = pick_list(ctx, Chosen(id=order)).lines
    wish = PickLine(id=order, line=lines[at % len(lines)].id, **said)
    with suppress(DomainError), town.working(LENA) as ctx:
        pick_line(ctx, wish)


def charged(db, order):
    """Return what is charged for an order."""
    charge = payments.CHARGE
    asked = select(func.sum(charge.amount_minor - charge.credited_minor))
    return db.scalar(asked.where(charge.source == f"order:{order}")) or 0


def costs(db, order):
    """Return what an order costs, and how many outcomes its lines have at most."""
    row, line, pick = ordering.ORDER, ordering.LINE, PickRow
    total = db.scalar(select(ordering.order_total()).where(row.public_id == order))
    each = select(func.count(pick.id)).join(line, line.id == pick.line_id)
    each = each.join(row, row.id == line.order_id).where(row.public_id == order)
    return total, max(db.scalars(each.group_by(line.id)), default=0)


@pytest.mark.engines("sqlite", "postgresql")
def test_no_order_costs_more_than_was_agreed(shelves, filling_up, signed_in, town):
    rosa = signed_in(name="Rosa Cruz").person
    filling_up(("MILK", 5000), ("BREAD", 5000), ("TOMATO", 500_000))

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(wanted=WANTED, kinds=KINDS, steps=STEPS)
    def pick_at_random(wanted, kinds, steps):
        order, agreed = order_for(town, rosa, wanted, kinds)
        for at, said in steps:
            say(town, order, at, said)
            with town.sessions() as db:
                total, outcomes = costs(db, order)
                assert charged(db, order) == total <= agreed
                assert outcomes <= 1

    pick_at_random()
    assert breaches(town) == {}


@pytest.fixture
def picked(shelves, signed_in, town):
    """An order of tomatoes and milk; its id, and the lines that are to be picked."""
    wanted = {"TOMATO": 750, "MILK": 1}
    order, _agreed = order_for(town, signed_in(name="Rosa Cruz").person, wanted, ["none"] * 2)
    with town.working(LENA) as ctx:
        return order, {line.code: line.id for line in pick_list(ctx, Chosen(id=order)).lines}


@pytest.mark.engines("sqlite", "postgresql")
def test_of_four_phones_at_one_scale_one_is_right(picked, town):
    order, lines = picked
    line = {"id": order, "line": lines["TOMATO"]}
    said = [{"weighs": 700}, {"weighs": 742}, {"weighs": 825}, {"outcome": "short", "found": 300}]
    told = at_once(town, pick_line, *(PickLine.model_validate({**line, **one}) for one in said))
    assert told == ["grocery.already-picked"] * 3 + ["picking"]
    with town.sessions() as db:
        total, outcomes = costs(db, order)
        assert (charged(db, order), outcomes) == (total, 1)


@pytest.mark.engines("sqlite", "postgresql")
def test_the_database_keeps_one_outcome_of_a_line(picked, town):
    order, lines = picked
    with town.working(LENA) as ctx:
        pick_line(ctx, PickLine(id=order, line=lines["MILK"]))
    again = (
        "INSERT INTO grocery_pick (order_id, line_id, outcome, at)"
        " SELECT order_id, line_id, 'short', at FROM grocery_pick"
    )
    assert "nothing" not in said_of(town, [again])
    drop_index(town, "uq_grocery_pick_line")
    assert said_of(town, [again]) == "nothing"
