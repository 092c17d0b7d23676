"""What happens to the board of an encrypted election; never a ballot: a line has a time."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class BoardClosed(Event):
    """An encrypted election has closed; its trustees can decrypt the sums."""

    sentence: ClassVar[str] = translatable(
        "The board was closed: {ballots} of {voters} voters have voted."
    )
    subject: ClassVar[str] = "election"

    election: str
    ballots: int
    voters: int


@dataclass(frozen=True)
class PartSubmitted(Event):
    """A trustee has published a part of the decryption."""

    sentence: ClassVar[str] = translatable("Trustee {trustee} has published a part: {found}.")
    subject: ClassVar[str] = "election"

    election: str
    trustee: int
    found: str


@dataclass(frozen=True)
class CredentialVoided(Event):
    """A credential was replaced, or counts no more; whose it is nobody here knows."""

    sentence: ClassVar[str] = translatable("A credential was made void: {reason}.")
    subject: ClassVar[str] = "election"

    election: str
    reason: str


@dataclass(frozen=True)
class BoardCounted(Event):
    """An encrypted election was decrypted and counted."""

    sentence: ClassVar[str] = translatable(
        "The election was decrypted and counted: {ballots} ballots of {voters} voters."
    )
    subject: ClassVar[str] = "election"

    election: str
    ballots: int
    voters: int
