"""What people wish of the shop as a whole."""

from decimal import Decimal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_NAME, Line


class OpenShop(Command):
    """A wish to open the shop; its currency is that of the town."""

    name: Line = Field(title=translatable("Name"), min_length=1, max_length=LONGEST_NAME)
    zone: Line = Field(
        title=translatable("Time zone"),
        description=translatable("By its day goods are sold until their date."),
        min_length=1,
        max_length=60,
    )
    tax_percent: Decimal = Field(
        title=translatable("Tax in percent"),
        description=translatable("Such as 12; it is inside each price."),
        ge=0,
        le=100,
        decimal_places=4,
    )
