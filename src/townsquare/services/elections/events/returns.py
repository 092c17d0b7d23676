"""What happens with precincts and returns, in plain values."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class PrecinctsChosen(Event):
    """The precincts of a draft were chosen."""

    sentence: ClassVar[str] = translatable("{precincts} precincts were chosen.")
    subject: ClassVar[str] = "election"

    election: str
    precincts: int


@dataclass(frozen=True)
class OfficerAppointed(Event):
    """Somebody enters or approves returns of precincts from now on, or no more."""

    sentence: ClassVar[str] = translatable(
        "Who may “{role}” returns changed: {added} precincts more, {removed} less."
    )
    subject: ClassVar[str] = "election"

    election: str
    account: str
    role: str
    added: int
    removed: int


@dataclass(frozen=True)
class ReturnEntered(Event):
    """A version of a return was entered."""

    sentence: ClassVar[str] = translatable(
        "Version {version} was entered for {precinct}, {contest}."
    )
    subject: ClassVar[str] = "election"

    election: str
    precinct: str
    contest: str
    version: int


@dataclass(frozen=True)
class ReturnSubmitted(ReturnEntered):
    """A version of a return waits to be approved."""

    sentence: ClassVar[str] = translatable(
        "Version {version} of {precinct}, {contest} was submitted."
    )


@dataclass(frozen=True)
class ReturnSentBack(ReturnEntered):
    """A version of a return was sent back to who entered it."""

    sentence: ClassVar[str] = translatable(
        "Version {version} of {precinct}, {contest} was sent back."
    )


@dataclass(frozen=True)
class ReturnApproved(Event):
    """A version of a return counts from now on."""

    sentence: ClassVar[str] = translatable(
        "Version {version} of {precinct}, {contest} was approved: {ballots} ballots."
    )
    subject: ClassVar[str] = "election"

    election: str
    precinct: str
    contest: str
    version: int
    ballots: int


@dataclass(frozen=True)
class CountClosed(Event):
    """The count of a paper election was closed."""

    sentence: ClassVar[str] = translatable("The count was closed; {missing} returns were missing.")
    subject: ClassVar[str] = "election"

    election: str
    missing: int


@dataclass(frozen=True)
class ReturnsImported(Event):
    """Returns of a list were entered and submitted."""

    sentence: ClassVar[str] = translatable("{returns} returns were taken from a list.")
    subject: ClassVar[str] = "election"

    election: str
    returns: int
