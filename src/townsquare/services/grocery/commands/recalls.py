"""What people wish of lots that are called back."""

from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    LONGEST_ID,
    MOST,
    USUAL,
    Chosen,
    Id,
    Line,
)

# In fixed words, as receipts keep them.
REASONS = {
    "foreign-body": translatable("Something is in it that does not belong there"),
    "germs": translatable("Germs were found in it"),
    "allergen": translatable("It holds an allergen that its label does not name"),
    "label": translatable("Its label or its date is wrong"),
    "spoiled": translatable("It is spoiled before its date"),
}
ADVICE = translatable(
    "Do not eat it. Throw it away or bring it back: you get your money back either way."
)
LONGEST_ADVICE = 200
Why = Literal["foreign-body", "germs", "allergen", "label", "spoiled"]


class RecallLot(Chosen):
    """A wish to call a lot back: from the shelves, out of orders, and from those who have it."""

    reason: Why = Field(title=translatable("Why"))
    advice: Line = Field(
        ADVICE,
        title=translatable("What buyers should do"),
        description=translatable("It stands in the message to each of them."),
        min_length=1,
        max_length=LONGEST_ADVICE,
    )


class FindRecalls(Command):
    """A wish to see what was called back, the newest first."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class ReadRecall(Chosen):
    """A wish to see one recall with everybody it concerns."""


class PayRecall(Chosen):
    """A wish to pay a buyer back what a recalled lot has cost them."""

    part: Id = Field(title=translatable("Whose"))


class TellOfRecall(Command):
    """A wish to tell the buyers of a lot that it was called back."""

    recall: Id = Field(title=translatable("Recall"))
