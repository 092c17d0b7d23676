"""Names as people write them: one part or several, in any script."""

import unicodedata
from collections.abc import Sequence
from datetime import date

from townsquare.core.texts import hidden_sign


def tidied(text: str) -> str:
    """Return a text in one Unicode form (NFC), with single blanks and nothing invisible.

    Raises ValueError for control characters and direction overrides.
    """
    if hidden_sign(text):
        message = "Use letters and marks only; there is something invisible in this text."
        raise ValueError(message)
    return " ".join(unicodedata.normalize("NFC", text).split())


def display_name(given: str, middle: str, family: str) -> str:
    """Return the name as it is said, whichever parts there are."""
    return " ".join(part for part in (given, middle, family) if part)


def renamed(name: str, parts: Sequence[str]) -> list[str]:
    """Return the parts of a name that is typed as one, as far as the old ones stand in it.

    A part that was mended is found between those that were not; who is named quite otherwise
    has the whole name as given name, without a guess which part of it is which.
    """
    for place, old in enumerate(parts):
        before = " ".join(part for part in parts[:place] if part)
        after = " ".join(part for part in parts[place + 1 :] if part)
        head, tail = f"{before} " if before else "", f" {after}" if after else ""
        rest = name.removeprefix(head).removesuffix(tail)
        if old and rest and display_name(before, rest, after) == name:
            return [*parts[:place], rest, *parts[place + 1 :]]
    return [name, "", ""]


def search_key(text: str) -> str:
    """Return the text folded for searching: no case, no accents."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in spread if not unicodedata.combining(c))


def is_minor(born: date | None, today: date, *, of_age: int = 18) -> bool:
    """Tell whether somebody born on this day is under age; unknown birthdays are of age."""
    if born is None:
        return False
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) < of_age
