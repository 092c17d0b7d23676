"""Names as people write them: one part or several, in any script."""

import unicodedata
from datetime import date

# Direction overrides can make a name look like another one.
OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def tidied(text: str) -> str:
    """Return a text in one Unicode form (NFC), with single blanks and nothing invisible.

    Raises ValueError for control characters and direction overrides.
    """
    if any(c in OVERRIDES or unicodedata.category(c) == "Cc" for c in text):
        message = "Use letters and marks only; there is something invisible in this text."
        raise ValueError(message)
    return " ".join(unicodedata.normalize("NFC", text).split())


def display_name(given: str, middle: str, family: str) -> str:
    """Return the name as it is said, whichever parts there are."""
    return " ".join(part for part in (given, middle, family) if part)


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
