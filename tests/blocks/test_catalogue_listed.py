"""What is sold stands in the order of its list: the database keeps it, whatever anybody changes."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.blocks.test_ledger_guards import dropping
from townsquare import migrations
from townsquare.blocks import catalogue
from townsquare.blocks.catalogue import LISTED, VARIANT
from townsquare.blocks.catalogue.usecases.found import variant_row

pytestmark = pytest.mark.engines("sqlite", "postgresql")
TRIGGERS = {
    "catalogue_listed_variant": "catalogue_variant",
    "catalogue_listed_revised": "catalogue_variant",
    "catalogue_listed_item": "catalogue_item",
}
# Every change of an item or a variant that a line of the list shows, and what then stands there.
OF_ITEM = (
    ({"name": "Old Milk"}, {"name": "Old Milk", "name_key": "old milk"}),
    ({"brand": "BCH"}, {"brand_id": 1}),
    ({"category": "DAIRY"}, {"category_id": 1}),
)
OF_VARIANT = (
    ({"size": "2 L"}, {"size": "2 L"}),
    ({"content_qty": 750, "content_unit": "ml"}, {"content_qty": 750, "content_unit": "ml"}),
)


def listed(town):
    """Return the rows of the list in its order, each as its columns by name."""
    columns = LISTED.__table__.columns
    with town.database.connect() as db:
        rows = db.execute(select(*columns).order_by(LISTED.name_key, LISTED.item_id))
        return [dict(row) for row in rows.mappings()]


def breaches(town):
    with town.database.connect() as connection, Session(connection) as db:
        return [breach.rule for check in catalogue.INVARIANTS for breach in check(db)]


@pytest.fixture
def shelved(doing, ogs):
    """A shop with a brand and a category."""
    doing(catalogue.add_brand, ogs, code="BCH", name="Batangas")
    doing(catalogue.add_category, ogs, code="DAIRY", name="Dairy")


def test_new_goods_stand_in_their_place(town, doing, ogs, shelved, selling):
    selling("SALT", name="Salt")
    milk = selling("MILK", name="milk", brand="BCH", category="DAIRY")
    rows = listed(town)
    assert [row["code"] for row in rows] == ["MILK", "SALT"]
    assert rows[0] == {
        "shop_id": ogs.id,
        "name_key": "milk",
        "item_id": milk.item_id,
        "variant_id": milk.id,
        "public_id": milk.public_id,
        "code": "MILK",
        "name": "milk",
        "size": "",
        "base_unit": "piece",
        "content_qty": None,
        "content_unit": None,
        "brand_id": 1,
        "category_id": 1,
    }
    assert breaches(town) == []


def test_every_change_that_a_line_shows_is_in_the_list(town, doing, ogs, shelved, selling):
    milk = selling("MILK")
    for change, then in OF_ITEM:
        doing(catalogue.revise_item, ogs, milk.item_id, **change)
        (row,) = listed(town)
        assert {name: row[name] for name in then} == then
    for change, then in OF_VARIANT:
        doing(catalogue.revise_variant, ogs, milk.id, **change)
        (row,) = listed(town)
        assert {name: row[name] for name in then} == then
    assert breaches(town) == []


def test_what_is_not_sold_is_not_listed(town, doing, ogs, selling):
    milk = selling("MILK")
    doing(catalogue.add_variant, ogs, milk.item_id, new=catalogue.NewVariant("MILK-2"))
    assert [row["code"] for row in listed(town)] == ["MILK", "MILK-2"]
    doing(catalogue.revise_variant, ogs, milk.id, status="paused")
    assert [row["code"] for row in listed(town)] == ["MILK-2"]
    doing(catalogue.revise_item, ogs, milk.item_id, status="paused")
    assert listed(town) == []
    doing(catalogue.revise_variant, ogs, milk.id, status="active")
    doing(catalogue.revise_item, ogs, milk.item_id, status="active")
    assert [row["code"] for row in listed(town)] == ["MILK", "MILK-2"]
    assert breaches(town) == []


@pytest.mark.parametrize("guard", TRIGGERS)
def test_without_a_trigger_the_list_gets_untrue_and_is_found(town, doing, ogs, selling, guard):
    milk = selling("MILK")
    with town.database.begin() as connection:
        for statement in dropping(town, (guard, TRIGGERS[guard])):
            connection.execute(text(statement))
    doing(catalogue.add_variant, ogs, milk.item_id, new=catalogue.NewVariant("MILK-2"))
    doing(catalogue.revise_variant, ogs, milk.id, size="2 L")
    doing(catalogue.revise_item, ogs, milk.item_id, name="Milk of the hills")
    # The one of the item writes all of its variants, so that it mends what another one has missed.
    expected = ["catalogue: what is sold is listed"] if guard == "catalogue_listed_item" else []
    assert breaches(town) == expected


@pytest.mark.parametrize("guard", ["catalogue_listed_variant", "catalogue_listed_revised"])
def test_without_a_trigger_of_variants_it_is_found_too(town, doing, ogs, selling, guard):
    milk = selling("MILK")
    with town.database.begin() as connection:
        for statement in dropping(town, (guard, TRIGGERS[guard])):
            connection.execute(text(statement))
    doing(catalogue.add_variant, ogs, milk.item_id, new=catalogue.NewVariant("MILK-2"))
    doing(catalogue.revise_variant, ogs, milk.id, size="2 L")
    assert breaches(town) == ["catalogue: what is sold is listed"]


def test_whoever_saves_an_item_again_mends_its_lines(town, doing, ogs, selling):
    selling("MILK")
    with town.database.begin() as connection:
        connection.execute(text("DELETE FROM catalogue_listed"))
    assert breaches(town) == ["catalogue: what is sold is listed"]
    with town.database.begin() as connection:
        connection.execute(text("UPDATE catalogue_item SET name = name"))
    assert breaches(town) == []
    assert [row["code"] for row in listed(town)] == ["MILK"]


def test_goods_of_before_are_listed_by_the_migration(town, database_url, doing, selling):
    selling("MILK")
    before = listed(town)
    town.database.dispose()
    migrations.downgrade(database_url, "2026_12_27_grocery_staff")
    migrations.upgrade(database_url)
    assert listed(town) == before


RENAMED = "UPDATE catalogue_item SET name = 'Other'"
STARTED = "UPDATE catalogue_variant SET status = 'active'"
OTHERS = {RENAMED: STARTED, STARTED: RENAMED}
ITS_WORDS = "SELECT prosrc FROM pg_proc WHERE proname = 'catalogue_listed_revised'"
AGAIN = "CREATE OR REPLACE FUNCTION catalogue_listed_revised() RETURNS trigger AS $$"
MET = "UPDATE catalogue_item SET version = version WHERE id = NEW.item_id;"


def at_once(town, held, isolation):
    """Let one change an item and one its variant, who has looked at the town before; lost or not.

    The second one writes while the first one has not ended.
    """
    looked = Event()

    def late():
        apart = town.database.execution_options(isolation_level=isolation)
        with apart.connect() as db, db.begin():
            db.execute(select(VARIANT.id))
            looked.set()
            db.execute(text(OTHERS[held]))

    with ThreadPoolExecutor(1) as threads, town.database.connect() as db:
        with db.begin():
            db.execute(text(held))
            running = threads.submit(late)
            looked.wait(5)
            wait([running], timeout=0.3)
        try:
            running.result(5)
        except DBAPIError as error:
            return "could not serialize" in str(error)
    return False


@pytest.fixture
def resting(doing, ogs, selling):
    """Milk that is not sold at this moment."""
    doing(catalogue.revise_variant, ogs, selling("MILK").id, status="paused")


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("held", OTHERS)
def test_who_changes_item_and_variant_at_once_leaves_a_true_list(town, resting, held):
    assert not at_once(town, held, "READ COMMITTED")
    assert [row["name"] for row in listed(town)] == ["Other"]
    assert breaches(town) == []


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("held", OTHERS)
def test_who_sees_one_moment_only_begins_anew(town, resting, held):
    assert at_once(town, held, "REPEATABLE READ")
    assert breaches(town) == []


@pytest.mark.engines("postgresql")
def test_did_they_not_meet_the_list_would_be_untrue(town, resting):
    with town.database.begin() as db:
        words = db.execute(text(ITS_WORDS)).scalar_one()
        assert MET in words
        rest = words.replace(MET, "")
        db.exec_driver_sql(f"{AGAIN} {rest} $$ LANGUAGE plpgsql")
    assert not at_once(town, RENAMED, "READ COMMITTED")
    assert breaches(town) == ["catalogue: what is sold is listed"]


@pytest.mark.engines("postgresql")
def test_who_changes_a_variant_and_who_changes_its_item_do_not_wait_for_each_other(
    town, doing, ogs, selling
):
    milk = selling("MILK")

    def resized(ctx, threads):
        variant_row(ctx, ogs, milk.id)
        late = threads.submit(doing, catalogue.revise_item, ogs, milk.item_id, name="Other")
        wait([late], timeout=0.3)
        catalogue.revise_variant(ctx, ogs, milk.id, size="2 L")
        return late

    with ThreadPoolExecutor(1) as threads:
        doing(resized, threads).result(5)
    assert [(row["name"], row["size"]) for row in listed(town)] == [("Other", "2 L")]
    assert breaches(town) == []
