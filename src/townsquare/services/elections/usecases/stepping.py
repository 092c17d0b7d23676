"""The steps of a board that the clock makes: opening, closing, tally, result, checkpoints.

Sums and results are made before anybody has the turn to write. Nothing can change them: after the
closing no ballot comes onto the board, and of each trustee the first part counts.
"""

from logging import getLogger
from typing import Any

from sqlalchemy import case, exists, func, insert, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.sql.elements import ColumnElement

from townsquare.core.db import lost_a_race, savepoint
from townsquare.core.usecase import Context, query, use_case
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.commands.steps import PreparedStep, PreparedSteps
from townsquare.services.elections.errors import NoBoard
from townsquare.services.elections.errors.judging import Miscounted
from townsquare.services.elections.events.boards import BoardClosed, BoardCounted
from townsquare.services.elections.models.appending import (
    append,
    begin,
    has,
    head_of,
    last_of,
    open_by_clock,
)
from townsquare.services.elections.models.board import BoardRow, CheckpointRow, of_kind
from townsquare.services.elections.models.box import CountRow
from townsquare.services.elections.models.ceremony import SetupRow, TieSeedRow
from townsquare.services.elections.models.closing import close_board
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.reading import locked, moment, numbers_of
from townsquare.services.elections.models.sealed import SEALED, sealed_of
from townsquare.services.elections.models.sealed_counts import counts_of
from townsquare.services.elections.models.signing import stamp
from townsquare.services.elections.models.sums import result_of, seeds_shown, tally_of
from townsquare.services.elections.results.board import Stamped, Stepped
from townsquare.services.elections.usecases.counting import RUN

MOST = 20  # Boards that go a step on in one go; the next minute goes on.
log = getLogger("townsquare.elections")


@query("elections.board.prepare", permission=RUN)
def prepare_step(ctx: Context, wish: Chosen) -> PreparedStep:
    """Make the sums, or the result, that the board of an election waits for."""
    row = sealed_of(ctx, wish.id)
    tally: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    if row.state == "counting" and not has(ctx.db, row.id, "tally") and seeds_shown(ctx.db, row.id):
        tally = tally_of(ctx.db, row)
    elif row.state == "counting" and not has(ctx.db, row.id, "result"):
        result = result_of(ctx.db, row)
    return PreparedStep.model_construct(id=row.public_id, tally=tally, result=result)


@use_case("elections.board.step", permission=RUN, before=prepare_step)
def step_board(ctx: Context, wish: Chosen) -> Stepped:
    """Do what the board of an election waits for, without waiting for the clock of the town."""
    step = wish if isinstance(wish, PreparedStep) else prepare_step(ctx, wish)
    row = locked(ctx, wish.id)
    if row.tier != SEALED or row.state == "draft":
        raise NoBoard
    _step(ctx, row, step)
    head = head_of(ctx.db, row.id)
    return Stepped(row.public_id, row.state, *((head.seq, head.kind) if head else (0, "")))


@query("elections.board.prepare-due", permission=RUN)
def prepare_due(ctx: Context, _wish: Nothing) -> PreparedSteps:
    """Make what the boards wait for whose time has come; one that cannot be holds up no other."""
    found = []
    for public_id in ctx.db.scalars(_due(ctx)).all():
        try:
            found.append(prepare_step(ctx, Chosen(id=public_id)))
        except Exception as error:  # As with polls: the others have waited long enough.
            _must_be_ours(error)
            log.exception("board not counted", extra={"facts": {"election": public_id}})
    return PreparedSteps.model_construct(steps=tuple(found))


@use_case("elections.board.step-due", permission=RUN, before=prepare_due)
def step_due(ctx: Context, wish: Nothing) -> Stamped:
    """Open, close, tally and count each encrypted election whose time has come."""
    due = wish if isinstance(wish, PreparedSteps) else prepare_due(ctx, wish)
    done = 0
    for step in due.steps:
        try:
            with savepoint(ctx.db):
                done += _step(ctx, locked(ctx, step.id), step)
        except Exception as error:  # As above.
            _must_be_ours(error)
            log.exception("board not counted", extra={"facts": {"election": step.id}})
    return Stamped(done)


@use_case("elections.checkpoint.sign-due", permission=RUN)
def sign_due(ctx: Context, _wish: Nothing) -> Stamped:
    """Sign the head of each board that has grown since its last checkpoint."""
    head = select(func.max(BoardRow.seq)).where(BoardRow.election_id == ElectionRow.id)
    signed = select(func.max(CheckpointRow.seq)).where(CheckpointRow.election_id == ElectionRow.id)
    grown = head.scalar_subquery() > func.coalesce(signed.scalar_subquery(), -1)
    boards = select(ElectionRow.public_id).where(ElectionRow.tier == SEALED, grown)
    ids = ctx.db.scalars(boards.order_by(ElectionRow.id)).all()
    return Stamped(sum(stamp(ctx, locked(ctx, public_id)) for public_id in ids))


