"""Take files of past baskets in: one visit a row, the names of its goods between commas."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO, TextIOWrapper
from typing import Any, BinaryIO

from sqlalchemy import insert, select

from townsquare.blocks import catalogue
from townsquare.core.db import insert_new, savepoint
from townsquare.core.frozen import dataclass
from townsquare.core.imports.csvfiles import SAMPLE, encoding_of, separator_of, unpacked
from townsquare.core.imports.outcomes import (
    NEW,
    REFUSED,
    SAME,
    BadFile,
    Outcome,
    Progress,
    RowRefused,
    TakeRows,
)
from townsquare.core.imports.runs import ImportRow, UnknownImport, Wanted, begin, take
from townsquare.core.storage import FileRow, Upload, store
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.baskets import StartBaskets
from townsquare.services.grocery.errors import BasketsKnown
from townsquare.services.grocery.models.together import GoodRow, PastBasketRow, PastLineRow
from townsquare.services.grocery.results.imports import ImportRun
from townsquare.services.grocery.rules.columns import LONGEST_NAME, tidy

SERVICE, KIND, PURPOSE = "grocery", "baskets", "grocery.import"
LEARN = "grocery.basket.learn"
LARGEST = 50 * 1024 * 1024
CHUNK, MOST_GOODS = 500, 200
DIFFERS = "Row {number} of this source was taken in with other goods; name another source."


@dataclass(frozen=True)
class Basket:
    """One row of the file: its goods, or the reason it cannot be read."""

    number: int
    goods: tuple[str, ...] = ()
    fault: str = ""

    @property
    def digest(self) -> str:
        """Return by what it is known again."""
        return sha256("\n".join(sorted(self.goods)).encode()).hexdigest()


class BasketImporter:
    """How files of past baskets are read; `outcomes` are those of the rows at hand."""

    kind = KIND

    def __init__(self, outcomes: Sequence[Outcome] = ()) -> None:
        self._outcomes = iter(outcomes)

    @staticmethod
    def rows_in(file: BinaryIO) -> int:
        """Return how many rows a file has."""
        return sum(1 for _row in baskets(file))

    def read(self, file: BinaryIO, _mapping: Mapping[str, Any]) -> Iterator[Basket]:
        """Return the baskets of the file in their order."""
        return baskets(file)

    def apply(self, _ctx: Context, _row: Basket) -> Outcome:
        """Return what became of the row when all of its part were written at once."""
        told = next(self._outcomes)
        if told.outcome == REFUSED:
            raise RowRefused(told.code, told.sentence, record=told.record)
        return told


def baskets(file: BinaryIO) -> Iterator[Basket]:
    """Return the baskets of a file without a heading, each as long as it is."""
    with unpacked(file) as plain:
        head = plain.read(SAMPLE)
        if not head.strip():
            raise BadFile(reason="it is empty")
        encoding = encoding_of(plain, head)
        text = TextIOWrapper(plain, encoding, newline="")
        separator = separator_of(head.decode(encoding, "replace"))
        reader, number = csv.reader(text, delimiter=separator), 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Basket(number, fault=f"it cannot be read ({error}).")
                continue
            except UnicodeDecodeError as error:
                raise BadFile(reason=f"its text is not {encoding} near row {number}") from error
            if cells:
                yield _basket(number, cells)


def _basket(number: int, cells: Sequence[str]) -> Basket:
    names = {catalogue.code_key(name): name for cell in cells if (name := tidy(cell, LONGEST_NAME))}
    if not names:
        return Basket(number, fault="it names nothing.")
    if len(names) > MOST_GOODS:
        return Basket(number, fault=f"it names more than {MOST_GOODS} goods.")
    return Basket(number, tuple(names.values()))


@use_case("grocery.basket.import", permission=LEARN)
def start_baskets(ctx: Context, wish: StartBaskets) -> ImportRun:
    """Keep a file of past baskets and begin to take it in; a file has one source."""
    file = store(ctx, Upload(BytesIO(wish.content), wish.file_name, PURPOSE, limit=LARGEST))
    before = (
        select(ImportRow.mapping)
        .join(FileRow, FileRow.id == ImportRow.file_id)
        .where(ImportRow.service == SERVICE, ImportRow.kind == KIND, ~ImportRow.dry_run)
        .where(FileRow.sha256 == file.sha256)
    )
    for mapping in ctx.db.scalars(before):
        if mapping["source"] != wish.source:
            raise BasketsKnown(source=mapping["source"])
    mapping = {"name": file.name, "source": wish.source}
    wanted = Wanted(SERVICE, KIND, file, mapping, dry_run=wish.dry_run, total=wish.total)
    return ImportRun(begin(ctx, wanted), "uploaded", 0, wish.total, 0, 0, 0, "")


@use_case("grocery.basket.take", permission=LEARN)
def take_baskets(ctx: Context, wish: TakeRows) -> Progress:
    """Take these baskets of a run in, all by the same few statements."""
    chosen = select(ImportRow.mapping, ImportRow.dry_run).filter_by(public_id=wish.run, kind=KIND)
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownImport(run=wish.run)
    part = savepoint(ctx.db)
    outcomes = _taken(ctx, found.mapping["source"], wish.rows)
    if found.dry_run:
        part.rollback()
    else:
        part.commit()
    return take(ctx, BasketImporter(outcomes), wish)


def _taken(ctx: Context, source: str, rows: Sequence[Basket]) -> list[Outcome]:
    """Write what is new and return what became of each row, in their order."""
    known = _known(ctx, source, rows)
    fresh = [row for row in rows if row.goods and row.number not in known]
    if fresh:
        _write(ctx, source, fresh)
    return [_outcome(row, known) for row in rows]


def _outcome(row: Basket, known: Mapping[int, tuple[int, str]]) -> Outcome:
    record = str(row.number)
    if row.fault:
        sentence = f"Row {row.number}: {row.fault}"
        return Outcome(REFUSED, record, "core.bad-row", sentence)
    if row.number not in known:
        return Outcome(NEW, record)
    if known[row.number][1] == row.digest:
        return Outcome(SAME, record)
    sentence = DIFFERS.format(number=row.number)
    return Outcome(REFUSED, record, "grocery.basket-differs", sentence)


def _known(ctx: Context, source: str, rows: Sequence[Basket]) -> dict[int, tuple[int, str]]:
    """Return the row id and the digest of those of these rows that were taken in before."""
    row = PastBasketRow
    chosen = select(row.number, row.id, row.digest).where(row.source == source)
    mine = chosen.where(row.number.in_([one.number for one in rows]))
    return {number: (key, digest) for number, key, digest in ctx.db.execute(mine)}


def _write(ctx: Context, source: str, rows: Sequence[Basket]) -> None:
    told = [{"source": source, "number": row.number, "digest": row.digest} for row in rows]
    ctx.db.execute(insert(PastBasketRow), told)
    ids = {number: key for number, (key, _digest) in _known(ctx, source, rows).items()}
    goods = _goods(ctx, {name for row in rows for name in row.goods})
    lines = [
        {"basket_id": ids[row.number], "good_id": goods[catalogue.code_key(name)]}
        for row in rows
        for name in row.goods
    ]
    ctx.db.execute(insert(PastLineRow), lines)


def _goods(ctx: Context, names: Collection[str]) -> dict[str, int]:
    """Return the row ids of the goods with these names; who is the first to name one adds it."""
    told = {catalogue.code_key(name): name for name in sorted(names)}
    ctx.db.execute(
        insert_new(GoodRow), [{"name": name, "name_key": key} for key, name in told.items()]
    )
    chosen = select(GoodRow.name_key, GoodRow.id).where(GoodRow.name_key.in_(told))
    return dict(ctx.db.execute(chosen).all())
