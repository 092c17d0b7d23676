"""Files of prices: what is right is set, what is wrong is named, the same again is nothing."""

from io import BytesIO

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from townsquare.core.imports.carrying import Carrier
from townsquare.core.imports.outcomes import BadFile
from townsquare.core.imports.runs import UnknownImport
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.imports import (
    EDIT,
    SET_PRICES,
    ReadImport,
    StartImport,
)
from townsquare.services.grocery.queries.imports import read_prices
from townsquare.services.grocery.usecases.importing import ProductImporter, take_rows
from townsquare.services.grocery.usecases.price_files import (
    PriceImporter,
    start_prices,
    take_prices,
)

PRICER = Actor(4, "Lena Cruz", frozenset({SET_PRICES, "public"}))
ROWS = b"""code,price,list
MILK,64.00,
BREAD,7.005,
NOBODY,3,
milk,65,
MILK,60,silver
MILK,60,platinum
BREAD,,gold
"""
NOW = (
    "SELECT p.amount_minor FROM catalogue_price p JOIN catalogue_variant v ON v.id = p.variant_id"
    " JOIN catalogue_price_list l ON l.id = p.list_id WHERE v.code_key = 'milk' AND l.code = '{}'"
    " ORDER BY p.id"
)


class Interrupted(Exception):
    """Somebody has stopped the import."""


@pytest.fixture
def amounts(town):
    """Return what milk has cost in a list, the oldest first: `amounts("standard")`."""

    def run(name):
        with town.sessions() as db:
            return list(db.scalars(text(NOW.format(name))))

    return run


@pytest.fixture
def pricing(town, shelves):
    """Take a file in as Lena, a few rows at a time; return what became of it."""

    def run(content, *, dry_run=False, chunk=2, report=lambda _progress: None, again=""):
        if not again:
            mapping, total = PriceImporter.columns(BytesIO(content))
            told = {"content": content, "mapping": mapping, "total": total, "dry_run": dry_run}
            with town.working(PRICER) as ctx:
                again = start_prices(ctx, StartImport(file_name="june.csv", **told)).id
        Carrier(town, PRICER, PriceImporter(), take_prices, chunk=chunk).carry_out(again, report)
        with town.working(PRICER, reads=True) as ctx:
            return read_prices(ctx, ReadImport(id=again))

    return run


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("chunk", [2, 50])
def test_each_price_is_set_or_refused_with_its_reason(pricing, amounts, clock, chunk):
    before = amounts("standard")
    clock.advance(minutes=1)
    told = pricing(ROWS, chunk=chunk)
    assert (told.new, told.same, told.refused) == (2, 0, 5)
    assert [(line.row, line.code) for line in told.lines] == [
        (2, "catalogue.too-many-decimals"),
        (3, "grocery.unknown-product"),
        (4, "grocery.priced-twice"),
        (6, "grocery.unknown-list"),
        (7, "catalogue.bad-price"),
    ]
    assert amounts("standard") == [*before, 6400]
    assert amounts("SILVER") == [6000]


@pytest.mark.parametrize("chunk", [1, 50])
def test_a_list_that_is_named_once_and_once_not_is_one(pricing, amounts, clock, chunk):
    before = amounts("standard")

    def later(_progress):
        clock.advance(seconds=1)

    later(None)
    told = pricing(b"code,price,list\nMILK,64,\nMILK,65,Standard\n", chunk=chunk, report=later)
    assert [(line.row, line.code) for line in told.lines] == [(2, "grocery.priced-twice")]
    assert amounts("standard") == [*before, 6400]


def test_trying_changes_nothing_and_the_same_again_neither(pricing, amounts, clock):
    before = amounts("standard")
    clock.advance(minutes=1)
    assert pricing(ROWS, dry_run=True).new == 2
    assert (amounts("standard"), amounts("SILVER")) == (before, [])
    pricing(ROWS)
    clock.advance(minutes=1)
    told = pricing(ROWS)
    assert (told.new, told.same, told.refused) == (0, 2, 5)


def test_an_import_that_was_stopped_goes_on_where_it_was(pricing, clock):
    clock.advance(minutes=1)
    runs = []

    def stop(progress):
        runs.append(progress.run)
        raise Interrupted

    with pytest.raises(Interrupted):
        pricing(ROWS, report=stop)
    told = pricing(ROWS, again=runs[0])
    assert (told.state, told.done, told.new, told.refused) == ("applied", 7, 2, 5)


def test_it_does_not_go_on_as_an_import_of_products(pricing, town, clock):
    clock.advance(minutes=1)
    runs = []

    def stop(progress):
        runs.append(progress.run)
        raise Interrupted

    with pytest.raises(Interrupted):
        pricing(ROWS, report=stop)
    editor = Actor(4, "Lena Cruz", frozenset({EDIT}))
    with pytest.raises(UnknownImport):
        Carrier(town, editor, ProductImporter(), take_rows, chunk=2).carry_out(runs[0], print)
    assert pricing(ROWS, again=runs[0]).new == 2


@pytest.mark.parametrize("head", [b"name,price\nMilk,3\n", b"code,cost\nMILK,3\n"])
def test_a_file_without_codes_or_prices_is_no_file_of_prices(head):
    with pytest.raises(BadFile, match="no column of"):
        PriceImporter.columns(BytesIO(head))


def test_the_verb_names_the_rows_that_were_refused(settings, shelves, tmp_path, monkeypatch):
    from townsquare.services.grocery import cli

    monkeypatch.setattr(cli, "settings_here", lambda: settings)
    (tmp_path / "june.csv").write_bytes(ROWS)
    told = CliRunner().invoke(cli.grocery, ["import-prices", str(tmp_path / "june.csv")])
    assert told.exit_code == 0
    assert "7 prices: 2 were new, 0 same, 5 refused." in told.output
    assert "row 3 NOBODY: The shop has no such product; search for it by name." in told.output
