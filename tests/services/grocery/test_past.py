"""What was there at a past moment, as pages and calls tell it."""

import pytest

from tests.services.grocery.keeping import API, lena, sells, tomas

__all__ = ["lena", "sells", "tomas"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def sold(shelves, sells, clock):
    """Twenty milk at ten in the morning in Manila, of which two were sold at half past."""
    clock.advance(minutes=30)
    sells("MILK", 2)


def figure(page):
    return {line["product"]: line["qty"] for line in page.get_json()["lines"]}


def test_a_past_moment_says_what_was_there_then(sold, tomas):
    told = [
        figure(tomas.get(f"{API}/at?time=2026-03-02T{at}%2B08:00"))
        for at in ("09:59:59", "10:00:00", "10:29:59", "10:30:00")
    ]
    full = {"MILK": 20, "BREAD": 10, "TOMATO": 5000}
    assert told == [{}, full, full, {**full, "MILK": 18}]
    assert figure(tomas.get(f"{API}/at")) == {**full, "MILK": 18}
    assert figure(tomas.get(f"{API}/at?product=milk")) == {"MILK": 18}


def test_the_page_reads_a_moment_of_the_town(sold, tomas):
    page = tomas.get("/grocery/staff/stock/at?time=2026-03-02T10:15&product=MILK").text
    assert 'value="2026-03-02T10:15"' in page
    assert ">20</td>" in page
    page = tomas.get("/grocery/staff/stock/at?time=2026-03-02T09:00").text
    assert "Nothing was there." in page


def test_each_place_and_what_is_on_its_way_are_told(sold, tomas, lena):
    lena.post("/grocery/staff/places/new", code="BACK", name="Store room")
    way = {"from_place": "SHELF", "to_place": "BACK"}
    lines = [{"product": "MILK", "qty": 5}]
    tomas.call("/moves", **way, lines=lines)
    tomas.call("/transfers", **way, lines=lines)
    page = tomas.get("/grocery/staff/stock/at?product=MILK").text
    assert "Shelves 8" in page
    assert "Store room 5" in page
    assert "on its way 5" in page


def test_past_figures_are_read_page_by_page(sold, tomas):
    seen, after = [], ""
    for _page in range(3):
        page = tomas.get(f"{API}/at?limit=1&after={after}").get_json()
        seen, after = seen + [line["product"] for line in page["lines"]], page["after"]
    assert (seen, after) == (["BREAD", "TOMATO", "MILK"], "")


@pytest.mark.parametrize("typed", ["yesterday", "2026-02-31T10:00:00Z", "0001-01-01T00:00:00Z"])
def test_a_moment_that_nobody_can_mean_is_refused(sold, tomas, typed):
    tomas.get(f"{API}/at?time={typed}", 422)


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("time=2026-03-02T1015", 422, "Enter a date and a time."),
        ("time=0001-01-01T00:00", 422, "is no date that can be meant"),
        ("time=2026-03-02T10:15&product=NOSUCH", 422, "This shop has no NOSUCH"),
    ],
)
def test_what_was_typed_stays_when_nobody_can_tell_what_was_there(sold, tomas, asked, status, said):
    page = tomas.get(f"/grocery/staff/stock/at?{asked}", status).text
    assert said in page
    assert "There is a problem" in page
    assert [typed for typed in asked.replace("=", "&").split("&")[1::2] if typed not in page] == []
