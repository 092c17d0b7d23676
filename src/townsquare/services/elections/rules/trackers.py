"""Trackers: which hashes of ballots begin as somebody has noted it."""

from tsv1.credentials import ALPHABET

SIGNS, BITS, DIGITS = 24, 5, 30
READ = str.maketrans("OIL", "011", " -\t\r\n")


def hashes_of(tracker: str) -> tuple[str, str]:
    """Return between which hashes a tracker lies, the second excluded; empty texts for no tracker.

    It is read in any case and grouping; O is 0, I and L are 1.
    """
    signs = tracker.upper().translate(READ)
    if len(signs) != SIGNS or not set(signs) <= set(ALPHABET):
        return "", ""
    number = 0
    for sign in signs:
        number = number << BITS | ALPHABET.index(sign)
    first = f"{number:0{DIGITS}x}"
    return first, first + "g"  # Behind every digit that a hash can go on with.
