"""What is bought together: past baskets come in once, and the figures are those of the file."""

import gzip
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError

from tests.access.shopping import buy
from tests.blocks.shops import goods
from townsquare.blocks import catalogue
from townsquare.core.imports.carrying import Carrier
from townsquare.core.usecase import Actor, declared
from townsquare.services.grocery.commands.baskets import StartBaskets
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.imports import EDIT, ReadImport
from townsquare.services.grocery.commands.products import LookUpProduct
from townsquare.services.grocery.errors import BasketsKnown
from townsquare.services.grocery.models.together import (
    AssociationRow,
    GoodRow,
    PastBasketRow,
    PastLineRow,
)
from townsquare.services.grocery.queries.imports import read_baskets
from townsquare.services.grocery.queries.together import bought_together
from townsquare.services.grocery.rules.together import confidence, lift, pairs_of, support
from townsquare.services.grocery.usecases.baskets import (
    BasketImporter,
    start_baskets,
    take_baskets,
)
from townsquare.services.grocery.usecases.together import LEARN, learn_associations

REAL = Path(__file__).parents[2] / "data" / "grocery" / "baskets_first_6000.csv.gz"
LENA = Actor(4, "Lena Cruz", frozenset({EDIT, LEARN, "public"}))
SMALL = b"""milk,bread
bread, Milk ,jam

milk
,,
"butter,salted",bread
"""


class Interrupted(Exception):
    """Somebody has stopped the import."""


@pytest.fixture
def taking(town, ogs):
    """Take a file of baskets in as Lena, a few rows at a time; return what became of it."""

    def run(content, *, chunk=2, report=lambda _progress: None, again="", **more):
        if not again:
            total = BasketImporter.rows_in(BytesIO(content))
            told = {"content": content, "source": "past", "total": total, **more}
            with town.working(LENA) as ctx:
                again = start_baskets(ctx, StartBaskets(file_name="a.csv", **told)).id
        Carrier(town, LENA, BasketImporter(), take_baskets, chunk=chunk).carry_out(again, report)
        with town.working(LENA, reads=True) as ctx:
            return read_baskets(ctx, ReadImport(id=again))

    return run


@pytest.fixture
def learning(town):
    """Learn what is bought together."""

    def learn(between=lambda: None):
        wish = town.ahead(declared(learn_associations), LENA, Nothing())
        between()
        with town.working(LENA) as ctx:
            return learn_associations(ctx, wish)

    return learn


def count(town, table):
    with town.sessions() as db:
        return db.scalar(select(func.count(table.id)))


def pair(town, left, right):
    """Return the counts of a pair by the names of its goods."""
    row, one, other = AssociationRow, GoodRow.__table__.alias(), GoodRow.__table__.alias()
    chosen = (
        select(row.baskets, row.with_left, row.with_right, row.with_both)
        .join(one, one.c.id == row.left_id)
        .join(other, other.c.id == row.right_id)
        .where(one.c.name == left, other.c.name == right)
    )
    with town.sessions() as db:
        return db.execute(chosen).one()


def test_rows_are_as_long_as_they_are_and_one_that_names_nothing_is_refused(taking, town):
    told = taking(SMALL)
    assert (told.done, told.new, told.refused) == (5, 4, 1)
    assert [(line.record, line.code) for line in told.lines] == [("5", "core.bad-row")]
    assert count(town, PastLineRow) == 8
    with town.sessions() as db:
        names = set(db.scalars(select(GoodRow.name_key)))
    assert names == {"milk", "bread", "jam", "butter,salted"}


def test_the_same_file_again_changes_nothing_and_trying_it_neither(taking, town):
    assert taking(SMALL, dry_run=True).new == 4
    assert count(town, PastBasketRow) == 0
    taking(SMALL)
    told = taking(SMALL)
    assert (told.new, told.same, told.refused) == (0, 4, 1)
    assert count(town, PastBasketRow) == 4


