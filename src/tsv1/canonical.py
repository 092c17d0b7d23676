"""Canonical JSON: one text for one message (RFC 8785 without null, fractions and odd keys)."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NoReturn

Message = Mapping[str, Any]
Json = dict[str, "Json"] | list["Json"] | str | int  # A truth value is an int to Python.

DEEPEST = 12
BALLOT, OTHER = 256 * 1024, 64 * 1024 * 1024  # The most bytes of a ballot, of any other message.
GREATEST = 2**53 - 1
_DIGITS = len(str(GREATEST))
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_KEY = re.compile(r"[a-z0-9_]+")


class NotAllowed(ValueError):
    """A text is no JSON, or JSON that no message may hold; the argument names what."""


def write(value: object) -> bytes:
    """Return the canonical text of a value; NotAllowed where it has none."""
    _examine(value, 1)
    return write_known(value)


def write_known(value: object) -> bytes:
    """Return the canonical text of a value that has one, as all has that was parsed."""
    return _WRITER.encode(value).encode()


def parse(raw: bytes, most: int = OTHER, *, closed: bool = False) -> dict[str, Any]:
    """Return the object that a text of at most so many bytes holds, in whatever form it is written.

    NotAllowed for doubled keys, null, fractions, numbers beyond 2**53 - 1, texts that are not
    composed (NFC), more than twelve levels, and everything that is no object. Where a schema comes
    next that knows every key and type, it is `closed`: plain text holds nothing else to look at.
    """
    if len(raw) > most:
        raise NotAllowed("too-long")
    try:
        value = _READER.decode(raw.decode())
    except NotAllowed:
        raise
    except (ValueError, RecursionError) as error:
        raise NotAllowed("not-json") from error
    if not isinstance(value, dict):
        raise NotAllowed("no-object")
    if not (closed and raw.isascii() and b"\\" not in raw):
        _examine(value, 1)
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotAllowed("key-twice")
    return found


def _whole(text: str) -> int:
    if len(text) > _DIGITS:
        raise NotAllowed("too-great")
    return int(text)


def _never(text: str) -> NoReturn:
    raise NotAllowed(text)


_READER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole, parse_float=_never, parse_constant=_never
)


def _examine(value: object, depth: int) -> None:
    """Refuse what no message holds."""
    if isinstance(value, str):
        if not value.isascii():
            _examine_text(value)
    elif isinstance(value, int):
        if not 0 <= value <= GREATEST:
            raise NotAllowed("too-great")
    elif isinstance(value, dict | list):
        _examine_inside(value, depth)
    else:
        raise NotAllowed(type(value).__name__)


def _examine_inside(value: dict[str, object] | list[object], depth: int) -> None:
    if depth > DEEPEST:
        raise NotAllowed("too-deep")
    if isinstance(value, dict) and not all(map(_KEY.fullmatch, value)):
        raise NotAllowed("other-key")
    for inner in value.values() if isinstance(value, dict) else value:
        # Most of a ballot is text without anything to look at: that needs no call.
        if type(inner) is not str or not inner.isascii():
            _examine(inner, depth + 1)


def _examine_text(text: str) -> None:
    if not unicodedata.is_normalized("NFC", text):
        raise NotAllowed("not-composed")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise NotAllowed("half-letter")
