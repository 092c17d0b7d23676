"""What people get to know of goods that go from place to place; quantities in g, ml or pieces."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class CarriedLine:
    """So much of a product that was carried."""

    product: str
    name: str
    qty: int
    base_unit: str


@dataclass(frozen=True)
class Carried:
    """What was carried at once from one place to another."""

    from_place: str
    to_place: str
    lines: list[CarriedLine]


@dataclass(frozen=True)
class TransferLineTold:
    """What was sent of a lot, and what has arrived of it; None while it is on its way."""

    line: int
    product: str
    name: str
    base_unit: str
    lot: str
    sent: int
    arrived: int | None
    reason: str


@dataclass(frozen=True)
class TransferTold:
    """A transfer with all its lines."""

    id: str
    version: int
    state: str
    from_place: str
    from_name: str
    to_place: str
    to_name: str
    sent_at: datetime
    lines: list[TransferLineTold]


@dataclass(frozen=True)
class TransferSummary:
    """A transfer in the list of them; how many of its lines arrived otherwise than they left."""

    id: str
    state: str
    from_name: str
    to_name: str
    sent_at: datetime
    lines: int
    off: int


@dataclass(frozen=True)
class TransferPage:
    """A page of transfers; `after` asks for the next one."""

    transfers: list[TransferSummary]
    after: str
