"""What those who run the shop do: add goods, price them, take them in, block what is bad."""

import re

import pytest

from townsquare.blocks.catalogue.models.prices import LIST_KINDS
from townsquare.services.grocery.commands.products import FindProducts
from townsquare.services.grocery.commands.stock import FindLots
from townsquare.services.grocery.pages.shop import LISTS
from townsquare.services.grocery.queries.products import find_products
from townsquare.services.grocery.queries.stocks import find_lots

pytestmark = pytest.mark.engines("sqlite", "postgresql")
MILK = {
    "code": "MILK-1L",
    "name": "Whole milk",
    "size": "1 L",
    "content_qty": "1000",
    "content_unit": "ml",
    "barcode": "4006381333931",
    "sold_by": "piece",
    "perishable": "true",
    "price": "62.50",
}


@pytest.fixture
def sent(manager, ogs):
    """Send a form of the shop as Lena."""

    def run(path, **fields):
        told = {**fields, "csrf_token": manager.token}
        return manager.client.post(f"/grocery/staff/{path}", data=told)

    return run


@pytest.fixture
def milk(sent):
    """Milk, added on its page; its id."""
    return sent("products", **MILK).headers["location"].rpartition("/")[2]


@pytest.fixture
def shelf(acting_as):
    """Return what a visitor finds."""

    def run(**wish):
        with acting_as(reads=True) as ctx:
            return find_products(ctx, FindProducts(**wish)).products

    return run


def receive(sent, **fields):
    told = {"product": "MILK-1L", "quantity": "3", "expires_on": "2026-03-10", **fields}
    return sent("receive/goods", **told)


