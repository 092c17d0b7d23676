"""Majorities and quorums, compared without any division."""

from townsquare.services.elections.rules.counting.amounts import Amount


def exceeds(votes: Amount, base: Amount, share: tuple[int, int]) -> bool:
    """Return whether votes are more than this share (numerator, denominator) of the base."""
    return votes * share[1] > share[0] * base


def reaches(votes: Amount, base: Amount, share: tuple[int, int]) -> bool:
    """Return whether votes are at least this share (numerator, denominator) of the base."""
    return votes * share[1] >= share[0] * base
