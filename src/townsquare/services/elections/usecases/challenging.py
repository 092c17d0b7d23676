"""Whether somebody on a roll may vote: challenges that another person decides, suspensions."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.rolls import ChallengeVoter, DecideChallenge
from townsquare.services.elections.errors import SamePerson, UnknownEntry
from townsquare.services.elections.errors.rolls import ChallengeOpen, UnknownChallenge
from townsquare.services.elections.events.rolls import VoterJudged
from townsquare.services.elections.models.elections import ElectionRow, RollRow, VoterRow
from townsquare.services.elections.models.reading import draft_around
from townsquare.services.elections.models.rolling import SAME_DECIDER, ChallengeRow
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.rules.moments import zoned
from townsquare.services.elections.usecases.rolls import let_go

MANAGE, CHALLENGE, DECIDE = (
    *("elections.roll.manage", "elections.roll.challenge"),
    "elections.roll.decide",
)


@use_case("elections.roll.suspend", permission=MANAGE)
def suspend_voter(ctx: Context, wish: Chosen) -> Drafted:
    """Let somebody of the roll of a draft come onto no roll, until that is taken back."""
    return _set(ctx, wish.id, "suspended")


@use_case("elections.roll.restore", permission=MANAGE)
def restore_voter(ctx: Context, wish: Chosen) -> Drafted:
    """Let somebody vote again who was suspended."""
    return _set(ctx, wish.id, "active")


@use_case("elections.roll.challenge", permission=CHALLENGE)
def challenge_voter(ctx: Context, wish: ChallengeVoter) -> Drafted:
    """Say why somebody on the roll of a draft may not vote; it is not frozen before a decision."""
    row, entry = draft_around(ctx, RollRow, wish.id, missing=UnknownEntry)
    if entry.state == "challenged":
        raise ChallengeOpen
    number = ctx.db.scalars(select(VoterRow.number).filter_by(id=entry.voter_id)).one()
    by = {"filed_by": ctx.actor.name, "filed_by_id": ctx.actor.id}
    facts = {"created_at": ctx.now(), "election_id": row.id, "number": number}
    ctx.db.add(ChallengeRow(**facts, **by, grounds=wish.grounds))
    entry.state, entry.version = "challenged", entry.version + 1
    ctx.db.flush()
    ctx.emit(VoterJudged(row.public_id, "challenged"))
    return Drafted(row.public_id, row.version)


@use_case("elections.roll.decide", permission=DECIDE)
def decide_challenge(ctx: Context, wish: DecideChallenge) -> Drafted:
    """Decide a challenge of somebody else: the voter goes off the roll, or votes as before."""
    row, challenge = draft_around(ctx, ChallengeRow, wish.id, missing=UnknownChallenge)
    if challenge.state != "open":
        raise UnknownChallenge
    challenge.state = "upheld" if wish.uphold else "dismissed"
    challenge.ruling, challenge.version = wish.ruling, challenge.version + 1
    challenge.decided_by, challenge.decided_by_id = ctx.actor.name, ctx.actor.id
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, SAME_DECIDER):
            raise SamePerson from error
        raise
    _apply(ctx, row, challenge)
    ctx.emit(VoterJudged(row.public_id, challenge.state))
    return Drafted(row.public_id, row.version)


def _apply(ctx: Context, row: ElectionRow, challenge: ChallengeRow) -> None:
    chosen = (
        select(RollRow)
        .join(VoterRow, VoterRow.id == RollRow.voter_id)
        .where(RollRow.election_id == row.id, VoterRow.number == challenge.number)
    )
    entry = ctx.db.scalar(chosen)
    if entry is None:
        return  # They have left the town meanwhile.
    if challenge.state == "dismissed":
        entry.state, entry.version = "eligible", entry.version + 1
        ctx.db.flush()
        return
    voter = entry.voter_id
    ctx.db.delete(entry)
    ctx.db.flush()
    let_go(ctx, voter, zoned(ctx.now(), row.zone).date())


def _set(ctx: Context, entry: str, state: str) -> Drafted:
    row, place = draft_around(ctx, RollRow, entry, missing=UnknownEntry)
    voter = ctx.db.scalars(select(VoterRow).filter_by(id=place.voter_id).with_for_update()).one()
    voter.state, voter.version = state, voter.version + 1
    ctx.db.flush()
    ctx.emit(VoterJudged(row.public_id, state))
    return Drafted(row.public_id, row.version)
