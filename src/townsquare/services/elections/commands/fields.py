"""The fields that wishes of elections share."""

from typing import Annotated

from pydantic import AfterValidator, Field

from townsquare.core.texts import BREAKS, hidden_sign, plain
from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.rules.texts import unseen_sign

LONGEST_ID, LONGEST_CODE, LONGEST_NAME, LONGEST_TEXT = 26, 20, 120, 4000
BYTE_ORDER = "\ufeff"  # Spreadsheets write it before the first column.
USUAL, MOST = 20, 100
# On one ballot: what can be asked can be answered, and its pages load on a weak line.
MOST_QUESTIONS, MOST_ANSWERS, MOST_BYTES = 20, 200, 5000


def _line(text: str) -> str:
    if sign := unseen_sign(text):
        message = f"The character {sign} cannot be used here; remove it."
        raise ValueError(message)
    return plain(text)


def _lines(text: str) -> str:
    if sign := unseen_sign(text, BREAKS):
        message = f"The character {sign} cannot be used here; remove it."
        raise ValueError(message)
    return plain(text)


def _table(text: str) -> str:
    """Return a file as it was pasted; what is odd in one of its lines stops no other line."""
    if sign := hidden_sign(text, BREAKS):
        message = f"The character {sign} cannot be used here; remove it."
        raise ValueError(message)
    return plain(text).removeprefix(BYTE_ORDER)


Line = Annotated[str, AfterValidator(_line)]
Lines = Annotated[str, AfterValidator(_lines)]
Table = Annotated[str, AfterValidator(_table)]
Id = Annotated[Line, Field(min_length=1, max_length=LONGEST_ID)]
Name = Annotated[Line, Field(min_length=1, max_length=LONGEST_NAME)]
PrecinctName = Annotated[Line, Field(max_length=40, pattern="^[^/]*$")]
StyleName = Annotated[Line, Field(max_length=LONGEST_CODE, pattern="^([a-z0-9][a-z0-9-]*)?$")]
Number = Annotated[Line, Field(min_length=1, max_length=40)]


class Nothing(Command):
    """A wish without anything to say."""


class Chosen(Command):
    """A wish about one thing."""

    id: Id = Field(title=translatable("Which"))


class ChosenVersion(Chosen):
    """A wish about one thing as it was read."""

    version: int = Field(title=translatable("Version"), ge=0)
