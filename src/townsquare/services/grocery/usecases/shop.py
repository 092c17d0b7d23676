"""Open the shop: its place, its price list, its tax."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from townsquare.blocks import catalogue, stock
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.errors import OpenAlready
from townsquare.services.grocery.models.ours import OGS, SHELF, STANDARD
from townsquare.services.grocery.ports import TOWN
from townsquare.services.grocery.results.shop import OpenedShop

SERVICE, NUMBERS = "grocery", "OGS"
PPM = Decimal(10_000)  # Millionths in a percent.


@use_case("grocery.shop.open", permission="grocery.shop.edit")
def open_grocery(ctx: Context, wish: OpenShop) -> OpenedShop:
    """Open the shop, so that goods can be added, received and sold."""
    try:
        shop = catalogue.open_shop(
            ctx,
            service=SERVICE,
            code=OGS,
            name=wish.name,
            currency=ctx.engine(TOWN).currency,
            zone=wish.zone,
            prices_include_tax=True,
            number_prefix=NUMBERS,
        )
    except catalogue.CodeTaken as error:
        raise OpenAlready from error
    catalogue.add_price_list(ctx, shop, code=STANDARD, kind=STANDARD)
    catalogue.add_tax_class(ctx, shop, code=STANDARD, name="Standard")
    today = ctx.now().astimezone(ZoneInfo(shop.zone)).date()
    ppm = int(wish.tax_percent * PPM)
    catalogue.set_tax_rate(ctx, shop, STANDARD, ppm=ppm, valid_from=today)
    stock.open_location(ctx, shop, code=SHELF, name="Shelves")
    return OpenedShop(shop.public_id, shop.code, shop.name, shop.currency, shop.zone)
