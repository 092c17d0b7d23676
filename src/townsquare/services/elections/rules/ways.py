"""The ways to ask and to count that a question may have: for each rule how people mark."""

from collections.abc import Sequence
from typing import Protocol

CHOOSE, SCORE, GRID, RANK = KINDS = ("choose", "score", "grid", "rank")
LARGEST_SCORE, BEST_GRADE = 100, 5
USUAL_GREATEST = {SCORE: 5, GRID: 5}

# The rules that questions here are counted by, and how people mark what each of them counts.
WAYS = {
    "plurality": CHOOSE,
    "approval": CHOOSE,
    "k-of-n": CHOOSE,
    "score": SCORE,
    "majority-judgement": GRID,
    "irv": RANK,
    "scottish-2011": RANK,
    "wig-exact": RANK,
    "meek": RANK,
    "warren": RANK,
    "multi-winner": RANK,
    "sequential": RANK,
    "borda": RANK,
    "borda-from-one": RANK,
    "borda-modified": RANK,
    "schulze": RANK,
    "condorcet": RANK,
}
ONE_SEAT = ("irv", "condorcet")  # They know one winner, or none.


def kind_of(rule: str) -> str:
    """Return how people mark a question that this rule counts."""
    return WAYS[rule]


def rules_of_kind(kind: str) -> tuple[str, ...]:
    """Return the codes of the rules that count papers of this kind."""
    return tuple(code for code, way in WAYS.items() if way == kind)


def usual_most(rule: str, options: int, seats: int) -> int:
    """Return how many options are marked at most, or ranked, where nobody says otherwise."""
    return {"plurality": 1, "k-of-n": min(seats, options)}.get(rule, options)


def allows(rule: str, most: int, *, options: int, seats: int) -> bool:
    """Tell whether so many marks fit a rule that says itself how many there may be."""
    if rule == "k-of-n":
        return most <= seats
    return kind_of(rule) == RANK or rule == "plurality" or most == options


class Counting(Protocol):
    """What a question says, as far as its votes are bounded by it."""

    @property
    def rule(self) -> str:
        """The code of the rule that counts it."""

    @property
    def greatest(self) -> int:
        """The most points, or the best grade, an option may get."""

    @property
    def options(self) -> Sequence[object]:
        """Its options; only how many there are is asked."""


def most_votes(asked: Counting, papers: int) -> int:
    """Return how many an option could have at most of what its rule counts first."""
    options = len(asked.options)
    bounds = {
        "score": papers * asked.greatest,
        "majority-judgement": asked.greatest,
        "borda": papers * (options - 1),
        "borda-from-one": papers * options,
        "borda-modified": papers * options,
        **dict.fromkeys(("schulze", "condorcet"), options - 1),
    }
    return max(bounds.get(asked.rule, papers), 1)
