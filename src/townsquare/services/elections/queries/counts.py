"""Votes asked for one by one, as a station or another service checks what was kept."""

from sqlalchemy import select

from townsquare.core.errors import EmptyList
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.votes import CountVotes
from townsquare.services.elections.errors import NotCounted, UnknownContest
from townsquare.services.elections.models.box import CountRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.reading import moment
from townsquare.services.elections.models.totals import totals_of
from townsquare.services.elections.results.returns import CandidateCount, CandidateCounts


@query("elections.vote.count", permission="public")
def count_votes(ctx: Context, wish: CountVotes) -> CandidateCount | CandidateCounts:
    """Return the votes of a candidate, or of each one of a list, as far as they are counted.

    Raises EmptyList, UnknownContest, NotCounted.
    """
    asked = (wish.candidate,) if isinstance(wish.candidate, str) else wish.candidate
    if not asked:
        raise EmptyList
    votes = _votes(ctx, wish.contest)
    if not votes.keys() >= {*asked}:
        raise UnknownContest
    found = [CandidateCount(code, votes[code]) for code in asked]
    return found[0] if isinstance(wish.candidate, str) else CandidateCounts(found)


def _votes(ctx: Context, contest: str) -> dict[str, int]:
    """Return the votes of a question by the codes of its options."""
    chosen = (
        select(ElectionRow, ContestRow, CountRow.votes)
        .join(ContestRow, ContestRow.election_id == ElectionRow.id)
        .outerjoin(CountRow, CountRow.contest_id == ContestRow.id)
        .where(ContestRow.public_id == contest, ElectionRow.state != "draft")
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownContest
    row, asked, counted = found
    if counted is not None:
        return {code: int(votes) for code, votes in counted.items()}
    if row.tier != "paper" or moment(ctx) < row.closes_at:
        raise NotCounted
    told = next(one for one in totals_of(ctx, row).contests if one.code == asked.code)
    return {option.code: option.votes for option in told.options}
