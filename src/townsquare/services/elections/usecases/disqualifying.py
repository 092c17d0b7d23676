"""Disqualifications: two people strike a candidate out of a frozen election.

The name stays printed. A poll and a paper election are counted without it. The board of an
encrypted election proves all sums, and the town tells beside them who is elected without it.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import ProposeDisqualification
from townsquare.services.elections.errors import SamePerson
from townsquare.services.elections.errors.judging import NotNow, PeopleDecide, UnknownDecision
from townsquare.services.elections.errors.nominations import (
    AlreadyDecided,
    StrikeOpen,
    UnknownCandidate,
)
from townsquare.services.elections.events.nominations import (
    CandidacyDecided,
    DisqualificationProposed,
    DisqualificationWithdrawn,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.nominations import ACCEPTED, DISQUALIFIED, CandidateRow
from townsquare.services.elections.models.reading import locked, moment, stage_at
from townsquare.services.elections.models.striking import (
    ONE_STRIKE,
    TWO_STRIKE,
    DisqualificationRow,
    can_be_struck,
)
from townsquare.services.elections.models.totals import tell_live
from townsquare.services.elections.permissions import STRIKE
from townsquare.services.elections.results.deciding import Decided
from townsquare.services.elections.usecases.deciding import in_person

KIND = "disqualify"


@use_case("elections.disqualification.propose", permission=STRIKE)
def propose_disqualification(ctx: Context, wish: ProposeDisqualification) -> Decided:
    """Propose that a candidate of a frozen election cannot win, with a reason for everybody."""
    row = locked(ctx, wish.id)
    in_person(ctx)
    chosen = select(CandidateRow).filter_by(public_id=wish.candidate, election_id=row.id)
    candidate = ctx.db.scalar(chosen)
    if candidate is None:
        raise UnknownCandidate
    _may(ctx, row, candidate)
    strike = DisqualificationRow(
        created_at=ctx.now(),
        election_id=row.id,
        candidate_id=candidate.id,
        reason=wish.reason,
        proposed_by=ctx.actor.name,
        proposed_by_id=ctx.actor.id,
    )
    ctx.db.add(strike)
    _write(ctx)
    ctx.emit(DisqualificationProposed(row.public_id, candidate.code))
    return _told(ctx, row, strike)


@use_case("elections.disqualification.confirm", permission=STRIKE)
def confirm_disqualification(ctx: Context, wish: Chosen) -> Decided:
    """Confirm what somebody else has proposed: the candidate stays printed and cannot win."""
    in_person(ctx)
    row, strike, candidate = _open(ctx, wish.id)
    _may(ctx, row, candidate)
    strike.confirmed_by, strike.confirmed_by_id = ctx.actor.name, ctx.actor.id
    strike.confirmed_at, strike.version = ctx.now(), strike.version + 1
    _write(ctx)  # Before the candidate, whom only two people disqualify.
    candidate.state, candidate.reason = DISQUALIFIED, strike.reason
    candidate.decided_by, candidate.decided_by_id = ctx.actor.name, ctx.actor.id
    candidate.version += 1
    _write(ctx)
    ctx.emit(CandidacyDecided(row.public_id, candidate.code, DISQUALIFIED))
    decided = _told(ctx, row, strike)
    if row.tier == "paper" and decided.stage == "counting":
        tell_live(ctx, row)
    return decided


@use_case("elections.disqualification.withdraw", permission=STRIKE)
def withdraw_disqualification(ctx: Context, wish: Chosen) -> Decided:
    """Take back that somebody would disqualify a candidate, whoever proposed it."""
    row, strike, candidate = _open(ctx, wish.id)
    gone = _told(ctx, row, strike)
    ctx.db.delete(strike)
    ctx.db.flush()
    ctx.emit(DisqualificationWithdrawn(row.public_id, candidate.code))
    return gone


def _may(ctx: Context, row: ElectionRow, candidate: CandidateRow) -> None:
    """Refuse what does not fit the election as it is now, and what somebody does to themselves."""
    if not can_be_struck(ctx.db, row):
        raise NotNow
    if ctx.actor.person and candidate.person == ctx.actor.person:
        raise SamePerson
    if candidate.state != ACCEPTED:
        raise AlreadyDecided(state=candidate.state)


def _open(ctx: Context, public_id: str) -> tuple[ElectionRow, DisqualificationRow, CandidateRow]:
    """Return a proposal that nobody has confirmed, its election, ours, and the candidate."""
    two = DisqualificationRow
    named = select(ElectionRow.public_id).join(two, two.election_id == ElectionRow.id)
    election = ctx.db.scalar(named.where(two.public_id == public_id))
    if election is None:
        raise UnknownDecision
    row = locked(ctx, election)
    strike = ctx.db.scalar(select(two).filter_by(public_id=public_id, confirmed_by_id=None))
    if strike is None:
        raise UnknownDecision
    return row, strike, ctx.db.get_one(CandidateRow, strike.candidate_id)


def _told(ctx: Context, row: ElectionRow, strike: DisqualificationRow) -> Decided:
    return Decided(row.public_id, strike.public_id, KIND, stage_at(row, moment(ctx)))


def _write(ctx: Context) -> None:
    """Send changes to the database, and say in our words what it refuses."""
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, TWO_STRIKE):
            raise (SamePerson if ctx.actor.id > 0 else PeopleDecide) from error
        if breaks(error, ONE_STRIKE):
            raise StrikeOpen from error
        raise
