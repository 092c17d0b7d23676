"""The places, lots and papers of the shop's stock, by what people know them by."""

from typing import Any

from sqlalchemy import ColumnElement, func

from townsquare.blocks import catalogue, stock
from townsquare.core.usecase import Context
from townsquare.services.grocery.results.places import Place

LEVEL, LOT = stock.LEVEL, stock.LOT
PHYSICAL = "physical"


def part_of(qty: Any) -> Any:  # noqa: ANN401 (columns of SQLAlchemy)
    """Return what so much of a lot is worth: its share of what the lot has cost, rounded once."""
    return (2 * LOT.total_cost_minor * qty + LOT.received_qty) // (2 * LOT.received_qty)


WORTH = part_of(LEVEL.on_hand)


def our_place(ctx: Context, shop: catalogue.Shop, code: str) -> stock.Location:
    """Return a place in which goods stand; suppliers, customers and losses are none."""
    place = stock.location_of(ctx, shop, code)
    if place.kind != PHYSICAL:
        raise stock.UnknownLocation(code=code)
    return place


def place_told(place: stock.Location) -> Place:
    """Return a place as people know it."""
    return Place(place.public_id, place.code, place.name, place.sellable, place.aisle_order)


def summed(figure: Any) -> ColumnElement[Any]:  # noqa: ANN401 (a column of SQLAlchemy)
    """Return the sum of a figure, nothing of it being 0."""
    return func.coalesce(func.sum(figure), 0)
