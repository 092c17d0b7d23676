"""What people and the clock wish of a board when voting is over."""

from typing import Any

from townsquare.services.elections.commands.ballots import EnterMessage
from townsquare.services.elections.commands.fields import Chosen, Nothing


class PreparedStep(Chosen):
    """A step for which the sums or the result were made before anybody's turn to write."""

    tally: dict[str, Any] | None
    result: dict[str, Any] | None


class PreparedSteps(Nothing):
    """The steps of all boards that are due."""

    steps: tuple[PreparedStep, ...]


class ExaminedPart(EnterMessage):
    """A trustee's part whose form is good, and whether its proofs are."""

    part: dict[str, Any]
    good: bool
