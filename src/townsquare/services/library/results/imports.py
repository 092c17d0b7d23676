"""What people get to know of imports."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field

from townsquare.core.frozen import dataclass
from townsquare.core.imports.outcomes import Progress
from townsquare.services.library.rules.exports import (
    CSV_BEGINS,
    XML_BEGINS,
    XML_ENDS,
    Exported,
    as_csv,
    as_marcxml,
)


@dataclass(frozen=True)
class ImportLine:
    """One row of a file that was refused, or taken in with a warning."""

    row: int
    outcome: str
    record: str
    sentence: str


@dataclass(frozen=True)
class ImportRun:
    """How far an import has come; `lines` are the rows that need a look."""

    id: str
    state: str
    done: int
    total: int
    new: int
    changed: int
    same: int
    refused: int
    warned: int
    reason: str
    name: str = ""
    asks: bool = False
    lines: list[ImportLine] = field(default_factory=list)


@dataclass(frozen=True)
class FieldChoice:
    """One field of books, the column it is read from, and the one that its heading suggests."""

    name: str
    column: str
    guess: str
    needed: bool


@dataclass(frozen=True)
class FirstRecord:
    """One of the first records of a table, as it would be taken in, or why it would not."""

    title: str
    authors: str
    year: int | None
    numbers: str
    language: str
    refused: str = ""


@dataclass(frozen=True)
class TableRead:
    """How the columns of an import are read; without columns, its file is no table of books."""

    columns: list[str]
    fields: list[FieldChoice]
    first: list[FirstRecord]
    separator: str = ";"
    restore_zeros: bool = False
    chosen: bool = False


def told(progress: Progress, lines: list[ImportLine] | None = None) -> ImportRun:
    """Return what people may know of a run."""
    counts = progress.counts
    return ImportRun(
        id=progress.run,
        state=progress.state,
        done=progress.done,
        total=progress.total,
        new=counts["new"],
        changed=counts["changed"],
        same=counts["same"],
        refused=counts["refused"],
        warned=counts["warned"],
        reason=progress.reason,
        name=progress.name,
        asks=progress.asks,
        lines=lines or [],
    )


@dataclass(frozen=True)
class ImportRuns:
    """The latest imports, newest first."""

    imports: list[ImportRun]


@dataclass(frozen=True)
class ExportedPart:
    """Some documents of an export, and behind which one it goes on; empty at the end."""

    documents: list[Exported]
    after: str


@dataclass(frozen=True)
class ExportKind:
    """One kind of file that the catalogue is written into."""

    ending: str
    mime_type: str
    begins: str
    write: Callable[[Iterable[Exported]], str]
    ends: str = ""

    def pieces(self, part: Callable[[str], ExportedPart]) -> Iterator[str]:
        """Return the file piece by piece, each from its own look at the catalogue."""
        yield self.begins
        after, more = "", True
        while more:
            told = part(after)
            yield self.write(told.documents)
            after, more = told.after, bool(told.after)
        yield self.ends


CSV = ExportKind("csv", "text/csv; charset=utf-8", CSV_BEGINS, as_csv)
MARCXML = ExportKind("xml", "application/marcxml+xml", XML_BEGINS, as_marcxml, XML_ENDS)
EXPORT_KINDS = {kind.ending: kind for kind in (CSV, MARCXML)}
