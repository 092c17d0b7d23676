"""What is on the shelves, as those who look after it see it; quantities in g, ml or pieces."""

from datetime import date, datetime

from townsquare.core.frozen import dataclass
from townsquare.services.grocery.results.places import Place
from townsquare.services.grocery.rules.stages import PICKING, PLACED


@dataclass(frozen=True)
class StockLine:
    """How much there is of a product, how much of that is held, and what may be sold."""

    id: str
    code: str
    name: str
    size: str
    base_unit: str
    on_hand: int
    reserved: int
    available: int


@dataclass(frozen=True)
class StockPage:
    """A page of what is there; `after` asks for the next one."""

    levels: list[StockLine]
    after: str


@dataclass(frozen=True)
class LotLine:
    """A lot that is there; one without a code of its own has none to show."""

    id: str
    code: str
    part: int
    product: str
    name: str
    base_unit: str
    good_until: date | None
    sellable_until: datetime | None
    on_hand: int
    reserved: int
    blocked_at: datetime | None
    blocked_reason: str
    received_at: datetime
    state: str
    recall: str


@dataclass(frozen=True)
class LotPage:
    """A page of lots; `after` asks for the next one."""

    lots: list[LotLine]
    after: str


@dataclass(frozen=True)
class Received:
    """A lot as it came in."""

    id: str
    code: str
    product: str
    name: str
    qty: int
    base_unit: str
    expires_on: date | None


@dataclass(frozen=True)
class LostOrder:
    """An order in progress that held goods of a blocked lot, and how much it still misses."""

    id: str
    number: str
    stage: str
    missing: int

    @property
    def is_packed(self) -> bool:
        """Tell whether the goods lie in a packed bag, out of which somebody has to take them."""
        return self.stage not in {PLACED, PICKING}


@dataclass(frozen=True)
class LostOrders:
    """The orders in progress that held goods of a blocked lot, the first placed first."""

    orders: list[LostOrder]


@dataclass(frozen=True)
class BlockedLot:
    """A lot after it was blocked or unblocked; how many had held something of it, and which orders.

    Orders that are not packed yet hold other goods instead, as far as there are any.
    """

    id: str
    blocked: bool
    holds_released: int
    orders: list[LostOrder]


@dataclass(frozen=True)
class Step:
    """One step of a figure: what it changed, and the figure after it."""

    at: datetime
    move: str
    change: int
    balance: int
    reason: str
    source: str
    note: str


@dataclass(frozen=True)
class ExplainedStock:
    """Why so much of a product is in a place: every move, the oldest first; and other places."""

    id: str
    code: str
    name: str
    base_unit: str
    on_hand: int
    steps: list[Step]
    place: str
    places: list[Place]


@dataclass(frozen=True)
class Scanned:
    """What a scanner means: the product, and what has to be said when some of it comes in."""

    id: str
    code: str
    name: str
    base_unit: str
    perishable: bool
