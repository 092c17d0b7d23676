"""Texts as people type them: one Unicode form, nothing that cannot be seen."""

import unicodedata

BREAKS = "\t\n\r"
# Direction marks can make a code or a name look like another one.
OVERRIDES = frozenset("\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def plain(text: str) -> str:
    """Return the text in NFC without blanks at its ends."""
    return unicodedata.normalize("NFC", text).strip()


def hidden_sign(text: str, allowed: str = "") -> str:
    """Return the first sign of a text that cannot be seen as U+0007; empty if there is none."""
    found = next((sign for sign in text if hidden(sign) and sign not in allowed), "")
    return f"U+{ord(found):04X}" if found else ""


def hidden(sign: str) -> bool:
    """Tell whether a sign is a control character or turns the direction of others."""
    return sign in OVERRIDES or unicodedata.category(sign) == "Cc"
