"""Rounding and splitting: each amount once, nothing lost. Plain arithmetic, for every rule."""

from collections.abc import Sequence
from fractions import Fraction


def rounded(amount: Fraction) -> int:
    """Return the amount as a whole number of minor units, half away from zero."""
    whole, rest = divmod(abs(amount), 1)
    up = int(whole) + (rest >= Fraction(1, 2))
    return up if amount >= 0 else -up


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Return the amount split by weights: largest remainder first, ties to the earlier part.

    The parts sum to the amount; without any weight the first part has it all.
    """
    total = sum(weights)
    if total == 0:
        return [amount_minor, *([0] * (len(weights) - 1))]
    exact = [Fraction(amount_minor * weight, total) for weight in weights]
    parts = [int(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[: amount_minor - sum(parts)]:
        parts[n] += 1
    return parts
