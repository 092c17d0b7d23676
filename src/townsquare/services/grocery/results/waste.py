"""What people get to know of waste; quantities in g, ml or pieces, money at cost."""

from datetime import date, datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class DueLine:
    """Goods of a lot in a place that are past their day (`over`) or soon will be."""

    lot: str
    code: str
    product: str
    name: str
    base_unit: str
    place: str
    good_until: date | None
    over: bool
    on_hand: int
    reserved: int
    value_minor: int


@dataclass(frozen=True)
class DueGoods:
    """What is past its day or soon will be, the earliest first."""

    currency: str
    lines: list[DueLine]


@dataclass(frozen=True)
class LotPlace:
    """A place in which something of a lot stands."""

    place: str
    name: str
    on_hand: int
    reserved: int


@dataclass(frozen=True)
class WasteLot:
    """A lot before something of it is thrown away, and where it stands."""

    id: str
    code: str
    product: str
    name: str
    base_unit: str
    good_until: date | None
    over: bool
    places: list[LotPlace]


@dataclass(frozen=True)
class Thrown:
    """What was thrown away; `id` is that of the move, by which it can be undone."""

    id: str
    product: str
    name: str
    qty: int
    base_unit: str
    reason: str
    cost_minor: int
    currency: str


@dataclass(frozen=True)
class WastedLine:
    """What was thrown away in the list of it; `undone` tells that it is back."""

    id: str
    at: datetime
    product: str
    name: str
    base_unit: str
    place: str
    qty: int
    reason: str
    note: str
    cost_minor: int
    currency: str
    undone: bool


@dataclass(frozen=True)
class WastedPage:
    """A page of what was thrown away; `after` asks for the next one."""

    wasted: list[WastedLine]
    after: str


@dataclass(frozen=True)
class UndoneWaste:
    """A move that was taken back, and the move that did it."""

    id: str
    move: str
