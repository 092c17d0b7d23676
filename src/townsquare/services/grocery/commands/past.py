"""What people wish to know of a past moment."""

from pydantic import AwareDatetime, Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_CODE, LONGEST_ID, MOST, USUAL, Line


class FindStockAt(Command):
    """A wish to see what was there at a moment; without one, what is there now."""

    time: AwareDatetime | None = Field(None, title=translatable("When"))
    product: Line = Field("", title=translatable("Barcode or code"), max_length=LONGEST_CODE)
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)
