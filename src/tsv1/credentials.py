"""Credentials: 24 characters that a voter can type, and the key pair that they stand for."""

import secrets

from tsv1.encoding import encode_text
from tsv1.group import Element, base
from tsv1.transcript import h32, hs

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, SHOWN = 24, 5  # Characters that are drawn; characters in a group as it is printed.
_READ = str.maketrans("OIL", "011", " -\t\r\n")


class MistypedToken(ValueError):
    """A token has the wrong length, a character that none has, or a wrong last character."""


def draw_token() -> str:
    """Return a new token of 120 random bits, with its check character."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return drawn + _check(drawn)


def read_token(typed: str) -> str:
    """Return the 25 characters that somebody typed in any case and grouping; else MistypedToken."""
    token = typed.upper().translate(_READ)
    if len(token) != LENGTH + 1 or not set(token) <= set(ALPHABET):
        raise MistypedToken
    if _check(token[:LENGTH]) != token[LENGTH]:
        raise MistypedToken
    return token


def show_token(token: str) -> str:
    """Return a token as it is printed: five groups of five."""
    return "-".join(token[at : at + SHOWN] for at in range(0, len(token), SHOWN))


def secret_of(election: str, token: str) -> int:
    """Return the secret of a token, as read, in an election that is named by its ULID."""
    return hs("credential", encode_text(election), token[:LENGTH].encode())


def public_of(secret: int) -> Element:
    """Return the public credential of a secret."""
    return base(secret)


def crockford(raw: bytes) -> str:
    """Return bytes as characters of five bits, the first first."""
    number, bits = int.from_bytes(raw, "big"), len(raw) * 8
    return "".join([ALPHABET[number >> shift & 31] for shift in range(bits - 5, -1, -5)])


def _check(drawn: str) -> str:
    return ALPHABET[h32("credential-check", drawn.encode())[0] & 31]
