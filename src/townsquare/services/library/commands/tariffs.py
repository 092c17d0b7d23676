"""What people can wish to see and to set of what things cost."""

from datetime import date

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import Line
from townsquare.services.library.commands.lending import A_FORTUNE, LAST_DAY, LONGEST_CURSOR, MOST

CODE = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"  # Never to be read as an amount.


class ChooseTariff(Command):
    """What is to cost something else from a day on; a code that is new begins a tariff."""

    code: Line = Field(
        title=translatable("Code"),
        description=translatable("Small letters, then digits and hyphens too, like lost-price"),
        pattern=f"^{CODE}$",
        max_length=40,
    )
    name: Line = Field(title=translatable("What it is for"), min_length=1, max_length=100)
    valid_from: date | None = Field(
        default=None,
        title=translatable("In force from"),
        description=translatable("Empty for at once"),
        le=LAST_DAY,
    )


class SetTariff(ChooseTariff):
    """An amount that applies from a day on."""

    amount_minor: int = Field(title=translatable("Amount"), ge=0, le=A_FORTUNE)


class FindTariffs(Command):
    """A look at what things cost."""

    words: Line = Field(default="", title=translatable("Code or purpose"), max_length=100)
    past: bool = Field(default=False, title=translatable("Former amounts too"))
    after: Line = Field(default="", title=translatable("After"), max_length=LONGEST_CURSOR)
    limit: int = Field(default=50, title=translatable("How many"), ge=1, le=MOST)
