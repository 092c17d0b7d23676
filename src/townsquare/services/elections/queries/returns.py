"""Precincts and returns as officers read them, one by one and page by page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import aliased

from townsquare.core.errors import NotAllowed
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.returns import (
    FindPrecincts,
    FindReturns,
    OfReturn,
    PageOnly,
    PrecinctOnly,
)
from townsquare.services.elections.errors.returns import NotYourPrecinct, UnknownPrecinct
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.reading import VIEW, contests_of, line_of, moment
from townsquare.services.elections.models.returning import (
    RUNNING,
    About,
    about,
    gaps_of,
    paper_of,
    votes_of,
)
from townsquare.services.elections.models.returns import (
    APPROVE,
    ENTER,
    ElectionPrecinctRow,
    OfficerRow,
    PrecinctRow,
    ReturnRow,
)
from townsquare.services.elections.results.elections import Contest
from townsquare.services.elections.results.returns import (
    Duties,
    Gapped,
    OwnPrecinct,
    OwnWork,
    PrecinctDuty,
    PrecinctLine,
    Precincts,
    Return,
    ReturnLine,
    ReturnPage,
    Version,
    Waiting,
)
from townsquare.services.elections.rules.moments import stage_of

MOST = 20  # Elections that are counted at once.
APPROVING = "elections.return.approve"
BY_CODE = Order(PrecinctRow.code, PrecinctRow.code)
OLDEST = Order(ReturnRow.public_id, ReturnRow.id)
PARENT = aliased(PrecinctRow)


class Found(NamedTuple):
    """A return with its precinct and its question."""

    row: ReturnRow
    precinct: PrecinctRow
    contest: ContestRow

    @property
    def id(self) -> str:
        """Return the public id of the return."""
        return self.row.public_id


@query("elections.precinct.list", permission="public")
def find_precincts(ctx: Context, wish: FindPrecincts) -> Precincts:
    """Return one page of the precincts of an election, by their codes."""
    row, place = paper_of(ctx, wish.id), ElectionPrecinctRow
    chosen = (
        select(PrecinctRow, PARENT.code, place.registered)
        .join(place, place.precinct_id == PrecinctRow.id)
        .outerjoin(PARENT, PARENT.id == PrecinctRow.parent_id)
        .where(place.election_id == row.id)
    )
    return Precincts(*BY_CODE.read(ctx.db, chosen, _line, after=wish.after, limit=wish.limit))


@query("elections.return.read", permission="signed-in")
def read_return(ctx: Context, wish: OfReturn) -> Return:
    """Return all versions of a return, for its officers and those who see the whole office."""
    if VIEW not in ctx.actor.permissions and not _serves(ctx, wish.precinct):
        raise NotYourPrecinct  # Before anything else, so that strangers are told nothing by it.
    told = about(ctx, paper_of(ctx, wish.id), wish)
    rows = ctx.db.scalars(
        select(ReturnRow)
        .filter_by(
            election_id=told.election.id,
            precinct_id=told.precinct.id,
            contest_id=told.contest.id,
        )
        .order_by(ReturnRow.version.desc())
    ).all()
    return _return(ctx, told, rows)


@query("elections.return.board", permission="signed-in")
def find_returns(ctx: Context, wish: FindReturns) -> ReturnPage:
    """Return one page of returns by when they came, for approvers those of their precincts."""
    row = paper_of(ctx, wish.id)
    if VIEW not in ctx.actor.permissions and APPROVING not in ctx.actor.permissions:
        raise NotAllowed(permission=APPROVING)
    chosen = waiting_of(row.id)
    if wish.state:
        chosen = chosen.where(ReturnRow.state == wish.state)
    if VIEW not in ctx.actor.permissions:
        mine = select(OfficerRow.precinct_id).filter_by(account_id=ctx.actor.id, role=APPROVE)
        chosen = chosen.where(ReturnRow.precinct_id.in_(mine))
    found, after = OLDEST.read(ctx.db, chosen, Found, after=wish.after, limit=wish.limit)
    return ReturnPage(told_waiting(ctx, found), after)


@query("elections.precinct.duties", permission="signed-in")
def read_duties(ctx: Context, wish: PrecinctOnly) -> Duties:
    """Return what a precinct has to return, before one of its officers."""
    precinct = ctx.db.scalar(select(PrecinctRow).filter_by(code=wish.precinct))
    if precinct is None:
        raise UnknownPrecinct
    roles = _roles(ctx, precinct.id)
    if not roles and VIEW not in ctx.actor.permissions:
        raise NotYourPrecinct
    facts = (precinct.polling_place, precinct.address, precinct.hours)
    serves = (ENTER in roles, APPROVE in roles)
    return Duties(precinct.code, precinct.name, *facts, *serves, _duties(ctx, precinct.id))


@query("elections.precinct.own", permission="signed-in")
def find_own_work(ctx: Context, wish: PageOnly) -> OwnWork:
    """Return a page of the precincts that the reader was appointed for, and what is counted."""
    mine = (
        select(
            PrecinctRow.code.label("id"),
            PrecinctRow.code,
            PrecinctRow.name,
            *(func.max(case((OfficerRow.role == role, 1), else_=0)) for role in (ENTER, APPROVE)),
        )
        .join(OfficerRow, OfficerRow.precinct_id == PrecinctRow.id)
        .where(OfficerRow.account_id == ctx.actor.id)
        .group_by(PrecinctRow.code, PrecinctRow.name)
    )
    found, after = BY_CODE.read(ctx.db, mine, _own, after=wish.after, limit=wish.limit)
    held = (ElectionRow.tier == "paper") & ElectionRow.state.in_(RUNNING)
    running = select(ElectionRow).where(held).order_by(ElectionRow.closes_at, ElectionRow.id)
    now = moment(ctx)
    return OwnWork(found, after, [line_of(row, now) for row in ctx.db.scalars(running.limit(MOST))])


def _own(code: str, _code: str, name: str, enters: int, approves: int) -> OwnPrecinct:  # noqa: PLR0917 (a row)
    return OwnPrecinct(code, code, name, bool(enters), bool(approves))


def waiting_of(election_id: int) -> Any:  # noqa: ANN401 (a statement)
    """Return how SQL asks for returns of an election with their precincts and questions."""
    return (
        select(ReturnRow, PrecinctRow, ContestRow)
        .join(PrecinctRow, PrecinctRow.id == ReturnRow.precinct_id)
        .join(ContestRow, ContestRow.id == ReturnRow.contest_id)
        .where(ReturnRow.election_id == election_id, ReturnRow.state != "superseded")
    )


def told_waiting(ctx: Context, found: Sequence[Found]) -> list[Waiting]:
    """Return these returns as they stand in a list, with one question for all of their lines."""
    votes = votes_of(ctx.db, [row.id for row, *_about in found])
    return [_waiting(ctx, one, votes=votes.get(one.row.id, {})) for one in found]


def _waiting(ctx: Context, found: Found, *, votes: Mapping[str, int]) -> Waiting:
    row, precinct, contest = found
    return Waiting(
        row.public_id,
        precinct.code,
        precinct.name,
        contest.code,
        contest.title,
        row.version,
        row.state,
        row.ballots,
        row.ballots - row.blank - row.spoiled,
        sum(votes.values()),
        row.registered_snapshot,
        [Gapped(*gap) for gap in gaps_of(row, contest, votes)],
        row.note,
        row.entered_by_id == ctx.actor.id,
    )


def _return(ctx: Context, told: About, rows: Sequence[ReturnRow]) -> Return:
    votes = votes_of(ctx.db, [row.id for row in rows])
    asked = contests_of(ctx.db, told.election.id)
    contest = next(one for one in asked if one.code == told.contest.code)
    versions = [_version(row, told, contest, votes=votes.get(row.id, {})) for row in rows]
    row, roles = told.election, _roles(ctx, told.precinct.id)
    return Return(
        row.public_id,
        row.title,
        stage_of(row.state, moment(ctx), opens=row.opens_at, closes=row.closes_at),
        row.zone,
        told.precinct.code,
        told.precinct.name,
        told.registered,
        contest.code,
        contest.title,
        contest.most,
        contest.options,
        ENTER in roles,
        APPROVE in roles,
        rows[0].version if rows else 0,
        versions,
    )


def _version(row: ReturnRow, told: About, contest: Contest, *, votes: Mapping[str, int]) -> Version:
    return Version(
        row.version,
        row.state,
        row.ballots,
        row.blank,
        row.spoiled,
        row.registered_snapshot,
        [ReturnLine(one.code, one.title, votes.get(one.code, 0)) for one in contest.options],
        [Gapped(*gap) for gap in gaps_of(row, told.contest, votes)],
        row.evidence,
        row.note,
        row.reason,
        row.entered_by,
        row.created_at,
        row.approved_by,
        row.approved_at,
    )


def _line(row: PrecinctRow, parent: str | None, registered: int | None) -> PrecinctLine:
    where = (row.polling_place, row.address, row.lat, row.lon, row.hours)
    return PrecinctLine(row.code, row.code, row.name, parent or "", *where, registered)


def _roles(ctx: Context, precinct_id: int) -> frozenset[str]:
    mine = select(OfficerRow.role).filter_by(precinct_id=precinct_id, account_id=ctx.actor.id)
    return frozenset(ctx.db.scalars(mine)) if ctx.actor.signed_in else frozenset()


def _serves(ctx: Context, code: str) -> bool:
    mine = (OfficerRow.account_id == ctx.actor.id, OfficerRow.precinct_id == PrecinctRow.id)
    asked = select(exists().where(*mine, PrecinctRow.code == code))
    return ctx.actor.signed_in and bool(ctx.db.scalar(asked))


def _duties(ctx: Context, precinct_id: int) -> list[PrecinctDuty]:
    now, newer = moment(ctx), aliased(ReturnRow)
    same = (
        (ReturnRow.election_id == ElectionRow.id)
        & (ReturnRow.precinct_id == precinct_id)
        & (ReturnRow.contest_id == ContestRow.id)
    )
    last = select(newer.id).where(
        newer.election_id == ReturnRow.election_id,
        newer.precinct_id == ReturnRow.precinct_id,
        newer.contest_id == ReturnRow.contest_id,
        newer.version > ReturnRow.version,
    )
    chosen = (
        select(ElectionRow, ContestRow, ReturnRow)
        .join(ElectionPrecinctRow, ElectionPrecinctRow.election_id == ElectionRow.id)
        .join(ContestRow, ContestRow.election_id == ElectionRow.id)
        .outerjoin(ReturnRow, same & ~last.exists())
        .where(
            ElectionPrecinctRow.precinct_id == precinct_id,
            ElectionRow.tier == "paper",
            ElectionRow.state.in_(RUNNING),
        )
        .order_by(ElectionRow.closes_at, ElectionRow.id, ContestRow.position)
    )
    told = partial(_duty, now=now)
    return [told(*row) for row in ctx.db.execute(chosen)]


def _duty(
    row: ElectionRow, contest: ContestRow, last: ReturnRow | None, *, now: datetime
) -> PrecinctDuty:
    stage = stage_of(row.state, now, opens=row.opens_at, closes=row.closes_at)
    how_far = (last.version, last.state, last.reason) if last else (0, "", "")
    return PrecinctDuty(row.public_id, row.title, stage, contest.code, contest.title, *how_far)
