"""What is bought together more often than chance would have it, counted from whole baskets."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import permutations

FEWEST = 1000  # A pair in fewer than one of so many baskets is chance, and is not kept.


@dataclass(frozen=True)
class Pair:
    """How often the right one was in a basket with the left one, and each of them in any."""

    left: int
    right: int
    baskets: int
    with_left: int
    with_right: int
    with_both: int


def pairs_of(baskets: Iterable[Collection[int]]) -> list[Pair]:
    """Return each pair in both directions, as far as it is more than chance."""
    number, single, both = 0, Counter[int](), Counter[tuple[int, int]]()
    for goods in baskets:
        once = sorted(set(goods))
        number += 1
        single.update(once)
        both.update(permutations(once, 2))
    return [
        Pair(left, right, number, single[left], single[right], times)
        for (left, right), times in sorted(both.items())
        if times * FEWEST >= number
    ]


def support(with_both: int, baskets: int) -> float:
    """Return which part of all baskets has both."""
    return with_both / baskets


def confidence(with_both: int, with_left: int) -> float:
    """Return which part of the baskets with the left one has the right one as well."""
    return with_both / with_left


def lift(pair: tuple[int, int, int], baskets: int) -> float:
    """Return how many times as often as by chance: 1 is chance."""
    with_left, with_right, with_both = pair
    return with_both * baskets / (with_left * with_right)
