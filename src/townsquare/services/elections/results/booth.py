"""What a booth has to know of a credential."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Hand:
    """What a credential votes on, and the number of its next ballot."""

    style: str
    next: int
