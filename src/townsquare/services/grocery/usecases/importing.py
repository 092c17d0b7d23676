"""Take files of products in: some hundred rows at a time, each with its outcome."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, BinaryIO

from sqlalchemy import select

from townsquare.blocks import catalogue
from townsquare.core.db import savepoint
from townsquare.core.errors import Conflict, DomainError
from townsquare.core.imports.csvfiles import CsvRow, mapping_from, rows
from townsquare.core.imports.outcomes import (
    NEW,
    REFUSED,
    SAME,
    BadFile,
    Outcome,
    Progress,
    RowRefused,
    TakeRows,
)
from townsquare.core.imports.runs import ImportRow, UnknownImport, Wanted, begin, take
from townsquare.core.storage import Upload, store
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.imports import EDIT, KIND, SERVICE, StartImport
from townsquare.services.grocery.models.ours import STANDARD, our_shop
from townsquare.services.grocery.models.searching import remember
from townsquare.services.grocery.results.imports import ImportRun
from townsquare.services.grocery.rules.columns import (
    LONGEST_NAME,
    LONGEST_TEXT,
    NUTRITION,
    of_products,
    tidy,
)

PURPOSE = "grocery.import"
LARGEST = 50 * 1024 * 1024
CHUNK = 250
RETIRED = "retired"
SOURCE = "Open Food Facts, ODbL 1.0"
Read = tuple[CsvRow, dict[str, str]]


class WasRetired(Conflict):
    """A row about a product that was taken out of the shop, by hand or with its import."""

    code = "grocery.was-retired"
    message = translatable("This product has left the shop; bring it back on its page.")


class ProductImporter:
    """How files of products are read; `outcomes` are those of the rows at hand, in their order."""

    kind = KIND

    def __init__(self, outcomes: Sequence[Outcome] = ()) -> None:
        self._outcomes = iter(outcomes)

    @staticmethod
    def columns(file: BinaryIO) -> tuple[dict[str, Any], int]:
        """Return how a file is read, and how many rows it has; refuse one without barcodes."""
        found = rows(file)
        first = next(found, None)
        columns = of_products(list(first.values)) if first else {}
        if "barcode" not in columns:
            raise BadFile(reason="it has no column of barcodes")
        return {"columns": columns}, 1 + sum(1 for _row in found)

    def read(self, file: BinaryIO, mapping: Mapping[str, Any]) -> Iterator[Read]:
        """Return the rows of the file with their fields; a damaged one has none."""
        fields = mapping_from(mapping)
        for row in rows(file):
            yield row, {} if row.fault else fields.read(row)

    def apply(self, _ctx: Context, row: Read) -> Outcome:
        """Return what became of the row when all of its part were added at once."""
        row[0].refused()
        told = next(self._outcomes)
        if told.outcome == REFUSED:
            raise RowRefused(told.code, told.sentence, record=told.record)
        return told


@use_case("grocery.import.start", permission=EDIT)
def start_import(ctx: Context, wish: StartImport) -> ImportRun:
    """Keep the file of products and begin to take it in."""
    file = store(ctx, Upload(BytesIO(wish.content), wish.file_name, PURPOSE, limit=LARGEST))
    mapping = {**wish.mapping, "name": file.name}
    wanted = Wanted(SERVICE, KIND, file, mapping, dry_run=wish.dry_run, total=wish.total)
    run = begin(ctx, wanted)
    return ImportRun(run, "uploaded", 0, wish.total, 0, 0, 0, "", file.name)


@use_case("grocery.import.take", permission=EDIT)
def take_rows(ctx: Context, wish: TakeRows) -> Progress:
    """Take these rows of a run in, all by the same few statements."""
    wanted = select(ImportRow.dry_run).filter_by(public_id=wish.run, kind=KIND)
    dry_run = ctx.db.scalar(wanted)
    if dry_run is None:
        raise UnknownImport(run=wish.run)
    read = [fields for row, fields in wish.rows if not row.fault]
    part, told = savepoint(ctx.db), len(ctx.events)
    outcomes = _added(ctx, read)
    if dry_run:
        part.rollback()
        del ctx.events[told:]
    else:
        part.commit()
    return take(ctx, ProductImporter(outcomes), wish)


def _added(ctx: Context, read: Sequence[dict[str, str]]) -> list[Outcome]:
    """Add what is new and return what became of each row, in their order."""
    shop = our_shop(ctx)
    codes = [fields.get("barcode", "") for fields in read]
    told = _known(ctx, shop, codes)
    first: dict[str, catalogue.NewItem] = {}
    outcomes: list[Outcome | None] = []
    for code, fields in zip(codes, read, strict=True):
        outcomes.append(None)
        if code in told or code in first:
            continue
        try:
            first[code] = _item(fields, code, shop)
        except DomainError as error:
            outcomes[-1] = _refused(code, error)
    told |= _written(ctx, shop, first)
    return [outcome or _next(told, code) for outcome, code in zip(outcomes, codes, strict=True)]


def _written(
    ctx: Context, shop: catalogue.Shop, first: Mapping[str, catalogue.NewItem]
) -> dict[str, Outcome]:
    """Add these goods and return what became of each code."""
    added = catalogue.add_items(ctx, shop, list(first.values()))
    remember(ctx, added.variants.values())
    told = {code: Outcome(NEW, code) for code in first}
    return told | {one.code: _refused(one.code, one.error) for one in added.refused}


def _next(told: dict[str, Outcome], code: str) -> Outcome:
    """Return what became of a code; a further row with it finds what the first one has made."""
    found = told[code]
    if found.outcome == NEW:
        told[code] = Outcome(SAME, code)
    return found


def _item(fields: Mapping[str, str], code: str, shop: catalogue.Shop) -> catalogue.NewItem:
    """Return a row as goods: a row without a name has its barcode as name."""
    facts = tuple(
        catalogue.NewFact(name, tidy(fields[name], LONGEST_NAME), "g", SOURCE)
        for name in NUTRITION
        if fields.get(name)
    )
    prices: tuple[catalogue.NewPrice, ...] = ()
    if fields.get("price"):
        amount = catalogue.price_typed(fields["price"], shop.currency)
        prices = (catalogue.NewPrice(amount),)
    numbers = (catalogue.NewIdentifier(code),)
    variant = catalogue.NewVariant(code, identifiers=numbers, facts=facts, prices=prices)
    return catalogue.NewItem(
        code,
        tidy(fields.get("name", ""), LONGEST_NAME) or code,
        STANDARD,
        description=tidy(fields.get("description", ""), LONGEST_TEXT),
        category=fields.get("category"),
        variants=(variant,),
    )


def _known(ctx: Context, shop: catalogue.Shop, codes: Sequence[str]) -> dict[str, Outcome]:
    """Return what becomes of those of these codes that the shop has: what was retired stays so."""
    row, item = catalogue.VARIANT, catalogue.ITEM
    keys = {code: catalogue.code_key(code) for code in codes}
    chosen = (
        select(row.code_key, item.status == RETIRED)
        .join(item, item.id == row.item_id)
        .where(row.shop_id == shop.id, row.code_key.in_(keys.values()))
    )
    retired = dict(ctx.db.execute(chosen).all())
    return {
        code: _refused(code, WasRetired()) if retired[key] else Outcome(SAME, code)
        for code, key in keys.items()
        if key in retired
    }


def _refused(record: str, error: DomainError) -> Outcome:
    return Outcome(REFUSED, record, error.code, error.message.format(**error.facts))