def test_a_longer_file_of_the_same_source_adds_what_is_new(taking):
    taking(SMALL)
    told = taking(SMALL + b"milk,honey\n")
    assert (told.new, told.same) == (1, 4)


def test_other_goods_in_a_known_row_are_refused(taking):
    taking(SMALL)
    told = taking(b"milk,beer\n")
    assert [line.code for line in told.lines] == ["grocery.basket-differs"]


def test_one_file_under_two_names_would_count_twice_and_is_refused(taking):
    taking(SMALL)
    with pytest.raises(BasketsKnown):
        taking(SMALL, source="other")


def test_an_import_that_was_stopped_goes_on_where_it_was(taking):
    runs = []

    def stop(progress):
        runs.append(progress.run)
        raise Interrupted

    with pytest.raises(Interrupted):
        taking(SMALL, report=stop)
    told = taking(SMALL, again=runs[0])
    assert (told.state, told.done, told.new) == ("applied", 5, 4)


def test_the_figures_are_those_of_the_file(taking, learning, town):
    assert taking(REAL.read_bytes(), chunk=500).new == 6000
    assert count(town, PastLineRow) == 26_786
    assert count(town, GoodRow) == 169
    assert learning().baskets == 6000
    milk = (6000, 1192, 1554, 463)
    assert pair(town, "other vegetables", "whole milk") == milk
    assert pair(town, "rolls/buns", "whole milk")[1] == 1134
    total, butter, milk, both = pair(town, "butter", "whole milk")
    assert (butter, both) == (338, 174)
    figures = support(both, total), confidence(both, butter), lift((butter, milk, both), total)
    assert [round(figure, 4) for figure in figures] == [0.029, 0.5148, 1.9876]


def test_the_most_frequent_pair_is_vegetables_and_milk():
    visits = gzip.decompress(REAL.read_bytes()).decode().splitlines()
    names = sorted({name for visit in visits for name in visit.split(",")})
    places = {name: n for n, name in enumerate(names)}
    pairs = pairs_of([places[name] for name in visit.split(",")] for visit in visits)
    best = max(pairs, key=lambda found: found.with_both)
    assert {names[best.left], names[best.right]} == {"other vegetables", "whole milk"}
    assert best.with_both == 463


def test_learning_again_changes_nothing(taking, learning, town):
    taking(SMALL)
    first = learning()
    assert (first.pairs, first.changed) == (8, 8)
    assert learning().changed == 0
    taking(SMALL + b"milk,bread\n")
    assert learning().changed == 8  # There are more baskets now.
    assert count(town, AssociationRow) == 8


@pytest.mark.usefixtures("shelves")
def test_own_orders_count_as_baskets_and_know_their_products(manager, town, learning):
    buy(town, manager.person, "MILK")
    before = count(town, GoodRow)
    told = learning()
    assert (before, told.baskets, told.pairs) == (0, 2, 0)
    with town.sessions() as db:
        assert list(db.scalars(select(GoodRow.name))) == ["Whole milk"]


@pytest.mark.usefixtures("shelves")
def test_two_products_of_one_name_are_two_goods(manager, stepping, filling_up, town, learning):
    stepping(catalogue.add_items, [goods("MILK-2L", 12000, name="Whole milk", perishable=True)])
    filling_up(("MILK-2L", 10))
    buy(town, manager.person, "MILK")
    learning()
    buy(town, manager.person, "MILK-2L")
    learning()
    with town.sessions() as db:
        names = list(db.scalars(select(GoodRow.name).order_by(GoodRow.id)))
    assert names == ["Whole milk", "Whole milk (MILK-2L)"]


