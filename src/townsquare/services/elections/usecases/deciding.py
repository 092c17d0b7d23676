"""Decisions of two people about a frozen election: one proposes, another one confirms.

What they decide is in force with the confirmation. The database asks for the same two people.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Conflict
from townsquare.core.jobs import enqueue
from townsquare.core.usecase import Context
from townsquare.services.elections.commands.fields import Nothing
from townsquare.services.elections.errors import SamePerson
from townsquare.services.elections.errors.judging import (
    AppealsOpen,
    DecisionOpen,
    NotNow,
    PeopleDecide,
    RolesNotSeparate,
    UnknownDecision,
    VerifiersDisagree,
)
from townsquare.services.elections.events import (
    DecisionConfirmed,
    DecisionProposed,
    DecisionWithdrawn,
)
from townsquare.services.elections.models.box import KeyRow, SlotRow
from townsquare.services.elections.models.deciding import ONE_OPEN, TWO_DECIDE, DecisionRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import locked, moment, stage_at
from townsquare.services.elections.results.deciding import Decided
from townsquare.services.elections.usecases.counting import WIPE

# What the database says, and how people are told.
SAID: tuple[tuple[str, type[Conflict]], ...] = (
    ("elections_roles", RolesNotSeparate),
    ("elections_disputed", AppealsOpen),
    ("elections_disagree", VerifiersDisagree),
    ("elections_undecided", NotNow),
)


def propose(
    ctx: Context, row: ElectionRow, kind: str, *, reason: str, until: datetime | None = None
) -> Decided:
    """Write down a proposal about an election that is ours; one at a time waits for its second."""
    in_person(ctx)
    decision = DecisionRow(
        created_at=ctx.now(),
        election_id=row.id,
        kind=kind,
        reason=reason,
        until=until,
        proposed_by=ctx.actor.name,
        proposed_by_id=ctx.actor.id,
    )
    ctx.db.add(decision)
    write(ctx)
    ctx.emit(DecisionProposed(row.public_id, kind))
    return told(ctx, row, decision)


def open_decision(
    ctx: Context, public_id: str, kinds: tuple[str, ...]
) -> tuple[ElectionRow, DecisionRow]:
    """Return a proposal of one of these kinds that nobody has confirmed, and its election, ours."""
    whose = (
        select(ElectionRow.public_id)
        .join(DecisionRow, DecisionRow.election_id == ElectionRow.id)
        .where(DecisionRow.public_id == public_id)
    )
    election = ctx.db.scalar(whose)
    if election is None:
        raise UnknownDecision
    row = locked(ctx, election)  # Then again: somebody may just have confirmed it.
    chosen = select(DecisionRow).where(
        DecisionRow.public_id == public_id,
        DecisionRow.kind.in_(kinds),
        DecisionRow.confirmed_by_id.is_(None),
    )
    decision = ctx.db.scalar(chosen)
    if decision is None:
        raise UnknownDecision
    return row, decision


def confirm(ctx: Context, decision: DecisionRow) -> None:
    """Write down that a second person agrees; what was decided may change from here on."""
    decision.confirmed_by, decision.confirmed_by_id = ctx.actor.name, ctx.actor.id
    decision.confirmed_at = ctx.now()
    decision.version += 1
    write(ctx)


def announce(ctx: Context, row: ElectionRow, decision: DecisionRow) -> Decided:
    """Keep what a decision has changed, and tell of it."""
    row.version += 1
    write(ctx)
    ctx.emit(DecisionConfirmed(row.public_id, decision.kind, decision.reason))
    return told(ctx, row, decision)


def withdraw(ctx: Context, public_id: str, kinds: tuple[str, ...]) -> Decided:
    """Take a proposal back, whoever made it."""
    row, decision = open_decision(ctx, public_id, kinds)
    gone = told(ctx, row, decision)
    ctx.db.delete(decision)
    ctx.db.flush()
    ctx.emit(DecisionWithdrawn(row.public_id, decision.kind))
    return gone


def empty_box(ctx: Context, row: ElectionRow) -> None:
    """Let the votes and the key of an annulled poll go unread, out of the files as well."""
    ctx.db.execute(delete(SlotRow).where(SlotRow.poll_id == row.id))
    ctx.db.execute(delete(KeyRow).where(KeyRow.poll_id == row.id))
    enqueue(ctx, WIPE, Nothing(), key=row.public_id)


def told(ctx: Context, row: ElectionRow, decision: DecisionRow) -> Decided:
    """Return what came of a wish about a decision."""
    return Decided(row.public_id, decision.public_id, decision.kind, stage_at(row, moment(ctx)))


def in_person(ctx: Context) -> None:
    """Refuse a token, whoever it acts for, and a browser that may have been left open."""
    if ctx.actor.scope is not None:
        raise PeopleDecide
    ctx.require_confirmation()


def write(ctx: Context) -> None:
    """Send changes to the database, and say in our words what it refuses."""
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, TWO_DECIDE):
            raise (SamePerson if ctx.actor.id > 0 else PeopleDecide) from error
        if breaks(error, ONE_OPEN):
            raise DecisionOpen from error
        refusal = next((ours for said, ours in SAID if said in str(error.orig)), None)
        if refusal is None:
            raise
        raise refusal from error
