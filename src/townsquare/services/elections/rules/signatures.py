"""How many ranked papers would be like no other one, so that a bought ranking could be recognised.

Who wants to prove a vote can agree on one order of the lower ranks that nobody else writes. The
fewer ranks there are, the more papers are alike.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from math import perm
from random import Random
from typing import NamedTuple

DRAWS, FEWEST_DRAWS, PAPERS = 200, 5, 400_000  # Papers are drawn in all, so that nobody waits.
MOST_KINDS = 50_000  # Of different papers that are told apart.
WARNED, SUGGESTED = 0.02, 0.05  # Unique shares: what is warned of, and what a suggestion allows.
KEPT = 64  # Estimates: one for each question of the drafts that people look at.


class Estimate(NamedTuple):
    """Shares of papers like no other one, of 1: the median of all draws and the 90th percentile.

    Not `whole`: only the first ranks were drawn, and the true shares are higher.
    """

    median: float
    high: float
    whole: bool


class Suggestion(NamedTuple):
    """The most ranks with few unique papers, and the estimate for them."""

    ranks: int
    estimate: Estimate


def possible_papers(options: int, ranks: int) -> int:
    """Return in how many ways so many options can be ranked on at most so many ranks, blank too."""
    return sum(perm(options, ranked) for ranked in range(min(options, ranks) + 1))


def rounded(turnout: int) -> int:
    """Return a number of voters with two digits that count: an estimate is worth no more."""
    unit: int = 10 ** max(0, len(str(turnout)) - 2)
    return turnout // unit * unit


@lru_cache(maxsize=KEPT)
def estimate(options: int, ranks: int, turnout: int) -> Estimate:
    """Return what may be expected of so many papers that use every rank; always the same numbers.

    Papers are drawn by the model of Plackett and Luce with strengths 1, 1/2, 1/3 and so on, 200
    times where that is not too many papers: of many papers shares differ little between draws.
    """
    ranks = min(ranks, options)
    drawn = ranks_drawn(options, ranks)
    weights = list(accumulate(_chances(options, drawn)))
    chance = Random(f"{options} {ranks} {turnout}")  # noqa: S311 (an estimate that can be repeated)
    kinds, turnout = range(len(weights)), max(turnout, 1)
    shares = []
    for _draw in range(min(DRAWS, max(FEWEST_DRAWS, PAPERS // turnout))):
        alike = Counter(chance.choices(kinds, cum_weights=weights, k=turnout)).values()
        shares.append(sum(many == 1 for many in alike) / turnout)
    shares.sort()
    return Estimate(shares[len(shares) // 2], shares[len(shares) * 9 // 10], drawn == ranks)


def ranks_drawn(options: int, ranks: int) -> int:
    """Return of how many first ranks an estimate is made: all papers with more are too many."""
    among = range(1, min(ranks, options) + 1)
    return max(r for r in among if r == 1 or perm(options, r) <= MOST_KINDS)


def suggestion(options: int, ranks: int, turnout: int) -> Suggestion:
    """Return the most ranks up to these of which few papers would be unique; one at the least.

    It is never more than are drawn: of what is not drawn nobody knows that it is few.
    """
    ranks = ranks_drawn(options, ranks)
    for fewer in range(1, ranks):
        if estimate(options, fewer + 1, turnout).median > SUGGESTED:
            return Suggestion(fewer, estimate(options, fewer, turnout))
    return Suggestion(ranks, estimate(options, ranks, turnout))


def _chances(options: int, ranks: int) -> Iterator[float]:
    """Return the chance of each paper with so many ranks, without keeping the papers."""
    strengths = [1 / place for place in range(1, options + 1)]

    def following(left: list[float], chance: float, more: int) -> Iterator[float]:
        if not more:
            yield chance
            return
        whole = sum(left)
        for at, strength in enumerate(left):
            yield from following(left[:at] + left[at + 1 :], chance * strength / whole, more - 1)

    return following(strengths, 1.0, ranks)
