"""The fields that wishes of the shop share: lines, texts, ids, codes."""

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from townsquare.core.errors import BadDate
from townsquare.core.texts import BREAKS, hidden_sign, plain
from townsquare.core.usecase import Command
from townsquare.core.words import translatable

LONGEST_ID, LONGEST_CODE, LONGEST_NAME, LONGEST_TEXT = 26, 45, 100, 4000
SHORT_CODE = 20
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)  # Other days cannot be meant.
NUMBER = re.compile(r"\s*-?[0-9]*(?:\.[0-9]*)?\s*", re.ASCII)
LONGEST_AMOUNT = 40  # Signs; a longer number is not looked at.
USUAL, MOST = 20, 100
# How programs say quantities; people on pages type kilograms and litres.
IN_BASE = translatable("In g, ml or pieces.")


def _line(text: str) -> str:
    if sign := hidden_sign(text):
        message = f"The character {sign} cannot be used here; remove it."
        raise ValueError(message)
    return plain(text)


def _lines(text: str) -> str:
    if sign := hidden_sign(text, BREAKS):
        message = f"The character {sign} cannot be used here; remove it."
        raise ValueError(message)
    return plain(text)


def _fit_for_an_address(code: str) -> str:
    if "/" in code or ".." in code:
        message = "A code stands in addresses; leave out every / and .. of it."
        raise ValueError(message)
    return code


def _digits(typed: object) -> object:
    """Take a number as a hand types it: python reads 1e3, 1_000 and wide digits as well."""
    if isinstance(typed, str) and (len(typed) > LONGEST_AMOUNT or not NUMBER.fullmatch(typed)):
        raise PydanticCustomError("decimal_parsing", "Enter an amount like 12.50.")
    return typed


def _without_zone(clock: time) -> time:
    if clock.tzinfo is not None:
        message = "A week follows the clock of the shop; leave the zone out, as in 09:00."
        raise ValueError(message)
    return clock


def must_be_meant(day: date | None) -> None:
    """Refuse a day so far away that nobody can mean it, and no calendar reckons with it."""
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise BadDate(typed=day.isoformat())


Line = Annotated[str, AfterValidator(_line)]
Lines = Annotated[str, AfterValidator(_lines)]
Id = Annotated[Line, Field(min_length=1, max_length=LONGEST_ID)]
Code = Annotated[Line, Field(min_length=1, max_length=LONGEST_CODE)]
AddressCode = Annotated[Code, AfterValidator(_fit_for_an_address)]
# Digits with a point, as people write them; a number of JSON would have lost what was typed.
Typed = Annotated[Line, Field(min_length=1, max_length=20)]

Amount = Annotated[Decimal, BeforeValidator(_digits)]
Clock = Annotated[time, AfterValidator(_without_zone)]


class Nothing(Command):
    """A wish without anything to say."""


class Chosen(Command):
    """A wish about one thing."""

    id: Id = Field(title=translatable("Which"))


class Several(Command):
    """A wish about several things at once, by their ids or codes."""

    ids: tuple[Code, ...] = Field(title=translatable("Which"), max_length=200)


class ChosenVersion(Chosen):
    """A wish to change one thing as it was read."""

    version: int = Field(title=translatable("Version"), ge=0)
