"""How much of what was paid for an order one person alone may let go back."""

LIMIT = 200_000  # In the smallest unit of the currency.


def is_for_two(gone_minor: int, amount_minor: int) -> bool:
    """Tell whether a second person has to agree; what has gone back counts, so nobody splits."""
    return gone_minor + amount_minor > LIMIT
