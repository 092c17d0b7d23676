"""Texts as people type them: one Unicode form, nothing that cannot be seen."""

import re
import unicodedata

BREAKS = "\t\n\r"
# Direction marks can make a code or a name look like another one.
OVERRIDES = frozenset("\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
# Control characters (Cc), and what turns the direction; long texts are looked through at once.
HIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f{''.join(sorted(OVERRIDES))}]")


def plain(text: str) -> str:
    """Return the text in NFC without blanks at its ends."""
    return unicodedata.normalize("NFC", text).strip()


def hidden_sign(text: str, allowed: str = "") -> str:
    """Return the first sign of a text that cannot be seen as U+0007; empty if there is none."""
    found = next((at[0] for at in HIDDEN.finditer(text) if at[0] not in allowed), "")
    return f"U+{ord(found):04X}" if found else ""
