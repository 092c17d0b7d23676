"""What people wish of brands and categories."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    LONGEST_NAME,
    SHORT_CODE,
    Chosen,
    ChosenVersion,
    Line,
)

LONGEST_ABOUT = 200


class AddBrand(Command):
    """A wish for one more brand."""

    code: Line = Field(title=translatable("Code"), min_length=1, max_length=SHORT_CODE)
    name: Line = Field(title=translatable("Name"), min_length=1, max_length=LONGEST_NAME)
    description: Line = Field("", title=translatable("Description"), max_length=LONGEST_ABOUT)


class AddCategory(AddBrand):
    """A wish for one more category, perhaps inside another one."""

    parent: Line = Field("", title=translatable("Inside"), max_length=SHORT_CODE)


class ReviseShelf(ChosenVersion):
    """A wish to rename a brand or a category; what is not named stays."""

    name: Line = Field("", title=translatable("Name"), max_length=LONGEST_NAME)
    description: Line = Field("", title=translatable("Description"), max_length=LONGEST_ABOUT)


class ReviseCategory(ReviseShelf):
    """A wish to rename a category or to move it with all that is in it."""

    parent: Line | None = Field(
        None,
        title=translatable("Inside"),
        description=translatable("Empty: on top."),
        max_length=SHORT_CODE,
    )


class RemoveShelf(ChosenVersion):
    """A wish to remove a brand or a category that nothing refers to."""


class ChooseShelf(Chosen):
    """A wish about one brand or category."""


class FindShelves(Command):
    """A wish for all brands, or all categories."""
