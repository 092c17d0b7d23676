"""Names on a ballot: nothing in them that nobody sees, and when two of them look alike."""

import re
import unicodedata
from collections.abc import Sequence

LONGEST_CODE = 30
JOINERS = frozenset("\u200c\u200d")  # Some scripts write with them; in Latin letters they hide.


def unseen_sign(text: str, allowed: str = "") -> str:
    """Return the first sign of a text that nobody sees as U+200B; empty if there is none."""
    if text.isascii() and text.isprintable():  # As ids and codes are, which everybody sends.
        return ""
    pairs = zip(f" {text}", text, strict=False)  # Each sign with the one before it.
    found = next((sign for last, sign in pairs if _unseen(last, sign) and sign not in allowed), "")
    return f"U+{ord(found):04X}" if found else ""


def look_of(text: str) -> str:
    """Return by what two names are compared: alike are those that people take for one."""
    shown = (sign for sign in unicodedata.normalize("NFKC", text) if sign not in JOINERS)
    return " ".join("".join(shown).casefold().split())


def codes_of(titles: Sequence[str]) -> list[str]:
    """Return a short code for each of these names, made of its Latin letters; each another one.

    What a ballot is sealed for says the name, so that nobody can put another one in its place.
    """
    found: list[str] = []
    for place, title in enumerate(titles, 1):
        plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
        code = (
            "-".join(re.findall("[a-z0-9]+", plain))[:LONGEST_CODE].strip("-") or f"option-{place}"
        )
        while code in found:
            code = f"{code}-{place}"
        found.append(code)
    return found


def _unseen(last: str, sign: str) -> bool:
    if sign in JOINERS:
        return last.isascii()
    return unicodedata.category(sign) in {"Cc", "Cf"}
