"""Wishes to know how many."""

from typing import Annotated

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import LONGEST_CODE, MOST_ANSWERS, Id

Code = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE)]
Codes = Annotated[tuple[Code, ...], Field(max_length=MOST_ANSWERS)]


class CountVotes(Command):
    """A wish to know the votes of a candidate, or of some of one question."""

    contest: Id = Field(
        title=translatable("Question"),
        description=translatable("The id of the question, as it is told with its election."),
    )
    candidate: Code | Codes = Field(title=translatable("Candidate"))
