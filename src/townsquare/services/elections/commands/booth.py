"""What the booth of an encrypted election asks, and what it leaves to the server."""

from typing import ClassVar

from pydantic import Field

from townsquare.core.words import translatable
from townsquare.services.elections.commands.ballots import HASH
from townsquare.services.elections.commands.fields import MOST_QUESTIONS, Chosen, Line
from townsquare.services.elections.commands.voting import Marked, Points

LONGEST_TOKEN = 60  # Of 25 characters and whatever stands between them.


class ReadHand(Chosen):
    """A wish to know what a credential votes on, and the number of its next ballot."""

    credential: Line = Field(
        title=translatable("Credential"), min_length=64, max_length=64, pattern=HASH
    )


class SealBallot(Chosen):
    """A wish that the server encrypts: the token, and what is marked for each question."""

    unkept: ClassVar[bool] = True  # With both anybody could tell who voted what.

    token: str = Field(title=translatable("Token"), max_length=LONGEST_TOKEN, repr=False)
    choices: dict[Marked, tuple[Marked, ...] | dict[Marked, Points]] = Field(
        title=translatable("What is marked"), max_length=MOST_QUESTIONS, repr=False
    )
