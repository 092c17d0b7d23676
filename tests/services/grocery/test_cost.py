"""What the shop costs: statements at the driver for every address that can be read.

Every address has something real behind it and really answers; the look at the session, one
statement, is not counted.
"""

from base64 import b64encode

import pytest
from sqlalchemy import event

from tests.services.grocery.conftest import OPEN
from tests.services.grocery.shelves import BUYING, DELIVERING, FOR_GUESTS
from tests.services.grocery.supplying import SUPPLYING
from townsquare.services.grocery.commands.carrying import SendTransfer
from townsquare.services.grocery.commands.counts import OpenCount
from townsquare.services.grocery.commands.customers import RegisterCustomer
from townsquare.services.grocery.commands.imports import UploadGoods
from townsquare.services.grocery.commands.places import AddPlace
from townsquare.services.grocery.commands.products import AddProduct
from townsquare.services.grocery.commands.reordering import SetReorderRule
from townsquare.services.grocery.commands.shelves import AddBrand, AddCategory
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.commands.staff import EnrolStaff
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.usecases.carrying import send_transfer
from townsquare.services.grocery.usecases.counting import open_count
from townsquare.services.grocery.usecases.customers import register_customer
from townsquare.services.grocery.usecases.places import add_place
from townsquare.services.grocery.usecases.products import add_product
from townsquare.services.grocery.usecases.receiving import receive_goods
from townsquare.services.grocery.usecases.reordering import set_reorder_rule
from townsquare.services.grocery.usecases.shelves import add_brand, add_category
from townsquare.services.grocery.usecases.shop import open_grocery
from townsquare.services.grocery.usecases.staff import enrol_staff
from townsquare.services.grocery.usecases.uploading import upload_goods

pytestmark = pytest.mark.engines("sqlite")
FILE = b"barcode,name\n5901234123457,Ink\n"
OURS = "/grocery", "/api/v1/grocery"
ELSEWHERE = {*BUYING, *DELIVERING, *FOR_GUESTS, *SUPPLYING}  # Counted by the tests beside this one.
ROOM = {"list": 2, "detail": 3, "form": 4, "desk": 5, "plan": 8}
LISTS = {
    "/grocery/staff/customers",
    "/grocery/staff/people",
    "/api/v1/grocery/staff/people",
    "/api/v1/grocery/customers",
    "/grocery/staff/coupons",
    "/api/v1/grocery/promotions",
    "/grocery/staff/imports",
    "/grocery/staff/imports/<id>",
    "/api/v1/grocery/imports",
    "/api/v1/grocery/imports/<id>",
    "/grocery/staff/lots",
    "/grocery/staff/places",
    "/grocery/staff/products",
    "/grocery/staff/reports",
    "/grocery/staff/reports/<name>",
    "/grocery/staff/shelves",
    "/grocery/staff/stock",
    "/api/v1/grocery/brands",
    "/api/v1/grocery/categories",
    "/api/v1/grocery/products",
    "/api/v1/grocery/products/<id>/prices",
    "/api/v1/grocery/reports/<name>",
    "/api/v1/grocery/staff/products",
    "/api/v1/grocery/shop",
    "/api/v1/grocery/stock/levels",
    "/api/v1/grocery/stock/count-list",
    "/api/v1/grocery/stock/counts",
    "/api/v1/grocery/stock/lots",
    "/api/v1/grocery/stock/places",
    "/api/v1/grocery/stock/transfers",
    "/api/v1/grocery/stock/transfers/<id>",
    "/api/v1/grocery/stock/wasted",
    "/grocery/staff/transfers",
    "/grocery/staff/transfers/<id>",
    "/grocery/staff/carry",
    "/api/v1/grocery/stock/reorder/<id>",
}
DETAILS = {
    "/grocery/",  # With the cart of whoever looks, in one statement.
    "/grocery/staff/people/new",
    "/grocery/staff/people/<id>",
    "/api/v1/grocery/staff/people/<id>",
    "/grocery/staff/customers/new",
    "/grocery/staff/customers/<id>",
    "/api/v1/grocery/customers/<id>",
    "/grocery/staff/coupons/new",
    "/grocery/staff/brands",
    "/grocery/staff/brands/<id>",
    "/grocery/staff/categories/<id>",
    "/grocery/staff/counts",
    "/grocery/staff/counts/<id>",
    "/grocery/staff/counts/<id>/figures",
    "/grocery/staff/categories",
    "/grocery/staff/lots/<id>",
    "/grocery/staff/lots/<id>/recall",
    "/grocery/staff/open",
    "/grocery/staff/places/new",
    "/grocery/staff/products/<id>/identifiers",
    "/grocery/staff/products/<id>/prices",
    "/grocery/staff/products/<id>/sale",
    "/grocery/staff/products/new",
    "/grocery/staff/receive",
    "/grocery/staff/waste/<id>",
    "/grocery/staff/wasted",
    "/api/v1/grocery/brands/<id>",
    "/api/v1/grocery/categories/<id>",
    "/api/v1/grocery/products/<id>",
    "/api/v1/grocery/stock/counts/<id>",
    "/api/v1/grocery/stock/counts/<id>/figures",
    "/api/v1/grocery/products/<id>/together",
    "/api/v1/grocery/stock/lots/<id>",
    "/api/v1/grocery/stock/lots/<id>/orders",
    "/api/v1/grocery/stock/scan",
}
# The chain behind a figure: the shop, its shelf, the product, its moves; and the page of a product
# with its prices and what people buy with it.
FORMS = {
    "/grocery/staff/waste",
    "/api/v1/grocery/stock/waste",
    "/grocery/staff/reorder/<id>",
    "/grocery/staff/stock/at",
    "/api/v1/grocery/stock/at",
    "/grocery/p/<product>",
    "/grocery/staff/stock/<id>",
    "/api/v1/grocery/stock/moves/<id>",
}
# What needs doing with two charts; a product with its prices, and what brands and categories
# there are.
DESKS = {"/grocery/staff", "/grocery/staff/products/<id>"}
# Rules, what was sold since when, what is free, who sells it and what is under way.
PLANS = {"/grocery/staff/reorder", "/api/v1/grocery/stock/reorder"}
KINDS = {"list": LISTS, "detail": DETAILS, "form": FORMS, "desk": DESKS, "plan": PLANS}
QUESTIONS = {"/api/v1/grocery/stock/scan": "?code=MILK-1L"}
# What is asked of a list by a filter costs no more than the list; words cost one look more, and a
# category the look for those that stand in it, so that each is read along its own index.
ASKED = {
    "/grocery/?brand=BCH&available=true": 3,
    "/grocery/?category=dairy&brand=BCH&available=true": 4,
    "/grocery/?words=milk&available=true": 4,
    "/api/v1/grocery/products?words=milk": 2,
    "/grocery/staff/products?words=milk&status=active": 3,
    "/grocery/staff/stock?words=milk": 2,
    "/grocery/staff/lots?product=MILK-1L&state=sold": 1,
    "/grocery/staff/receive?product=MILK-1L": 4,
    "/grocery/staff/carry?product=MILK-1L": 4,
}
SESSION = "core_session.key_hash ="
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@pytest.fixture
def statements(town):
    """Every statement that reaches SQLite's driver, without begin and commit."""
    seen = []

    def listen(connection, _record):
        connection.set_trace_callback(lambda text: text.startswith(VERBS) and seen.append(text))

    town.database.dispose()
    event.listen(town.database, "connect", listen)
    return seen


