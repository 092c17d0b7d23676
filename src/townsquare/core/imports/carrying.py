"""Carries a run out: reads the file once, and lends each chunk its own unit of work."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice
from typing import Any, Generic

from sqlalchemy import select

from townsquare.core.frozen import dataclass
from townsquare.core.imports.outcomes import BadFile, Importer, Progress, Raw, TakeRows
from townsquare.core.imports.runs import ImportRow, UnknownImport
from townsquare.core.storage import FILES, FileRow
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Context

CHUNK = 200


@dataclass(frozen=True)
class Carrier(Generic[Raw]):
    """Who carries runs of one kind out; `take` is the service's declared use case for rows."""

    town: Town
    actor: Actor
    importer: Importer[Raw]
    take: Callable[[Context, TakeRows], Progress]
    chunk: int = CHUNK
    most: int | None = None  # Chunks in one go; the rest is left to the next.

    def carry_out(
        self, run: str, report: Callable[[Progress], None] = lambda _progress: None
    ) -> Progress:
        """Take in what is left of a run; stopped at any moment, it goes on where it was."""
        at, mapping, stored = self._begun(run)
        with self.town.engines.at(FILES).open(stored) as file:
            try:
                rows = self.importer.read(file, mapping)
                for _done in islice(rows, at):
                    pass
                return self._rows(rows, TakeRows(run=run, start=at), report)
            except BadFile as error:
                reason = str(error.facts.get("reason", ""))
                return self._one(TakeRows(run=run, start=self._begun(run)[0], failed=reason))

    def _rows(
        self, rows: Iterator[Raw], wish: TakeRows, report: Callable[[Progress], None]
    ) -> Progress:
        for turn in count(1):
            taken, failed = _some(rows, self.chunk)
            last = len(taken) < self.chunk
            told = {"rows": tuple(taken), "last": last, "failed": failed}
            progress = self._one(wish.model_copy(update=told))
            report(progress)
            if last or turn == self.most:
                break
            wish = TakeRows(run=wish.run, start=wish.start + len(taken))
        return progress

    def _one(self, wish: TakeRows) -> Progress:
        with self.town.working(self.actor) as ctx:
            progress = self.take(ctx, wish)
        self.town.bell.set()
        return progress

    def _begun(self, run: str) -> tuple[int, Mapping[str, Any], str]:
        wanted = (
            select(ImportRow.next_row, ImportRow.mapping, FileRow.stored)
            .join(FileRow, FileRow.id == ImportRow.file_id)
            .where(ImportRow.public_id == run)
        )
        with self.town.sessions() as db:
            db.connection(execution_options={"reads": True})
            found = db.execute(wanted).first()
        if found is None:
            raise UnknownImport(run=run)
        return found.next_row, found.mapping, found.stored


def _some(rows: Iterator[Raw], most: int) -> tuple[list[Raw], str]:
    taken: list[Raw] = []
    try:
        taken.extend(islice(rows, most))
    except BadFile as damage:
        return taken, str(damage.facts.get("reason", ""))
    return taken, ""
