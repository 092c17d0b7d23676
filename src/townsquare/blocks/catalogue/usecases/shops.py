"""Shops: opened once, paused for a while, found by their code."""

from datetime import datetime
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from sqlalchemy import select

from townsquare.blocks.catalogue.errors import CodeTaken, UnknownShop
from townsquare.blocks.catalogue.events import ShopOpened, ShopRevised
from townsquare.blocks.catalogue.models.shops import SHOP_CODE, ShopRow
from townsquare.blocks.catalogue.results import Shop, ShopCard
from townsquare.blocks.catalogue.rules import texts
from townsquare.blocks.catalogue.usecases.typed import (
    SHORT,
    code_typed,
    named,
    same_version,
    text_typed,
    write,
)
from townsquare.core.errors import Invalid
from townsquare.core.ids import new_id
from townsquare.core.texts import BREAKS
from townsquare.core.usecase import Context
from townsquare.core.words import translatable

BAD_ZONE = translatable("Enter a time zone such as Asia/Manila.")
BAD_CURRENCY = translatable("Enter a currency in three letters, such as PHP.")
CURRENCY = 3


class ShopChanges(TypedDict, total=False):
    """What may change of a shop; its code, currency and zone stay."""

    name: str
    tax_region: str
    number_prefix: str
    paused_until: datetime | None
    about: str
    legal_notices: str


LENGTHS = {
    "name": texts.NAME,
    "tax_region": SHORT,
    "number_prefix": SHORT,
    "about": texts.BODY,
    "legal_notices": texts.BODY,
}


def open_shop(  # noqa: PLR0913 (each is one fact of the shop)
    ctx: Context,
    *,
    service: str,
    code: str,
    name: str,
    currency: str,
    zone: str,
    prices_include_tax: bool,
    tax_region: str = "",
    number_prefix: str = "",
) -> Shop:
    """Open a shop of a service; its code is the only one in the town."""
    code = code_typed(code, most=SHORT)
    row = ShopRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        service=service,
        code=code,
        code_key=texts.code_key(code),
        name=text_typed(name, field="name", needed=True),
        currency=_currency(currency),
        zone=_zone(zone),
        prices_include_tax=prices_include_tax,
        tax_region=text_typed(tax_region, field="tax_region", most=SHORT),
        number_prefix=text_typed(number_prefix, field="number_prefix", most=SHORT),
        paused_until=None,
        about="",
        legal_notices="",
    )
    write(ctx, row, refusals={SHOP_CODE: CodeTaken(taken=code)})
    ctx.emit(ShopOpened(row.public_id, service, row.currency))
    return row.told()


def revise_shop(
    ctx: Context, shop: Shop, *, version: int | None = None, **changes: Unpack[ShopChanges]
) -> ShopCard:
    """Change the named facts of a shop; `paused_until` None opens it again."""
    named(changes, ShopChanges.__annotations__)
    row = shop_row(ctx, shop)
    same_version(version, row.version)
    for field, value in changes.items():
        setattr(row, field, _typed(field, value) if isinstance(value, str) else value)
    row.version += 1
    ctx.db.flush()
    ctx.emit(ShopRevised(row.public_id, sorted(changes)))
    return row.card()


def shop_row(ctx: Context, shop: Shop) -> ShopRow:
    """Return the row of a shop, locked: who changes its order of things comes one by one."""
    row = ctx.db.scalar(select(ShopRow).where(ShopRow.id == shop.id).with_for_update())
    if row is None:
        raise UnknownShop(shop=shop.code)
    return row


def _typed(field: str, text: str) -> str:
    most = LENGTHS[field]
    breaks = BREAKS if most == texts.BODY else ""
    return text_typed(text, field=field, most=most, needed=field == "name", allowed=breaks)


def _currency(typed: str) -> str:
    if len(typed) != CURRENCY or not (typed.isascii() and typed.isalpha() and typed.isupper()):
        raise Invalid(fields={"currency": BAD_CURRENCY})
    return typed


def _zone(typed: str) -> str:
    try:
        ZoneInfo(typed)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(fields={"zone": BAD_ZONE}) from error
    return typed
