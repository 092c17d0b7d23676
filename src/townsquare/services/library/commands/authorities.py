"""What people wish of branches, categories, publishers and names."""

from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import MOST, USUAL, Id, Line, Lines

CODE = r"^[a-z0-9][a-z0-9-]*$"


class Coded(Command):
    """A code that is written in files and addresses."""

    code: Line = Field(
        title=translatable("Code"),
        description=translatable("Small letters, digits and hyphens, such as central."),
        min_length=1,
        max_length=60,
        pattern=CODE,
    )
    name: Line = Field(title=translatable("Name"), min_length=1, max_length=200)


class PlacedBranch(Command):
    """Where a branch is and how people reach it."""

    kind: Line = Field("", title=translatable("Kind"), max_length=100)
    address: Line = Field("", title=translatable("Address"), max_length=200)
    postcode: Line = Field("", title=translatable("Postcode"), max_length=20)
    area: Line = Field("", title=translatable("Area"), max_length=100)
    lon: float | None = Field(None, title=translatable("Longitude"), ge=-180, le=180)
    lat: float | None = Field(None, title=translatable("Latitude"), ge=-90, le=90)
    mail: Line = Field("", title=translatable("Mail"), max_length=200)
    website: Line = Field("", title=translatable("Website"), max_length=200)


class AddBranch(PlacedBranch, Coded):
    """A wish to open a branch."""

    zone: Line = Field(
        title=translatable("Time zone"),
        description=translatable("The name of its zone, such as Asia/Manila."),
        min_length=1,
        max_length=60,
    )


class ChangeBranch(PlacedBranch):
    """A wish to describe a branch anew; what is not named stays."""

    id: Id = Field(title=translatable("Branch"))
    version: int = Field(title=translatable("Version"), ge=0)
    name: Line = Field("", title=translatable("Name"), max_length=200)


class AddCategory(Coded):
    """A wish to divide the collection further."""

    description: Lines = Field("", title=translatable("Description"), max_length=1000)
    parent: Line = Field("", title=translatable("Part of"), max_length=60)


class AddPublisher(Coded):
    """A wish to write down a publisher."""


class ChangeCoded(Command):
    """A wish to rename a category or publisher; its code stays."""

    id: Id = Field(title=translatable("Entry"))
    version: int = Field(title=translatable("Version"), ge=0)
    name: Line = Field(title=translatable("Name"), min_length=1, max_length=200)


class AddName(Command):
    """A wish to write down a person or body."""

    heading: Line = Field(title=translatable("Heading"), min_length=1, max_length=200)
    kind: Literal["person", "body"] = Field("person", title=translatable("Kind"))
    dates: Line = Field(
        "",
        title=translatable("Dates"),
        description=translatable("What tells two people of one name apart, such as 1956-."),
        max_length=60,
    )
    variants: Line = Field(
        "",
        title=translatable("Other spellings"),
        description=translatable("With semicolons between."),
        max_length=1000,
    )


class ChangeName(Command):
    """A wish to correct a heading; documents follow, and what is not named stays."""

    id: Id = Field(title=translatable("Name"))
    version: int = Field(title=translatable("Version"), ge=0)
    heading: Line = Field("", title=translatable("Heading"), max_length=200)
    dates: Line = Field("", title=translatable("Dates"), max_length=60)
    variants: Line = Field("", title=translatable("Other spellings"), max_length=1000)


class MergeNames(Command):
    """A wish to make one heading of two; the first becomes a spelling of the second."""

    id: Id = Field(title=translatable("Heading that goes"))
    into: Id = Field(title=translatable("Heading that stays"))


class RemoveAuthority(Command):
    """A wish to delete an entry that nothing points to."""

    id: Id = Field(title=translatable("Entry"))
    version: int = Field(title=translatable("Version"), ge=0)


class ChooseAuthority(Command):
    """A wish about one branch, category, publisher or name."""

    id: Id = Field(title=translatable("Entry"))


class FindAuthorities(Command):
    """A wish to look through headings in their order."""

    begins: Line = Field("", title=translatable("Begins with"), max_length=100)
    after: Line = Field("", title=translatable("After"), max_length=400)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)
