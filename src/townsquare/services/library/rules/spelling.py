"""What somebody may have meant who typed a word that no document carries."""

from collections.abc import Collection
from difflib import get_close_matches

ALIKE = 0.7
SHORTEST = 4  # Alone, shorter words are like too many others.
SHORTEST_BESIDE = 3  # Beside a word that is settled there are few that they can be.
BEGINNING = 2


def beginning(word: str, *, beside: bool = False) -> str:
    """Return the letters that a mistake has most likely left alone; empty for a short word."""
    return word[:BEGINNING] if len(word) >= (SHORTEST_BESIDE if beside else SHORTEST) else ""


def meant(word: str, known: Collection[str]) -> str:
    """Return the known word that is most like this one; the word itself if it is known."""
    if not known or any(other.startswith(word) for other in known):
        return word
    return next(iter(get_close_matches(word, sorted(known), n=1, cutoff=ALIKE)), word)
