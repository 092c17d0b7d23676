"""The totals of a paper election for everybody, and what does not add up for the office."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.returns import FindCount, FindReturns
from townsquare.services.elections.errors import NotCounted, UnknownContest
from townsquare.services.elections.models.elections import ContestRow, ElectionRow, OptionRow
from townsquare.services.elections.models.reading import VIEW, moment
from townsquare.services.elections.models.returning import expected, paper_of, votes_of
from townsquare.services.elections.models.returns import (
    OutsideTotalRow,
    PrecinctRow,
    ReturnLineRow,
    ReturnRow,
)
from townsquare.services.elections.models.totals import APPROVED, totals_of
from townsquare.services.elections.queries.returns import Found, told_waiting, waiting_of
from townsquare.services.elections.results.returns import (
    CandidateCount,
    OutsideGap,
    PlaceGap,
    PrecinctTotal,
    Reconciliation,
    Totals,
)

Named = tuple[str, str, str]  # A question, and an option of it with its name.


@query("elections.total.read", permission="public")
def read_totals(ctx: Context, wish: Chosen) -> Totals:
    """Return the totals of a paper election after its closing, from all approved returns."""
    return totals_of(ctx, _counting(ctx, wish))


@query("elections.total.count", permission="public")
def find_counts(ctx: Context, wish: FindCount) -> list[CandidateCount]:
    """Return the votes of one candidate of a question so far, or of each of them."""
    told = totals_of(ctx, _counting(ctx, wish))
    asked = next((one for one in told.contests if one.code == wish.contest), None)
    if asked is None:
        raise UnknownContest
    found = [
        CandidateCount(option.code, option.votes)
        for option in asked.options
        if wish.candidate in ("", option.code)
    ]
    if not found:
        raise UnknownContest
    return found


@query("elections.total.tally", permission="public")
def read_tally(ctx: Context, wish: Chosen) -> list[PrecinctTotal]:
    """Return what each precinct has returned for each question, as it was approved."""
    row = _counting(ctx, wish)
    chosen = (
        select(ReturnRow, PrecinctRow.code, ContestRow.code)
        .join(PrecinctRow, PrecinctRow.id == ReturnRow.precinct_id)
        .join(ContestRow, ContestRow.id == ReturnRow.contest_id)
        .where(ReturnRow.election_id == row.id, APPROVED)
        .order_by(PrecinctRow.code, ContestRow.position)
    )
    found = ctx.db.execute(chosen).all()
    votes = votes_of(ctx.db, select(ReturnRow.id).where(ReturnRow.election_id == row.id, APPROVED))
    return [
        _total(kept, precinct, contest, votes=votes.get(kept.id, {}))
        for kept, precinct, contest in found
    ]


@query("elections.total.reconcile", permission=VIEW)
def reconcile(ctx: Context, wish: FindReturns) -> Reconciliation:
    """Return which newest returns do not add up, and what others have published otherwise."""
    row = paper_of(ctx, wish.id)
    places, questions = expected(ctx.db, row.id)
    found = [Found(*one) for one in ctx.db.execute(waiting_of(row.id))]
    told = told_waiting(ctx, found)
    counted = sum(1 for one in told if one.state == "approved" and one.registered != 0)
    odd = sorted((one for one in told if one.gaps), key=lambda one: one.id)
    later = [one for one in odd if one.id > wish.after]
    page = later[: wish.limit]
    after = page[-1].id if len(later) > wish.limit else ""
    return Reconciliation(
        row.public_id, counted, places * questions, page, after, _outside(ctx, row)
    )


def _outside(ctx: Context, row: ElectionRow) -> list[OutsideGap]:
    """Return the options of which others have published other totals than the returns give."""
    ours, theirs = _by_place(ctx, row), _published(ctx, row)
    found = []
    for option, told in theirs.items():
        mine = ours.get(option, {})
        places = [
            PlaceGap(place, mine.get(place, 0), told.get(place, 0))
            for place in sorted(mine.keys() | told.keys())
            if mine.get(place, 0) != told.get(place, 0)
        ]
        sums = (sum(mine.values()), sum(told.values()))
        if places:
            found.append(OutsideGap(*option, *sums, places))
    return found


def _by_place(ctx: Context, row: ElectionRow) -> dict[Named, dict[str, int]]:
    """Return the approved votes of each option by the town of a precinct, or the precinct alone."""
    town = aliased(PrecinctRow)
    place = func.coalesce(town.name, PrecinctRow.name)
    chosen = (
        select(
            ContestRow.code, OptionRow.code, OptionRow.title, place, func.sum(ReturnLineRow.votes)
        )
        .select_from(ReturnRow)
        .join(ReturnLineRow, ReturnLineRow.return_id == ReturnRow.id)
        .join(OptionRow, OptionRow.id == ReturnLineRow.option_id)
        .join(ContestRow, ContestRow.id == ReturnRow.contest_id)
        .join(PrecinctRow, PrecinctRow.id == ReturnRow.precinct_id)
        .outerjoin(town, town.id == PrecinctRow.parent_id)
        .where(ReturnRow.election_id == row.id, APPROVED)
        .group_by(ContestRow.code, OptionRow.code, OptionRow.title, place)
    )
    return _told(ctx, chosen)


def _published(ctx: Context, row: ElectionRow) -> dict[Named, dict[str, int]]:
    told = OutsideTotalRow
    chosen = (
        select(ContestRow.code, OptionRow.code, OptionRow.title, told.place, told.votes)
        .join(OptionRow, OptionRow.id == told.option_id)
        .join(ContestRow, ContestRow.id == OptionRow.contest_id)
        .where(ContestRow.election_id == row.id)
        .order_by(ContestRow.position, OptionRow.position, told.place)
    )
    return _told(ctx, chosen)


def _told(ctx: Context, chosen: Any) -> dict[Named, dict[str, int]]:  # noqa: ANN401 (a statement)
    found: dict[Named, dict[str, int]] = {}
    for contest, code, title, place, votes in ctx.db.execute(chosen):
        found.setdefault((contest, code, title), {})[place] = int(votes)
    return found


def _counting(ctx: Context, wish: Chosen) -> ElectionRow:
    """Return a paper election whose results may be known: after its closing."""
    row = paper_of(ctx, wish.id)
    if row.state == "draft" or moment(ctx) < row.closes_at:
        raise NotCounted
    return row


def _total(kept: ReturnRow, precinct: str, contest: str, *, votes: dict[str, int]) -> PrecinctTotal:
    about = (precinct, contest, kept.version, kept.registered_snapshot)
    return PrecinctTotal(*about, kept.ballots, kept.blank, kept.spoiled, votes)
