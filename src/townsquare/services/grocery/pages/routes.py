"""All pages of the shop: each module is imported for the routes that it adds."""

from townsquare.services.grocery.pages import (
    bills,
    bp,
    cards,
    carrying,
    carts,
    checkout,
    counter,
    counts,
    coupons,
    customers,
    deliveries,
    delivering,
    desk,
    freight,
    hours,
    imports,
    markdowns,
    opening,
    orders,
    past,
    payables,
    paying,
    people,
    picking,
    places,
    products,
    purchases,
    recalls,
    receiving,
    refunds,
    reordering,
    replacing,
    reports,
    requests,
    returns,
    shelves,
    shop,
    stages,
    stock,
    suppliers,
    tills,
    values,
    van,
    waste,
)

PAGES = (desk, imports, opening, products, receiving, reports, shelves, shop, stock)
KEEPING = (carrying, counts, past, places, reordering, waste)
MONEY = (cards, paying, refunds, returns, tills)
BUYING = (carts, checkout, counter, coupons, orders, picking, replacing, stages)
CLEARING = (markdowns, recalls)
BRINGING = (customers, delivering, hours, people, van)
SUPPLYING = (bills, deliveries, freight, payables, purchases, requests, suppliers, values)

__all__ = [
    "BRINGING",
    "BUYING",
    "CLEARING",
    "KEEPING",
    "MONEY",
    "PAGES",
    "SUPPLYING",
    "bp",
]
