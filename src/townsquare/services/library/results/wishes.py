"""What readers get to know of their own wishes, and of what they have read."""

from datetime import datetime, time

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Wishes:
    """How a reader wants the library to treat them."""

    keep_history: bool
    mails: bool
    quiet_from: time | None
    quiet_to: time | None


@dataclass(frozen=True)
class PastLoan:
    """A copy that a reader had, and wanted to remember."""

    id: str
    title: str
    document: str
    out_at: datetime
    returned_at: datetime


@dataclass(frozen=True)
class PastLoans:
    """One page of what somebody has read, the last first; `before` asks for the next one."""

    items: list[PastLoan]
    before: str
