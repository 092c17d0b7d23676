"""What the shop needs to know of the town it stands in."""

from townsquare.core.frozen import dataclass
from townsquare.core.ports import Port
from townsquare.core.settings import Settings


@dataclass(frozen=True)
class TownFacts:
    """The currency of the town and its zone."""

    currency: str
    zone: str


def town_facts(settings: Settings) -> TownFacts:
    """Return what the settings say of the town."""
    return TownFacts(settings.currency, settings.zone)


TOWN: Port[TownFacts] = Port("grocery.town", "townsquare.services.grocery.ports:town_facts")
