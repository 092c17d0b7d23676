"""How many have voted, as everybody may know it."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Hour:
    """How many had voted by the last checkpoint of an hour that begins at this moment."""

    begins: datetime
    voted: int


@dataclass(frozen=True)
class Turnout:
    """How many of those who may vote have voted; by the hour where checkpoints tell it.

    In the end also by weight, which differs where `by_weight`; before it those are 0.
    """

    election: str
    title: str
    tier: str
    zone: str
    voters: int
    voted: int
    hours: list[Hour]
    weight: int = 0
    weight_voted: int = 0
    by_weight: bool = False


@dataclass(frozen=True)
class Told:
    """Of how many polls the turnout was told."""

    polls: int