@pytest.mark.usefixtures("shelves")
def test_the_page_of_a_product_shows_what_goes_with_it_and_why(taking, learning, client):
    taking(b"bread,whole milk\n" * 3 + b"whole milk,jam\nbread\njam\njam,beer\n")
    learning()
    page = client.get("/grocery/p/BREAD").text
    assert "Often bought together" in page
    assert 'href="/grocery/p/MILK"' in page
    assert "75.0%" in page  # Three of the four baskets with bread.
    assert "1.31" in page  # 3 · 7 : (4 · 4)
    assert "Often bought together" not in client.get("/grocery/p/TOMATO").text
    found = client.get("/api/v1/grocery/products").get_json()["products"]
    bread = next(line["id"] for line in found if line["code"] == "BREAD")
    (line,) = client.get(f"/api/v1/grocery/products/{bread}/together").get_json()["products"]
    counts = line["baskets"], line["with_left"], line["with_right"], line["with_both"]
    assert (line["code"], *counts) == ("MILK", 7, 4, 4, 3)
    assert client.get("/api/v1/grocery/products/nothing/together").status_code == 404


@pytest.mark.usefixtures("shelves")
def test_what_is_rare_or_chance_is_not_shown(taking, learning, town):
    alone = b"bread\n" * 60 + b"whole milk\n" * 60
    rare = b"tomatoes,bread\n" + b"".join(b"thing %d\n" % n for n in range(30))
    taking(alone + rare, chunk=500)
    learning()
    with town.sessions() as db:
        codes = select(catalogue.VARIANT.public_id).where(catalogue.VARIANT.code == "BREAD")
        bread = db.scalars(codes).one()
    with town.working(LENA, reads=True) as ctx:
        assert bought_together(ctx, LookUpProduct(id=bread)).products == []
    assert pair(town, "tomatoes", "bread") == (151, 1, 61, 1)


def test_the_verb_takes_them_in_and_learns(settings, ogs, tmp_path, monkeypatch):
    from townsquare.services.grocery import cli

    monkeypatch.setattr(cli, "settings_here", lambda: settings)
    (tmp_path / "visits.csv").write_bytes(SMALL)
    told = CliRunner().invoke(cli.grocery, ["import-baskets", str(tmp_path / "visits.csv")])
    assert told.exit_code == 0
    assert "5 baskets: 4 were new, 0 same, 1 refused." in told.output
    assert "8 pairs in 4 baskets, 8 new." in told.output


GUARDS = {
    "a pair of one": "INSERT INTO grocery_association (left_id, right_id, baskets, with_left,"
    " with_right, with_both, learned_at) VALUES (1, 1, 4, 2, 2, 1, '2026-03-02')",
    "more together than alone": "INSERT INTO grocery_association (left_id, right_id, baskets,"
    " with_left, with_right, with_both, learned_at) VALUES (1, 2, 4, 2, 2, 3, '2026-03-02')",
    "a row twice": "INSERT INTO grocery_past_basket (source, number, digest)"
    " VALUES ('past', 1, '')",
    "a good twice": "INSERT INTO grocery_past_line (basket_id, good_id)"
    " SELECT basket_id, good_id FROM grocery_past_line WHERE id = 1",
}


@pytest.mark.parametrize("guard", GUARDS)
def test_the_database_refuses_what_cannot_be(taking, town, guard):
    taking(SMALL)
    with town.sessions() as db, pytest.raises(IntegrityError):
        db.execute(text(GUARDS[guard]))


def test_baskets_are_read_before_anybody_has_the_turn_to_write(taking, town, learning):
    taking(SMALL)
    said = []

    def note(*told):
        said.append(told[2])

    def listen():
        event.listen(town.database, "before_cursor_execute", note)

    learned = learning(listen)
    event.remove(town.database, "before_cursor_execute", note)
    assert learned.baskets == 4
    assert any("INSERT INTO grocery_association" in one for one in said)
    assert not [one for one in said if "past_line" in one or "ordering" in one]


@pytest.mark.usefixtures("shelves")
def test_goods_that_came_in_meanwhile_are_the_same_goods(taking, manager, town, learning):
    buy(town, manager.person, "MILK")
    learning(lambda: taking(b"Whole milk,bread\n"))
    with town.sessions() as db:
        named = select(func.count(GoodRow.id)).where(GoodRow.variant_id.is_not(None))
        assert db.scalar(named) == 1
    assert learning().baskets == 3