@pytest.fixture
def ids(managing):
    """The shop with two kinds of milk, each with its lots; ids by their kind."""
    with managing() as ctx:
        open_grocery(ctx, OpenShop.model_validate(OPEN))
        brand = add_brand(ctx, AddBrand(code="BCH", name="Batangas")).id
        category = add_category(ctx, AddCategory(code="dairy", name="Dairy")).id
        for code in ("MILK-2L", "MILK-1L"):
            told = {"code": code, "name": "Milk", "perishable": True, "price": "62.50"}
            on = {"category": "dairy", "brand": "BCH"}
            milk = add_product(ctx, AddProduct.model_validate({**told, **on})).id
            goods = {"product": code, "qty": 12, "expires_on": "2026-03-10"}
            lots = [receive_goods(ctx, ReceiveGoods.model_validate(goods)).id for _n in (1, 2)]
        count = open_count(ctx, OpenCount(place="SHELF")).id
        rule = {"id": milk, "min_qty": 6, "max_qty": 30}
        set_reorder_rule(ctx, SetReorderRule.model_validate(rule))
        add_place(ctx, AddPlace(code="BACK", name="Store room"))
        way = {"from_place": "SHELF", "to_place": "BACK"}
        line = {"product": "MILK-1L", "qty": 2}
        sent = send_transfer(ctx, SendTransfer.model_validate({**way, "lines": [line]})).id
        rosa = register_customer(ctx, RegisterCustomer(name="Rosa Dizon")).id
        tomas = enrol_staff(ctx, EnrolStaff(given="Tomas", position="Picker")).id
        run = upload_goods(ctx, UploadGoods(file_name="a.csv", content=b64encode(FILE))).id
    found = {"customers": rosa, "products": milk, "stock": milk, "moves": milk, "lots": lots[0]}
    found |= {"counts": count, "waste": lots[0], "transfers": sent, "reorder": milk, "imports": run}
    found |= {"people": tomas, "staff": tomas}
    return {**found, "brands": brand, "categories": category}


