"""Blind indexes: exact search over a sealed column, without a word of it in the database.

Beside the sealed column stands one of marks: the first 16 bytes of HMAC-SHA-256 over the normalised
value, with a key of its own per column, derived from the key that sealed the value. A copy of the
database shows which rows hold the same value and nothing else, which is too much where there are
few values: never for a column of yes and no, of kinds, of dates of birth. The rotation of the keys
writes the marks again with the values; meanwhile one looks for the marks of all keys.
"""

import hmac
import unicodedata
from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, ColumnElement

from townsquare.core.columns import Sealer, key_in
from townsquare.core.frozen import dataclass

MARK_BYTES = 16
BLIND = "blind"  # In the info of a mapped column that holds marks.


def folded(text: str) -> str:
    """Return a text as it is compared: no matter how it was typed, spaced or capitalised."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Blind:
    """What a column of marks belongs to: a sealed column of its table, and how that is compared."""

    of: str
    normal: Callable[[str], str] = folded


def marks_for(of: str, normal: Callable[[str], str] = folded) -> dict[str, Blind]:
    """Return the info of a mapped column of marks for this sealed column."""
    return {BLIND: Blind(of, normal)}


def mark_beside(sealed: bytes, text: str, *, column: Column[Any], sealer: Sealer) -> bytes:
    """Return the mark that stands beside this sealed value: both are made with the same key."""
    return _mark(text, key_in(sealed), column=column, sealer=sealer)


def holds(text: str, *, column: Column[Any], sealer: Sealer) -> ColumnElement[bool]:
    """Return the condition that the value is this one, whichever key has sealed it."""
    marks = [_mark(text, key, column=column, sealer=sealer) for key in sealer.numbers()]
    return column.in_(marks)


def marks_anew(
    sealed: bytes, plain: bytes, *, column: Column[Any], sealer: Sealer
) -> dict[str, bytes]:
    """Return the marks that belong beside a value that was sealed anew, by their columns."""
    found = {here: here.info.get(BLIND) for here in column.table.columns}
    return {
        here.name: mark_beside(sealed, plain.decode(), column=here, sealer=sealer)
        for here, blind in found.items()
        if blind and blind.of == column.name
    }


def _mark(text: str, key: int, *, column: Column[Any], sealer: Sealer) -> bytes:
    blind: Blind = column.info[BLIND]
    own = sealer.derived(key, "blind index", column.table.name, blind.of, column.name)
    return hmac.digest(own, blind.normal(text).encode(), "sha256")[:MARK_BYTES]
