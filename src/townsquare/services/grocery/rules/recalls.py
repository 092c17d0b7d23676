"""Why a lot is called back, and what its goods have cost."""

from fractions import Fraction

from townsquare.core.rounding import rounded

REASONS = ("foreign-body", "germs", "allergen", "label", "spoiled")


def share(net_minor: int, qty: int, *, of: int) -> int:
    """Return what a part of a line has cost."""
    return rounded(Fraction(net_minor * qty, of)) if of else 0
