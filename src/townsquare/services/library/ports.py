"""What the library needs to know of the town it stands in."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from townsquare.core.frozen import dataclass
from townsquare.core.ports import Port
from townsquare.core.settings import Settings


@dataclass(frozen=True)
class TownFacts:
    """The currency of the town, its zone, and how much one person alone may pay back."""

    currency: str
    zone: str
    refund_limit_minor: int

    def day_of(self, moment: datetime) -> date:
        """Return the day on which this moment falls in the town."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


def town_facts(settings: Settings) -> TownFacts:
    """Return what the settings say of the town."""
    return TownFacts(settings.currency, settings.zone, settings.refund_limit_minor)


TOWN: Port[TownFacts] = Port("library.town", "townsquare.services.library.ports:town_facts")
