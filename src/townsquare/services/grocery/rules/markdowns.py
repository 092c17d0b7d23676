"""Which rule marks goods down how long before their date, and to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from townsquare.core.rounding import rounded

MILLION = 1_000_000
PERCENT = 10_000


@dataclass(frozen=True)
class Rule:
    """So many days before their date, or fewer, goods are so many millionths cheaper."""

    category: int | None
    item: int | None
    days_left: int
    ppm: int


def rule_for(
    rules: Sequence[Rule], *, item: int, shelves: Sequence[int], days_left: int
) -> Rule | None:
    """Return the rule that counts for a product of these shelves, the nearest first.

    A product with rules of its own follows no others, a category with rules not those above it;
    among them the one for the fewest days that still fit counts.
    """
    nearest = [[r for r in rules if r.item == item]]
    nearest += [[r for r in rules if r.category == shelf] for shelf in shelves]
    own = next((some for some in nearest if some), [])
    fitting = [rule for rule in own if 0 <= days_left <= rule.days_left]
    return min(fitting, key=lambda rule: rule.days_left, default=None)


def marked_down(amount_minor: int, ppm: int) -> int:
    """Return a price less so many millionths of it."""
    return rounded(Fraction(amount_minor * (MILLION - ppm), MILLION))
