"""Cast-vote records of ES&S machines: a workbook with one ballot a row, choices left to right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from townsquare.services.elections.readers.unreadable import at
from townsquare.services.elections.readers.workbook import sheet_rows
from townsquare.services.elections.rules.counting.ballots import OVERVOTE, Ballot

Mark = tuple[str, ...]
LONGEST = 60  # Letters of a strange cell that an answer repeats.


@dataclass(frozen=True)
class Layout:
    """Where the choices are, and the words for what is no name; places are counted from 1.

    `precinct` is the column of the precinct, 0 if there is none. An empty word is not used.
    """

    first_row: int
    first_column: int
    columns: int
    precinct: int = 0
    overvote: str = ""
    skipped: str = ""
    write_in: str = ""
    delimiter: str = ""
    blank_is_write_in: bool = False


def cast_votes(
    content: bytes, layout: Layout, codes: Mapping[str, str]
) -> Iterator[tuple[str, Ballot]]:
    """Return precinct and paper of each row; `codes` are the codes of all names and aliases.

    The code of undeclared write-ins is the one of the empty name.
    Unreadable: it is no workbook, or a cell holds what is neither a name nor a declared word.
    """
    marks = _words(layout, codes)
    columns = range(layout.first_column, layout.first_column + layout.columns)
    for number, cells in sheet_rows(content):
        if number < layout.first_row or not cells:
            continue
        texts = [cells.get(column, "").strip() for column in columns]
        found = [_mark(text, layout, marks) for text in texts]
        ranks = [mark for mark in found if mark is not None]
        if len(ranks) < len(found):
            strange = texts[found.index(None)][:LONGEST]
            raise at(number, f"neither an option nor a declared word: {strange}")
        while ranks and not ranks[-1]:
            ranks.pop()
        yield cells.get(layout.precinct, "").strip(), Ballot(tuple(ranks))


def _words(layout: Layout, codes: Mapping[str, str]) -> dict[str, Mark]:
    written = (codes[""],) if "" in codes else ()
    said = [(layout.overvote, OVERVOTE), (layout.skipped, ()), (layout.write_in, written)]
    marks: dict[str, Mark] = {name: (code,) for name, code in codes.items() if name}
    marks.update({word: mark for word, mark in said if word})
    marks[""] = written if layout.blank_is_write_in else ()
    return marks


def _mark(text: str, layout: Layout, marks: Mapping[str, Mark]) -> Mark | None:
    if text in marks or not layout.delimiter:
        return marks.get(text)
    found = [marks.get(part.strip()) for part in text.split(layout.delimiter)]
    named = {mark[0] for mark in found if mark and mark != OVERVOTE}
    return tuple(sorted(named)) if all(found) and OVERVOTE not in found else None
