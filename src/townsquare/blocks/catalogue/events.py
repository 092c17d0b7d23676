"""What happens to a catalogue."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class ShopOpened(Event):
    """A shop is there."""

    sentence: ClassVar[str] = translatable("The shop {shop} was opened.")
    subject: ClassVar[str] = "shop"

    shop: str
    service: str
    currency: str


@dataclass(frozen=True)
class ShopRevised(Event):
    """Something of a shop has changed."""

    sentence: ClassVar[str] = translatable("The shop {shop} was changed: {fields}.")
    subject: ClassVar[str] = "shop"

    shop: str
    fields: list[str]


@dataclass(frozen=True)
class ShelfChanged(Event):
    """A brand or a category was added, changed, moved or removed."""

    sentence: ClassVar[str] = translatable("{kind} {code}: {act}.")
    subject: ClassVar[str] = "code"

    shop: str
    kind: str
    code: str
    act: str


@dataclass(frozen=True)
class ItemAdded(Event):
    """A shop has one more item."""

    sentence: ClassVar[str] = translatable("The item {code} was added.")
    subject: ClassVar[str] = "item"

    shop: str
    item: str
    code: str


@dataclass(frozen=True)
class ItemsAdded(Event):
    """Many items came at once; their row ids are from the first to the last."""

    sentence: ClassVar[str] = translatable("{count} items were added.")
    subject: ClassVar[str] = "shop"

    shop: str
    count: int
    first_id: int
    last_id: int


@dataclass(frozen=True)
class ItemRevised(Event):
    """Something of an item has changed."""

    sentence: ClassVar[str] = translatable("The item {code} was changed: {fields}.")
    subject: ClassVar[str] = "item"

    shop: str
    item: str
    code: str
    fields: list[str]


@dataclass(frozen=True)
class VariantAdded(Event):
    """An item has one more variant."""

    sentence: ClassVar[str] = translatable("The variant {code} was added.")
    subject: ClassVar[str] = "variant"

    shop: str
    variant: str
    code: str


@dataclass(frozen=True)
class VariantRevised(Event):
    """Something of a variant, or what is known of it, has changed."""

    sentence: ClassVar[str] = translatable("The variant {code} was changed: {fields}.")
    subject: ClassVar[str] = "variant"

    shop: str
    variant: str
    code: str
    fields: list[str]


@dataclass(frozen=True)
class PriceSet(Event):
    """A variant has a new price from a moment on."""

    sentence: ClassVar[str] = translatable(
        "{variant} costs {amount_minor} per {per_qty} in {price_list} from {valid_from} on."
    )
    subject: ClassVar[str] = "variant"

    shop: str
    variant: str
    price_list: str
    amount_minor: int
    per_qty: int
    min_qty: int
    valid_from: str
    valid_to: str
    reason: str


@dataclass(frozen=True)
class PricesSet(Event):
    """Many prices came at once; their row ids are from the first to the last."""

    sentence: ClassVar[str] = translatable("{count} prices were set.")
    subject: ClassVar[str] = "shop"

    shop: str
    count: int
    first_id: int
    last_id: int


@dataclass(frozen=True)
class TaxRateSet(Event):
    """A class is taxed at another rate from a day on."""

    sentence: ClassVar[str] = translatable(
        "{tax_class} is taxed at {ppm} millionths from {valid_from} on."
    )
    subject: ClassVar[str] = "tax_class"

    shop: str
    tax_class: str
    region: str
    ppm: int
    valid_from: str


@dataclass(frozen=True)
class SellingStopped(Event):
    """Variants are not sold for a while."""

    sentence: ClassVar[str] = translatable("{variants} are not sold: {reason}.")
    subject: ClassVar[str] = "shop"

    shop: str
    variants: list[str]
    source: str
    reason: str


@dataclass(frozen=True)
class SellingResumed(Event):
    """Variants are sold again."""

    sentence: ClassVar[str] = translatable("{variants} are sold again.")
    subject: ClassVar[str] = "shop"

    shop: str
    variants: list[str]
    source: str
