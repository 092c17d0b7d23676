"""What the library needs to know of the town it stands in."""

from dataclasses import dataclass

from townsquare.core.ports import Port
from townsquare.core.settings import Settings


@dataclass(frozen=True)
class TownFacts:
    """The currency of the town."""

    currency: str


def town_facts(settings: Settings) -> TownFacts:
    """Return what the settings say of the town."""
    return TownFacts(settings.currency)


TOWN: Port[TownFacts] = Port("library.town", "townsquare.services.library.ports:town_facts")
