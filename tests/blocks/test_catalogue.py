"""Goods of a shop: added one by one or by the thousand, changed, found, stopped."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from tests.blocks.shops import MADE, goods, set_up
from townsquare.blocks import catalogue
from townsquare.core.errors import BadDate, Invalid, StaleVersion, UnknownField

pytestmark = pytest.mark.engines("sqlite", "postgresql")
BARCODE = "4006381333931"


@pytest.fixture
def other_shop(doing):
    """Another shop in the same town."""
    return doing(set_up, code="two", service="pizza", name="Two", currency="EUR")


@pytest.fixture
def statements(town):
    """Every statement that SQLAlchemy sends."""
    seen = []

    def listen(_connection, _cursor, text, *_rest):
        seen.append(text)

    event.listen(town.database, "before_cursor_execute", listen)
    return seen


def test_a_shop_is_found_by_its_code_in_any_case(doing, ogs, other_shop):
    assert doing(catalogue.shop_of, "OGS") == ogs
    assert doing(catalogue.shops_of, "grocery") == [ogs]
    assert (ogs.currency, ogs.prices_include_tax, ogs.tax_region) == ("PHP", True, "PH")
    with pytest.raises(catalogue.UnknownShop):
        doing(catalogue.shop_of, "three")


def test_no_two_shops_of_the_town_have_one_code(doing, ogs):
    with pytest.raises(catalogue.CodeTaken):
        doing(catalogue.open_shop, **{**MADE, "code": "OGS", "service": "pizza"})


@pytest.mark.parametrize(
    "facts",
    [
        {"currency": "peso"},
        {"currency": "php"},
        {"zone": "Manila"},
        {"zone": "../etc"},
        {"code": ""},
        {"code": "x" * 21},
        {"name": " "},
        {"name": "a\u202eb"},
    ],
)
def test_a_shop_that_nobody_could_run_is_refused(doing, facts):
    with pytest.raises(Invalid):
        doing(catalogue.open_shop, **{**MADE, **facts})


def test_a_shop_pauses_and_opens_again(doing, ogs):
    until = datetime(2026, 3, 9, tzinfo=UTC)
    card = doing(catalogue.revise_shop, ogs, version=1, paused_until=until, about="Closed\nfor now")
    assert (card.paused_until, card.about, card.version) == (until, "Closed\nfor now", 2)
    assert card.shop == ogs
    assert doing(catalogue.revise_shop, ogs, paused_until=None).paused_until is None
    assert doing(catalogue.shop_card, "ogs").about == "Closed\nfor now"
    with pytest.raises(StaleVersion):
        doing(catalogue.revise_shop, ogs, version=1, name="New")
    with pytest.raises(UnknownField):
        doing(catalogue.revise_shop, ogs, currency="EUR")


def test_goods_are_found_by_their_code_in_any_case(doing, ogs, other_shop, milk):
    assert doing(catalogue.variant_of, ogs, "milk-1l") == milk
    assert doing(catalogue.item_of, ogs, "Milk-1L").name == "Whole milk"
    assert milk.full_name == "Whole milk"
    for step, error in (
        (catalogue.variant_of, catalogue.UnknownVariant),
        (catalogue.item_of, catalogue.UnknownItem),
    ):
        with pytest.raises(error):
            doing(step, other_shop, "MILK-1L")


def test_a_code_in_another_case_is_taken(doing, ogs, milk):
    with pytest.raises(catalogue.CodeTaken):
        doing(catalogue.add_item, ogs, goods("Milk-1l"))
    with pytest.raises(catalogue.CodeTaken):
        doing(catalogue.add_variant, ogs, milk.item_id, new=catalogue.NewVariant("MILK-1l"))


def test_another_shop_may_have_the_same_codes(doing, ogs, other_shop, milk):
    item = doing(catalogue.add_item, other_shop, goods("MILK-1L"))
    assert item.id != milk.item_id


def test_two_goods_may_cost_the_same(doing, ogs, milk, selling):
    assert selling("YOG-500", 6250).code == "YOG-500"


def test_perishable_goods_come_in_lots(doing, ogs, milk, bread, tomatoes):
    assert (milk.perishable, milk.lot_policy) == (True, "lot")
    assert (bread.perishable, bread.lot_policy) == (False, "none")
    assert (tomatoes.base_unit, tomatoes.sold_by) == ("g", "weight")
    with pytest.raises(catalogue.LotDateRequired):
        doing(catalogue.add_item, ogs, goods("EGGS", perishable=True, lot_policy="none"))
    with pytest.raises(catalogue.LotDateRequired):
        doing(catalogue.revise_item, ogs, bread.item_id, perishable=True)


@pytest.mark.parametrize(
    "facts",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"kind": "pizza"},
        {"base_unit": "kg"},
        {"hs_code": "1" * 11},
        {"lot_policy": "serial", "tracked": False},
        {"variant": {"content_qty": 5}},
        {"variant": {"content_qty": 0, "content_unit": "g"}},
        {"variant": {"weight_g": -1}},
        {"variant": {"max_per_order": 0}},
        {"variant": {"tolerance_ppm": 1_000_001}},
        {"variant": {"sold_by": "weight"}},
        {"variant": {"units": {"case": 0}}},
        {"variant": {"allergens": {"grass": "contains"}}},
        {"variant": {"allergens": {"milk": "perhaps"}}},
    ],
)
def test_goods_that_make_no_sense_are_refused(doing, ogs, facts):
    with pytest.raises(Invalid):
        doing(catalogue.add_item, ogs, goods("JAM-330", **facts))


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"tax_class": "books"}, catalogue.UnknownTaxClass),
        ({"brand": "BCH"}, catalogue.UnknownBrand),
        ({"category": "DAIRY"}, catalogue.UnknownCategory),
        (
            {"variant": {"prices": (catalogue.NewPrice(1, price_list="gold"),)}},
            catalogue.UnknownPriceList,
        ),
        (
            {"variant": {"prices": (catalogue.NewPrice(1), catalogue.NewPrice(2))}},
            catalogue.PriceStartTaken,
        ),
    ],
)
def test_goods_refer_only_to_what_the_shop_has(doing, ogs, facts, error):
    with pytest.raises(error):
        doing(catalogue.add_item, ogs, goods("JAM-330", **facts))


def test_only_what_is_named_changes(doing, ogs, milk, other_shop):
    doing(catalogue.add_brand, ogs, code="BCH", name="Batangas")
    before = doing(catalogue.item_of, ogs, "MILK-1L")
    after = doing(catalogue.revise_item, ogs, before.id, version=1, name="Fresh milk", brand="bch")
    assert (after.name, after.version) == ("Fresh milk", 2)
    assert after.brand_id is not None
    assert (after.code, after.status, after.perishable) == ("MILK-1L", "active", True)
    assert doing(catalogue.revise_item, ogs, before.id, brand=None).brand_id is None
    with pytest.raises(StaleVersion):
        doing(catalogue.revise_item, ogs, before.id, version=2, name="Old milk")
    with pytest.raises(UnknownField):
        doing(catalogue.revise_item, ogs, before.id, code="MILK-2")
    with pytest.raises(catalogue.UnknownItem):
        doing(catalogue.revise_item, other_shop, before.id, name="Not mine")
    (price,) = doing(catalogue.prices_in_force, ogs, [catalogue.PriceAsk(milk.id)])
    assert price.amount_minor == 6250  # A new name changes no price.


def test_a_variant_changes_field_by_field(doing, ogs, milk):
    told = {"size": "1 L", "max_per_order": 12}
    after = doing(catalogue.revise_variant, ogs, milk.id, version=1, **told)
    assert (after.size, after.max_per_order, after.content_qty) == ("1 L", 12, 1000)
    assert after.full_name == "Whole milk 1 L"
    with pytest.raises(Invalid):
        doing(catalogue.revise_variant, ogs, milk.id, content_unit=None)
    with pytest.raises(StaleVersion):
        doing(catalogue.revise_variant, ogs, milk.id, version=1, size="2 L")


def test_retired_goods_are_known_and_not_sold(doing, ogs, milk, bread):
    doing(catalogue.retire_item, ogs, milk.item_id)
    assert doing(catalogue.variant_of, ogs, "MILK-1L").sellable is False
    with pytest.raises(catalogue.NotSold):
        doing(catalogue.sold_variants, ogs, [bread.id, milk.id])
    assert list(doing(catalogue.sold_variants, ogs, [bread.id])) == [bread.id]


def test_what_is_sold_out_is_not_sold_until_somebody_resumes_it(doing, ogs, milk, clock):
    doing(catalogue.stop_selling, ogs, [milk.id], reason="spilt")
    doing(catalogue.stop_selling, ogs, [milk.id], reason="spilt again")
    with pytest.raises(catalogue.NotSold):
        doing(catalogue.sold_variants, ogs, [milk.id])
    doing(catalogue.resume_selling, ogs, [milk.id])
    assert doing(catalogue.sold_variants, ogs, [milk.id])
    hour = clock() + timedelta(hours=1)
    doing(catalogue.stop_selling, ogs, [milk.id], source="schedule", until=hour)
    doing(catalogue.resume_selling, ogs, [milk.id])  # Another source has stopped it.
    with pytest.raises(catalogue.NotSold):
        doing(catalogue.sold_variants, ogs, [milk.id])
    clock.advance(hours=1)
    assert doing(catalogue.sold_variants, ogs, [milk.id])
    with pytest.raises(Invalid):
        doing(catalogue.stop_selling, ogs, [milk.id], until=clock())


def test_a_scan_finds_goods_by_any_of_their_numbers(doing, ogs, other_shop, milk, bread):
    doing(catalogue.add_identifier, ogs, milk.id, value=BARCODE)
    doing(catalogue.add_identifier, ogs, milk.id, value="0-306-40615-2", scheme="isbn")
    doing(catalogue.add_identifier, ogs, bread.id, value="04252614", short=True)
    doing(catalogue.add_identifier, ogs, bread.id, value="Shelf 7", scheme="sku")
    texts = [BARCODE, "0" + BARCODE, "4006-381333931", "9780306406157", "milk-1l"]
    assert {doing(catalogue.find_scanned, ogs, text).id for text in texts} == {milk.id}
    for text, short in (("042100005264", False), ("04252614", True), ("SHELF 7", False)):
        assert doing(catalogue.find_scanned, ogs, text, short=short).id == bread.id
    assert doing(catalogue.numbers_of, [milk.id])[milk.id] == [
        ("gtin", "04006381333931"),
        ("isbn", "9780306406157"),
    ]
    for shop, text in ((ogs, "04252614"), (ogs, ""), (other_shop, BARCODE)):
        with pytest.raises(catalogue.UnknownVariant):
            doing(catalogue.find_scanned, shop, text)


def test_a_number_belongs_to_one_variant_of_a_shop(doing, ogs, milk, bread):
    doing(catalogue.add_identifier, ogs, milk.id, value=BARCODE)
    with pytest.raises(catalogue.IdentifierTaken):
        doing(catalogue.add_identifier, ogs, bread.id, value="4006 3813 33931")
    with pytest.raises(catalogue.IdentifierTaken):
        doing(catalogue.add_item, ogs, coded("JAM-330", BARCODE))
    with pytest.raises(catalogue.BadCheckDigit):
        doing(catalogue.add_identifier, ogs, bread.id, value="4006381333932")
    doing(catalogue.remove_identifier, ogs, milk.id, value=BARCODE)
    assert doing(catalogue.add_identifier, ogs, bread.id, value=BARCODE) == "0" + BARCODE


def coded(code, *barcodes, **facts):
    numbers = tuple(catalogue.NewIdentifier(barcode) for barcode in barcodes)
    return goods(code, variant={"identifiers": numbers, **facts.pop("variant", {})}, **facts)


def test_what_is_known_of_a_variant_is_said_by_its_source(doing, ogs, milk):
    case = doing(catalogue.add_unit, ogs, milk.id, code="case", base_qty=12)
    assert doing(catalogue.units_of, [milk.id]) == {milk.id: [case]}
    with pytest.raises(catalogue.CodeTaken):
        doing(catalogue.add_unit, ogs, milk.id, code="Case", base_qty=24)
    doing(catalogue.set_allergens, ogs, milk.id, levels={"milk": "contains", "nuts": "traces"})
    doing(catalogue.set_allergens, ogs, milk.id, levels={"milk": "contains"})
    assert doing(catalogue.allergens_of, [milk.id]) == {milk.id: {"milk": "contains"}}
    fat, salt = catalogue.NewFact("fat", "3.5", "g"), catalogue.NewFact("salt", "0.1", "g")
    doing(catalogue.set_facts, ogs, milk.id, facts=[fat, salt], source="label")
    doing(catalogue.set_facts, ogs, milk.id, facts=[salt], source="laboratory")
    doing(catalogue.set_facts, ogs, milk.id, facts=[fat], source="label")
    told = doing(catalogue.facts_of, [milk.id])[milk.id]
    assert {(fact.code, fact.source) for fact in told} == {("salt", "laboratory"), ("fat", "label")}


def test_a_category_never_stands_inside_itself(doing, ogs):
    doing(catalogue.add_category, ogs, code="FOOD", name="Food")
    doing(catalogue.add_category, ogs, code="DAIRY", name="Dairy", parent="food")
    milk = doing(catalogue.add_category, ogs, code="MILK", name="Milk", parent="DAIRY")
    for parent in ("FOOD", "MILK", "dairy"):
        with pytest.raises(catalogue.CategoryLoop):
            doing(catalogue.move_category, ogs, "FOOD", parent=parent)
    top = doing(catalogue.move_category, ogs, "MILK", parent=None, version=milk.version)
    assert top.parent_id is None
    assert [found.name for found in doing(catalogue.categories_of, ogs)] == [
        "Dairy",
        "Food",
        "Milk",
    ]


def test_a_name_is_used_once_on_each_shelf(doing, ogs):
    doing(catalogue.add_category, ogs, code="FOOD", name="Food")
    doing(catalogue.add_category, ogs, code="PETS", name="Pets")
    doing(catalogue.add_category, ogs, code="CATS", name="Food", parent="PETS")
    with pytest.raises(catalogue.NameTaken):
        doing(catalogue.add_category, ogs, code="MORE", name="FOOD")
    with pytest.raises(catalogue.NameTaken):
        doing(catalogue.move_category, ogs, "CATS", parent=None)
    with pytest.raises(catalogue.NameTaken):
        doing(catalogue.revise_category, ogs, "PETS", name="food")
    with pytest.raises(catalogue.CodeTaken):
        doing(catalogue.add_category, ogs, code="food", name="Other")
    assert doing(catalogue.revise_category, ogs, "PETS", name="For pets").version == 2


def test_what_is_in_use_is_not_removed(doing, ogs, selling):
    doing(catalogue.add_category, ogs, code="FOOD", name="Food")
    doing(catalogue.add_category, ogs, code="JAM", name="Jam", parent="FOOD")
    doing(catalogue.add_brand, ogs, code="BCH", name="Batangas")
    jam = selling("JAM-330", category="JAM", brand="BCH")
    for step, code in (
        (catalogue.remove_category, "FOOD"),
        (catalogue.remove_category, "JAM"),
        (catalogue.remove_brand, "BCH"),
    ):
        with pytest.raises(catalogue.InUse):
            doing(step, ogs, code)
    doing(catalogue.revise_item, ogs, jam.item_id, category=None, brand=None)
    for code in ("jam", "food"):
        doing(catalogue.remove_category, ogs, code)
    doing(catalogue.remove_brand, ogs, "bch")
    assert doing(catalogue.categories_of, ogs) == doing(catalogue.brands_of, ogs) == []


def test_a_delivery_refuses_what_is_wrong_and_takes_the_rest(doing, ogs, milk):
    told = doing(
        catalogue.add_items,
        ogs,
        [
            goods("MILK-1l"),
            coded("JAM-330", BARCODE),
            coded("JAM-350", BARCODE),
            goods("jam-330"),
            goods("", name="Nothing"),
            coded("TEA", "4006381333932"),
            goods("EGGS", tax_class="books"),
            goods("SALT", variant={"units": {"case": 12}, "facts": (catalogue.NewFact("a", "1"),)}),
        ],
    )
    assert set(told.items) == set(told.variants) == {"JAM-330", "SALT"}
    assert [(refused.code, refused.error.code) for refused in told.refused] == [
        ("MILK-1l", "catalogue.code-taken"),
        ("JAM-350", "catalogue.identifier-taken"),
        ("jam-330", "catalogue.code-taken"),
        ("", "core.invalid"),
        ("TEA", "catalogue.bad-check-digit"),
        ("EGGS", "catalogue.unknown-tax-class"),
    ]
    again = doing(catalogue.add_items, ogs, [goods("JAM-330"), goods("SALT")])
    assert (again.items, len(again.refused)) == ({}, 2)


def test_what_an_item_has_taken_is_free_again_when_the_item_is_refused(doing, ogs):
    told = doing(
        catalogue.add_items,
        ogs,
        [coded("JAM-330", BARCODE, variant={"weight_g": 0}), coded("JAM-350", BARCODE)],
    )
    assert set(told.items) == {"JAM-350"}


def test_a_delivery_of_hundreds_costs_few_statements(doing, ogs, statements):
    facts = (catalogue.NewFact("fat", "1", "g"), catalogue.NewFact("salt", "2", "g"))
    numbers = [catalogue.NewIdentifier(f"S{n}", "sku") for n in range(300)]
    news = [
        goods(f"G{n}", variant={"identifiers": (numbers[n],), "facts": facts}) for n in range(300)
    ]
    statements.clear()
    doing(catalogue.add_items, ogs, news)
    assert len(statements) <= 14
    statements.clear()
    variants = doing(lambda ctx: list(ctx.db.scalars(select(catalogue.VARIANT.id))))
    statements.clear()
    asks = [catalogue.PriceAsk(variant) for variant in variants]
    assert len(doing(catalogue.prices_in_force, ogs, asks)) == 300
    assert len(statements) == 1


def test_a_list_of_goods_has_its_prices_in_one_statement(doing, ogs, milk, bread, selling, clock):
    selling("FREE", price=None)
    item, variant, price = catalogue.ITEM, catalogue.VARIANT, catalogue.PRICE
    chosen = (
        select(item.name, price.amount_minor, catalogue.is_stopped(variant.id, clock()))
        .join(variant, variant.item_id == item.id)
        .outerjoin(price, price.id == catalogue.price_now(variant.id, clock()))
        .order_by(item.name)
    )
    doing(catalogue.stop_selling, ogs, [bread.id])
    rows = doing(lambda ctx: [(row[0], row[1], bool(row[2])) for row in ctx.db.execute(chosen)])
    assert rows == [("Bread", 7500, True), ("FREE", None, False), ("Whole milk", 6250, False)]


def test_what_is_done_to_a_catalogue_is_told(town, doing, ogs, milk):
    from townsquare.core.events import OutboxEntry

    doing(catalogue.set_price, ogs, milk.id, new=catalogue.NewPrice(6400))
    doing(catalogue.stop_selling, ogs, [milk.id], reason="spilt")
    with town.sessions() as db:
        counted = select(OutboxEntry.name, func.count()).group_by(OutboxEntry.name)
        told = dict(db.execute(counted).all())
    assert told["catalogue.ShopOpened"] == told["catalogue.ItemAdded"] == 1
    assert told["catalogue.PriceSet"] == told["catalogue.SellingStopped"] == 1


def test_a_day_that_no_calendar_has_is_told_with_an_example():
    assert BadDate.code == "core.bad-date"
    assert "2026-03-12" in str(BadDate(typed="2026-02-31"))