def test_a_product_comes_with_barcode_and_price_in_one_wish(milk, shelf):
    (line,) = shelf()
    assert (line.id, line.amount_minor, line.per_qty) == (milk, 6250, 1)
    assert line.unit_price_minor == 6250
    assert [one.id for one in shelf(words="4006381333931")] == [milk]
    assert [one.id for one in shelf(words="whol mil")] == [milk]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("price", "62.505", "more decimals than PHP; enter 625.05 per 10 instead"),
        ("price", "-1", "enter one such as 62.50"),
        ("barcode", "4006381333932", "scan it again or check its digits"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(sent, field, typed, said):
    answer = sent("products", **{**MILK, field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text


def test_the_same_code_in_another_case_is_taken(sent, milk):
    answer = sent("products", **{**MILK, "code": "milk-1l", "barcode": ""})
    assert answer.status_code == 409


def test_goods_that_came_are_on_sale_until_their_date(sent, milk, shelf, clock):
    assert sent("receive", product="4006381333931").headers["location"].endswith("MILK-1L")
    assert receive(sent).status_code == 303
    assert shelf()[0].available == 3
    clock.set(2026, 3, 11)
    assert shelf()[0].available == 0


def test_perishable_goods_need_their_date(sent, milk):
    answer = receive(sent, expires_on="")
    assert answer.status_code == 422
    assert "give the date until which it is good" in answer.text


def test_kilograms_are_typed_and_grams_are_kept(sent, shelf):
    sent("products", code="TOMATO", name="Tomatoes", sold_by="weight", price="189.90")
    assert receive(sent, product="TOMATO", quantity="12.5").status_code == 303
    (line,) = shelf()
    assert (line.available, line.per_qty, line.unit_price_minor) == (12500, 1000, 18990)


@pytest.mark.parametrize("typed", ["1e3", "\uff11\uff12", "1_000", "12abc"])
def test_a_quantity_is_typed_in_plain_digits(sent, milk, typed):
    assert receive(sent, quantity=typed).status_code == 422


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31"])
def test_a_day_that_nobody_can_mean_is_refused(sent, manager, milk, typed):
    answer = receive(sent, expires_on=typed)
    assert answer.status_code == 422
    assert "no date that can be meant" in answer.text
    told = {"price": "64.00", "valid_from": f"{typed}T23:59:59-12:00"}
    path = f"/api/v1/grocery/products/{milk}/prices"
    answer = manager.client.post(path, json=told, headers={"X-CSRF-Token": manager.token})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "core.bad-date")


@pytest.mark.parametrize("code", ["MILK/1L", "..", "A..B"])
def test_a_code_fits_into_an_address(sent, code):
    assert sent("products", **{**MILK, "code": code}).status_code == 422


def test_numbers_of_suppliers_are_told_to_staff_only(sent, manager, milk, client):
    sent(f"products/{milk}/identifiers", id=milk, value="S-77", scheme="supplier")
    path = f"/api/v1/grocery/products/{milk}"
    seen, known = (
        [one["scheme"] for one in browser.get(path).get_json()["identifiers"]]
        for browser in (client, manager.client)
    )
    assert (seen, known) == (["gtin"], ["gtin", "supplier"])


def test_who_minds_the_shelf_stops_selling_on_the_page_of_the_product(milk, client, signed_in):
    assert "Sold out for now" not in client.get("/grocery/p/MILK-1L").text
    cashier = signed_in("grocery.cashier", name="Ana Lim")
    assert "Sold out for now" in cashier.client.get("/grocery/p/MILK-1L").text
    path, told = f"/grocery/staff/products/{milk}/stop", {"csrf_token": cashier.token}
    page = cashier.client.post(path, data=told, follow_redirects=True).text
    assert "Sell it again" in page


def test_a_retired_product_says_so_in_words(sent, milk, manager):
    seen = manager.client.get(f"/api/v1/grocery/products/{milk}").get_json()["version"]
    sent(f"products/{milk}/retire", version=str(seen))
    assert ">Retired<" in manager.client.get("/grocery/p/MILK-1L").text


def test_every_kind_of_list_that_buyers_see_has_a_word():
    assert set(LISTS) == set(LIST_KINDS) - {"supplier"}


def test_few_that_are_left_are_counted(sent, milk, client):
    receive(sent)
    assert "3 left" in client.get("/grocery/").text


def test_a_blocked_lot_is_not_sold(sent, milk, shelf, acting_as):
    receive(sent)
    with acting_as("grocery.stock.view", reads=True) as ctx:
        (lot,) = find_lots(ctx, FindLots()).lots
    assert sent(f"lots/{lot.id}/block", id=lot.id).status_code == 422
    assert sent(f"lots/{lot.id}/block", id=lot.id, reason="Glass found").status_code == 303
    assert shelf()[0].available == 0
    sent(f"lots/{lot.id}/unblock")
    assert shelf()[0].available == 3


def test_a_figure_says_where_it_comes_from(sent, milk, manager):
    receive(sent)
    receive(sent, quantity="4")
    page = manager.client.get(f"/grocery/staff/stock/{milk}").text
    assert "7 are on the shelf" in page
    assert re.findall(r'Change"[^>]*>\s*(\+\d)', page) == ["+4", "+3"]


def test_what_is_stopped_is_sold_out_until_it_is_resumed(sent, milk, shelf):
    receive(sent)
    sent(f"products/{milk}/stop")
    assert shelf()[0].stopped
    sent(f"products/{milk}/resume")
    assert not shelf()[0].stopped


def test_a_new_price_counts_from_now_on(sent, milk, shelf, clock, client):
    clock.advance(hours=1)
    assert sent(f"products/{milk}/prices", price="59.00").status_code == 303
    assert shelf()[0].amount_minor == 5900
    page = client.get("/grocery/p/MILK-1L").text
    assert "A later price of the same list holds now." in page


def test_a_price_begins_at_a_moment_of_the_town(sent, milk, shelf, clock):
    told = {"price": "70", "valid_from": "2026-03-02T12:00"}
    assert sent(f"products/{milk}/prices", **told).status_code == 303
    assert shelf()[0].amount_minor == 6250
    clock.set(2026, 3, 2, 4)
    assert shelf()[0].amount_minor == 7000
    again = sent(f"products/{milk}/prices", **told)
    assert again.status_code == 409
    assert "let yours begin at another one" in again.text


def test_renaming_changes_only_the_name(sent, milk, shelf, manager):
    form = {"id": milk, "version": "2", "name": "Fresh milk", "size": "1 L"}
    assert sent(f"products/{milk}", **form).status_code == 303
    (line,) = shelf(words="fresh")
    assert (line.code, line.amount_minor) == ("MILK-1L", 6250)
    assert sent(f"products/{milk}", **form).status_code == 412


def test_a_retired_product_is_found_by_its_shop_alone(sent, milk, shelf, client, manager):
    sent(f"products/{milk}/retire", version="2")
    assert shelf() == shelf(words="milk") == []
    assert client.get("/grocery/p/MILK-1L").status_code == 404
    assert "Retired" in manager.client.get("/grocery/staff/products?words=milk").text


def test_goods_are_found_by_their_category_and_brand(sent, shelf):
    sent("categories", code="dairy", name="Dairy")
    parent = {"code": "milk", "name": "Milk", "parent": "dairy"}
    sent("categories", **parent)
    sent("brands", code="BCH", name="Batangas")
    sent("products", **MILK, category="milk", brand="BCH")
    for wish in ({"category": "dairy"}, {"category": "milk"}, {"brand": "BCH"}):
        assert [line.code for line in shelf(**wish)] == ["MILK-1L"]
    assert shelf(category="bakery") == shelf(available=True) == []


def test_a_shelf_with_others_in_it_is_read_in_one_order(sent, acting_as):
    sent("categories", code="food", name="Food")
    for code in ("milk", "bread"):
        sent("categories", code=code, name=code, parent="food")
    for letter, on in zip("abcdefg", ("milk", "bread", "food") * 3, strict=False):
        told = {"code": letter, "name": f"Goods {letter}", "sold_by": "piece", "price": "1"}
        sent("products", **told, category=on)
    sent("products", code="x", name="Goods ax", sold_by="piece", price="1")
    for sort, order in (("name", "abcdefg"), ("newest", "gfedcba")):
        seen, after = "", ""
        for _page in range(4):
            wish = FindProducts(category="food", sort=sort, limit=2, after=after)
            with acting_as(reads=True) as ctx:
                page = find_products(ctx, wish)
            seen, after = seen + "".join(line.code for line in page.products), page.after
        assert (seen, after) == (order, "")


def test_who_reads_on_from_goods_that_are_gone_goes_on_where_they_stood(sent, shelf):
    for letter in "abc":
        sent("products", code=letter, name=f"Goods {letter}", sold_by="piece", price="1")
    (gone,) = [line.id for line in shelf() if line.code == "b"]
    sent(f"products/{gone}/retire", version="2")
    assert [line.code for line in shelf()] == ["a", "c"]
    assert [line.code for line in shelf(after=gone)] == ["c"]
    assert [line.code for line in shelf(after=gone, sort="newest")] == ["a"]
    assert shelf(after="nobody") == []


def test_shelves_are_read_page_by_page(sent, shelf, acting_as):
    for letter in "abcde":
        sent("products", code=letter, name=f"Goods {letter}", sold_by="piece", price="1")
    seen, after = [], ""
    for _page in range(3):
        with acting_as(reads=True) as ctx:
            page = find_products(ctx, FindProducts(limit=2, after=after))
        seen, after = seen + [line.code for line in page.products], page.after
    assert (seen, after) == (list("abcde"), "")
