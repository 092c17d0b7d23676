"""The figures of the shop add up, say how they come about, and can be saved without formulas."""

import csv
from io import BytesIO, StringIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from tests.access.shopping import buy
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.products import ChooseProduct, ReviseProduct
from townsquare.services.grocery.commands.reports import AskReport
from townsquare.services.grocery.commands.shelves import AddCategory
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.queries.products import show_product
from townsquare.services.grocery.queries.reports import KINDS, read_report
from townsquare.services.grocery.usecases.products import revise_product
from townsquare.services.grocery.usecases.receiving import receive_goods
from townsquare.services.grocery.usecases.shelves import add_category

ADDRESS = "/api/v1/grocery/reports"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LENA = Actor(4, "Lena Cruz", MANAGING | {"public"})
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def sold(shelves, manager, town):
    """Two orders of two milk each, at 62.50: one to be picked, one handed over."""
    return buy(town, manager.person, "MILK")


@pytest.fixture
def asking(town):
    """Ask for a report as Lena."""

    def ask(name, **days):
        with town.working(LENA, reads=True) as ctx:
            return read_report(ctx, AskReport.model_validate({"name": name, **days}))

    return ask


@pytest.mark.usefixtures("sold")
def test_sales_and_tax_are_those_of_the_orders(asking):
    days = asking("sales-days")
    assert len(days.rows) == 30
    assert days.rows[-1] == [days.until.isoformat(), 2, 25000, 2678]
    assert sum(row[2] for row in days.rows[:-1]) == 0
    assert asking("sales-categories").rows == [["", 2, 2, 25000]]
    assert asking("tax").rows == [["12 %", 25000 - 2678, 2678, 25000]]
    assert [row[4] for row in asking("orders").rows] == [12500, 12500]


@pytest.mark.usefixtures("shelves")
def test_a_day_is_one_of_the_shop(manager, town, clock, asking):
    clock.set(2026, 3, 5, 15, 30)  # Half past eleven at night in Manila.
    buy(town, manager.person, "MILK")
    clock.set(2026, 3, 5, 16, 30)
    assert asking("sales-days").rows[-2:] == [
        ["2026-03-05", 2, 25000, 2678],
        ["2026-03-06", 0, 0, 0],
    ]


@pytest.mark.usefixtures("sold")
def test_other_days_have_nothing(asking):
    assert asking("sales-days", since="2020-01-01", until="2020-01-31").rows == []
    assert asking("tax", since="2020-01-01", until="2020-01-31").rows == []


@pytest.mark.usefixtures("shelves")
def test_stock_and_margin_are_at_cost(manager, town, asking):
    buy(town, manager.person, "MILK")
    assert asking("margin").rows == []  # Nobody has said what this milk has cost.
    goods = {"product": "BREAD", "qty": 4, "cost": "100", "expires_on": "2026-03-10"}
    with town.working(LENA) as ctx:
        receive_goods(ctx, ReceiveGoods.model_validate(goods))
    value = asking("stock-value")
    assert value.rows[0][4:] == [10000, 2]
    buy(town, manager.person, "BREAD")  # One order of two is handed over.
    assert asking("stock-value").rows[0][4] == 5000
    ((number, _day, net, cost, margin, share),) = asking("margin").rows
    assert (net, cost, margin) == (15982, 5000, 10982)
    assert (number[:4], share) == ("OGS-", "68.7 %")


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_report_can_be_read_and_saved(manager, name):
    page = manager.client.get(f"/grocery/staff/reports/{name}")
    assert page.status_code == 200
    told = manager.client.get(f"{ADDRESS}/{name}").get_json()
    assert told["how"]
    assert told["as_of"]
    heads = [head["title"] for head in told["columns"]]
    saved = manager.client.get(f"{ADDRESS}/{name}", headers={"Accept": "text/csv"})
    table = list(csv.reader(StringIO(saved.data.decode("utf-8-sig"))))
    assert table[0] == heads
    assert len(table) == len(told["rows"]) + 1
    for kind, mark in (("application/pdf", b"%PDF"), (XLSX, b"PK")):
        answer = manager.client.get(f"{ADDRESS}/{name}", headers={"Accept": kind})
        assert (answer.mimetype, answer.data[: len(mark)]) == (kind, mark)


@pytest.mark.usefixtures("sold")
def test_no_text_becomes_a_formula(town, manager):
    with town.working(LENA) as ctx:
        add_category(ctx, AddCategory(code="bad", name="=1+1"))
        milk = show_product(ctx, ChooseProduct(code="MILK"))
        wish = ReviseProduct(id=milk.id, version=milk.version, category="bad")
        revise_product(ctx, wish)
    where = "/grocery/staff/reports/sales-categories"
    assert "'=1+1" in manager.client.get(f"{where}?as=csv").text
    book = ZipFile(BytesIO(manager.client.get(f"{where}?as=xlsx").data))
    sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (it is ours)
    assert sheet.findall(f".//{SHEET}f") == []
    texts = [cell.text for cell in sheet.iter(f"{SHEET}t")]
    assert "=1+1" in texts
    assert [cell.text for cell in sheet.iter(f"{SHEET}v")][-1] == "250.00"


@pytest.mark.usefixtures("sold")
def test_what_cannot_be_asked_is_said(manager, signed_in):
    assert manager.client.get(f"{ADDRESS}/secrets").status_code == 404
    wrong = f"{ADDRESS}/tax?since=2026-03-02&until=2026-03-01"
    assert manager.client.get(wrong).get_json()["code"] == "grocery.bad-span"
    assert manager.client.get(f"{ADDRESS}/tax?since=2024-01-01&until=2026-03-01").status_code == 422
    page = manager.client.get(f"/grocery/staff/reports/{wrong.rpartition('/')[2]}")
    assert page.status_code == 422
    assert "A report looks at 1 to 366 days" in page.text
    assert ('value="2026-03-02"' in page.text, 'value="2026-03-01"' in page.text) == (True, True)
    page = manager.client.get("/grocery/staff/reports/tax?since=yesterday")
    assert (page.status_code, 'value="yesterday"' in page.text) == (422, True)
    page = manager.client.get("/grocery/staff/reports/secrets?since=yesterday")
    assert (page.status_code, "There is no report secrets" in page.text) == (404, True)
    cashier = signed_in("grocery.cashier", name="Kofi Mensah")
    assert cashier.client.get(f"{ADDRESS}/tax").status_code == 403
    books = signed_in("grocery.accountant", name="Paul Aquino")
    assert books.client.get("/grocery/staff/reports/tax").status_code == 200


@pytest.mark.usefixtures("sold")
def test_the_desk_says_what_needs_doing(manager, signed_in):
    page = manager.client.get("/grocery/staff").text
    assert "orders to pick" in page
    assert 'data-from="days"' in page
    cashier = signed_in("grocery.cashier", name="Kofi Mensah").client.get("/grocery/staff").text
    assert "orders to pick" in cashier
    assert "data-from" not in cashier


def test_before_the_shop_opens_the_desk_only_shows_the_ways(manager):
    assert "What needs doing" not in manager.client.get("/grocery/staff").text
