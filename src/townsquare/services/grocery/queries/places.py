"""The places of the shop."""

from townsquare.blocks import stock
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.places import FindPlaces
from townsquare.services.grocery.models.keeping import place_told
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.places import Places


@query("grocery.place.list", permission="grocery.desk.open")
def find_places(ctx: Context, _wish: FindPlaces) -> Places:
    """Return all places, in the order in which somebody walks round."""
    return Places([place_told(place) for place in stock.places_of(ctx, our_shop(ctx))])
