"""Returns as acts and looks find them: which one, whose precinct it is, whether it may change."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from townsquare.core.usecase import Context
from townsquare.services.elections.commands.returns import OfReturn
from townsquare.services.elections.errors import StillRunning, UnknownContest, UnknownElection
from townsquare.services.elections.errors.returns import (
    NotPaper,
    NotYourPrecinct,
    ReturnsShut,
    UnknownPrecinct,
)
from townsquare.services.elections.models.elections import ContestRow, ElectionRow, OptionRow
from townsquare.services.elections.models.reading import election_of, locked, moment
from townsquare.services.elections.models.returns import (
    ElectionPrecinctRow,
    OfficerRow,
    PrecinctRow,
    ReturnLineRow,
    ReturnRow,
)
from townsquare.services.elections.rules.returns import Figures, Gap, gaps

RUNNING = ("frozen", "counting")


class About(NamedTuple):
    """What a return is about: an election, a precinct of it with its registered, a question."""

    election: ElectionRow
    precinct: PrecinctRow
    registered: int | None
    contest: ContestRow


def paper_of(ctx: Context, public_id: str) -> ElectionRow:
    """Return a paper election that this person may know of; raise NotPaper for another one."""
    row = election_of(ctx, public_id)
    if row.tier != "paper":
        raise NotPaper
    return row


def taking(ctx: Context, public_id: str) -> ElectionRow:
    """Return a paper election that takes returns, and goes on doing so until we are done."""
    chosen = select(ElectionRow).where(ElectionRow.public_id == public_id)
    row = ctx.db.scalar(chosen.with_for_update(read=True))
    if row is None or row.state == "draft":
        raise UnknownElection
    if row.tier != "paper":
        raise NotPaper
    if row.state not in RUNNING or moment(ctx) < row.opens_at:
        raise ReturnsShut
    return row


def counting(ctx: Context, public_id: str) -> ElectionRow:
    """Return a paper election that is being counted, which it is from its closing on; it is ours.

    Before the closing nothing is approved, so that no result is known while people still vote.
    """
    row = locked(ctx, public_id)
    if row.state == "draft":
        raise UnknownElection
    if row.tier != "paper":
        raise NotPaper
    if row.state not in RUNNING:
        raise ReturnsShut
    if moment(ctx) < row.closes_at:
        raise StillRunning
    if row.state == "frozen":
        row.state, row.version = "counting", row.version + 1
        ctx.db.flush()
    return row


def about(ctx: Context, election: ElectionRow, wish: OfReturn) -> About:
    """Return what a wish is about; raise UnknownPrecinct or UnknownContest."""
    place = ElectionPrecinctRow
    chosen = (
        select(PrecinctRow, place.registered)
        .join(place, place.precinct_id == PrecinctRow.id)
        .where(place.election_id == election.id, PrecinctRow.code == wish.precinct)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownPrecinct
    asked = select(ContestRow).filter_by(election_id=election.id, code=wish.contest)
    contest = ctx.db.scalar(asked)
    if contest is None:
        raise UnknownContest
    return About(election, found[0], found[1], contest)


def must_serve(ctx: Context, precinct_id: int, *roles: str) -> None:
    """Go on only if this person was appointed for the precinct in one of these roles."""
    appointed = (
        (OfficerRow.precinct_id == precinct_id)
        & (OfficerRow.account_id == ctx.actor.id)
        & OfficerRow.role.in_(roles)
    )
    if not ctx.db.scalar(select(exists().where(appointed))):
        raise NotYourPrecinct


def newest(ctx: Context, told: About) -> ReturnRow | None:
    """Return the newest version of a return, which nobody else changes before we are done."""
    chosen = (
        select(ReturnRow)
        .filter_by(
            election_id=told.election.id,
            precinct_id=told.precinct.id,
            contest_id=told.contest.id,
        )
        .order_by(ReturnRow.version.desc())
        .limit(1)
        .with_for_update()
    )
    return ctx.db.scalar(chosen.execution_options(populate_existing=True))


def options_of(db: Session, contest_id: int) -> Mapping[str, int]:
    """Return the options of a question: their codes, and the ids by which lines know them."""
    chosen = select(OptionRow.code, OptionRow.id).filter_by(contest_id=contest_id)
    return dict(map(tuple[str, int], db.execute(chosen.order_by(OptionRow.position))))


def votes_of(db: Session, returns: Iterable[int] | Select[Any]) -> dict[int, dict[str, int]]:
    """Return the votes of each of these returns by option, in the order of the ballot."""
    found: dict[int, dict[str, int]] = {}
    chosen = (
        select(ReturnLineRow.return_id, OptionRow.code, ReturnLineRow.votes)
        .join(OptionRow, OptionRow.id == ReturnLineRow.option_id)
        .where(ReturnLineRow.return_id.in_(returns))
        .order_by(ReturnLineRow.return_id, OptionRow.position)
    )
    for return_id, code, votes in db.execute(chosen):
        found.setdefault(return_id, {})[code] = votes
    return found


def gaps_of(row: ReturnRow, contest: ContestRow, votes: Mapping[str, int]) -> list[Gap]:
    """Return what does not add up in a version of a return."""
    told = Figures(row.ballots, row.blank, row.spoiled, tuple(votes.values()))
    marks = {"least": contest.least, "most": contest.most}
    return gaps(told, **marks, registered=row.registered_snapshot)


def expected(db: Session, election_id: int) -> tuple[int, int]:
    """Return how many precincts with voters an election has, and how many questions."""
    voters = ElectionPrecinctRow.registered
    places = select(func.count()).where(
        ElectionPrecinctRow.election_id == election_id, voters.is_(None) | (voters > 0)
    )
    questions = select(func.count()).where(ContestRow.election_id == election_id)
    found = db.execute(select(places.scalar_subquery(), questions.scalar_subquery())).one()
    return found[0], found[1]
