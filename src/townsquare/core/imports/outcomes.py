"""What an importer promises, and what becomes of each row."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, BinaryIO, Protocol, TypeVar

from townsquare.core.errors import Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Command, Context
from townsquare.core.words import translatable

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
Raw = TypeVar("Raw")


@dataclass(frozen=True)
class Outcome:
    """What became of one row; a row that was taken in may still carry a warning as its sentence.

    `record` names what the row was about (a number of the trade, never a person's name).
    """

    outcome: str
    record: str = ""
    code: str = ""
    sentence: str = ""
    column: str = ""


class RowRefused(Invalid):
    """A row of the file cannot be taken in; `code_of_row` says why to programs."""

    code = "core.row-refused"
    message = translatable("{sentence}")

    def __init__(self, code: str, sentence: str, *, column: str = "", record: str = "") -> None:
        super().__init__(sentence=sentence)
        self.outcome = Outcome(REFUSED, record, code, sentence, column)


class BadFile(Invalid):
    """The file as a whole cannot be read."""

    code = "core.bad-file"
    message = translatable("This file cannot be read: {reason}; choose another file.")


class TakeRows(Command):
    """The next rows of a run: `start` of them were taken in before, `last` ends the run."""

    run: str
    start: int
    rows: tuple[Any, ...] = ()
    last: bool = False
    failed: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    run: str
    state: str
    done: int
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    name: str = ""  # Of the file, where the mapping tells it.
    asks: bool = False  # It waits until somebody has chosen the columns.


class Importer(Protocol[Raw]):
    """How one kind of file is taken in."""

    kind: str

    def read(self, file: BinaryIO, mapping: Mapping[str, Any]) -> Iterator[Raw]:
        """Return the rows in the order of the file; raise BadFile if it cannot be read at all.

        The same file must give the same rows each time: a resumed run skips those it has done.
        """
        ...

    def apply(self, ctx: Context, row: Raw) -> Outcome:
        """Take one row in, whole; a domain error refuses the row and undoes what it wrote.

        It runs inside a savepoint that a dry run always takes back, so that nothing it wrote
        may be remembered outside of the database.
        """
        ...
