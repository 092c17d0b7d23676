"""What other blocks and services get to know about stock; quantities in base units."""

from datetime import date, datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Wanted:
    """So much of a variant, whichever lot it comes from."""

    variant_id: int
    qty: int


@dataclass(frozen=True)
class Held:
    """A live hold on goods of one lot in one place."""

    reservation_id: int
    variant_id: int
    level_id: int
    lot_id: int
    location_id: int
    qty: int


@dataclass(frozen=True)
class Picked:
    """What was really taken of a hold."""

    reservation_id: int
    qty: int


@dataclass(frozen=True)
class Incoming:
    """Goods that come in: the cost is that of all of them, in minor units.

    `removal_days` is how long before its date a lot is sold no more, `alert_days` how long before
    it somebody is told.
    """

    variant_id: int
    qty: int
    lot_code: str | None = None
    expires_on: date | None = None
    best_before: date | None = None
    total_cost_minor: int = 0
    removal_days: int = 0
    alert_days: int | None = None


@dataclass(frozen=True)
class Location:
    """A place of a shop."""

    id: int
    public_id: str
    shop_id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    aisle_order: int
    sellable: bool


@dataclass(frozen=True)
class Lot:
    """Goods that came together; `hidden` ones have a code that nobody is shown."""

    id: int
    public_id: str
    variant_id: int
    code: str
    part: int
    hidden: bool
    expires_on: date | None
    best_before: date | None
    sellable_until: datetime | None
    alert_on: date | None
    blocked_at: datetime | None
    blocked_reason: str
    supplier_id: int | None
    received_at: datetime
    received_qty: int
    total_cost_minor: int


@dataclass(frozen=True)
class Move:
    """Goods that went from one place to another."""

    id: int
    public_id: str
    at: datetime
    variant_id: int
    lot_id: int
    from_location_id: int
    to_location_id: int
    qty: int
    reason: str
    source_kind: str
    source_id: str


@dataclass(frozen=True)
class Source:
    """What a move, a hold or a count belongs to, in the words of its owner."""

    kind: str
    id: str


@dataclass(frozen=True)
class Goods:
    """So much of a variant; of one lot where it is named, else of the one whose turn it is."""

    variant_id: int
    qty: int
    lot_id: int | None = None


@dataclass(frozen=True)
class Discarded:
    """What was thrown away, and what it had cost in minor units."""

    move: Move
    cost_minor: int


@dataclass(frozen=True)
class TransferLine:
    """What was sent of a lot, and what has arrived of it; None while it is on its way."""

    id: int
    variant_id: int
    lot_id: int
    sent_qty: int
    arrived_qty: int | None
    discrepancy_reason: str


@dataclass(frozen=True)
class Transfer:
    """Goods that go from one place of a shop to another."""

    id: int
    public_id: str
    version: int
    from_location_id: int
    to_location_id: int
    state: str
    lines: tuple[TransferLine, ...]


@dataclass(frozen=True)
class Arrived:
    """What has arrived of a line of a transfer; another figure than was sent needs a reason."""

    line_id: int
    qty: int
    reason: str = ""


@dataclass(frozen=True)
class Counted:
    """What somebody has counted of a variant, all its lots together or one that is named."""

    variant_id: int
    qty: int
    lot_id: int | None = None


@dataclass(frozen=True)
class CountLine:
    """A line of a count; who counts blindly is not told what was expected."""

    id: int
    variant_id: int
    lot_id: int | None
    counted: int
    expected: int | None

    @property
    def variance(self) -> int | None:
        """Return how many more were counted than expected."""
        return None if self.expected is None else self.counted - self.expected


@dataclass(frozen=True)
class Count:
    """A count of a place."""

    id: int
    public_id: str
    version: int
    location_id: int
    blind: bool
    state: str
    lines: tuple[CountLine, ...] = ()


@dataclass(frozen=True)
class Level:
    """What is in a place of a lot, and how much of it is held."""

    id: int
    variant_id: int
    location_id: int
    location: str
    lot_id: int
    lot: str
    hidden: bool
    expires_on: date | None
    best_before: date | None
    sellable_until: datetime | None
    blocked_at: datetime | None
    on_hand: int
    reserved: int


@dataclass(frozen=True)
class Lotted:
    """So much of a variant that comes from one lot."""

    variant_id: int
    lot_id: int
    qty: int


@dataclass(frozen=True)
class Explained:
    """A move as one step of a figure: what it changed, and the figure after it."""

    at: datetime
    move: str
    lot_id: int
    change: int
    balance: int
    reason: str
    source_kind: str
    source_id: str
    note: str


@dataclass(frozen=True)
class Past:
    """What was in a place of a lot at a moment."""

    variant_id: int
    location_id: int
    lot_id: int
    qty: int


@dataclass(frozen=True)
class Supply:
    """How a variant can be had: after how many days, in packs of how many, what is on its way."""

    lead_days: int
    pack_qty: int = 1
    on_order: int = 0


@dataclass(frozen=True)
class Proposal:
    """What should be ordered of a variant for a place, and the figures that say so."""

    variant_id: int
    location_id: int
    per_day: float
    target: int
    available: int
    on_order: int
    qty: int
