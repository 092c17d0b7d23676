"""What people wish of the places of the shop."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_NAME, SHORT_CODE, Line

LAST_AISLE = 9999


class AddPlace(Command):
    """A wish for one more place in which goods stand."""

    code: Line = Field(
        title=translatable("Code"),
        description=translatable("As it stands on the shelf, such as A3 or COLD."),
        min_length=1,
        max_length=SHORT_CODE,
    )
    name: Line = Field(title=translatable("Name"), min_length=1, max_length=LONGEST_NAME)
    sold_from: bool = Field(
        default=False,
        title=translatable("Buyers get goods from here"),
        description=translatable("Not so for a store room: what stands there is not on sale."),
    )
    aisle_order: int = Field(
        0,
        title=translatable("Where it comes when somebody walks round"),
        ge=0,
        le=LAST_AISLE,
    )


class FindPlaces(Command):
    """A wish for all places of the shop."""
