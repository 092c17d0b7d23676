"""The end of a paper election's count: what was approved is counted once, and stays."""

from sqlalchemy import select

from townsquare.core.errors import StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.fields import Nothing
from townsquare.services.elections.commands.returns import CloseCount
from townsquare.services.elections.errors.returns import ReturnsMissing
from townsquare.services.elections.events.returns import CountClosed
from townsquare.services.elections.models.box import CountRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import moment
from townsquare.services.elections.models.returning import counting
from townsquare.services.elections.models.returns import PaperCountRow
from townsquare.services.elections.models.tallying import tallies_of
from townsquare.services.elections.models.totals import tell_live, totals_of
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.results.voting import Closed

RUN = "elections.count.run"


@use_case("elections.paper.begin-due", permission=RUN)
def begin_due(ctx: Context, _wish: Nothing) -> Closed:
    """Let each paper election whose closing has come be counted; tell how many."""
    due = (
        select(ElectionRow.public_id)
        .where(
            ElectionRow.tier == "paper",
            ElectionRow.state == "frozen",
            ElectionRow.closes_at <= moment(ctx),
        )
        .order_by(ElectionRow.id)
    )
    return Closed(len([counting(ctx, one) for one in ctx.db.scalars(due).all()]))


@use_case("elections.paper.close", permission=RUN)
def close_count(ctx: Context, wish: CloseCount) -> Drafted:
    """Close the count of a paper election, and count each question from what was approved.

    Raises ReturnsMissing where a return is not approved and no reason is told.
    """
    row = counting(ctx, wish.id)
    told = totals_of(ctx, row)
    missing = told.expected - told.counted
    if missing and not wish.reason:
        raise ReturnsMissing(missing=missing)
    if row.version not in (wish.version, wish.version + 1):
        raise StaleVersion
    _write(ctx, row)
    closed = {"closed_by": ctx.actor.name, "closed_by_id": ctx.actor.id, "closed_at": ctx.now()}
    why = wish.reason if missing else ""
    ctx.db.add(PaperCountRow(election_id=row.id, missing=missing, reason=why, **closed))
    ctx.db.flush()  # Before the state, after which nothing of the count goes in.
    row.state, row.version = "closed", row.version + 1
    ctx.db.flush()
    ctx.emit(CountClosed(row.public_id, missing))
    tell_live(ctx, row)
    return Drafted(row.public_id, row.version)


def _write(ctx: Context, row: ElectionRow) -> None:
    for contest, found in tallies_of(ctx.db, row):
        ctx.db.add(CountRow(contest_id=contest.id, **found._asdict()))
    ctx.db.flush()
