"""How pages of the shop look in a browser: what belongs together stands together, in words."""

import pytest

from tests.browser.soundness import Visit

LINES = """(found) => { const range = document.createRange(); range.selectNodeContents(found);
  return new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size; }"""
GAP = """(cell) => Math.round(cell.children[1].getBoundingClientRect().left
  - cell.children[0].getBoundingClientRect().right)"""
EDGE = """(cell) => Math.round(cell.getBoundingClientRect().right
  - cell.lastElementChild.getBoundingClientRect().right)"""


def sound_at(page, address, path):
    """Return what a page owes, as it came and in the other looks."""
    return Visit(page, address).complaints(path, also=[("dark", 1280), ("dark", 390)])


def test_the_heading_of_the_shelves_stands_on_one_line(come_as, town_address):
    page = come_as("a guest", "light", 1280)
    page.goto("/grocery/")
    assert page.locator("main nav > p").evaluate(LINES) == 1
    assert sound_at(page, town_address, "/grocery/") == []


def test_a_shelf_says_how_much_it_has_and_not_how_much_the_shop_has(come_as, town_address):
    page = come_as("a guest", "light", 390)
    page.goto("/grocery/?category=bread-cakes")
    shown = page.locator("main li article").count()
    there = int(page.locator("h1 + p").inner_text().split()[0])
    assert shown <= there < 100


def test_two_tags_of_one_cell_stand_side_by_side_on_a_phone(come_as, town_address):
    page = come_as("Tomas Lindqvist", "light", 390)
    page.goto("/grocery/staff/transfers")
    cell = page.locator("td").filter(has_text="1 differs")
    assert 0 < cell.evaluate(GAP) <= 16
    assert cell.evaluate(EDGE) <= 1
    assert sound_at(page, town_address, "/grocery/staff/transfers") == []


def test_every_account_of_the_books_has_a_name(come_as, town_address):
    page = come_as("Paul Aquino", "light", 390)
    page.goto("/grocery/staff/books")
    rows = page.locator("tbody tr:not(.fw-semibold) td:first-child")
    codes = page.locator("tbody tr:not(.fw-semibold) td:first-child .small")
    both = zip(rows.all_inner_texts(), codes.all_inner_texts(), strict=True)
    assert [code for text, code in both if text.strip() == code.strip()] == []
    assert "Left on a gift card" in " ".join(rows.all_inner_texts())


@pytest.mark.parametrize("width", [390, 1280])
def test_a_bar_of_a_day_is_called_by_its_day(come_as, town_address, width):
    page = come_as("Lena Cruz", "light", width)
    page.goto("/grocery/staff/reports/sales-days")
    shorts = page.locator("td[data-short]").evaluate_all(
        "(cells) => cells.map((cell) => cell.dataset.short)"
    )
    assert len(shorts) > 10
    assert max(map(len, shorts)) <= 6
    assert sound_at(page, town_address, "/grocery/staff/reports/sales-days") == []


def test_what_was_called_back_says_so_in_words(come_as, town_address):
    page = come_as("Kofi Mensah", "light", 390)
    page.goto("/grocery/staff/returns")
    reasons = page.locator("td[data-label=Why]").all_inner_texts()
    assert "It was called back" in " ".join(reasons)
    assert "recall" not in " ".join(reasons)
    assert sound_at(page, town_address, "/grocery/staff/returns") == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_cart_stands_beside_the_goods_and_stays_in_view(come_as, town_address, width):
    page = come_as("a guest", "light", width)
    page.goto("/grocery/")
    page.locator("button[form=add]").nth(5).click()
    page.wait_for_url("**#p-*")
    cart = page.get_by_role("link", name="Go to the cart").filter(visible=True)
    assert cart.count() == 1  # The bar of a phone, or the card of a wide screen.
    page.locator("main li article").nth(8).scroll_into_view_if_needed()
    box = cart.bounding_box()
    assert 0 <= box["y"] <= page.viewport_size["height"] - box["height"]
    assert "1 in your cart" in page.locator("main article").nth(5).inner_text()
    assert sound_at(page, town_address, "/grocery/") == []


def test_an_empty_cell_of_a_report_says_no_more_than_that(come_as, town_address):
    page = come_as("Lena Cruz", "light", 390)
    page.goto("/grocery/staff/reports/catalogue")
    sizes = page.locator("td[data-label=Size]").all_inner_texts()
    assert "without a category" not in " ".join(sizes)
    barcodes = page.locator("td[data-label=Barcode]").all_inner_texts()
    assert {len(one.strip()) for one in barcodes} <= {1, 8, 13}  # As a label prints them.
    assert page.locator("input[name=since]").count() == 0  # It is as it is now.
    page.goto("/grocery/staff/reports/sales-days")
    assert page.locator("input[name=since]").count() == 1
