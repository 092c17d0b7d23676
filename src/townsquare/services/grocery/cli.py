"""What operators do with the shop on the command line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import click
from babel.numbers import format_currency, get_currency_precision

from townsquare.core.console import operating, operator, settings_here
from townsquare.core.imports.carrying import Carrier
from townsquare.core.town import Town, found
from townsquare.core.usecase import Actor, declared
from townsquare.services.grocery.commands.baskets import StartBaskets
from townsquare.services.grocery.commands.bills import SeeBooks
from townsquare.services.grocery.commands.counts import FindDoubts
from townsquare.services.grocery.commands.fields import MOST, Nothing
from townsquare.services.grocery.commands.imports import (
    EDIT,
    PRICES,
    SET_PRICES,
    ReadImport,
    StartImport,
)
from townsquare.services.grocery.commands.markdowns import ApplyMarkdowns
from townsquare.services.grocery.commands.past import FindStockAt
from townsquare.services.grocery.commands.products import ChooseProduct
from townsquare.services.grocery.commands.recalls import ADVICE, REASONS, RecallLot
from townsquare.services.grocery.commands.reordering import FindProposals
from townsquare.services.grocery.commands.stock import ExplainStock, NameLot
from townsquare.services.grocery.queries.bills import PAY, read_books
from townsquare.services.grocery.queries.counts import COUNT, find_doubts
from townsquare.services.grocery.queries.imports import read_baskets, read_import, read_prices
from townsquare.services.grocery.queries.past import find_stock_at
from townsquare.services.grocery.queries.reordering import REORDER, find_proposals
from townsquare.services.grocery.queries.stocks import (
    VIEW,
    explain_stock,
    lots_named,
    scan_product,
)
from townsquare.services.grocery.results.imports import ImportRun
from townsquare.services.grocery.usecases import baskets, price_files
from townsquare.services.grocery.usecases.importing import (
    CHUNK,
    ProductImporter,
    start_import,
    take_rows,
)
from townsquare.services.grocery.usecases.markdowns import PRICING, apply_markdowns
from townsquare.services.grocery.usecases.recalls import RECALL, recall_lot
from townsquare.services.grocery.usecases.together import LEARN, learn_associations

DESK = "grocery.desk.open"
PRESENT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def grocery() -> None:
    """Look after the shop."""


@grocery.command("import-products")
@click.argument("file", type=PRESENT)
@click.option("--dry-run", is_flag=True, help="Show what would happen, change nothing.")
@click.option("--resume", default="", help="Go on with this interrupted import.")
def import_products(file: Path, *, dry_run: bool, resume: str) -> None:
    """Take the products of FILE in: CSV with a column of barcodes, packed or not."""
    with _here() as town:
        run = resume or _started(town, file, dry_run=dry_run)
        carrier = Carrier(town, _who(EDIT), ProductImporter(), take_rows, chunk=CHUNK)
        _carry_out(carrier, run)
        with operating(town, EDIT, reads=True) as ctx:
            told = read_import(ctx, ReadImport.model_validate({"id": run}))
    _show(told, "products")


@grocery.command("import-prices")
@click.argument("file", type=PRESENT)
@click.option("--dry-run", is_flag=True, help="Show what would happen, change nothing.")
@click.option("--resume", default="", help="Go on with this interrupted import.")
def import_prices(file: Path, *, dry_run: bool, resume: str) -> None:
    """Set the prices of FILE from now on: CSV with columns of codes or barcodes, and prices."""
    with _here() as town:
        run = resume or _started_prices(town, file, dry_run=dry_run)
        importer, take = price_files.PriceImporter(), price_files.take_prices
        _carry_out(Carrier(town, _who(SET_PRICES), importer, take, chunk=CHUNK), run)
        told = _read(town, run, importer.kind)
    _show(told, "prices")


@grocery.command("import-baskets")
@click.argument("file", type=PRESENT)
@click.option("--source", default="", help="Where the baskets are of; else the name of the file.")
@click.option("--dry-run", is_flag=True, help="Show what would happen, change nothing.")
@click.option("--resume", default="", help="Go on with this interrupted import.")
def import_baskets(file: Path, *, source: str, dry_run: bool, resume: str) -> None:
    """Take the past baskets of FILE in, and learn: a visit a line, names between commas."""
    with _here() as town:
        run = resume or _started_baskets(town, file, source=source or file.stem, dry_run=dry_run)
        importer, take = baskets.BasketImporter(), baskets.take_baskets
        carrier = Carrier(town, _who(LEARN), importer, take, chunk=baskets.CHUNK)
        _carry_out(carrier, run)
        told = _read(town, run, importer.kind)
        if told.state == "applied":
            wish = town.ahead(declared(learn_associations), _who(LEARN), Nothing())
            with operating(town, LEARN) as ctx:
                learned = learn_associations(ctx, wish)
            counts = f"{learned.pairs} pairs in {learned.baskets} baskets"
            click.echo(f"{counts}, {learned.changed} new.")
    _show(told, "baskets")


@grocery.command()
@click.argument("lot")
@click.option("--reason", type=click.Choice([*REASONS]), required=True, help="Why.")
@click.option("--advice", default=ADVICE, help="What buyers should do; they read it.")
@click.option("--product", default="", help="Its code, where lots of several are named so.")
def recall(lot: str, *, reason: str, advice: str, product: str) -> None:
    """Call LOT back, by the code on its label: off the shelf, out of orders, from its buyers."""
    with _here() as town:
        with operating(town, VIEW, reads=True) as ctx:
            lots = lots_named(ctx, NameLot(code=lot, product=product)).lots
        for part in lots:
            wish = {"id": part.id, "reason": reason, "advice": advice}
            with operating(town, RECALL) as ctx:
                told = recall_lot(ctx, RecallLot.model_validate(wish))
            click.echo(
                f"{part.name} {part.code}: recall {told.id}, {told.sold} orders were sold of it,"
                f" {told.shortened} in progress lost some."
            )


@grocery.command("count-list")
def count_list() -> None:
    """Show which place should be counted next: where most worth stands in doubt comes first."""
    with _here() as town, operating(town, COUNT, reads=True) as ctx:
        told = find_doubts(ctx, FindDoubts())
    for place in told.places:
        score = "never counted" if place.score is None else f"trust {place.score:.3f}"
        worth, doubt = (_money(m, told.currency) for m in (place.value_minor, place.doubt_minor))
        click.echo(f"{place.place}\t{place.name}\t{score}\tworth {worth}\tin doubt {doubt}")


@grocery.command()
def reorder() -> None:
    """Show what should be ordered again, and the figures that say so."""
    with _here() as town, operating(town, REORDER, reads=True) as ctx:
        told = find_proposals(ctx, FindProposals())
    for line in told.proposals:
        click.echo(
            f"{line.product}\t{line.name}\torder {line.qty}\tneeded {line.needed}: target"
            f" {line.target} ({line.per_day} a day, {line.days} days), available"
            f" {line.available}, on order {line.on_order}, packs of {line.pack_qty}"
        )
    if not told.proposals:
        click.echo("Nothing has to be ordered.")


@grocery.command("stock-explain")
@click.argument("code")
@click.option("--place", default="SHELF", help="The code of another place.")
def stock_explain(code: str, *, place: str) -> None:
    """Show why so much of the product with this CODE is in a place, move by move."""
    with _here() as town, operating(town, DESK, VIEW, reads=True) as ctx:
        product = scan_product(ctx, ChooseProduct(code=code))
        told = explain_stock(ctx, ExplainStock(id=product.id, place=place))
    click.echo(f"{told.code}\t{told.name}\t{told.place}\t{told.on_hand}")
    for step in told.steps:
        click.echo(
            f"{step.at.isoformat()}\t{step.change:+}\t{step.balance}\t{step.reason}\t{step.source}"
        )


@grocery.command("stock-at")
@click.argument("time")
def stock_at(time: str) -> None:
    """Show what was there at a TIME, such as 2026-03-02T18:00:00+08:00."""
    try:
        wish, after = FindStockAt.model_validate({"time": time, "limit": MOST}), ""
    except ValueError as error:
        message = f"{time} is no moment with a zone; write it like 2026-03-02T18:00:00+08:00."
        raise click.BadParameter(message, param_hint="TIME") from error
    with _here() as town, operating(town, VIEW, reads=True) as ctx:
        while True:
            told = find_stock_at(ctx, wish.model_copy(update={"after": after}))
            if not (told.lines or after):
                click.echo("Nothing was there.")
            for line in told.lines:
                where = ", ".join(f"{one.place} {one.qty}" for one in line.places)
                click.echo(f"{line.product}\t{line.name}\t{line.qty}\t{where}")
            after = told.after
            if not after:
                return


def _money(amount_minor: int, currency: str) -> str:
    amount = Decimal(amount_minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale="en")


@grocery.command("trial-balance")
def trial_balance() -> None:
    """Show every account of the shop with its balance; end with 1 if the books do not agree."""
    with _here() as town, operating(town, PAY, reads=True) as ctx:
        told = read_books(ctx, SeeBooks())
    for one in told.accounts:
        amount = _money(one.amount_minor, one.currency)
        click.echo(f"{one.kind:<10} {one.code:<24} {amount:>18}")
    debit, credit = (_money(sum_, told.currency) for sum_ in (told.debit_minor, told.credit_minor))
    click.echo(f"debit {debit}, credit {credit}")
    sys.exit(0 if told.debit_minor == told.credit_minor else 1)


@grocery.command()
@click.option("--date", "day", default="", help="Of this day, such as 2026-03-10; else today.")
def markdown(day: str) -> None:
    """Mark down what is soon over, by the rules; the same day again changes nothing."""
    try:
        wish = ApplyMarkdowns(day=date.fromisoformat(day) if day else None)
    except ValueError as error:
        message = f"{day} is no date; write it like 2026-03-10."
        raise click.BadParameter(message, param_hint="--date") from error
    with _here() as town, operating(town, PRICING) as ctx:
        told = apply_markdowns(ctx, wish)
    click.echo(f"Lots that have become cheaper: {told.lots}.")


@contextmanager
def _here() -> Iterator[Town]:
    town = found(settings_here(), ())
    try:
        yield town
    finally:
        town.database.dispose()


def _started(town: Town, file: Path, *, dry_run: bool) -> str:
    content = file.read_bytes()
    mapping, total = ProductImporter.columns(BytesIO(content))
    wish = StartImport(
        file_name=file.name, content=content, mapping=mapping, total=total, dry_run=dry_run
    )
    with operating(town, EDIT) as ctx:
        return start_import(ctx, wish).id


def _started_prices(town: Town, file: Path, *, dry_run: bool) -> str:
    content = file.read_bytes()
    mapping, total = price_files.PriceImporter.columns(BytesIO(content))
    wish = StartImport(
        file_name=file.name, content=content, mapping=mapping, total=total, dry_run=dry_run
    )
    with operating(town, SET_PRICES) as ctx:
        return price_files.start_prices(ctx, wish).id


def _started_baskets(town: Town, file: Path, *, source: str, dry_run: bool) -> str:
    content = file.read_bytes()
    total = baskets.BasketImporter.rows_in(BytesIO(content))
    wish = StartBaskets(
        file_name=file.name, content=content, source=source, total=total, dry_run=dry_run
    )
    with operating(town, LEARN) as ctx:
        return baskets.start_baskets(ctx, wish).id


def _who(permission: str) -> Actor:
    return Actor(0, operator(), frozenset({permission}))


def _carry_out(carrier: Carrier[Any], run: str) -> None:
    """Take in what is left of a run, and show how far it is."""
    told = _read(carrier.town, run, carrier.importer.kind)
    if told.state != "uploaded":
        return
    with click.progressbar(length=told.total, label=f"Import {run}", file=sys.stderr) as bar:
        bar.update(told.done)
        carrier.carry_out(run, lambda progress: bar.update(progress.done - bar.pos))


def _read(town: Town, run: str, kind: str) -> ImportRun:
    wish = ReadImport.model_validate({"id": run})
    looks = {baskets.KIND: (read_baskets, LEARN), PRICES: (read_prices, SET_PRICES)}
    look, may = looks.get(kind, (read_import, EDIT))
    with operating(town, may, reads=True) as ctx:
        return look(ctx, wish)


def _show(told: ImportRun, what: str) -> NoReturn:
    verb = "would be" if told.state == "checked" else "were"
    click.echo(
        f"{told.done} {what}: {told.new} {verb} new, {told.same} same, {told.refused} refused."
    )
    for line in told.lines:
        click.echo(f"  row {line.row} {line.record}: {line.sentence}")
    if told.reason:
        click.echo(f"The file could not be read to its end: {told.reason}.")
    sys.exit(1 if told.state == "failed" or (told.done and told.refused == told.done) else 0)
