"""What may stand on a paper of a poll, whatever its question asks for."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from townsquare.services.elections.rules.ways import CHOOSE, RANK

Paper = list[str] | dict[str, int]  # What is chosen; what is ranked, best first; points by option.
Counted = Paper | list[list[str]]  # Or the ranks of an imported paper, empty and equal ones too.
Told = Sequence[str] | Mapping[str, int]


class Marks(NamedTuple):
    """What a question asks for, and whether none of its options is an answer too.

    `most` options may be marked, or so many ranks given; `greatest` is the most points or the best
    grade of one option.
    """

    least: int
    most: int
    blank: bool
    kind: str = CHOOSE
    greatest: int = 0


class OddRanks(ValueError):
    """Numbers that are no ranking: `why` is range, twice or skipped, at these options."""

    def __init__(self, why: str, options: Sequence[str]) -> None:
        super().__init__(f"{why}: {', '.join(options)}")
        self.why, self.options = why, tuple(options)


def fits(marked: Told, options: Collection[str], marks: Marks) -> bool:
    """Tell whether these marks may stand on one paper, no option twice."""
    pointed = marks.kind not in (CHOOSE, RANK)
    if marked and isinstance(marked, Mapping) is not pointed:
        return False
    if len(set(marked)) < len(marked) or not set(marked) <= set(options):
        return False
    if isinstance(marked, Mapping) and not all(0 <= n <= marks.greatest for n in marked.values()):
        return False
    if not marked and marks.blank:
        return True
    return marks.least <= len(marked) <= marks.most


def paper_of(marked: Told, kind: str) -> Paper:
    """Return marks as they go into the box: alike papers are the same text there."""
    if isinstance(marked, Mapping):
        return dict(marked)  # Written by the order of its codes.
    return sorted(marked, key=int) if kind == CHOOSE else list(marked)


def ranking(numbers: Mapping[str, int], most: int) -> list[str]:
    """Return the options by the rank that each was given, 1 first.

    OddRanks: a number is not 1 to `most`, two options have one rank, or a rank is left out.
    """
    if wrong := [option for option, number in numbers.items() if not 1 <= number <= most]:
        raise OddRanks("range", wrong)
    order = sorted(numbers, key=lambda option: numbers[option])
    for place, option in enumerate(order, 1):
        if place > 1 and numbers[option] == numbers[order[place - 2]]:
            raise OddRanks("twice", [order[place - 2], option])
        if numbers[option] != place:
            raise OddRanks("skipped", [option])
    return order