def _due(ctx: Context) -> Any:  # noqa: ANN401 (a statement)
    """Return how to ask for the elections that have to open, to close or to be counted.

    Those that wait for people are none of them: enough of them would hold up all others.
    """
    row, now = ElectionRow, moment(ctx)
    comes = (row.closes_at <= now) | (row.opens_at <= now) & ~_entered("open")
    due = (row.state == "frozen") & comes | (row.state == "counting") & _has_what_it_needs()
    chosen = select(row.public_id).where(row.tier == SEALED, due)
    return chosen.order_by(row.closes_at, row.id).limit(MOST)


def _has_what_it_needs() -> ColumnElement[bool]:
    """Return when a closed board has all seeds, or parts enough, or is counted again."""
    of = ElectionRow.id
    hidden = exists().where(TieSeedRow.election_id == of, TieSeedRow.seed.is_(None))
    parts = select(func.count(BoardRow.seq)).where(BoardRow.election_id == of, of_kind("partial"))
    needed = select(SetupRow.threshold).where(SetupRow.election_id == of)
    enough = parts.scalar_subquery() >= needed.scalar_subquery()
    return case((_entered("result"), True), (_entered("tally"), enough), else_=~hidden)


def _entered(kind: str) -> ColumnElement[bool]:
    return exists().where(BoardRow.election_id == ElectionRow.id, of_kind(kind))


def _must_be_ours(error: Exception) -> None:
    """Let the whole job be tried again where it is the database that is not well."""
    if isinstance(error, OperationalError) or (
        isinstance(error, DBAPIError) and lost_a_race(error)
    ):
        raise error


def _step(ctx: Context, row: ElectionRow, step: PreparedStep) -> bool:
    """Do what has to be done now; tell whether anything was."""
    before = head_of(ctx.db, row.id)
    if row.state == "frozen":
        _by_clock(ctx, row)
    elif row.state == "counting" and step.tally and not has(ctx.db, row.id, "tally"):
        _enter_tally(ctx, row, step.tally)
    elif row.state == "counting" and step.result and not has(ctx.db, row.id, "result"):
        _enter_result(ctx, row, step.result)
    elif row.state == "counting" and has(ctx.db, row.id, "result"):
        _count_again(ctx, row)
    return head_of(ctx.db, row.id) != before or row.state == "closed"


def _by_clock(ctx: Context, row: ElectionRow) -> None:
    now = moment(ctx)  # Once the row is ours.
    begin(ctx, row)
    if now >= row.opens_at:
        open_by_clock(ctx, row)
    if now >= row.closes_at:
        close_board(ctx, row)
        voters, voted = numbers_of(ctx.db, row.id)
        ctx.emit(BoardClosed(row.public_id, voted, voters))


def _enter_tally(ctx: Context, row: ElectionRow, tally: dict[str, Any]) -> None:
    """Enter the seeds of the lot, in the order of their holders, and the sums."""
    seeds = select(TieSeedRow.number, TieSeedRow.seed).filter_by(election_id=row.id)
    for number, seed in ctx.db.execute(seeds.order_by(TieSeedRow.number)).all():
        append(ctx, row, "seed-reveal", body={"index": number, "seed": seed})
    append(ctx, row, "tally", body=tally)
    stamp(ctx, row)


def _count_again(ctx: Context, row: ElectionRow) -> None:
    """Close an election again of which two people wanted a recount, where it says the same."""
    _entry, result = last_of(ctx.db, row.id, "result") or (None, {})
    kept = {one.contest_id: one for one in ctx.db.scalars(_counts(row)).all()}
    for one in counts_of(ctx.db, row, result):
        before = kept[one.contest_id]
        if any(getattr(before, name) != value for name, value in one.facts.items()):
            raise Miscounted
    row.state, row.version = "closed", row.version + 1
    ctx.db.flush()


def _counts(row: ElectionRow) -> Any:  # noqa: ANN401 (a statement)
    asked = select(ContestRow.id).where(ContestRow.election_id == row.id)
    return select(CountRow).where(CountRow.contest_id.in_(asked))


def _enter_result(ctx: Context, row: ElectionRow, result: dict[str, Any]) -> None:
    """Enter the result and the counts, and close the election."""
    append(ctx, row, "result", body=result)
    for one in counts_of(ctx.db, row, result):
        append(ctx, row, "count", body=one.entry)
        ctx.db.execute(insert(CountRow).values(contest_id=one.contest_id, **one.facts))
    row.state, row.version = "closed", row.version + 1
    ctx.db.flush()
    stamp(ctx, row)
    voters, voted = numbers_of(ctx.db, row.id)
    ctx.emit(BoardCounted(row.public_id, voted, voters))
