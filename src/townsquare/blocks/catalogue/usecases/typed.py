"""What people type, as the catalogue keeps it; and rows, written with typed refusals."""

from collections.abc import Collection, Mapping

from sqlalchemy import Index
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.catalogue.errors import BadPrice, TooManyDecimals
from townsquare.blocks.catalogue.rules import money, texts
from townsquare.core.db import Model, breaks
from townsquare.core.errors import DomainError, Invalid, StaleVersion, UnknownField
from townsquare.core.usecase import Context
from townsquare.core.words import translatable

BAD_CODE = translatable("Enter a code of letters, digits and signs that can be seen.")
BAD_TEXT = translatable("Shorten this text, and leave out what cannot be seen.")
MISSING = translatable("Fill in this field.")
CHOOSE = translatable("Choose one of those that there are.")
SHORT = 20


def code_typed(typed: str, *, field: str = "code", most: int = texts.CODE) -> str:
    """Return a business code as it is kept."""
    try:
        return texts.code_of(typed, most=most)
    except ValueError as error:
        raise Invalid(fields={field: BAD_CODE}) from error


def text_typed(
    typed: str, *, field: str, most: int = texts.NAME, needed: bool = False, allowed: str = ""
) -> str:
    """Return a text as it is kept."""
    try:
        text = texts.plain(typed, most=most, allowed=allowed)
    except ValueError as error:
        raise Invalid(fields={field: BAD_TEXT}) from error
    if needed and not text:
        raise Invalid(fields={field: MISSING})
    return text


def price_typed(typed: str, currency: str) -> int:
    """Return a typed price in minor units; one that is too fine is told per a larger quantity."""
    try:
        minor = money.minor_typed(typed, currency)
    except ValueError as error:
        raise BadPrice(typed=typed) from error
    amount, per_qty = money.for_more(minor)
    if per_qty > 1:
        told = money.shown(amount, currency)
        raise TooManyDecimals(typed=typed, currency=currency, amount=told, per_qty=per_qty)
    return amount


def one_of(typed: str, known: Collection[str], *, field: str) -> str:
    """Return the word if it is one of those; refuse every other."""
    if typed not in known:
        raise Invalid(fields={field: CHOOSE})
    return typed


def named(changes: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse a change of a field that nothing here knows."""
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise UnknownField(names=", ".join(unknown))


def same_version(version: int | None, found: int) -> None:
    """Refuse a change of what somebody else has changed since it was read; None asks nothing."""
    if version is not None and version != found:
        raise StaleVersion


def write(ctx: Context, *rows: Model, refusals: Mapping[Index | str, DomainError]) -> None:
    """Write these rows, or what has changed; what a guard refuses is told as its error."""
    ctx.db.add_all(rows)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        for guard, refusal in refusals.items():
            if breaks(error, guard):
                raise refusal from error
        raise
