"""What elements, scalars and hashes look like in messages and transcripts: the one decoder.

Every value of a message passes here before anybody calculates with it. Text is 64 lower-case hex
digits; an element must be its canonical encoding and a scalar be below the order of the group.
"""

import unicodedata

from tsv1.group import IDENTITY, ORDER, SIZE, Element, is_element


class NotCanonical(ValueError):
    """A text or some bytes are not the one encoding of an element, a scalar or a hash."""


def decode_hash(text: str) -> bytes:
    """Return the 32 bytes that 64 lower-case hex digits stand for; else NotCanonical."""
    try:
        raw = bytes.fromhex(text)
    except ValueError as error:
        raise NotCanonical(text) from error
    # Capitals and blanks are read as well; written again they would be another text.
    if len(raw) != SIZE or raw.hex() != text:
        raise NotCanonical(text)
    return raw


def decode_element(text: str) -> Element:
    """Return an element, which may be the identity; NotCanonical for every other encoding."""
    raw = decode_hash(text)
    if not is_element(raw):
        raise NotCanonical(text)
    return Element(raw)


def decode_solid(text: str) -> Element:
    """Return an element other than the identity; else NotCanonical."""
    element = decode_element(text)
    if element == IDENTITY:
        raise NotCanonical(text)
    return element


def decode_scalar(text: str) -> int:
    """Return a scalar below the order of the group; else NotCanonical."""
    scalar = int.from_bytes(decode_hash(text), "little")
    if scalar >= ORDER:
        raise NotCanonical(text)
    return scalar


def encode_scalar(scalar: int) -> bytes:
    """Return the 32 bytes of a scalar, the least first."""
    return scalar.to_bytes(SIZE, "little")


def encode_number(number: int) -> bytes:
    """Return the 8 bytes of a counting number, the greatest first."""
    return number.to_bytes(8, "big")


def encode_text(text: str) -> bytes:
    """Return the UTF-8 of a text in its composed form."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).encode()
