"""What is missing: something similar comes and is never dearer, or the line stays short."""

import re
from datetime import date

import pytest
from sqlalchemy import select, update

from tests.blocks.shops import goods
from tests.services.grocery.at_the_shelf import asks, bought, order_of, staff, tells
from tests.services.grocery.shelves import NEVER, fields
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_orders_api import at_once
from townsquare.blocks import catalogue, stock
from townsquare.core.ids import new_id
from townsquare.core.notifications.mails import words
from townsquare.core.notifications.telling import NotificationRow
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.orders import PickLine
from townsquare.services.grocery.models.ours import SHELF
from townsquare.services.grocery.models.searching import remember
from townsquare.services.grocery.usecases.picking import pick_line

__all__ = ["asks", "bought", "staff", "tells"]
BOTH = pytest.mark.engines("sqlite", "postgresql")
SIMILAR = {"substitution": "similar"}


@pytest.fixture
def jams(shelves, stepping, filling_up):
    """Jam of 330 g at 89.50 and of 350 g at 95.00."""
    few = {"identifiers": (catalogue.NewIdentifier("4006381333931"),)}
    stepping(
        catalogue.add_items,
        [
            goods("JAM-330", 8950, name="Strawberry jam 330 g", perishable=True),
            goods("JAM-350", 9500, name="Plum jam 350 g", perishable=True, variant=few),
        ],
    )
    filling_up(("JAM-330", 5), ("JAM-350", 5))
    stepping(_found, "JAM-330", "JAM-350")
    return shelves


def _found(ctx, shop, *codes):
    remember(ctx, [catalogue.variant_of(ctx, shop, code).id for code in codes])


def line_of(order, code):
    return next(line for line in order["lines"] if line["code"] == code)


@BOTH
def test_the_larger_jam_costs_what_the_smaller_one_did(jams, signed_in, staff, town):
    rosa = signed_in(name="Rosa Cruz")
    buyer = Browser(rosa.client)
    buyer.post("/grocery/cart", product="JAM-330", qty="1")
    buyer.post("/grocery/cart", product="MILK", qty="2")
    buyer.post("/grocery/cart/substitution", substitution="similar")
    buyer.collects()
    assert "Something similar comes" in buyer.get("/grocery/checkout/check").text
    place = buyer.places().headers["Location"].partition("?")[0]
    order = order_of(staff)
    shelf = f"/grocery/staff/pick/{order}"
    jam, milk = dict.fromkeys(re.findall(r'name="line" value="(\w+)"', staff.get(shelf).text))
    page = staff.get(f"{shelf}/instead?line={jam}&words=4006381333931").text
    assert "Instead of Strawberry jam 330 g" in page
    assert "Take this instead" in page
    wish = {"line": jam, "outcome": "substituted"}
    page = staff.post(shelf, 422, **wish, instead="JAM-330").text
    assert "That is the same product" in page
    staff.post(shelf, **wish, instead="JAM-350")
    staff.post(shelf, line=milk, outcome="picked")
    page = buyer.get(place).text
    assert "instead of Strawberry jam 330 g" in page
    assert "missing, replaced" in page
    assert "214.50" in page  # 2 at 62.50 and one jam at 89.50.
    Worker(town).drain()
    with town.sessions() as db:
        chosen = select(NotificationRow).filter_by(person=rosa.person, kind="grocery.order-ready")
        (told,) = db.scalars(chosen).all()
    _subject, text = words(town, told.template, told.facts)
    assert "Strawberry jam 330 g was missing. Plum jam 350 g comes instead" in text
    assert "89.50" in text
    seen = fields(staff.get(f"/grocery/staff/orders/{order}"))
    wish = {"version": seen["version"], "id": seen["id"], "received_by": "Rosa Cruz"}
    paid = staff.post(f"/grocery/staff/orders/{order}/hand-over", **wish)
    assert "214.50" in staff.get(paid.headers["Location"]).text


@BOTH
def test_who_wants_nothing_else_gets_less_and_pays_less(jams, bought, tells, asks, town):
    order = bought({"product": "JAM-330"}, {"product": "MILK", "qty": 2})
    jam, milk = order["lines"]
    wish = {"line": jam["id"], "outcome": "substituted", "instead": "JAM-350"}
    told = tells(order["id"], 422, **wish)
    assert told["code"] == "ordering.substitution-refused"
    done = tells(order["id"], line=jam["id"], outcome="short")
    assert (done["total_minor"], line_of(done, "JAM-330")["outcome"]) == (12500, "short")
    tells(order["id"], line=milk["id"])
    Worker(town).drain()
    with town.sessions() as db:
        chosen = select(NotificationRow).filter_by(kind="grocery.order-ready")
        _subject, text = words(town, *_told(db.scalars(chosen).one()))
    assert "Strawberry jam 330 g was missing, or some of it." in text


def _told(row):
    return row.template, row.facts


@BOTH
def test_a_line_says_for_itself_what_may_come_instead(jams, asks):
    asks("POST", "/carts/current/lines", {"product": "MILK"}, 201)
    cart = asks("PUT", "/carts/current/substitution", SIMILAR)
    assert (cart["substitution"], cart["lines"][0]["substitution"]) == ("similar", "similar")
    cart = asks("POST", "/carts/current/lines", {"product": "JAM-330"}, 201)
    assert [line["substitution"] for line in cart["lines"]] == ["similar", "similar"]
    wish = {"product": "BREAD", "substitution": "none"}
    cart = asks("POST", "/carts/current/lines", wish, 201)
    jam = cart["lines"][1]["id"]
    cart = asks("PATCH", f"/carts/current/lines/{jam}", {"qty": 2, "substitution": "none"})
    assert [line["substitution"] for line in cart["lines"]] == ["similar", "none", "none"]
    asks("PUT", "/carts/current/substitution", {"substitution": "anything"}, 422)


