"""What has to add up in a return, and how far a paper election is counted."""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from townsquare.core.rounding import rounded

TOO_MANY_BALLOTS, TOO_MANY, TOO_FEW, LINE = "registered", "too-many", "too-few", "option"


class Figures(NamedTuple):
    """The numbers of one return; valid papers are those that are neither blank nor spoiled."""

    ballots: int
    blank: int
    spoiled: int
    votes: tuple[int, ...]

    @property
    def valid(self) -> int:
        """Return how many papers have a vote that counts."""
        return self.ballots - self.blank - self.spoiled


class Gap(NamedTuple):
    """What does not add up: of which kind, and by how many ballots or votes."""

    kind: str
    by: int


def gaps(told: Figures, *, least: int, most: int, registered: int | None) -> list[Gap]:
    """Return what does not add up: section 5 of the specification, reconciliation.

    Each valid paper has from least to most votes; where one is chosen the votes are the papers.
    """
    votes, valid = sum(told.votes), told.valid
    found = [
        (TOO_MANY_BALLOTS, told.ballots - registered if registered is not None else 0),
        (TOO_MANY, votes - most * valid),
        (TOO_FEW, least * valid - votes),
        (LINE, max(told.votes, default=0) - valid),
    ]
    wrong = [Gap(kind, by) for kind, by in found if by > 0]
    # An option that alone has too many votes says nothing that their sum has not said.
    return wrong if len(wrong) == 1 else [gap for gap in wrong if gap.kind != LINE]


def tenths(part: int, whole: int) -> int:
    """Return a share in tenths of a percent, rounded half up; nothing of nothing is nothing."""
    return rounded(Fraction(part * 1000, whole)) if whole else 0


def percent(part: int, whole: int) -> int:
    """Return a share in percent, rounded half up; the whole numbers beside it decide."""
    return rounded(Fraction(part * 100, whole)) if whole else 0


def fully(counted: Iterable[tuple[int, int]]) -> bool:
    """Tell whether of each question all precincts with voters are counted."""
    return all(done >= all_of_them for done, all_of_them in counted)
