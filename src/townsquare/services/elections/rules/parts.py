"""Quorum: parts of a whole, compared as integers."""


def reaches(some: int, whole: int, part: tuple[int, int]) -> bool:
    """Tell whether some of a whole are at least this part of it, such as (1, 3) for a third.

    Multiplied crosswise, so that nothing is rounded (annex B4: 333 of 1,000 are less than a third).
    """
    num, den = part
    return some * den >= num * whole
