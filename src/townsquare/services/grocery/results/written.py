"""What somebody gets to know of what they have just written."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class WrittenProduct:
    """A product after it was added or changed."""

    id: str
    version: int
    code: str
    name: str


@dataclass(frozen=True)
class WrittenPrice:
    """A price after it was set, with the product that has it."""

    id: str
    code: str
    amount_minor: int
    per_qty: int
    currency: str


@dataclass(frozen=True)
class WrittenNumber:
    """A number as it is kept; a barcode in 14 digits."""

    id: str
    scheme: str
    value: str


@dataclass(frozen=True)
class Shelving:
    """A brand or a category; `parent` is the code of the one it stands in."""

    id: str
    version: int
    code: str
    name: str
    description: str
    parent: str = ""


@dataclass(frozen=True)
class Shelvings:
    """All brands, or all categories, by name."""

    shelves: list[Shelving]
