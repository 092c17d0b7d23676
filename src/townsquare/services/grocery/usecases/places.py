"""The places in which the goods of the shop stand."""

from townsquare.blocks import stock
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.places import AddPlace
from townsquare.services.grocery.models.keeping import place_told
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.places import Place


@use_case("grocery.place.add", permission="grocery.place.edit")
def add_place(ctx: Context, wish: AddPlace) -> Place:
    """Add a place, such as a shelf, a store room or a cold room."""
    place = stock.open_location(
        ctx,
        our_shop(ctx),
        code=wish.code,
        name=wish.name,
        aisle_order=wish.aisle_order,
        sellable=wish.sold_from,
    )
    return place_told(place)
