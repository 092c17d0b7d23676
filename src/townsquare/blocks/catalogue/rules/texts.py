"""Codes and names as people type them, and how two of them are compared."""

import unicodedata

from townsquare.core.texts import hidden_sign

CODE, NAME, BODY = 45, 100, 4000  # The most signs of each.


def plain(text: str, *, most: int = NAME, allowed: str = "") -> str:
    """Return the text in one Unicode form (NFC) without blanks at its ends.

    Raises ValueError for control characters, direction overrides, and more than `most` signs.
    """
    if hidden_sign(text, allowed):
        message = "There is something invisible in this text; type it again."
        raise ValueError(message)
    tidied = unicodedata.normalize("NFC", text).strip()
    if len(tidied) > most:
        message = "This text is too long; shorten it."
        raise ValueError(message)
    return tidied


def code_of(text: str, *, most: int = CODE) -> str:
    """Return a business code as it was typed; raises ValueError where nothing is left of it."""
    code = plain(text, most=most)
    if not code:
        message = "Enter a code."
        raise ValueError(message)
    return code


def code_key(text: str) -> str:
    """Return by what codes are compared: ord-910 and ORD-910 are one code."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().casefold())
