"""What people wish of ordering again: the rule of a product, and what is due by all rules."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import IN_BASE, Chosen, Code
from townsquare.services.grocery.commands.stock import LARGEST

A_YEAR = 365


class SetReorderRule(Chosen):
    """A wish to keep a product in a place between two figures, in g, ml or pieces."""

    place: Code = Field("SHELF", title=translatable("Place"))
    min_qty: int = Field(
        title=translatable("At least"),
        description=IN_BASE,
        ge=0,
        le=LARGEST,
    )
    max_qty: int = Field(title=translatable("At most"), description=IN_BASE, ge=0, le=LARGEST)
    review_days: int = Field(
        7, title=translatable("Days from one order to the next"), ge=1, le=A_YEAR
    )
    safety_days: int = Field(3, title=translatable("Days in reserve"), ge=0, le=A_YEAR)


class DropReorderRule(Chosen):
    """A wish that a product is ordered again by no rule, in a place."""

    place: Code = Field("SHELF", title=translatable("Place"))


class FindProposals(Command):
    """A wish to see what should be ordered."""


class ChooseRule(Chosen):
    """A wish to see between what figures a product is kept."""
