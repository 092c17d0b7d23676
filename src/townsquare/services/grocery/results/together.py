"""What is bought together, with the counts that say so."""

from datetime import datetime

from townsquare.core.frozen import dataclass
from townsquare.services.grocery.results.products import ProductLine
from townsquare.services.grocery.rules import together


@dataclass(frozen=True)
class BoughtWith(ProductLine):
    """A product that people buy together with another one, and in how many baskets they were."""

    baskets: int
    with_left: int
    with_right: int
    with_both: int
    learned_at: datetime

    @property
    def support(self) -> float:
        """Return which part of all baskets has both."""
        return together.support(self.with_both, self.baskets)

    @property
    def confidence(self) -> float:
        """Return which part of the baskets with the one has the other as well."""
        return together.confidence(self.with_both, self.with_left)

    @property
    def lift(self) -> float:
        """Return how many times as often as by chance."""
        counts = (self.with_left, self.with_right, self.with_both)
        return together.lift(counts, self.baskets)


@dataclass(frozen=True)
class Together:
    """What is often bought together with one product, the strongest first."""

    products: list[BoughtWith]


@dataclass(frozen=True)
class Learned:
    """From how many baskets was learned, how many pairs there are, and how many changed."""

    baskets: int
    pairs: int
    changed: int
