"""What operators wish with ballots that were cast and read elsewhere."""

from typing import Annotated

from pydantic import AfterValidator, Field

from townsquare.core.words import translatable
from townsquare.services.elections.commands.counts import ChosenContest
from townsquare.services.elections.commands.fields import LONGEST_CODE

MOST_PAPERS, MOST_LINES, MOST_MARKS = 1_000_000, 200_000, 200
Mark = Annotated[str, Field(max_length=LONGEST_CODE)]
Rank = Annotated[tuple[Mark, ...], Field(max_length=MOST_MARKS)]
Ranks = Annotated[tuple[Rank, ...], Field(max_length=MOST_MARKS)]
Weight = Annotated[int, Field(ge=1, le=MOST_PAPERS)]
Line = tuple[Ranks, Weight]
TOO_MANY = f"there are more than {MOST_PAPERS:,} papers; count the file with `count`"


def _not_too_many(papers: tuple[Line, ...]) -> tuple[Line, ...]:
    """Refuse a file of few lines that stand for more papers than are written down one by one."""
    if sum(many for _ranks, many in papers) > MOST_PAPERS:
        raise ValueError(TOO_MANY)
    return papers


class ImportBallots(ChosenContest):
    """A wish to count ballots of a file for a question; `options` are its codes in their order.

    Each paper has its ranks from the first one on, several options where they are marked equally,
    and how many papers are like it.
    """

    options: Rank = Field(title=translatable("Options of the file"), min_length=1)
    seats: int = Field(title=translatable("How many win"), ge=1, le=MOST_MARKS)
    papers: Annotated[tuple[Line, ...], AfterValidator(_not_too_many)] = Field(
        title=translatable("Papers"), min_length=1, max_length=MOST_LINES
    )
