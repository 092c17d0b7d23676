"""The group ristretto255, written additively: libsodium's functions behind plain ones.

An element is its canonical 32 bytes, a scalar is an int below ORDER. Elements come from
`encoding`, which refuses what is not canonical: with these, libsodium fails only where the
product is the identity, and the functions here return the identity then.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NewType

Element = NewType("Element", bytes)
Draw = Callable[[], int]

ORDER = 2**252 + 27742317777372353535851937790883648493
SIZE = 32  # Bytes of an element, and of a scalar.
IDENTITY = Element(bytes(SIZE))
BASE = Element(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))


@cache
def _sodium() -> ModuleType:
    """Load libsodium when it is needed: a town without elections never pays for it."""
    module = import_module("rbcl")
    with suppress(OSError):  # It was written to a file of its own, which nobody else removes.
        Path(import_module("rbcl._sodium").lib_path).unlink()
    return module


def is_element(raw: bytes) -> bool:
    """Tell whether these bytes are the canonical encoding of an element; the identity is one.

    libsodium itself overlooks the highest bit, so that each element would have two encodings.
    """
    if len(raw) != SIZE or raw[-1] & 0x80:
        return False
    return raw == IDENTITY or bool(_sodium().crypto_core_ristretto255_is_valid_point(raw))


def add(left: Element, right: Element) -> Element:
    """Return the sum of two elements."""
    found: Element = _sodium().crypto_core_ristretto255_add(left, right)
    return found


def subtract(left: Element, right: Element) -> Element:
    """Return the difference of two elements."""
    found: Element = _sodium().crypto_core_ristretto255_sub(left, right)
    return found


def total(elements: "list[Element] | tuple[Element, ...]") -> Element:
    """Return the sum of any number of elements; that of none is the identity."""
    if not elements:
        return IDENTITY
    found = elements[0]
    for element in elements[1:]:
        found = add(found, element)
    return found


def times(scalar: int, element: Element) -> Element:
    """Return an element taken so many times."""
    raw = (scalar % ORDER).to_bytes(SIZE, "little")
    try:
        found: Element = _sodium().crypto_scalarmult_ristretto255(raw, element)
    except RuntimeError:
        return IDENTITY
    return found


def base(scalar: int) -> Element:
    """Return the base point taken so many times."""
    raw = (scalar % ORDER).to_bytes(SIZE, "little")
    try:
        found: Element = _sodium().crypto_scalarmult_ristretto255_base(raw)
    except RuntimeError:
        return IDENTITY
    return found


@lru_cache(maxsize=1024)
def whole(number: int) -> Element:
    """Return the base point taken a small number of times, as cells and sums hold it."""
    return base(number)


def from_hash(raw: bytes) -> Element:
    """Return the element that 64 uniform bytes are mapped to."""
    if len(raw) != 2 * SIZE:
        raise ValueError(len(raw))
    return Element(_sodium().crypto_core_ristretto255_from_hash(raw))


def draw() -> int:
    """Return a secret scalar other than 0 from the randomness of the system."""
    return 1 + secrets.randbelow(ORDER - 1)
