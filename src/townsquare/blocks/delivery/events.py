"""What happens to times and areas of delivery."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class ZoneAdded(Event):
    """A shop delivers to another area."""

    sentence: ClassVar[str] = translatable("The zone {code} with {postcodes} postcodes was added.")
    subject: ClassVar[str] = "zone"

    zone: str
    shop: str
    code: str
    postcodes: int


@dataclass(frozen=True)
class ZoneRevised(Event):
    """A shop delivers to an area on other terms."""

    sentence: ClassVar[str] = translatable("The zone {code} has {postcodes} postcodes now.")
    subject: ClassVar[str] = "zone"

    zone: str
    code: str
    postcodes: int


@dataclass(frozen=True)
class RateSet(Event):
    """A delivery costs something else from a day on."""

    sentence: ClassVar[str] = translatable(
        "Up to {up_to_g} g a delivery costs {amount_minor} from {valid_from}."
    )
    subject: ClassVar[str] = "zone"

    zone: str
    up_to_g: int
    amount_minor: int
    per_extra_kg_minor: int
    valid_from: str


@dataclass(frozen=True)
class SlotsPlanned(Event):
    """Times are offered."""

    sentence: ClassVar[str] = translatable("{slots} times of {resource} are offered.")
    subject: ClassVar[str] = "resource"

    shop: str
    resource: str
    slots: int


@dataclass(frozen=True)
class SlotClaimed(Event):
    """A place is held for somebody."""

    sentence: ClassVar[str] = translatable("A place was held for {owner_kind} {owner_id}.")
    subject: ClassVar[str] = "slot"

    slot: str
    owner_kind: str
    owner_id: str
    until: str


@dataclass(frozen=True)
class ClaimKept(Event):
    """A place belongs to somebody for good."""

    sentence: ClassVar[str] = translatable("The place of {owner_kind} {owner_id} is kept.")
    subject: ClassVar[str] = "slot"

    slot: str
    owner_kind: str
    owner_id: str


@dataclass(frozen=True)
class ClaimReleased(Event):
    """A place is free again."""

    sentence: ClassVar[str] = translatable("The place of {owner_kind} {owner_id} is free again.")
    subject: ClassVar[str] = "slot"

    slot: str
    owner_kind: str
    owner_id: str
