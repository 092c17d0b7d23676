"""What happens to stock."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class StockMoved(Event):
    """Goods went from place to place; `moves` names each move, `variant_ids` whose goods."""

    sentence: ClassVar[str] = translatable("Goods were moved ({reason}), {count} times.")
    subject: ClassVar[str] = "source_id"

    shop: str
    reason: str
    source_kind: str
    source_id: str
    count: int
    moves: list[str]
    variant_ids: list[int]


@dataclass(frozen=True)
class LocationOpened(Event):
    """A shop has a new place."""

    sentence: ClassVar[str] = translatable("The place {code} was opened.")
    subject: ClassVar[str] = "location"

    shop: str
    location: str
    code: str


@dataclass(frozen=True)
class LotBlocked(Event):
    """A lot was taken off sale, and nobody holds anything of it any more."""

    sentence: ClassVar[str] = translatable(
        "A lot was blocked: {reason}; {released} holds were released."
    )
    subject: ClassVar[str] = "lot"

    lot: str
    variant_id: int
    reason: str
    released: int


@dataclass(frozen=True)
class LotUnblocked(Event):
    """A lot is on sale again."""

    sentence: ClassVar[str] = translatable("A lot is on sale again.")
    subject: ClassVar[str] = "lot"

    lot: str
    variant_id: int


@dataclass(frozen=True)
class CountOpened(Event):
    """Somebody begins to count a place."""

    sentence: ClassVar[str] = translatable("A count was opened.")
    subject: ClassVar[str] = "count"

    shop: str
    count: str
    location_id: int


@dataclass(frozen=True)
class CountApproved(Event):
    """The differences of a count are posted."""

    sentence: ClassVar[str] = translatable("A count was approved: {found} found, {lost} lost.")
    subject: ClassVar[str] = "count"

    shop: str
    count: str
    found: int
    lost: int


@dataclass(frozen=True)
class CountRejected(Event):
    """The figures of a count are not used."""

    sentence: ClassVar[str] = translatable("A count was rejected.")
    subject: ClassVar[str] = "count"

    shop: str
    count: str


@dataclass(frozen=True)
class ReorderRuleSet(Event):
    """Goods are kept between two figures from now on."""

    sentence: ClassVar[str] = translatable("Goods are kept between {min_qty} and {max_qty}.")
    subject: ClassVar[str] = "location"

    shop: str
    location: str
    variant_id: int
    min_qty: int
    max_qty: int


@dataclass(frozen=True)
class ReorderRuleDropped(Event):
    """Goods are kept between no figures any more."""

    sentence: ClassVar[str] = translatable("Goods are ordered again by no rule any more.")
    subject: ClassVar[str] = "location"

    shop: str
    location: str
    variant_id: int


@dataclass(frozen=True)
class TransferSent(Event):
    """Goods are on their way to another place of the shop."""

    sentence: ClassVar[str] = translatable("A transfer was sent.")
    subject: ClassVar[str] = "transfer"

    shop: str
    transfer: str


@dataclass(frozen=True)
class TransferCame(Event):
    """Goods have come from another place of the shop."""

    sentence: ClassVar[str] = translatable("A transfer has arrived; {off} differ from what left.")
    subject: ClassVar[str] = "transfer"

    shop: str
    transfer: str
    off: int
