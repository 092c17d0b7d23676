"""What is known of a variant: its numbers, its units, what is in it, and whether it is sold."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, or_, update

from townsquare.blocks.catalogue.commands import NewFact
from townsquare.blocks.catalogue.errors import CodeTaken, IdentifierTaken
from townsquare.blocks.catalogue.events import SellingResumed, SellingStopped, VariantRevised
from townsquare.blocks.catalogue.models.items import (
    IDENTIFIER,
    STOP_SOURCES,
    UNIT_CODE,
    AllergenRow,
    FactRow,
    IdentifierRow,
    StopRow,
    UnitRow,
    VariantRow,
)
from townsquare.blocks.catalogue.results import Shop, Unit
from townsquare.blocks.catalogue.usecases import shapes
from townsquare.blocks.catalogue.usecases.found import codes_of, parts, variant_row
from townsquare.blocks.catalogue.usecases.typed import one_of, text_typed, write
from townsquare.core.db import insert_new
from townsquare.core.errors import Invalid
from townsquare.core.usecase import Context


def add_identifier(
    ctx: Context,
    shop: Shop,
    variant: int,
    *,
    value: str,
    scheme: str = "gtin",
    short: bool = False,
) -> str:
    """Give a variant one more number and return it as it is kept; a barcode in 14 digits.

    With `short`, eight digits are a UPC-E.
    """
    row, _item = variant_row(ctx, shop, variant)
    told = shapes.identifier_values(value, scheme=scheme, short=short)
    new = IdentifierRow(shop_id=shop.id, variant_id=row.id, **told)
    write(ctx, new, refusals={IDENTIFIER: IdentifierTaken(value=new.value)})
    _changed(ctx, shop, row, what="identifiers")
    return new.value


def remove_identifier(
    ctx: Context, shop: Shop, variant: int, *, value: str, scheme: str = "gtin"
) -> None:
    """Take a number away from a variant, so that another one may have it."""
    row, _item = variant_row(ctx, shop, variant)
    told = shapes.identifier_values(value, scheme=scheme)
    ctx.db.execute(
        delete(IdentifierRow).where(
            IdentifierRow.variant_id == row.id,
            IdentifierRow.scheme == scheme,
            IdentifierRow.value_key == told["value_key"],
        )
    )
    _changed(ctx, shop, row, what="identifiers")


def add_unit(ctx: Context, shop: Shop, variant: int, *, code: str, base_qty: int) -> Unit:
    """Let a variant be counted in one more unit: a case of 12 is 12 of its base unit."""
    row, _item = variant_row(ctx, shop, variant)
    new = UnitRow(variant_id=row.id, **shapes.unit_values(code, base_qty))
    write(ctx, new, refusals={UNIT_CODE: CodeTaken(taken=new.code)})
    _changed(ctx, shop, row, what="units")
    return new.told()


def set_allergens(ctx: Context, shop: Shop, variant: int, *, levels: Mapping[str, str]) -> None:
    """Say which allergens are in a variant, and which may be; what is not named is not in it."""
    row, _item = variant_row(ctx, shop, variant)
    told = [{"variant_id": row.id, **values} for values in shapes.allergen_values(levels)]
    ctx.db.execute(delete(AllergenRow).where(AllergenRow.variant_id == row.id))
    if told:
        ctx.db.execute(insert(AllergenRow), told)
    _changed(ctx, shop, row, what="allergens")


def set_facts(
    ctx: Context, shop: Shop, variant: int, *, facts: Sequence[NewFact], source: str = ""
) -> None:
    """Say what one source tells of a variant; what it told before and does not repeat is gone."""
    row, _item = variant_row(ctx, shop, variant)
    source = text_typed(source, field="source")
    told = {fact.code: {**shapes.fact_values(fact), "source": source} for fact in facts}
    its = (FactRow.variant_id == row.id, FactRow.source == source)
    ctx.db.execute(delete(FactRow).where(*its))
    if told:
        ctx.db.execute(insert(FactRow), [{"variant_id": row.id, **one} for one in told.values()])
    _changed(ctx, shop, row, what="facts")


def stop_selling(
    ctx: Context,
    shop: Shop,
    variants: Iterable[int],
    *,
    source: str = "manual",
    reason: str = "",
    until: datetime | None = None,
) -> None:
    """Put variants on the board of what is sold out, at once; those that are on it stay there."""
    codes = codes_of(ctx, shop, variants)
    one_of(source, STOP_SOURCES, field="source")
    now = ctx.now()
    if until is not None and until <= now:
        raise Invalid(fields={"until": shapes.LATER})
    reason = text_typed(reason, field="reason")
    told = {"starts_at": now, "until": until, "source": source, "reason": reason}
    if codes:
        rows = [{"variant_id": variant, **told} for variant in codes]
        ctx.db.execute(insert_new(StopRow), rows)
        ctx.emit(SellingStopped(shop.public_id, sorted(codes.values()), source, reason))


def resume_selling(
    ctx: Context, shop: Shop, variants: Iterable[int], *, source: str = "manual"
) -> None:
    """Take variants off the board as far as this source has put them there."""
    codes, now = codes_of(ctx, shop, variants), ctx.now()
    stopped = or_(StopRow.until.is_(None), StopRow.until > now)
    for part in parts(sorted(codes)):
        ctx.db.execute(
            update(StopRow)
            .where(StopRow.variant_id.in_(part), StopRow.source == source, stopped)
            .values(until=now)
        )
    if codes:
        ctx.emit(SellingResumed(shop.public_id, sorted(codes.values()), source))


def _changed(ctx: Context, shop: Shop, row: VariantRow, *, what: str) -> None:
    row.version += 1
    ctx.db.flush()
    ctx.emit(VariantRevised(shop.public_id, row.public_id, row.code, [what]))
