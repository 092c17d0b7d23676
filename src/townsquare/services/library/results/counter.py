"""What people behind the counter need at a glance."""

from datetime import datetime

from townsquare.core.frozen import dataclass
from townsquare.services.library.results.lending import Patron


@dataclass(frozen=True)
class AtDesk:
    """A reader at the desk, and how many books they may have at once."""

    patron: Patron
    limit: int


@dataclass(frozen=True)
class Returned:
    """A copy that came back: where it stands since."""

    barcode: str
    title: str
    document: str
    state: str
    branch_name: str
    at: datetime


@dataclass(frozen=True)
class Duties:
    """How much waits for the people of the library."""

    late: int
    uncollected: int
    shelved: int
    on_the_way: int
