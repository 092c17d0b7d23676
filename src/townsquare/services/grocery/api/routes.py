"""All calls of programs: each module is imported for the routes that it adds."""

from townsquare.services.grocery.api import (
    bp,
    coupons,
    customers,
    delivering,
    goods,
    hours,
    imports,
    keeping,
    markdowns,
    money,
    orders,
    paying,
    reports,
    returns,
    shelf,
    staff,
    supply,
)

CALLS = (goods, imports, shelf, keeping, orders, paying, supply, money, reports, returns)
BRINGING = (coupons, customers, delivering, hours, staff)
CLEARING = (markdowns,)

__all__ = ["BRINGING", "CALLS", "CLEARING", "bp"]
