"""Take files of prices in: the products stay as they are, and what they cost before stays known."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any, BinaryIO

from sqlalchemy import or_, select

from townsquare.blocks import catalogue
from townsquare.blocks.catalogue import ITEM, PRICE, PRICE_LIST, VARIANT
from townsquare.core.db import savepoint
from townsquare.core.errors import DomainError
from townsquare.core.frozen import dataclass
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
from townsquare.services.grocery.commands.imports import PRICES, SERVICE, SET_PRICES, StartImport
from townsquare.services.grocery.errors import PricedTwice, UnknownList, UnknownProduct
from townsquare.services.grocery.models.ours import STANDARD, WHOLE, our_shop
from townsquare.services.grocery.results.imports import ImportRun
from townsquare.services.grocery.rules.columns import PRICE_NAMES, chosen
from townsquare.services.grocery.usecases.importing import LARGEST, PURPOSE, RETIRED, WasRetired
from townsquare.services.grocery.usecases.selling import list_for

Read = tuple[CsvRow, dict[str, str]]
Place = tuple[int, str]  # A variant, and the list in which it has its price.
LISTS = {"": STANDARD, STANDARD: STANDARD, "gold": "GOLD", "silver": "SILVER"}  # As files say it.
LONGEST_LIST = 20  # Signs of a list's name that are told again.
TWICE = "twice"  # A field of our own: an earlier row of the file says what this one says again.


@dataclass(frozen=True)
class Priced:
    """A product of which a row tells the price."""

    variant: int
    base_unit: str
    status: str


class PriceImporter:
    """How files of prices are read; `outcomes` are those of the rows at hand, in their order."""

    kind = PRICES

    def __init__(self, outcomes: Sequence[Outcome] = ()) -> None:
        self._outcomes = iter(outcomes)

    @staticmethod
    def columns(file: BinaryIO) -> tuple[dict[str, Any], int]:
        """Return how a file is read, and how many rows it has; refuse one without prices."""
        found = rows(file)
        first = next(found, None)
        columns = chosen(list(first.values), PRICE_NAMES) if first else {}
        for needed, what in (("code", "codes or barcodes"), ("price", "prices")):
            if needed not in columns:
                raise BadFile(reason=f"it has no column of {what}")
        return {"columns": columns}, 1 + sum(1 for _row in found)

    def read(self, file: BinaryIO, mapping: Mapping[str, Any]) -> Iterator[Read]:
        """Return the rows of the file with their fields; a damaged one has none."""
        fields, seen = mapping_from(mapping), set()
        for row in rows(file):
            told = {} if row.fault else fields.read(row)
            name = told.get("price_list", "").lower()
            place = (catalogue.code_key(told.get("code", "")), LISTS.get(name, name))
            yield row, {**told, TWICE: TWICE} if place in seen else told
            seen.add(place)

    def apply(self, _ctx: Context, row: Read) -> Outcome:
        """Return what became of the row when all of its part were set at once."""
        row[0].refused()
        told = next(self._outcomes)
        if told.outcome == REFUSED:
            raise RowRefused(told.code, told.sentence, record=told.record)
        return told


@use_case("grocery.price.import", permission=SET_PRICES)
def start_prices(ctx: Context, wish: StartImport) -> ImportRun:
    """Keep the file of prices and begin to take it in."""
    file = store(ctx, Upload(BytesIO(wish.content), wish.file_name, PURPOSE, limit=LARGEST))
    mapping = {**wish.mapping, "name": file.name}
    wanted = Wanted(SERVICE, PRICES, file, mapping, dry_run=wish.dry_run, total=wish.total)
    return ImportRun(begin(ctx, wanted), "uploaded", 0, wish.total, 0, 0, 0, "", file.name)


@use_case("grocery.price.take", permission=SET_PRICES)
def take_prices(ctx: Context, wish: TakeRows) -> Progress:
    """Set these prices of a run, all by the same few statements."""
    wanted = select(ImportRow.dry_run, ImportRow.mapping).filter_by(public_id=wish.run, kind=PRICES)
    run = ctx.db.execute(wanted).first()
    if run is None:
        raise UnknownImport(run=wish.run)
    part, told = savepoint(ctx.db), len(ctx.events)
    read = [fields for row, fields in wish.rows if not row.fault]
    outcomes = _set(ctx, read, reason=run.mapping["name"])
    if run.dry_run:
        part.rollback()
        del ctx.events[told:]
    else:
        part.commit()
    return take(ctx, PriceImporter(outcomes), wish)


def _set(ctx: Context, read: Sequence[dict[str, str]], *, reason: str) -> list[Outcome]:
    """Set what is new and return what became of each row, in their order."""
    shop = our_shop(ctx)
    goods = _goods(ctx, shop, {fields.get("code", "") for fields in read})
    known = _standing(ctx, {one.variant for one in goods.values()})
    fresh: dict[Place, catalogue.NewPrice] = {}
    outcomes = []
    for fields in read:
        code = fields.get("code", "")
        try:
            place, new = _asked(fields, goods.get(code), currency=shop.currency, reason=reason)
            if known.get(place) == (new.amount_minor, new.per_qty):
                outcomes.append(Outcome(SAME, code))
                continue
            if place in fresh:  # Under another of its names.
                raise PricedTwice
            fresh[place] = new
            outcomes.append(Outcome(NEW, code))
        except DomainError as error:
            sentence = error.message.format(**error.facts)
            outcomes.append(Outcome(REFUSED, code, error.code, sentence))
    for name in {name for _variant, name in fresh}:
        list_for(ctx, shop, name)
    told = [(variant, new) for (variant, _list), new in fresh.items()]
    catalogue.set_prices(ctx, shop, told)
    return outcomes


def _asked(
    fields: Mapping[str, str], product: Priced | None, *, currency: str, reason: str
) -> tuple[Place, catalogue.NewPrice]:
    """Return whose price a row tells, and the price; refuse a row that says none."""
    if product is None:
        raise UnknownProduct
    if product.status == RETIRED:
        raise WasRetired
    if TWICE in fields:
        raise PricedTwice
    name = LISTS.get(fields.get("price_list", "").lower())
    if name is None:
        raise UnknownList(typed=fields["price_list"][:LONGEST_LIST])
    amount = catalogue.price_typed(fields.get("price", ""), currency)
    per_qty = WHOLE[product.base_unit]
    new = catalogue.NewPrice(amount, per_qty, price_list=name, reason=reason)
    return (product.variant, name), new


def _goods(ctx: Context, shop: catalogue.Shop, codes: Collection[str]) -> dict[str, Priced]:
    """Return the products of these codes or barcodes, in two statements whatever their number."""
    keys, barcodes = {code: catalogue.code_key(code) for code in codes}, _barcodes(codes)
    number = catalogue.IDENTIFIER
    chosen = select(VARIANT.id, ITEM.base_unit, ITEM.status).join(ITEM, ITEM.id == VARIANT.item_id)
    ours = chosen.where(VARIANT.shop_id == shop.id)
    by_code = ours.add_columns(VARIANT.code_key).where(VARIANT.code_key.in_(keys.values()))
    by_number = (
        ours.add_columns(number.value_key)
        .join(number, number.variant_id == VARIANT.id)
        .where(number.scheme == "gtin", number.value_key.in_(barcodes.values()))
    )
    numbered = {row[3]: Priced(*row[:3]) for row in ctx.db.execute(by_number)}
    coded = {row[3]: Priced(*row[:3]) for row in ctx.db.execute(by_code)}
    found = {code: numbered[key] for code, key in barcodes.items() if key in numbered}
    return found | {code: coded[key] for code, key in keys.items() if key in coded}


def _barcodes(codes: Collection[str]) -> dict[str, str]:
    """Return the barcodes among these codes, and each as it is kept."""
    found = {}
    for code in codes:
        with suppress(ValueError):
            found[code] = catalogue.gtin_of(code)
    return found


def _standing(ctx: Context, variants: Collection[int]) -> dict[Place, tuple[int, int]]:
    """Return what these cost now in each list, for how much."""
    chosen = (
        select(PRICE.variant_id, PRICE_LIST.code, PRICE.amount_minor, PRICE.per_qty)
        .join(PRICE_LIST, PRICE_LIST.id == PRICE.list_id)
        .where(PRICE.variant_id.in_(sorted(variants)), PRICE.min_qty == 1, PRICE.lot_id.is_(None))
        .where(PRICE.valid_from <= ctx.now())
        .where(or_(PRICE.valid_to.is_(None), PRICE.valid_to > ctx.now()))
        .order_by(PRICE.valid_from, PRICE.id)  # What began last is in force.
    )
    return {(one, code): (amount, per) for one, code, amount, per in ctx.db.execute(chosen)}
