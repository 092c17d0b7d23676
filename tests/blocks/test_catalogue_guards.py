"""The guards of the catalogue, one by one: each refuses, and without it the fault comes in."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.blocks.shops import goods
from tests.blocks.test_ledger_guards import dropping, said_of
from tests.kit.guards import drop_constraint, drop_index
from townsquare.blocks import catalogue
from townsquare.core.errors import DomainError

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ANOTHER_SHOP = (
    "INSERT INTO catalogue_shop (public_id, created_at, version, service, code, code_key, name,"
    " currency, zone, prices_include_tax, tax_region, number_prefix, about, legal_notices)"
    " SELECT 'two', created_at, 1, service, 'two', {key}, name, currency, zone,"
    " prices_include_tax, tax_region, number_prefix, about, legal_notices FROM catalogue_shop"
)
ITS_LIST = (
    "INSERT INTO catalogue_price_list (public_id, created_at, version, shop_id, code, code_key,"
    " name, kind, priority) SELECT 'two', created_at, 1, id, 'two', 'two', '', '{kind}', 0"
    " FROM catalogue_shop WHERE code = '{shop}'"
)
A_PRICE = (
    "INSERT INTO catalogue_price (public_id, created_at, list_id, variant_id, lot_id, amount_minor,"
    " per_qty, min_qty, valid_from, reason) SELECT 'new', p.created_at, l.id, p.variant_id, {lot},"
    " 1, 1, {min_qty}, p.valid_from, '' FROM catalogue_price p, catalogue_price_list l"
    " WHERE l.code = '{code}'"
)


def price(code, lot="NULL", min_qty=2):
    return A_PRICE.format(code=code, lot=lot, min_qty=min_qty)


NEW_SHOP = ANOTHER_SHOP.format(key="'two'")
# Guard, table, what it says, statements.
FAULTS = (
    (
        "catalogue_price_stays",
        "catalogue_price",
        "catalogue_price_is_frozen",
        ["UPDATE catalogue_price SET amount_minor = 1"],
    ),
    (
        "catalogue_price_is_kept",
        "catalogue_price",
        "catalogue_price_is_frozen",
        ["DELETE FROM catalogue_price"],
    ),
    (
        "catalogue_tax_rate_stays",
        "catalogue_tax_rate",
        "catalogue_tax_rate_is_frozen",
        ["UPDATE catalogue_tax_rate SET ppm = 1"],
    ),
    (
        "catalogue_tax_rate_is_kept",
        "catalogue_tax_rate",
        "catalogue_tax_rate_is_frozen",
        ["DELETE FROM catalogue_tax_rate"],
    ),
    (
        "catalogue_price_is_own",
        "catalogue_price",
        "catalogue_price_of_another_shop",
        [NEW_SHOP, ITS_LIST.format(kind="standard", shop="two"), price("two")],
    ),
    (
        "catalogue_price_names_its_lot",
        "catalogue_price",
        "catalogue_price_needs_a_lot",
        [ITS_LIST.format(kind="markdown", shop="ogs"), price("two")],
    ),
    (
        "catalogue_price_names_its_lot",
        "catalogue_price",
        "catalogue_price_needs_a_lot",
        [price("standard", lot=1)],
    ),
)
# Constraint without its table, table, a statement that it refuses.
CHECKS = (
    ("perishable", "item", "UPDATE catalogue_item SET lot_policy = 'none'"),
    ("tracked", "item", "UPDATE catalogue_item SET tracked = false"),
    ("kind", "item", "UPDATE catalogue_item SET kind = 'pizza'"),
    ("content", "variant", "UPDATE catalogue_variant SET content_qty = NULL"),
    ("content_qty", "variant", "UPDATE catalogue_variant SET content_qty = 0"),
    ("weight_g", "variant", "UPDATE catalogue_variant SET weight_g = 0"),
    ("max_per_order", "variant", "UPDATE catalogue_variant SET max_per_order = 0"),
    ("tolerance_ppm", "variant", "UPDATE catalogue_variant SET tolerance_ppm = 1000001"),
    ("self", "category", "UPDATE catalogue_category SET parent_id = id"),
    ("base_qty", "unit", "UPDATE catalogue_unit SET base_qty = 0"),
    ("level", "allergen", "UPDATE catalogue_allergen SET level = 'perhaps'"),
    ("until", "stop", "UPDATE catalogue_stop SET until = '2001-01-01 00:00:00'"),
    ("tier", "price_list", "UPDATE catalogue_price_list SET kind = 'tier'"),
    ("currency", "shop", "UPDATE catalogue_shop SET currency = ''"),
)
AGAIN = {
    "price": (
        "INSERT INTO catalogue_price (public_id, created_at, list_id, variant_id, amount_minor,"
        " per_qty, min_qty, valid_from, reason) SELECT 'new', created_at, list_id, variant_id,"
        " amount_minor + 1, per_qty, min_qty, valid_from, '' FROM catalogue_price"
    ),
    "shop": ANOTHER_SHOP.format(key="code_key"),
    "identifier": (
        "INSERT INTO catalogue_identifier (shop_id, variant_id, scheme, value, value_key)"
        " SELECT shop_id, variant_id, scheme, value, value_key FROM catalogue_identifier"
    ),
    "stop": (
        "INSERT INTO catalogue_stop (variant_id, starts_at, source, reason)"
        " SELECT variant_id, starts_at, source, '' FROM catalogue_stop"
    ),
    "category": (
        "INSERT INTO catalogue_category (public_id, created_at, version, shop_id, code, code_key,"
        " name, name_key, description) SELECT 'new', created_at, 1, shop_id, 'new', 'new', name,"
        " name_key, '' FROM catalogue_category"
    ),
    "allergen": (
        "INSERT INTO catalogue_allergen (variant_id, allergen, level)"
        " SELECT variant_id, allergen, 'traces' FROM catalogue_allergen"
    ),
}
UNIQUE = (
    ("uq_catalogue_price_start", "price"),
    ("uq_catalogue_shop_code", "shop"),
    ("uq_catalogue_identifier", "identifier"),
    ("uq_catalogue_stop_open", "stop"),
    ("uq_catalogue_category_top_name", "category"),
    ("uq_catalogue_allergen", "allergen"),
)


@pytest.fixture
def lived(doing, ogs, milk):
    """A shop with a row of everything."""
    doing(catalogue.add_category, ogs, code="DAIRY", name="Dairy")
    doing(catalogue.add_identifier, ogs, milk.id, value="4006381333931")
    doing(catalogue.add_unit, ogs, milk.id, code="case", base_qty=12)
    doing(catalogue.set_allergens, ogs, milk.id, levels={"milk": "contains"})
    doing(catalogue.stop_selling, ogs, [milk.id], reason="a strike")


def test_each_trigger_refuses_and_without_it_the_fault_comes_in(town, lived):
    for guard, table, said, statements in FAULTS:
        assert said in said_of(town, statements), (guard, said_of(town, statements))
        gone = dropping(town, (guard, table))
        assert said_of(town, [*gone, *statements]) == "nothing", guard


def test_each_check_refuses_and_without_it_the_fault_comes_in(town, lived):
    for name, table, statement in CHECKS:
        check = f"ck_catalogue_{table}_{name}"
        assert check in said_of(town, [statement]), check
        drop_constraint(town, check, f"catalogue_{table}")
        assert said_of(town, [statement]) == "nothing", check


def test_each_unique_index_refuses_and_without_it_the_twin_comes_in(town, lived):
    for name, table in UNIQUE:
        assert "unique" in said_of(town, [AGAIN[table]]).casefold(), name
        drop_index(town, name)
        assert said_of(town, [AGAIN[table]]) == "nothing", name


@pytest.mark.engines("postgresql")
def test_prices_and_rates_are_not_emptied_at_once(town, lived):
    for table in ("catalogue_price", "catalogue_tax_rate"):
        empty = f"TRUNCATE {table} CASCADE"
        assert "catalogue_is_frozen" in said_of(town, [empty])
        away = f"DROP TRIGGER {table}_is_not_emptied ON {table}"
        # What was sold at a price hangs on it, and has a guard of its own.
        assert said_of(town, [away, empty]) in {"nothing", "ordering_is_kept"}


def racing(doing, step, shop, wishes):
    """Let all these wishes come at one moment; return what each was told."""
    start = Barrier(len(wishes))

    def one(wish):
        start.wait()
        try:
            doing(step, shop, *wish[0], **wish[1])
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(wishes)) as threads:
        return sorted(threads.map(one, wishes))


def test_one_of_many_gets_a_code(doing, ogs):
    codes = ["Jam", "jam", "JAM", "jAm", "jaM", "JaM", "JAm", "jAM"]
    told = racing(doing, catalogue.add_item, ogs, [([goods(code)], {}) for code in codes])
    assert told == ["catalogue.code-taken"] * 7 + ["done"]


def test_one_of_many_gets_a_barcode(doing, ogs, selling):
    wishes = [([selling().id], {"value": "4006381333931"}) for _n in range(6)]
    told = racing(doing, catalogue.add_identifier, ogs, wishes)
    assert told == ["catalogue.identifier-taken"] * 5 + ["done"]


def test_without_their_guards_many_get_the_same(town, doing, ogs, milk, selling, clock):
    for name in ("uq_catalogue_identifier", "uq_catalogue_price_start"):
        drop_index(town, name)
    wishes = [([selling().id], {"value": "4006381333931"}) for _n in range(6)]
    assert racing(doing, catalogue.add_identifier, ogs, wishes) == ["done"] * 6
    wishes = [([milk.id], {"new": catalogue.NewPrice(n, valid_from=clock())}) for n in range(6)]
    assert racing(doing, catalogue.set_price, ogs, wishes) == ["done"] * 6


def test_one_of_many_sets_the_price_of_a_moment(doing, ogs, milk, clock):
    prices = [catalogue.NewPrice(n, valid_from=clock()) for n in range(6)]
    wishes = [([milk.id], {"new": new}) for new in prices]
    told = racing(doing, catalogue.set_price, ogs, wishes)
    assert told == ["catalogue.price-start-taken"] * 5 + ["done"]


def test_two_categories_do_not_come_to_stand_in_each_other(doing, ogs):
    for code in ("A", "B", "C"):
        doing(catalogue.add_category, ogs, code=code, name=code)
    pairs = [("A", "B"), ("B", "C"), ("C", "A")]
    wishes = [([code], {"parent": parent}) for code, parent in pairs]
    told = racing(doing, catalogue.move_category, ogs, wishes)
    assert told == ["catalogue.category-loop", "done", "done"]


LAST = "(SELECT max(id) FROM catalogue_shop)"
PLANTED = (
    (f"UPDATE catalogue_variant SET shop_id = {LAST}", "goods refer to their own shop"),
    (f"UPDATE catalogue_identifier SET shop_id = {LAST}", "goods refer to their own shop"),
    (f"UPDATE catalogue_tax_class SET shop_id = {LAST}", "goods refer to their own shop"),
    (f"UPDATE catalogue_price_list SET shop_id = {LAST}", "goods refer to their own shop"),
    (
        (
            "UPDATE catalogue_category SET parent_id ="
            " (SELECT c.id FROM catalogue_category c WHERE c.id <> catalogue_category.id)"
        ),
        "categories have a top",
    ),
    ("DELETE FROM catalogue_listed", "what is sold is listed"),
    *(
        (f"UPDATE catalogue_listed SET {what}", "what is sold is listed")
        for what in (
            "name = 'Other'",
            "name_key = 'other'",
            "shop_id = shop_id + 1",
            "item_id = item_id + 1",
            "public_id = 'other'",
            "code = 'OTHER'",
            "size = 'other'",
            "base_unit = 'x'",
            "content_qty = 7",
            "content_unit = 'g'",
            "brand_id = 7",
            "category_id = 7",
        )
    ),
)


def test_the_invariants_find_what_no_guard_refuses(town, doing, ogs, lived):
    doing(catalogue.add_category, ogs, code="CHEESE", name="Cheese", parent="DAIRY")
    with town.database.connect() as connection, Session(connection) as db:
        assert [breach for check in catalogue.INVARIANTS for breach in check(db)] == []
    for statement, rule in PLANTED:
        with town.database.connect() as connection, Session(connection) as db:
            for wrong in (NEW_SHOP, statement):
                db.execute(text(wrong))
            breaches = [breach for check in catalogue.INVARIANTS for breach in check(db)]
            assert [breach.rule for breach in breaches] == [f"catalogue: {rule}"], statement
            db.rollback()
