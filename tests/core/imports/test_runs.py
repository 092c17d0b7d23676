"""Imports: tried, applied, resumed; nothing twice and nothing half."""

from io import BytesIO

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.core.errors import Invalid, NotAllowed
from townsquare.core.events import Event, OutboxEntry
from townsquare.core.imports import csvfiles, runs
from townsquare.core.imports.carrying import Carrier
from townsquare.core.imports.outcomes import BadFile, Outcome, Progress, RowRefused, TakeRows
from townsquare.core.search.index import Entry, SearchRow, index
from townsquare.core.storage import Upload, store
from townsquare.core.usecase import REGISTRY, Actor, Command, Context, use_case

DINA = Actor(1, "Dina Park", frozenset({"public", "tests.import"}))


class Taken(Event):
    """A row was taken in."""


class Notes:
    """Takes lines in as entries of the search: any table with a title would do."""

    kind = "tests.notes"
    crashes = True

    def read(self, file, _mapping):
        yield from csvfiles.rows(file)

    def apply(self, ctx, row):
        title = csvfiles.FieldMapping({"title": "title"}).read(row).get("title", "")
        known = ctx.db.scalar(select(SearchRow.title).filter_by(kind="n", subject=title))
        if known:
            return Outcome("same", title)
        index(ctx.db, [Entry("n", title, title)], now=ctx.now())
        ctx.emit(Taken())
        if title == "bad":
            raise RowRefused("tests.bad", "It is bad.", column="title", record=title)
        if title == "worse":
            raise Invalid
        if title == "crash" and self.crashes:
            raise KeyboardInterrupt
        return Outcome("new", title, "tests.odd" if title == "odd" else "")


class Nothing(Command):
    """No wish at all."""


@pytest.fixture(autouse=True)
def _forget_declarations():
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.fixture
def begun(town):
    def make(content, *, dry_run=False):
        @use_case("tests.import.begin", permission="tests.import")
        def begin(ctx: Context, wish: Nothing) -> str:
            file = store(ctx, Upload(BytesIO(content), "notes.csv", "tests.import"))
            return runs.begin(ctx, runs.Wanted("tests", "tests.notes", file, {}, dry_run))

        with town.working(DINA) as ctx:
            return begin(ctx, Nothing())

    return make


@pytest.fixture
def carrier(town):
    notes = Notes()

    @use_case("tests.import.take", permission="tests.import")
    def take(ctx: Context, wish: TakeRows) -> Progress:
        return runs.take(ctx, notes, wish)

    return Carrier(town, DINA, notes, take, chunk=3)


def lines(*titles):
    return "\n".join(["title", *titles]).encode()


def kept(town):
    with town.sessions() as db:
        return list(db.scalars(select(SearchRow.title).order_by(SearchRow.id)))


def counts(progress):
    return {name: count for name, count in progress.counts.items() if count}


def test_each_row_is_counted_and_told_with_its_reason(town, carrier, begun):
    run = begun(lines("a", "bad", "odd", "a", "worse", "b,c"))
    done = carrier.carry_out(run)
    assert (done.state, done.done) == ("applied", 6)
    assert counts(done) == {"new": 2, "same": 1, "refused": 3, "warned": 1}
    with town.sessions() as db:
        told = runs.rows_of(db, run, outcome="refused")
        noted = runs.rows_of(db, run, outcome="noted")
    assert [(row.row_no, row.code) for row in told] == [
        (2, "tests.bad"),
        (5, "core.invalid"),
        (6, "core.bad-row"),
    ]
    assert told[2].sentence == "Line 7: it has 2 columns instead of 1."
    assert [(row.row_no, row.outcome) for row in noted] == [
        (2, "refused"),
        (3, "new"),
        (5, "refused"),
        (6, "refused"),
    ]
    assert noted[1].record == "odd"


def test_a_refused_row_leaves_neither_rows_nor_events(town, carrier, begun):
    carrier.carry_out(begun(lines("a", "bad", "b")))
    assert kept(town) == ["a", "b"]
    with town.sessions() as db:
        assert len(db.scalars(select(OutboxEntry)).all()) == 2


def test_a_dry_run_counts_the_same_and_changes_nothing(town, carrier, begun):
    run = begun(lines("a", "bad", "b", "c"), dry_run=True)
    tried = carrier.carry_out(run)
    assert (tried.state, counts(tried)) == ("checked", {"new": 3, "refused": 1})
    assert kept(town) == []


