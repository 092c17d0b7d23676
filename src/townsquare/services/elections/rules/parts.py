"""Quorum and majority: parts of a whole, compared as integers."""

from typing import NamedTuple

VALID, CAST, ROLL = BASES = ("valid", "cast", "roll")


class Papers(NamedTuple):
    """The papers of a question, by weight: all that were cast, and which of them are not valid."""

    cast: int
    blank: int
    spoiled: int = 0


def reaches(some: int, whole: int, part: tuple[int, int]) -> bool:
    """Tell whether some of a whole are at least this part of it, such as (1, 3) for a third.

    Multiplied crosswise, so that nothing is rounded (annex B4: 333 of 1,000 are less than a third).
    """
    num, den = part
    return some * den >= num * whole


def passes(votes: int, whole: int, part: tuple[int, int], *, strict: bool) -> bool:
    """Tell whether votes are a majority: at least this part of a whole, or more where `strict`.

    Of a whole of 0 nothing is one.

    >>> [passes(votes, 1000, (1, 3), strict=False) for votes in (333, 334)]
    [False, True]
    """
    num, den = part
    if whole <= 0:
        return False
    return votes * den > num * whole if strict else reaches(votes, whole, part)


def needed(whole: int, part: tuple[int, int], *, strict: bool) -> int:
    """Return the smallest number of votes that passes; 1 of a whole of 0, which nobody has.

    >>> needed(10, (1, 2), strict=True), needed(9, (2, 3), strict=False)
    (6, 6)
    """
    num, den = part
    return max(1, num * whole // den + 1 if strict else -(-num * whole // den))


def papers_of(base: str, papers: Papers) -> int:
    """Return how many papers a part is of: all that were cast, or the valid ones."""
    return papers.cast if base == CAST else papers.cast - papers.blank - papers.spoiled
