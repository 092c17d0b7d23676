"""The shop as its pages show it."""

from dataclasses import field

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class OpenedShop:
    """The shop after it was opened."""

    id: str
    code: str
    name: str
    currency: str
    zone: str


# Nobody counts further: a shop of a million would do nothing else for each page.
MANY_IN_SHOP, MANY_ON_SHELF, MANY_OF_BRAND = 10_000, 1_000, 100


@dataclass(frozen=True)
class Shelf:
    """A category or a brand by which the goods can be narrowed, and how many it has.

    A count of MANY_ON_SHELF for a category, or of MANY_OF_BRAND, means so many or more.
    """

    code: str
    name: str
    parent: str
    count: int


@dataclass(frozen=True)
class Front:
    """What stands around the goods: the shop, its categories and brands.

    As many `products` as MANY_IN_SHOP are so many or more.
    """

    name: str = ""
    categories: list[Shelf] = field(default_factory=list)
    brands: list[Shelf] = field(default_factory=list)
    products: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether anybody has opened the shop."""
        return bool(self.name)
