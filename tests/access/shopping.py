"""Orders behind the addresses of the shop: one to pick, one that was handed over, and a cart."""

from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import (
    HandOver,
    PickLine,
    PlaceOrder,
    PutLine,
    Quote,
)
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.queries.orders import read_order
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.handing import hand_over
from townsquare.services.grocery.usecases.picking import pick_line

EVERYBODY = frozenset({"public", "signed-in"})
LENA = Actor(4, "Lena Cruz", MANAGING | EVERYBODY)
FIRST = "OGS-2026-000001"  # The number of the order that is to be picked.


def buy(town, person, product):
    """Let this person order twice and fill a cart again; return the ids by their kind."""
    buyer = Actor(9, "Reader", EVERYBODY, person=person)
    waiting, handed = (order(town, person, product) for _time in range(2))
    with town.working(LENA) as ctx:
        (line,) = read_order(ctx, Chosen(id=handed)).lines
        picked = pick_line(ctx, PickLine(id=handed, line=line.id))
        told = HandOver(id=handed, version=picked.version, received_by="Maya Lind")
        receipt = hand_over(ctx, told).receipt
    with town.working(buyer) as ctx:
        cart = put_line(ctx, PutLine(product=product, qty=1))
    told = {"orders": waiting, "pick": waiting, "lines": cart.lines[0].id, "receipts": receipt}
    return {f"grocery/{kind}": found for kind, found in told.items()}


def order(town, person, product):
    """Let this person order two of a product; return the order."""
    buyer = Actor(9, "Reader", EVERYBODY, person=person)
    starts = next_hours(town.now(), "Asia/Manila")[-1]
    with town.working(buyer) as ctx:
        put_line(ctx, PutLine(product=product, qty=2, substitution="similar"))
        cart = quote_cart(ctx, Quote(starts=starts))
        wish = PlaceOrder(version=cart.version, expected_minor=cart.total_minor)
        return place_order(ctx, wish).id
