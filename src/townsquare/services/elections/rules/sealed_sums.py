"""From the sums of an encrypted count to papers that the engine counts: the same totals.

No paper of these is one that somebody cast; nobody knows those.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from townsquare.services.elections.rules.papers import Paper
from townsquare.services.elections.rules.ways import CHOOSE, SCORE

Alike = tuple[Paper, int]


def papers_of(kind: str, options: Sequence[str], numbers: Sequence[int]) -> list[Alike]:
    """Return papers whose totals are these numbers, the cells of a question in their order."""
    if kind == CHOOSE:
        found: list[Alike] = [([code], many) for code, many in zip(options, numbers, strict=False)]
        found.append(([], sum(numbers[len(options) :])))
        return [paper for paper in found if paper[1]]
    if kind == SCORE:
        return [({code: 1}, many) for code, many in zip(options, numbers, strict=True) if many]
    return list(_graded(options, numbers))


def _graded(options: Sequence[str], numbers: Sequence[int]) -> Iterator[Alike]:
    """Yield papers by which each option gets each grade as often: the lowest ones together."""
    wide = len(numbers) // len(options)
    ends = {
        code: list(accumulate(numbers[at * wide : (at + 1) * wide]))
        for at, code in enumerate(options)
    }
    before = 0
    for end in sorted({one for each in ends.values() for one in each}):
        if end > before:
            grades = {
                code: next(grade for grade, upto in enumerate(each) if upto >= end)
                for code, each in ends.items()
            }
            yield grades, end - before
        before = max(before, end)
