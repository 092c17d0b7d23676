"""Whole precincts of a roll: one person moves their voters, two take them off."""

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.core.usecase import Context, query, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.rolls import (
    ConfirmRemoval,
    MoveVoters,
    OfRollPrecinct,
)
from townsquare.services.elections.errors import Frozen, SamePerson
from townsquare.services.elections.errors.rolls import (
    ChallengeOpen,
    NobodyThere,
    RemovalExists,
    UnknownRemoval,
)
from townsquare.services.elections.events import RollChanged
from townsquare.services.elections.events.rolls import RemovalProposed, VotersMoved
from townsquare.services.elections.models.elections import RollRow, VoterRow
from townsquare.services.elections.models.reading import draft, draft_around, election_of
from townsquare.services.elections.models.rolling import ONE_REMOVAL, SAME_REMOVER, RemovalRow
from townsquare.services.elections.models.styles import follow_precinct
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.results.rolls import Moved

MANAGE, DECIDE = "elections.roll.manage", "elections.roll.decide"
SAME = translatable("Choose another precinct than the one they are in.")


@query("elections.roll.preview-move", permission=MANAGE)
def preview_move(ctx: Context, wish: MoveVoters) -> Moved:
    """Return how many voters of a draft a move concerns; nothing is changed."""
    row = election_of(ctx, wish.id)
    if row.state != "draft":
        raise Frozen
    return Moved(_many(ctx, row.id, wish.precinct), _many(ctx, row.id, wish.to))


@use_case("elections.roll.move-precinct", permission=MANAGE)
def move_precinct_voters(ctx: Context, wish: MoveVoters) -> Moved:
    """Move all voters of a precinct of a draft to another one, in the same few statements.

    Who has no style of their own has that of the other precinct from then on. A roll that is frozen
    keeps the precinct in which they lived then.
    """
    if wish.precinct == wish.to:
        raise Invalid(fields={"to": SAME})
    row = draft(ctx, wish.id)
    there = _many(ctx, row.id, wish.to)
    mine = (RollRow.election_id == row.id) & (RollRow.precinct == wish.precinct)
    voters = update(VoterRow).where(VoterRow.id.in_(select(RollRow.voter_id).where(mine)))
    unread = {"synchronize_session": False}
    again = VoterRow.version + 1
    ctx.db.execute(voters.values(precinct=wish.to, version=again), execution_options=unread)
    told = {"precinct": wish.to, "version": RollRow.version + 1}
    moved = update(RollRow).where(mine).values(told).returning(RollRow.id)
    many = len(ctx.db.execute(moved, execution_options=unread).all())
    if not many:
        raise NobodyThere(precinct=wish.precinct)
    follow_precinct(ctx.db, row.id, wish.to)
    ctx.emit(VotersMoved(row.public_id, wish.precinct, wish.to, many))
    return Moved(many, there)


@use_case("elections.roll.propose-removal", permission=MANAGE)
def remove_precinct_voters(ctx: Context, wish: OfRollPrecinct) -> Moved:
    """Propose that all voters of a precinct go off a draft; somebody else has to confirm it."""
    row = draft(ctx, wish.id)
    many = _many(ctx, row.id, wish.precinct)
    if not many:
        raise NobodyThere(precinct=wish.precinct)
    by = {"proposed_by": ctx.actor.name, "proposed_by_id": ctx.actor.id}
    facts = {"created_at": ctx.now(), "election_id": row.id, "precinct": wish.precinct}
    ctx.db.add(RemovalRow(**facts, **by))
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_REMOVAL):
            raise RemovalExists from error
        raise
    ctx.emit(RemovalProposed(row.public_id, wish.precinct, "proposed"))
    return Moved(many, 0)


@use_case("elections.roll.withdraw-removal", permission=MANAGE)
def withdraw_removal(ctx: Context, wish: Chosen) -> Drafted:
    """Take back that the voters of a precinct go off the roll."""
    row, removal = draft_around(ctx, RemovalRow, wish.id, missing=UnknownRemoval)
    if removal.confirmed_by_id is not None:
        raise UnknownRemoval
    ctx.db.delete(removal)
    ctx.db.flush()
    ctx.emit(RemovalProposed(row.public_id, removal.precinct, "withdrawn"))
    return Drafted(row.public_id, row.version)


@use_case("elections.roll.confirm-removal", permission=DECIDE)
def confirm_removal(ctx: Context, wish: ConfirmRemoval) -> Drafted:
    """Take the voters of a precinct off the roll, as somebody else proposed and as many as read.

    Their numbers stay theirs. StaleVersion: others are in the precinct by now.
    """
    row, removal = draft_around(ctx, RemovalRow, wish.id, missing=UnknownRemoval)
    if removal.confirmed_by_id is not None:
        raise UnknownRemoval
    removal.confirmed_by, removal.confirmed_by_id = ctx.actor.name, ctx.actor.id
    removal.version += 1
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, SAME_REMOVER):
            raise SamePerson from error
        raise
    if _many(ctx, row.id, removal.precinct) != wish.many:
        raise StaleVersion
    mine = (RollRow.election_id == row.id) & (RollRow.precinct == removal.precinct)
    challenged = select(RollRow.id).where(mine, RollRow.state == "challenged").limit(1)
    if ctx.db.scalar(challenged) is not None:
        raise ChallengeOpen
    ctx.db.execute(delete(RollRow).where(mine), execution_options={"synchronize_session": False})
    ctx.emit(RollChanged(row.public_id, 0, wish.many))
    return Drafted(row.public_id, row.version)


def _many(ctx: Context, election: int, precinct: str) -> int:
    chosen = select(func.count(RollRow.id)).filter_by(election_id=election, precinct=precinct)
    return ctx.db.scalar(chosen) or 0
