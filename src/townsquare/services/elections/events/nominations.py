"""What happens around nominations; who stands is told by a code, nothing else of them."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class NominationsOpened(Event):
    """Candidates may be named."""

    sentence: ClassVar[str] = translatable("Nominations opened.")
    subject: ClassVar[str] = "election"

    election: str


@dataclass(frozen=True)
class NominationsEnded(Event):
    """Candidates may be named no more."""

    sentence: ClassVar[str] = translatable("Nominations closed.")
    subject: ClassVar[str] = "election"

    election: str


@dataclass(frozen=True)
class PartyKept(Event):
    """A party was made or changed."""

    sentence: ClassVar[str] = translatable("The party {party} was saved.")
    subject: ClassVar[str] = "party"

    party: str


@dataclass(frozen=True)
class CandidacyFiled(Event):
    """Somebody wishes to stand, or has corrected what they said."""

    sentence: ClassVar[str] = translatable("A candidacy was filed: {candidate}.")
    subject: ClassVar[str] = "election"

    election: str
    candidate: str


@dataclass(frozen=True)
class CandidacyWithdrawn(Event):
    """Somebody does not stand any more."""

    sentence: ClassVar[str] = translatable("A candidacy was withdrawn: {candidate}.")
    subject: ClassVar[str] = "election"

    election: str
    candidate: str


@dataclass(frozen=True)
class CandidacyDecided(Event):
    """Officers have decided on a candidacy."""

    sentence: ClassVar[str] = translatable("{candidate} is {decision}.")
    subject: ClassVar[str] = "election"

    election: str
    candidate: str
    decision: str


@dataclass(frozen=True)
class DisqualificationProposed(Event):
    """Somebody would strike a candidate out of a frozen election."""

    sentence: ClassVar[str] = translatable("It was proposed to disqualify {candidate}.")
    subject: ClassVar[str] = "election"

    election: str
    candidate: str


@dataclass(frozen=True)
class DisqualificationWithdrawn(Event):
    """Nobody would strike this candidate out any more."""

    sentence: ClassVar[str] = translatable("The proposal to disqualify {candidate} was taken back.")
    subject: ClassVar[str] = "election"

    election: str
    candidate: str


@dataclass(frozen=True)
class SlateFiled(Event):
    """A party has filed a list."""

    sentence: ClassVar[str] = translatable("{party} filed {saved} candidates.")
    subject: ClassVar[str] = "election"

    election: str
    party: str
    saved: int
    refused: int


@dataclass(frozen=True)
class PhotoChanged(Event):
    """A candidate is shown with another photo, or with none any more."""

    sentence: ClassVar[str] = translatable("The photo of a candidate was changed: {candidate}.")
    subject: ClassVar[str] = "election"

    election: str
    candidate: str


@dataclass(frozen=True)
class SymbolChanged(Event):
    """A party is shown with another symbol, or with none any more."""

    sentence: ClassVar[str] = translatable("The symbol of the party {party} was changed.")
    subject: ClassVar[str] = "party"

    party: str
