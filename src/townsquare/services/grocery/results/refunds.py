"""Refunds that wait for a second person; amounts in minor units."""

from dataclasses import replace
from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Proposed:
    """A refund that somebody has proposed, and what has become of it."""

    id: str
    order: str
    amount_minor: int
    state: str


@dataclass(frozen=True)
class ProposalLine:
    """A refund that waits; `own` is one that somebody else has to decide."""

    id: str
    order: str
    number: str
    amount_minor: int
    currency: str
    reason: str
    by: str
    at: datetime
    own: bool


@dataclass(frozen=True)
class Proposals:
    """A page of refunds that wait; `before` asks for the next one, and is empty at the end."""

    proposals: list[ProposalLine]
    before: str


@dataclass(frozen=True)
class RefusedRefund:
    """A refund that did not arrive; `refused` is why, in the words of the provider.

    Of a gift card it is `card-blocked` or `card-expired`; `again` tells whether it can be asked for
    once more.
    """

    id: str
    order: str
    number: str
    method: str
    amount_minor: int
    currency: str
    reason: str
    refused: str
    at: datetime

    @property
    def again(self) -> bool:
        """Tell whether the provider can be asked once more."""
        return self.method == "online"


@dataclass(frozen=True)
class RefusedRefunds:
    """The refunds that did not arrive, the oldest first; `more` tells that there are others."""

    refunds: list[RefusedRefund]
    more: bool


@dataclass(frozen=True)
class AskedAgain:
    """A refund for which the provider is asked once more."""

    id: str
    state: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class WentOtherwise:
    """A refund that went back in another way; the code of a new card is told this once.

    `receipt` is the id of the paper that says so, `number` what stands on it.
    """

    id: str
    way: str
    amount_minor: int
    currency: str
    code: str
    receipt: str
    number: str

    def as_kept(self) -> "WentOtherwise":
        """Return it without the code, as it is told again to who repeats the wish."""
        return replace(self, code="")