def test_a_tried_run_is_applied_after_approval(town, carrier, begun):
    run = begun(lines("a", "b", "c"), dry_run=True)
    carrier.carry_out(run)

    @use_case("tests.import.approve", permission="tests.import")
    def approve(ctx: Context, wish: Nothing) -> None:
        runs.approve(ctx, run)

    with town.working(DINA) as ctx:
        approve(ctx, Nothing())
    done = carrier.carry_out(run)
    assert (done.state, done.total, counts(done)) == ("applied", 3, {"new": 3})


def test_an_import_killed_in_a_chunk_resumes_with_nothing_twice_and_nothing_half(
    town, carrier, begun
):
    run = begun(lines("a", "b", "c", "d", "crash", "e"))
    with pytest.raises(KeyboardInterrupt):
        carrier.carry_out(run)
    assert kept(town) == ["a", "b", "c"]
    with town.sessions() as db:
        assert runs.progress(db, run).done == 3
    carrier.importer.crashes = False
    done = carrier.carry_out(run)
    assert (done.done, counts(done)) == (6, {"new": 6})
    assert kept(town) == ["a", "b", "c", "d", "crash", "e"]


def test_an_ended_run_takes_nothing_more_in(carrier, begun):
    run = begun(lines("a"))
    carrier.carry_out(run)
    with pytest.raises(runs.ImportMoved):
        carrier.carry_out(run)


def test_two_who_work_on_one_run_do_not_take_a_chunk_twice(town, carrier, begun):
    run = begun(lines("a"))
    wish = TakeRows(run=run, start=0, rows=(csvfiles.CsvRow(2, {"title": "a"}),))
    with town.working(DINA) as ctx:
        carrier.take(ctx, wish)
    with pytest.raises(runs.ImportMoved), town.working(DINA) as ctx:
        carrier.take(ctx, wish)


@pytest.mark.engines("postgresql")
def test_of_two_who_take_a_run_back_at_once_one_is_told(town, carrier, begun):
    run = begun(lines("a"))
    carrier.carry_out(run)

    @use_case("tests.import.undo", permission="tests.import")
    def undo(ctx: Context, wish: Nothing) -> None:
        runs.mark_undone(ctx, run)

    @use_case("tests.import.undo-late", permission="tests.import")
    def undo_late(ctx: Context, wish: Nothing) -> None:
        seen = ctx.db.scalar(select(runs.ImportRow).filter_by(public_id=run))
        with town.working(DINA) as other:
            undo(other, Nothing())
        states.append(seen.state)
        runs.mark_undone(ctx, run)

    states = []
    with pytest.raises(runs.ImportMoved), town.working(DINA) as ctx:
        undo_late(ctx, Nothing())
    assert states == ["applied"]


def test_the_database_itself_refuses_a_second_outcome_of_a_row(town, carrier, begun):
    carrier.carry_out(begun(lines("a")))
    with town.sessions() as db:
        row = db.scalars(select(runs.ImportOutcomeRow)).one()
        twin = {c: getattr(row, c) for c in ("run_id", "row_no", "outcome", "code", "sentence")}
        db.add(runs.ImportOutcomeRow(**twin, column="", record=""))
        with pytest.raises(IntegrityError):
            db.flush()


def test_a_file_that_cannot_be_read_fails_the_run_with_its_reason(carrier, begun):
    done = carrier.carry_out(begun(b"\x1f\x8bnot gzip at all"))
    assert (done.state, done.reason) == ("failed", "its compression is damaged")


def test_who_lacks_the_permission_imports_nothing(town, carrier, begun):
    run = begun(lines("a"))
    guest = Carrier(town, Actor(2, "Ana", frozenset()), Notes(), carrier.take)
    with pytest.raises(NotAllowed):
        guest.carry_out(run)


def test_an_unknown_run_is_not_found(carrier):
    with pytest.raises(runs.UnknownImport):
        carrier.carry_out("nothing")


def test_progress_is_told_after_each_chunk(carrier, begun):
    seen = []
    carrier.carry_out(begun(lines(*"abcdefg")), report=lambda p: seen.append(p.done))
    assert seen == [3, 6, 7]


def test_a_bad_file_is_a_bad_wish():
    assert issubclass(BadFile, Invalid)