def test_some_of_it_is_there_and_something_else_for_the_rest(jams, bought, tells):
    order = bought({"product": "JAM-330", "qty": 3, **SIMILAR}, {"product": "MILK"})
    jam = order["lines"][0]["id"]
    wish = {"line": jam, "outcome": "substituted", "instead": "jam-350", "found": 1}
    told = [tells(order["id"], **wish) for _time in "ab"]  # The second is the first once more.
    assert [done["total_minor"] for done in told] == [33100] * 2
    lines = [(line["code"], line["qty"], line["net_minor"]) for line in told[1]["lines"][:2]]
    assert lines == [("JAM-330", 1, 8950), ("JAM-350", 2, 17900)]
    other = {**wish, "instead": "BREAD"}
    assert tells(order["id"], 409, **other)["code"] == "grocery.already-picked"
    assert tells(order["id"], 409, line=jam)["code"] == "grocery.already-picked"


def test_what_was_typed_beside_a_replacement_stays_when_it_is_refused(jams, bought, staff):
    order = bought({"product": "BREAD", "qty": 3, **SIMILAR})
    told = {"line": order["lines"][0]["id"], "outcome": "substituted", "instead": "JAM-350"}
    path = f"/grocery/staff/pick/{order['id']}?words=plum"
    page = staff.post(path, 422, **told, instead_qty="2", found="3").text  # All of it is there.
    assert re.search(r'id="f-found" name="found"[^>]*value="3"', page)
    page = staff.post(path, 422, **told, instead_qty="two", found="1").text
    assert re.search(r'id="f-instead_qty" name="instead_qty"[^>]*value="two"', page)
    assert re.search(r'id="f-found" name="found"[^>]*value="1"', page)


def test_what_comes_instead_is_cheaper_when_it_is(jams, bought, tells):
    order = bought({"product": "BREAD", **SIMILAR})
    wish = {"line": order["lines"][0]["id"], "outcome": "substituted"}
    assert tells(order["id"], 422, **wish)["code"] == "grocery.instead-missing"
    assert tells(order["id"], 422, **wish, instead="TOMATO")["code"] == "grocery.instead-missing"
    assert tells(order["id"], 422, **wish, instead="NOTHING")["code"] == "catalogue.unknown-variant"
    done = tells(order["id"], **wish, instead="TOMATO", instead_qty=400)
    assert (done["stage"], done["total_minor"]) == ("ready", 7596)


@BOTH
def test_two_phones_at_one_line_that_is_missing(jams, bought, town):
    order = bought({"product": "JAM-330", **SIMILAR}, {"product": "MILK"})
    line = {"id": order["id"], "line": order["lines"][0]["id"]}
    replaced = {"outcome": "substituted", "instead": "JAM-350"}
    wishes = [{**line, **replaced}, {**line, "outcome": "short"}]
    told = at_once(town, pick_line, *map(PickLine.model_validate, wishes))
    assert told == ["grocery.already-picked", "picking"]


@pytest.mark.parametrize(
    ("scanned", "status", "code"),
    [
        ("JAM-350", 200, ""),
        ("4006381333931", 200, ""),
        ("4006381333932", 422, "grocery.wrong-item"),
        ("MILK", 422, "grocery.wrong-item"),
        ("L-EARLY", 200, ""),
        ("L-LATE", 422, "grocery.not-first-expiring"),
    ],
)
def test_what_is_scanned_is_what_the_line_asks_for(two_lots, tells, scanned, status, code):
    told = tells(two_lots["id"], status, line=two_lots["lines"][0]["id"], scanned=scanned)
    assert told.get("code", "") == code


@pytest.fixture
def two_lots(jams, stepping, bought):
    """An order of jam of which one lot is good for longer than the other."""
    stepping(_lots, ("L-EARLY", date(2026, 12, 24)), ("L-LATE", NEVER))
    return bought({"product": "JAM-350", "qty": 2})


def _lots(ctx, shop, *lots):
    place = stock.location_of(ctx, shop, SHELF)
    variant = catalogue.variant_of(ctx, shop, "JAM-350").id
    told = {"to": place, "source_kind": "receipt", "source_id": "DN-2"}
    for code, day in lots:
        line = stock.Incoming(variant, 2, lot_code=code, expires_on=day)
        stock.receive_goods(ctx, shop, [line], key=new_id(), **told)


def test_what_thaws_is_picked_last(jams, stepping, bought, manager):
    stepping(_frozen, "MILK")
    order = bought({"product": "MILK"}, {"product": "BREAD"})
    path = f"/api/v1/grocery/staff/orders/{order['id']}/pick-list"
    lines = manager.client.get(path).get_json()["lines"]
    assert [line["code"] for line in lines] == ["BREAD", "MILK"]


def _frozen(ctx, shop, code):
    catalogue.add_category(ctx, shop, code="frozen", name="Frozen")
    item = catalogue.ITEM
    category = select(catalogue.CATEGORY.id).where(catalogue.CATEGORY.code == "frozen")
    there = update(item).values(category_id=category.scalar_subquery())
    ctx.db.execute(there.where(item.code == code))
