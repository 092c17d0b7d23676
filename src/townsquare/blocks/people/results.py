"""What people get to know about people."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Person:
    """Somebody, as those see them who may."""

    id: str
    version: int
    name: str
    email: str
    phone: str
    birth_date: date | None
