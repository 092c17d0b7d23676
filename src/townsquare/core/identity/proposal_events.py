"""What is told of proposals: about which account, never an address and never a reason.

The account is empty while somebody has none and is to be invited.
"""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class AdministratorProposed(Event):
    """An administrator wants somebody to become one too."""

    sentence: ClassVar[str] = translatable("Somebody was proposed as administrator.")
    subject: ClassVar[str] = "account"

    account: str
    proposal: str


@dataclass(frozen=True)
class ProposalApproved(Event):
    """A second administrator has agreed."""

    sentence: ClassVar[str] = translatable("A second administrator has approved the proposal.")
    subject: ClassVar[str] = "account"

    account: str
    proposal: str


@dataclass(frozen=True)
class ProposalRefused(Event):
    """A second administrator has not agreed."""

    sentence: ClassVar[str] = translatable("A second administrator has refused the proposal.")
    subject: ClassVar[str] = "account"

    account: str
    proposal: str


@dataclass(frozen=True)
class ProposalWithdrawn(Event):
    """Who has proposed it has taken it back."""

    sentence: ClassVar[str] = translatable("The proposal was taken back.")
    subject: ClassVar[str] = "account"

    account: str
    proposal: str
