"""Numbers as people are told them: shares in percent, and turnout while people still vote."""

COARSE, SMALL_ROLL = 10, 100  # Voters: what a number is rounded down to, and who gets none.


def percent(part: int, whole: int) -> str:
    """Return a share with one decimal, rounded half up: 4,472 of 8,599 are 52.0."""
    tenths = (2000 * part + whole) // (2 * whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10}"


def coarse(voted: int, voters: int) -> int:
    """Return how many have voted at least, as is told of a poll before its end; of a small one 0.

    Whoever asked for the whole number again and again would learn the second of each vote.
    """
    return voted - voted % COARSE if voters >= SMALL_ROLL else 0
