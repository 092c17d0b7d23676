"""Prices and tax rates: new rows only, so that what was asked on any day can be told later."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.catalogue.commands import NewPrice
from townsquare.blocks.catalogue.errors import (
    CodeTaken,
    PriceStartTaken,
    RateStartTaken,
    UnknownPriceList,
    UnknownTaxClass,
)
from townsquare.blocks.catalogue.events import PriceSet, PricesSet, TaxRateSet
from townsquare.blocks.catalogue.models.prices import (
    CLASS_CODE,
    LIST_CODE,
    LIST_KINDS,
    LOT_PRICE_START,
    PRICE_START,
    RATE_START,
    PriceListRow,
    PriceRow,
    TaxClassRow,
    TaxRateRow,
)
from townsquare.blocks.catalogue.results import PriceList, Shop, TaxClass
from townsquare.blocks.catalogue.rules import texts
from townsquare.blocks.catalogue.usecases import shapes
from townsquare.blocks.catalogue.usecases.found import codes_of, ids_by_key
from townsquare.blocks.catalogue.usecases.typed import (
    SHORT,
    code_typed,
    one_of,
    text_typed,
    write,
)
from townsquare.core.db import breaks
from townsquare.core.errors import Invalid
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context
from townsquare.core.words import translatable

NEEDS_TIER = translatable("Say for whom this list is.")
FOR_A_LOT = translatable("A markdown names its lot, and no other list does.")
MOST_TOLD = 50  # Prices that are told one by one; of more, how many and which.
FOR_SOME = ("tier", "staff")


def add_price_list(
    ctx: Context,
    shop: Shop,
    *,
    code: str,
    kind: str,
    name: str = "",
    tier: str | None = None,
    priority: int = 0,
) -> PriceList:
    """Add a list; with a tier its prices are only for those who belong to it."""
    if (kind in FOR_SOME) and not tier:
        raise Invalid(fields={"tier": NEEDS_TIER})
    code = code_typed(code, most=SHORT)
    row = PriceListRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        code=code,
        code_key=texts.code_key(code),
        name=text_typed(name, field="name"),
        kind=one_of(kind, LIST_KINDS, field="kind"),
        tier=texts.code_key(code_typed(tier, field="tier", most=SHORT)) if tier else None,
        priority=priority,
    )
    write(ctx, row, refusals={LIST_CODE: CodeTaken(taken=code)})
    return row.told()


def set_price(ctx: Context, shop: Shop, variant: int, *, new: NewPrice) -> int:
    """Set what a variant costs in a list from a moment on; return the row id of the price."""
    return set_prices(ctx, shop, [(variant, new)])[0]


def plan_sale(
    ctx: Context,
    shop: Shop,
    prices: Sequence[tuple[int, NewPrice]],
    *,
    starts: datetime,
    ends: datetime,
) -> list[int]:
    """Let these prices hold between two moments; a price under them is in force again after."""
    planned = [(variant, replace(new, valid_from=starts, valid_to=ends)) for variant, new in prices]
    return set_prices(ctx, shop, planned)


def set_prices(ctx: Context, shop: Shop, prices: Sequence[tuple[int, NewPrice]]) -> list[int]:
    """Set the prices of many variants at once; return the row ids of the prices in their order."""
    if not prices:
        return []
    codes = codes_of(ctx, shop, [variant for variant, _new in prices])
    lists = _lists_of(ctx, shop, [new.price_list for _variant, new in prices])
    rows = [
        {
            "variant_id": variant,
            "list_id": _fitting(new, lists).id,
            **shapes.price_values(new, ctx.now()),
        }
        for variant, new in prices
    ]
    ids = _written(ctx, rows)
    if len(rows) > MOST_TOLD:
        ctx.emit(PricesSet(shop.public_id, len(rows), min(ids), max(ids)))
        return ids
    for (variant, new), row in zip(prices, rows, strict=True):
        ctx.emit(
            PriceSet(
                shop=shop.public_id,
                variant=codes[variant],
                price_list=new.price_list,
                amount_minor=new.amount_minor,
                per_qty=new.per_qty,
                min_qty=new.min_qty,
                valid_from=row["valid_from"].isoformat(),
                valid_to=new.valid_to.isoformat() if new.valid_to else "",
                reason=row["reason"],
            )
        )
    return ids


def add_tax_class(ctx: Context, shop: Shop, *, code: str, name: str) -> TaxClass:
    """Add a class of things that are taxed alike."""
    code = code_typed(code, most=SHORT)
    row = TaxClassRow(
        shop_id=shop.id,
        code=code,
        code_key=texts.code_key(code),
        name=text_typed(name, field="name", needed=True),
    )
    write(ctx, row, refusals={CLASS_CODE: CodeTaken(taken=code)})
    return row.told()


def set_tax_rate(
    ctx: Context,
    shop: Shop,
    tax_class: str,
    *,
    ppm: int,
    valid_from: date,
    region: str | None = None,
    service_type: str = "",
) -> None:
    """Tax a class at this rate, in millionths, from a day on; without a region in the shop's."""
    known = ids_by_key(ctx, TaxClassRow, shop=shop, codes=[tax_class])
    if texts.code_key(tax_class) not in known:
        raise UnknownTaxClass(tax_class=tax_class)
    row = TaxRateRow(
        class_id=known[texts.code_key(tax_class)],
        region=shop.tax_region if region is None else region,
        service_type=service_type,
        ppm=shapes.part_of_million(ppm, "ppm"),
        valid_from=valid_from,
    )
    write(ctx, row, refusals={RATE_START: RateStartTaken(valid_from=valid_from.isoformat())})
    ctx.emit(TaxRateSet(shop.public_id, tax_class, row.region, ppm, valid_from.isoformat()))


def _lists_of(ctx: Context, shop: Shop, codes: Sequence[str]) -> dict[str, PriceListRow]:
    keys = {texts.code_key(code) for code in codes}
    chosen = select(PriceListRow).where(
        PriceListRow.shop_id == shop.id, PriceListRow.code_key.in_(keys)
    )
    return {row.code_key: row for row in ctx.db.scalars(chosen)}


def _fitting(new: NewPrice, lists: dict[str, PriceListRow]) -> PriceListRow:
    row = lists.get(texts.code_key(new.price_list))
    if row is None:
        raise UnknownPriceList(price_list=new.price_list)
    if (row.kind == "markdown") != (new.lot_id is not None):
        raise Invalid(fields={"lot_id": FOR_A_LOT})
    return row


def _written(ctx: Context, rows: list[dict[str, object]]) -> list[int]:
    try:
        made = ctx.db.execute(insert(PriceRow).returning(PriceRow.public_id, PriceRow.id), rows)
        ids = dict(made.all())
    except IntegrityError as error:
        if breaks(error, PRICE_START) or breaks(error, LOT_PRICE_START):
            raise PriceStartTaken from error
        raise
    return [ids[str(row["public_id"])] for row in rows]
