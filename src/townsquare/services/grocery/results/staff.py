"""Those who work in the shop, as those see them who may."""

from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Colleague:
    """Somebody who works in the shop; `ended_on` is the last day of who has left."""

    id: str
    version: int
    number: str
    name: str
    given: str
    middle: str
    family: str
    email: str
    phone: str
    position: str
    since: date
    ended_on: date | None


@dataclass(frozen=True)
class Staff:
    """A page of those who work in the shop, by name; `after` asks for the next one."""

    staff: list[Colleague]
    after: str
