"""What open pages are told: codes, never a name."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class OrderNow:
    """How far an order is at this moment; the stage is empty where it is none of the shop's."""

    order: str
    stage: str