def ours(app):
    """Return the rules of the shop that can be read."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods]
    return {rule.rule for rule in rules if rule.rule.startswith(OURS)} - ELSEWHERE


def address_of(rule, ids):
    """Return an address with what exists in its place."""
    told = rule.replace("<product>", "MILK-1L").replace("<name>", "margin")
    before, place, after = told.partition("<id>")
    filled = before + ids[before.split("/")[-2]] + after if place else before
    return filled + QUESTIONS.get(rule, "")


def cost(client, address, statements):
    """Return the status and the number of statements of an address, asked a second time."""
    client.get(address)
    statements.clear()
    status = client.get(address).status_code
    return status, len([said for said in statements if SESSION not in said])


def test_every_address_is_of_one_kind(app):
    kinds = [rule for rules in KINDS.values() for rule in rules]
    assert sorted(kinds) == sorted(ours(app))  # Say of a new address which kind it is.


def test_every_address_answers_and_costs_few_statements(app, manager, ids, statements):
    room = {rule: ROOM[kind] for kind, rules in KINDS.items() for rule in rules}
    found = {r: cost(manager.client, address_of(r, ids), statements) for r in sorted(ours(app))}
    dear = {r: told for r, told in found.items() if told[0] != 200 or told[1] > room[r]}
    assert dear == {}


def test_a_question_costs_little_more_than_its_list(manager, ids, statements):
    found = {address: cost(manager.client, address, statements) for address in ASKED}
    assert {a: told for a, told in found.items() if told != (200, ASKED[a])} == {}


def steps(town, statement):
    """Return how SQLite finds the lines of a statement, in a database that never counted any."""
    with town.database.connect() as connection:
        return [step[3] for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize("address", ["/api/v1/grocery/staff/products", "/grocery/staff/stock"])
def test_goods_by_name_are_read_along_their_index(town, manager, ids, statements, address):
    cost(manager.client, f"{address}?after={ids['products']}", statements)
    (listed,) = [said for said in statements if "ORDER BY catalogue_item.name_key" in said]
    along = "SEARCH catalogue_item USING INDEX ix_catalogue_item_name (shop_id=? AND name_key>?)"
    assert along in steps(town, listed)


GOODS = "SEARCH catalogue_listed USING"
ITS_CATEGORY = f"{GOODS} INDEX ix_catalogue_listed_category (category_id=? AND name_key>?)"
PARTS = [
    ("sort=name", f"{GOODS} PRIMARY KEY (shop_id=? AND name_key>?)"),
    ("available=true", f"{GOODS} PRIMARY KEY (shop_id=? AND name_key>?)"),
    ("brand=BCH", f"{GOODS} INDEX ix_catalogue_listed_brand (brand_id=? AND name_key>?)"),
    (
        "category=dairy",
        f"{GOODS} INDEX ix_catalogue_listed_category (category_id=? AND name_key>?)",
    ),
    ("category=food", ITS_CATEGORY),
]


def listed_by(client, statements, question):
    """Return the statement that answers a list of products."""
    cost(client, f"/api/v1/grocery/products?{question}", statements)
    (listed,) = [said for said in statements if said.startswith("WITH priced")]
    return listed


@pytest.fixture
def food(managing, ids):
    """A category with two in it, as lists are read category by category."""
    with managing() as ctx:
        add_category(ctx, AddCategory(code="food", name="Food"))
        add_category(ctx, AddCategory(code="bread", name="Bread", parent="food"))


@pytest.mark.parametrize(("part", "along"), PARTS)
def test_goods_that_are_sold_are_read_along_their_own_order(
    town, manager, ids, food, statements, part, along
):
    first = listed_by(manager.client, statements, part)
    further = listed_by(manager.client, statements, f"{part}&after={ids['products']}")
    assert along in steps(town, further)
    for found in (steps(town, first), steps(town, further)):
        assert not [step for step in found if step.startswith("SCAN catalogue")]
        page = found[: found.index("SCAN page")]
        sorting = [step for step in page if "FOR ORDER BY" in step]
        # Only those few of several categories are sorted together.
        assert sorting == (["USE TEMP B-TREE FOR ORDER BY"] if part == "category=food" else [])


def test_a_line_looks_up_its_price_and_its_level_in_one_place_each(town, manager, ids, statements):
    found = steps(town, listed_by(manager.client, statements, "sort=name"))
    price, level = "COVERING INDEX ix_catalogue_price_variant", "INDEX ix_stock_level_figures"
    assert f"SEARCH catalogue_price USING {price} (variant_id=?) LEFT-JOIN" in found
    assert f"SEARCH stock_level USING {level} (variant_id=?)" in found


def test_orders_of_a_guest_are_found_by_their_key(town, client, ids, statements):
    key = {"X-Cart-Key": "k-_" * 11, "Idempotency-Key": "1"}
    statements.clear()
    client.post("/api/v1/grocery/carts/current/lines", json={"product": "MILK"}, headers=key)
    asked = [said for said in statements if "guest_token" in said and "number IS NOT NULL" in said]
    found = [" ".join(steps(town, said)) for said in asked]
    by_key = "ordering_order USING INDEX ix_ordering_order_guest (guest_token=? AND party=? AND"
    assert [by_key in told for told in found] == [True]


def test_newest_goods_are_read_along_their_index(town, manager, ids, statements):
    listed = listed_by(manager.client, statements, f"sort=newest&after={ids['products']}")
    assert any("ix_catalogue_variant_age (shop_id=? AND" in step for step in steps(town, listed))


def test_a_part_without_its_index_would_be_found(town, manager, ids, statements):
    with town.database.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_catalogue_listed_brand")
    listed = listed_by(manager.client, statements, "brand=BCH")
    found = steps(town, listed)
    assert "SCAN catalogue_listed" in found[: found.index("SCAN page")]
