"""Public ids: ULID texts, sortable by the moment they were made, impossible to guess.

Format: https://github.com/ulid/spec, 48 bits of milliseconds and 80 random bits, 26 characters.
"""

from secrets import randbits
from time import time_ns

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]  # Ten bits at a time.
RANDOM_BITS = 80
NANOSECONDS_PER_MILLISECOND = 1_000_000


def new_id() -> str:
    """Return a fresh ULID of 26 characters."""
    # The place in time only sorts; no rule of the town depends on it.
    number = (time_ns() // NANOSECONDS_PER_MILLISECOND << RANDOM_BITS) | randbits(RANDOM_BITS)
    return "".join([PAIRS[number >> shift & 1023] for shift in range(5 * (LENGTH - 2), -1, -10)])
