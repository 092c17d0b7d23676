"""Files of products: what is right comes in, what is wrong is named, the same again is nothing."""

from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from townsquare.blocks import catalogue
from townsquare.core.imports.carrying import Carrier
from townsquare.core.imports.outcomes import BadFile
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.imports import EDIT, ReadImport, StartImport
from townsquare.services.grocery.commands.products import FindProducts
from townsquare.services.grocery.queries.imports import read_import
from townsquare.services.grocery.queries.products import find_products
from townsquare.services.grocery.usecases.importing import (
    ProductImporter,
    start_import,
    take_rows,
)

pytestmark = pytest.mark.engines("sqlite", "postgresql")
REAL = Path(__file__).parents[2] / "data" / "grocery" / "food_products_a.csv.gz"
KEEPER = Actor(4, "Lena Cruz", frozenset({EDIT, "public"}))
SMALL = b"""barcode,product_name,fat,price
4006381333931,"Ink,\x07 black",0,62.50
4006381333932,Wrong digit,1,
96385074,,,7.005
5901234123457,,2.5,
4006381333931,Twice,,
"""


class Interrupted(Exception):
    """Somebody has stopped the import."""


@pytest.fixture
def importing(town, ogs):
    """Take a file in as Lena, a few rows at a time; return what became of it."""

    def run(content, *, dry_run=False, chunk=2, report=lambda _progress: None, again=""):
        if not again:
            mapping, total = ProductImporter.columns(BytesIO(content))
            told = {"content": content, "mapping": mapping, "total": total, "dry_run": dry_run}
            with town.working(KEEPER) as ctx:
                again = start_import(ctx, StartImport(file_name="a.csv", **told)).id
        Carrier(town, KEEPER, ProductImporter(), take_rows, chunk=chunk).carry_out(again, report)
        with town.working(KEEPER, reads=True) as ctx:
            return read_import(ctx, ReadImport(id=again))

    return run


def counts(town):
    with town.sessions() as db:
        return db.scalar(select(func.count(catalogue.VARIANT.id)))


def test_each_row_is_taken_or_refused_with_its_reason(importing, town):
    told = importing(SMALL)
    assert (told.new, told.same, told.refused) == (2, 1, 2)
    assert [(line.row, line.code) for line in told.lines] == [
        (2, "catalogue.bad-check-digit"),
        (3, "catalogue.too-many-decimals"),
    ]
    with town.working(KEEPER, reads=True) as ctx:
        found = find_products(ctx, FindProducts()).products
    assert [(line.name, line.amount_minor) for line in found] == [
        ("5901234123457", None),
        ("Ink, black", 6250),
    ]


def test_trying_changes_nothing_and_the_same_again_neither(importing, town):
    assert importing(SMALL, dry_run=True).new == 3
    assert counts(town) == 0
    importing(SMALL)
    told = importing(SMALL)
    assert (told.new, told.same, told.refused) == (0, 3, 2)


def test_an_import_that_was_stopped_goes_on_where_it_was(importing, town):
    runs = []

    def stop(progress):
        runs.append(progress.run)
        raise Interrupted

    with pytest.raises(Interrupted):
        importing(SMALL, report=stop)
    told = importing(SMALL, again=runs[0])
    assert (told.state, told.done, told.new, told.refused) == ("applied", 5, 2, 2)


def test_a_file_without_barcodes_is_no_file_of_products():
    with pytest.raises(BadFile, match="no column of barcodes"):
        ProductImporter.columns(BytesIO(b"name,fat\nMilk,3\n"))


@pytest.mark.engines("sqlite")
def test_the_food_of_the_world_comes_in(importing):
    told = importing(REAL.read_bytes(), chunk=250)
    assert (told.done, told.new, told.refused) == (2934, 2922, 12)
    assert {line.code for line in told.lines} == {"catalogue.bad-check-digit"}


@pytest.mark.engines("sqlite")
def test_the_verb_names_the_rows_that_were_refused(settings, ogs, tmp_path, monkeypatch):
    from townsquare.services.grocery import cli

    monkeypatch.setattr(cli, "settings_here", lambda: settings)
    (tmp_path / "goods.csv").write_bytes(SMALL)
    told = CliRunner().invoke(cli.grocery, ["import-products", str(tmp_path / "goods.csv")])
    assert told.exit_code == 0
    assert "5 products: 2 were new, 1 same, 2 refused." in told.output
    assert "row 2 4006381333932" in told.output
