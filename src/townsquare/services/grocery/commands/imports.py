"""What people wish of files of products."""

from typing import Annotated, Any

from pydantic import Base64Bytes, Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_ID, Chosen, Line

EDIT = "grocery.product.edit"  # Who may take files of products in.
SET_PRICES = "grocery.price.set"  # Who may take files of prices in.
SERVICE = "grocery"  # Whose runs they are, among those of the town.
KIND, PRICES = "products", "prices"
UNDO = "grocery.import.undo-rows"  # The job that takes the rows of one back.
LONGEST_FILE_NAME = 200
LARGEST_SENT = 70_000_000
MOST_LINES = 1000
Content = Annotated[Base64Bytes, Field(max_length=LARGEST_SENT)]


class StartImport(Command):
    """A wish to take a file of products in, or to try it; `columns` is what holds what."""

    file_name: Line = Field(title=translatable("File"), max_length=LONGEST_FILE_NAME)
    content: bytes = Field(title=translatable("Content"))
    mapping: dict[str, Any] = Field(title=translatable("Columns"))
    total: int = Field(title=translatable("Rows"), ge=0)
    dry_run: bool = Field(default=False, title=translatable("Only try it"))


class UploadGoods(Command):
    """A wish to take a file of products in: CSV with a column of barcodes, packed or not."""

    file_name: Line = Field(
        title=translatable("Name of the file"), min_length=1, max_length=LONGEST_FILE_NAME
    )
    content: Content = Field(
        title=translatable("File"), description=translatable("Its bytes in Base64.")
    )
    dry_run: bool = Field(
        default=True,
        title=translatable("Try it first"),
        description=translatable("Shows what would happen, without changing anything."),
    )


class ExaminedGoods(UploadGoods):
    """The same wish once the file was read: what its columns hold, and how many rows it has."""

    mapping: dict[str, Any]
    total: int


class ChooseImport(Chosen):
    """A wish about one import."""


class UndoRows(Chosen):
    """A wish to take back the next rows of an import behind this one."""

    after: int = Field(default=0, title=translatable("After row"), ge=0)


class FindImports(Command):
    """A wish for the latest imports of products."""


class ReadImport(Command):
    """A wish for what became of a file, and of its rows behind this one."""

    id: Line = Field(title=translatable("Import"), min_length=1, max_length=LONGEST_ID)
    after: int = Field(0, title=translatable("After row"), ge=0, le=100_000_000)
    limit: int = Field(MOST_LINES, title=translatable("How many"), ge=1, le=MOST_LINES)
