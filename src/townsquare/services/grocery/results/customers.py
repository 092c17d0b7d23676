"""Customers as staff sees them."""

from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Customer:
    """Somebody with a number of the shop."""

    id: str
    version: int
    number: str
    name: str
    email: str
    phone: str
    tier: str
    since: date


@dataclass(frozen=True)
class Customers:
    """A page of customers by name; `after` asks for the next one."""

    customers: list[Customer]
    after: str
