"""Builds the index again from the records, batch by batch, while the town goes on."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from townsquare.core.manifest import OwnIndex
from townsquare.core.search.index import BATCH, Entry, Source, forget_older, index
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, Context, use_case

REBUILD = "core.search.rebuild"


class WriteEntries(Command):
    """Entries of one kind, read from the records just now."""

    entries: tuple[Entry, ...]


class ForgetOlder(Command):
    """A kind whose entries were not written again since `than`."""

    kind: str
    than: datetime


@use_case("core.search.write", permission=REBUILD)
def write_entries(ctx: Context, wish: WriteEntries) -> None:
    """Write entries into the index."""
    index(ctx.db, wish.entries, now=ctx.now())


@use_case("core.search.forget", permission=REBUILD)
def forget_what_is_gone(ctx: Context, wish: ForgetOlder) -> int:
    """Remove some of the entries whose records are gone; 0 when none are left."""
    return forget_older(ctx.db, wish.kind, wish.than)


def rebuild(town: Town, sources: Iterable[Source]) -> dict[str, int]:
    """Write every entry again, remove what is gone, return how many entries each kind has."""
    return {source.kind: _rebuilt(town, source) for source in sources}


def write_again(town: Town, own: OwnIndex) -> int:
    """Write the words in a service's own table, part by part; return how many parts there were."""
    actor = Actor(0, "search rebuild", own.permissions)
    after, parts, more = "", 0, True
    while more:
        with town.working(actor) as ctx:
            after = own.write(ctx, after)
        more = bool(after)
        parts += more
    return parts


def _rebuilt(town: Town, source: Source) -> int:
    actor = Actor(0, "search rebuild", frozenset({REBUILD}))
    began, written = town.now(), 0
    with town.sessions() as db:
        db.connection(execution_options={"reads": True})
        for batch in _batches(source.entries(db)):
            with town.working(actor) as ctx:
                write_entries(ctx, WriteEntries(entries=tuple(batch)))
            written += len(batch)
    more = 1
    while more:
        with town.working(actor) as ctx:
            more = forget_what_is_gone(ctx, ForgetOlder(kind=source.kind, than=began))
    return written


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while batch := list(islice(entries, BATCH)):
        yield batch
