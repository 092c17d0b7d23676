"""The secrets that programs carry: 256 random bits that say what they are and can be checked.

The prefix lets scanners find a token that was published by mistake; the check behind it tells a
slip of the pen from a token without asking the database.
"""

from secrets import token_bytes
from string import ascii_letters, digits
from zlib import crc32

PERSONAL = "ts_pat_"
PROGRAM = "ts_svc_"
SIGNS = digits + ascii_letters
SECRET = 43  # So many of the signs hold 256 bits.
CHECK = 6  # And so many the 32 bits of the check.


def new_token(prefix: str) -> str:
    """Return a fresh token of this kind."""
    written = prefix + _written(int.from_bytes(token_bytes(32)), SECRET)
    return written + _check(written)


def well_formed(token: str) -> bool:
    """Tell whether this can be a token at all."""
    right = len(token) == len(PERSONAL) + SECRET + CHECK and token.isascii()
    return (
        right and token.startswith((PERSONAL, PROGRAM)) and token[-CHECK:] == _check(token[:-CHECK])
    )


def _check(written: str) -> str:
    return _written(crc32(written.encode()), CHECK)


def _written(number: int, length: int) -> str:
    found = ""
    for _place in range(length):
        number, sign = divmod(number, len(SIGNS))
        found = SIGNS[sign] + found
    return found
