"""What people get to know of what is kept about them."""

from datetime import datetime

from townsquare.core.frozen import dataclass
from townsquare.core.parts import Sheet


@dataclass(frozen=True)
class Told:
    """All that one part of the town keeps about somebody."""

    name: str
    title: str
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class MyData:
    """All that the town keeps about somebody, at a moment."""

    at: datetime
    account: str
    parts: tuple[Told, ...]


@dataclass(frozen=True)
class Leaving:
    """Whether somebody can leave: the sentences of what has to be settled first."""

    email: str
    hindrances: tuple[str, ...]


@dataclass(frozen=True)
class Departure:
    """Whom others would erase, what is in the way, and whether nobody could agree."""

    account: str
    name: str
    email: str
    hindrances: tuple[str, ...]
    alone: bool
