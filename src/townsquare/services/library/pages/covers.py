"""The colour of a cover that the library makes itself, always the same for the same title."""

from zlib import crc32

ACCENTS = "teal", "blue", "cyan", "indigo", "purple", "green", "orange", "yellow", "red", "pink"


def cover_accent(title: str) -> str:
    """Return the accent of the cover of this title."""
    return ACCENTS[crc32(title.encode()) % len(ACCENTS)]
