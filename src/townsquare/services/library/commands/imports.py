"""What people wish of imports."""

from typing import Annotated, Any, Literal, Self

from pydantic import Base64Bytes, Field, PrivateAttr, model_validator

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import Id, Line
from townsquare.services.library.rules.columns import Chosen, chosen_from
from townsquare.services.library.rules.recordfiles import Examined, examined

LARGEST_SENT = 150_000_000
Content = Annotated[Base64Bytes, Field(max_length=LARGEST_SENT)]


LONGEST_HEADING = 200
Heading = Annotated[Line, Field(max_length=LONGEST_HEADING)]


class Columns(Command):
    """Which column of a table holds what."""

    columns: dict[str, Heading] = Field(
        default={},
        title=translatable("Columns"),
        description=translatable("The column of each field, such as title: Titel."),
        max_length=20,
    )
    separator: Literal[";", ","] = Field(
        default=";", title=translatable("Between two authors stands")
    )
    restore_zeros: bool = Field(
        default=False, title=translatable("Give ISBNs back the zeros that a spreadsheet took")
    )

    @property
    def chosen(self) -> Chosen | None:
        """Return the choice; None if no column was named."""
        named = {field: column for field, column in self.columns.items() if column}
        return chosen_from({**self.model_dump(exclude={"columns"}), "columns": named})


class StartImport(Columns):
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
    ask_for_columns: bool = Field(
        default=False,
        title=translatable("Ask for unknown columns"),
        description=translatable("Keep a table of unknown columns until they are chosen."),
    )
    zone: Line = Field(
        "UTC", title=translatable("Time zone of new branches"), min_length=1, max_length=60
    )
    _examined: Examined = PrivateAttr(default=Examined())

    @model_validator(mode="after")
    def _examine(self) -> Self:
        ask = self.ask_for_columns
        self._examined = examined(self.file_name, self.content, self.chosen, ask=ask)
        return self

    @property
    def examined(self) -> Examined:
        """Return what was found in the file when it was wished for."""
        return self._examined


class MapImport(Columns):
    """A wish to read the columns of a table so, and to try again."""

    id: Id = Field(title=translatable("Import"))


class ChooseImport(Command):
    """A wish about one import."""

    id: Id = Field(title=translatable("Import"))


class CountedImport(MapImport):
    """The same wish, once the file was read so: what is kept of it, and how many entries it has."""

    kept: dict[str, Any]
    total: int


class NextRows(ChooseImport):
    """A wish to take in these rows, as they were read behind `start`, of a run of this digest."""

    start: int
    digest: str
    rows: tuple[Any, ...]


class UndoRows(Command):
    """A wish to take back the next rows of an import behind this one."""

    id: Id = Field(title=translatable("Import"))
    after: int = Field(default=0, title=translatable("After row"), ge=0)


class ReadImport(Command):
    """A wish to see how far an import has come, and the rows that need a look."""

    id: Id = Field(title=translatable("Import"))
    after: int = Field(0, title=translatable("After row"), ge=0, le=100_000_000)


class FindImports(Command):
    """A wish for the latest imports."""


class ExportDocuments(Command):
    """A wish for the next documents behind this one, as exports write them."""

    after: Line = Field(default="", title=translatable("After"), max_length=26)
