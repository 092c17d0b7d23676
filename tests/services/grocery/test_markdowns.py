"""Goods get cheaper before their date: by rules, lot by lot, once a day, and never above it."""

from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.blocks.shops import goods
from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from tests.services.grocery.trading import at_once, trade, unsound
from townsquare.blocks import catalogue
from townsquare.core.errors import Invalid
from townsquare.services.grocery.commands.markdowns import (
    ApplyMarkdowns,
    DropMarkdownRule,
    PlanSale,
    SetMarkdownRule,
)
from townsquare.services.grocery.commands.orders import PickLine
from townsquare.services.grocery.commands.products import ChooseProduct
from townsquare.services.grocery.errors import RuleTaken
from townsquare.services.grocery.queries.products import show_product
from townsquare.services.grocery.rules.markdowns import Rule, rule_for
from townsquare.services.grocery.usecases.markdown_rules import (
    drop_markdown_rule,
    plan_sale,
    set_markdown_rule,
)
from townsquare.services.grocery.usecases.markdowns import apply_markdowns
from townsquare.services.grocery.usecases.picking import pick_line

__all__ = ["trade", "unsound"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
MANILA = ZoneInfo("Asia/Manila")
TWELFTH, LATER = date(2026, 3, 12), date(2026, 3, 20)
RULES = ((2, "30"), (1, "50"))


@pytest.fixture
def at(clock):
    """Let it be so late in Manila: `at(10, 9)` is nine o'clock on 10 March."""

    def run(day, hour=9, minute=0):
        clock.at = datetime(2026, 3, day, hour, minute, tzinfo=MANILA)

    run(1)
    return run


@pytest.fixture
def dairy(trade, stepping, at):
    """Yoghurt in its category: eight until 12 March, twenty until the 20th; and two rules."""

    def fill(ctx, shop):
        catalogue.add_category(ctx, shop, code="dairy", name="Dairy")
        yoghurt = goods("YOG", 6250, name="Yoghurt", category="dairy", perishable=True)
        catalogue.add_items(ctx, shop, [yoghurt])

    stepping(fill)
    trade.received("YOG", 8, lot="A", until=TWELFTH)
    trade.received("YOG", 20, lot="B", until=LATER)
    for days, percent in RULES:
        told = {"category": "dairy", "days_left": days, "percent": percent}
        trade.managed(set_markdown_rule, SetMarkdownRule.model_validate(told))
    return trade


@pytest.fixture
def marked(dairy):
    """Mark down; return how many lots have become cheaper."""
    return lambda day=None: dairy.managed(apply_markdowns, ApplyMarkdowns(day=day)).lots


def seen(trade):
    return trade.managed(show_product, ChooseProduct(code="YOG"))


def test_yoghurt_falls_by_a_third_and_by_half(dairy, marked, at):
    at(9)
    assert (marked(), seen(dairy).marked_minor) == (0, None)
    at(10, 0)
    assert (marked(), seen(dairy).marked_minor) == (1, 4375)
    at(11)
    assert (marked(), seen(dairy).marked_minor) == (1, 3125)
    at(12)
    assert (marked(), seen(dairy).marked_minor) == (0, 3125)
    at(13, 0)  # From the midnight that ends the 12th it is sold no more.
    assert (marked(), seen(dairy).marked_minor, seen(dairy).available) == (0, None, 20)


def test_a_second_run_changes_nothing_though_twenty_come_at_once(dairy, marked, at, town):
    at(10)
    told = at_once(*[partial(marked)] * 20)
    assert sorted(told) == [0] * 19 + [1]
    assert marked() == 0
    with town.database.connect() as connection:
        prices = "SELECT count(*) FROM catalogue_price WHERE lot_id IS NOT NULL"
        assert connection.execute(text(prices)).scalar_one() == 1


def test_a_day_to_come_can_be_marked_before_it_begins(dairy, marked, at):
    assert marked(date(2026, 3, 10)) == 1
    assert seen(dairy).marked_minor is None
    at(10, 0)
    assert seen(dairy).marked_minor == 4375
    with pytest.raises(Invalid):
        marked(date(2026, 3, 9))


def test_a_rule_is_set_once_for_its_day(dairy):
    told = {"category": "dairy", "days_left": 2, "percent": "40"}
    with pytest.raises(RuleTaken):
        dairy.managed(set_markdown_rule, SetMarkdownRule.model_validate(told))


def test_a_rule_that_was_removed_counts_no_longer(dairy, marked, at):
    told = {"product": "YOG", "days_left": 5, "percent": "10"}
    rule = dairy.managed(set_markdown_rule, SetMarkdownRule.model_validate(told))
    at(10)
    assert (marked(), seen(dairy).marked_minor) == (1, 5625)  # Its own rule alone counts.
    dairy.managed(drop_markdown_rule, DropMarkdownRule(id=rule.id, version=rule.version))
    at(11)
    assert (marked(), seen(dairy).marked_minor) == (1, 3125)


def test_only_the_pieces_of_the_lot_are_cheaper(dairy, marked, at, unsound):
    at(10)
    marked()
    cart = dairy.quoted("01ROSA", "YOG", 10)
    (line,) = cart.lines
    assert [(part.qty, part.amount_minor) for part in line.parts] == [(8, 4375), (2, 6250)]
    assert cart.total_minor == 8 * 4375 + 2 * 6250
    order = dairy.handed(dairy.placed("01ROSA", cart))
    assert dairy.seen(order).total_minor == 47500
    assert dairy.quoted("01IVO", "YOG", 1).total_minor == 6250
    assert unsound() == []


def test_a_cart_shows_before_checkout_what_it_will_cost(dairy, marked, at):
    at(10)
    marked()
    assert dairy.put("01ROSA", "YOG", 3).total_minor == 3 * 4375


def test_what_falls_before_it_is_ordered_is_simply_applied(dairy, marked, at, unsound):
    at(10, 23, 55)
    marked()
    cart = dairy.quoted("01ROSA", "YOG", 10)
    at(11, 0, 1)
    assert marked() == 1
    order = dairy.seen(dairy.placed("01ROSA", cart))
    assert (cart.total_minor, order.total_minor) == (47500, 8 * 3125 + 2 * 6250)
    assert unsound() == []


def test_a_short_line_costs_its_share_of_both(dairy, marked, at):
    at(10)
    marked()
    order = dairy.placed("01ROSA", dairy.quoted("01ROSA", "YOG", 10))
    (line,) = dairy.seen(order).lines
    dairy.managed(pick_line, PickLine(id=order, line=line.id, outcome="short", found=4))
    assert dairy.seen(order).total_minor == 19000  # Four tenths of 475.00.


def test_a_sale_below_the_markdown_wins(dairy, marked, at):
    at(10)
    marked()
    sale = {"price": "40.00", "starts": datetime(2026, 3, 10, 10, tzinfo=MANILA)}
    told = {**sale, "id": seen(dairy).id, "ends": datetime(2026, 3, 11, tzinfo=MANILA)}
    dairy.managed(plan_sale, PlanSale.model_validate(told))
    assert dairy.quoted("01ROSA", "YOG", 1).total_minor == 4375
    at(10, 12)
    assert seen(dairy).marked_minor is None
    assert dairy.quoted("01IVO", "YOG", 1).total_minor == 4000


def test_why_this_price_names_the_rule_and_the_lot(dairy, marked, at, client):
    at(10)
    marked()
    page = client.get("/grocery/p/YOG").text.replace("\xa0", " ")
    for said in ("43.75", "62.50", "Good until", "30 % off from 2 days before 2026-03-12, lot A"):
        assert said in page
    assert "You pay this for what is left of this lot" in page
    page = client.get("/grocery/").text
    assert "43.75" in page
    assert "62.50" in page


INTO = (
    "INSERT INTO grocery_markdown (lot_id, day, price_id, ppm, amount_minor, normal_minor, at)"
    " SELECT lot_id, '{day}', price_id, ppm, amount_minor, {normal}, at FROM grocery_markdown"
)


def write(town, statement):
    with town.database.begin() as connection:
        connection.exec_driver_sql(statement)


def test_the_database_refuses_a_second_markdown_of_a_day(dairy, marked, at, town):
    at(10)
    marked()
    again = INTO.format(day="2026-03-10", normal="normal_minor")
    drop_index(town, "uq_grocery_markdown_price")
    with pytest.raises(IntegrityError):
        write(town, again)
    drop_index(town, "uq_grocery_markdown_day")
    write(town, again)


def test_the_database_refuses_a_price_above_the_normal_one(dairy, marked, at, town):
    at(10)
    marked()
    above = INTO.format(day="2026-03-11", normal="amount_minor - 1")
    drop_index(town, "uq_grocery_markdown_price")
    with pytest.raises(IntegrityError, match="never_above"):
        write(town, above)
    drop_constraint(town, "ck_grocery_markdown_never_above", "grocery_markdown")
    write(town, above)


def test_the_database_keeps_a_markdown_as_it_was(dairy, marked, at, town):
    at(10)
    marked()
    dearer = "UPDATE grocery_markdown SET normal_minor = 99999"
    with pytest.raises(IntegrityError, match="grocery_markdown"):
        write(town, dearer)
    drop_trigger(town, "grocery_markdown_stays", "grocery_markdown")
    write(town, dearer)


@pytest.mark.parametrize(
    ("item", "left", "percent"),
    [(1, 4, None), (1, 3, 5), (2, 2, 30), (2, 1, 50), (2, 0, 50), (2, -1, None), (3, 6, 70)],
)
def test_the_nearest_rule_for_the_fewest_days_counts(item, left, percent):
    dairy, top = 10, 11
    rules = [
        Rule(None, 1, 3, 50_000),
        Rule(dairy, None, 2, 300_000),
        Rule(dairy, None, 1, 500_000),
        Rule(top, None, 6, 700_000),
    ]
    shelves = [top] if item == 3 else [dairy, top]
    found = rule_for(rules, item=item, shelves=shelves, days_left=left)
    assert (found.ppm // 10_000 if found else None) == percent


def test_prices_of_a_month_are_those_of_the_plan(dairy, at, client):
    """The figures of the plan: a sale ends by itself, and the lowest price is told beside it."""
    sale = {"starts": datetime(2026, 3, 3, tzinfo=MANILA), "price": "57.00"}
    told = {**sale, "id": seen(dairy).id, "ends": datetime(2026, 3, 6, tzinfo=MANILA)}
    dairy.managed(plan_sale, PlanSale.model_validate(told))
    paid = {}
    for day in (2, 4, 6):
        at(day)
        paid[day] = seen(dairy).pays_minor
        if day == 4:
            page = client.get("/grocery/p/YOG").text
            assert "Lowest price in the 30 days before this offer" in page
            assert seen(dairy).lowest_minor == 6250
    assert paid == {2: 6250, 4: 5700, 6: 6250}
    at(10)

    def lowest(ctx, shop):
        variant = catalogue.variant_of(ctx, shop, "YOG").id
        return catalogue.lowest_in_30_days(ctx, shop, [variant])[variant].amount_minor

    assert dairy.stepping(lowest) == 5700


def test_a_sale_ends_after_it_has_begun(dairy):
    moment = datetime(2026, 3, 3, tzinfo=MANILA)
    told = {"id": seen(dairy).id, "price": "57.00", "starts": moment, "ends": moment}
    with pytest.raises(Invalid):
        dairy.managed(plan_sale, PlanSale.model_validate(told))


def test_the_manager_sets_rules_and_plans_sales_on_pages(dairy, manager):
    client, token = manager.client, {"csrf_token": manager.token}
    page = client.get("/grocery/staff/markdowns").text
    assert "Dairy" in page
    told = {**token, "category": "dairy", "days_left": "2", "percent": "40"}
    taken = client.post("/grocery/staff/markdowns", data=told)
    assert (taken.status_code, "There is a rule for this day already" in taken.text) == (409, True)
    made = client.post("/grocery/staff/markdowns", data={**told, "days_left": "5"})
    assert made.status_code == 303
    product = seen(dairy).id
    path = f"/grocery/staff/products/{product}/sale"
    assert "A sale of Yoghurt" in client.get(path).text
    sale = {"price": "57.00", "starts": "2026-03-03T00:00", "ends": "2026-03-06T00:00"}
    assert client.post(path, data={**token, **sale}).status_code == 303
    assert "57.00" in client.get(f"/grocery/staff/products/{product}").text
    wrong = client.post(path, data={**token, **sale, "ends": "2026-03-01T00:00"})
    assert (wrong.status_code, "an end that comes after" in wrong.text) == (422, True)
