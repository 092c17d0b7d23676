"""Rules by which goods get cheaper, as the manager sees them."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class MarkdownRule:
    """A rule; it is for a category or for one product."""

    id: str
    version: int
    category: str
    category_name: str
    product: str
    product_name: str
    days_left: int
    ppm: int


@dataclass(frozen=True)
class MarkdownRules:
    """All rules, by what they are for, the first day first."""

    rules: list[MarkdownRule]


@dataclass(frozen=True)
class MarkedDown:
    """How many lots have become cheaper."""

    lots: int
