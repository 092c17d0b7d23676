"""What became of a file of products."""

from collections.abc import Sequence
from dataclasses import field

from townsquare.core.frozen import dataclass
from townsquare.core.imports.outcomes import NEW, REFUSED, SAME, Progress


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not taken in, or not taken back, and why."""

    row: int
    record: str
    code: str
    sentence: str


@dataclass(frozen=True)
class ImportRun:
    """How far an import has come; `leaving` while it is being taken back."""

    id: str
    state: str
    done: int
    total: int
    new: int
    same: int
    refused: int
    reason: str
    name: str = ""
    lines: list[RefusedRow] = field(default_factory=list)
    leaving: bool = False


@dataclass(frozen=True)
class ImportRuns:
    """The latest imports, the newest first."""

    imports: list[ImportRun]


def told(
    progress: Progress, lines: Sequence[RefusedRow] = (), *, leaving: bool = False
) -> ImportRun:
    """Return how far a run has come as people see it."""
    counts = progress.counts
    return ImportRun(
        progress.run,
        progress.state,
        progress.done,
        progress.total,
        counts[NEW],
        counts[SAME],
        counts[REFUSED],
        progress.reason,
        progress.name,
        list(lines),
        leaving,
    )
