"""What people wish of imports."""

from typing import Annotated

from pydantic import Base64Bytes, Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import Id, Line

LARGEST_SENT = 150_000_000
Content = Annotated[Base64Bytes, Field(max_length=LARGEST_SENT)]


class StartImport(Command):
    """A wish to take the records of a file in: MARC 21, MARCXML, MARC-in-JSON or CSV."""

    file_name: Line = Field(title=translatable("Name of the file"), min_length=1, max_length=255)
    content: Content = Field(
        title=translatable("File"), description=translatable("Its bytes in Base64.")
    )
    dry_run: bool = Field(
        default=True,
        title=translatable("Try it first"),
        description=translatable("Shows what would happen, without changing anything."),
    )
    zone: Line = Field(
        "UTC", title=translatable("Time zone of new branches"), min_length=1, max_length=60
    )


class ChooseImport(Command):
    """A wish about one import."""

    id: Id = Field(title=translatable("Import"))


class ReadImport(Command):
    """A wish to see how far an import has come, and the rows that need a look."""

    id: Id = Field(title=translatable("Import"))
    after: int = Field(0, title=translatable("After row"), ge=0, le=100_000_000)


class FindImports(Command):
    """A wish for the latest imports."""
