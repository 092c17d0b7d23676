"""What people get to know about people."""

from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Person:
    """Somebody, as those see them who may."""

    id: str
    version: int
    name: str
    email: str
    phone: str
    birth_date: date | None
