"""What the second step tells the rest of the town."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class FactorSetUp(Event):
    """An account is entered in two steps from now on, and all other sessions have ended."""

    sentence: ClassVar[str] = translatable("The second step was set up.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class FactorRemoved(Event):
    """An account is entered by its password alone, and all other sessions have ended."""

    sentence: ClassVar[str] = translatable("The second step was removed.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class RecoveryCodesMade(Event):
    """An account has new recovery codes; the old ones open nothing."""

    sentence: ClassVar[str] = translatable("New recovery codes were made.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class RecoveryCodeUsed(Event):
    """A recovery code was used in place of the app."""

    sentence: ClassVar[str] = translatable("A recovery code was used; {left} are left.")
    subject: ClassVar[str] = "account"

    account: str
    left: int


@dataclass(frozen=True)
class PresenceConfirmed(Event):
    """Somebody has shown again that they are who has signed in."""

    sentence: ClassVar[str] = translatable("Confirmed to be there.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class PasskeyAdded(Event):
    """An account can be entered by one more passkey, and all other sessions have ended."""

    sentence: ClassVar[str] = translatable("A passkey was added.")
    subject: ClassVar[str] = "account"

    account: str
    passkey: str


@dataclass(frozen=True)
class PasskeyRemoved(Event):
    """A passkey opens nothing any more, and all other sessions have ended."""

    sentence: ClassVar[str] = translatable("A passkey was removed.")
    subject: ClassVar[str] = "account"

    account: str
    passkey: str


@dataclass(frozen=True)
class PasskeyRefused(Event):
    """A passkey was right but its count went back: there may be a copy of it."""

    sentence: ClassVar[str] = translatable(
        "A passkey was refused: it counted {told} after {known}, as a copy would."
    )
    subject: ClassVar[str] = "account"

    account: str
    passkey: str
    known: int
    told: int
