"""Interruptions: two people suspend, resume, extend or close an election that is open."""

from datetime import datetime

from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.deciding import ProposeInterruption
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.errors.judging import (
    ClosingInvalid,
    NotNow,
)
from townsquare.services.elections.models.deciding import INTERRUPTIONS, DecisionRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import locked, moment, stage_at
from townsquare.services.elections.permissions import INTERRUPT
from townsquare.services.elections.results.deciding import Decided
from townsquare.services.elections.rules.deciding import FITS
from townsquare.services.elections.rules.moments import moment_in
from townsquare.services.elections.usecases.deciding import (
    announce,
    confirm,
    in_person,
    open_decision,
    propose,
    withdraw,
)

YEARS = range(2000, 2201)
LATER = translatable("The new closing must be later than the one that stands.")
NO_MOMENT = translatable("Enter a moment that the clock of the election shows once.")
NO_CLOSING = translatable("A new closing is only for extending; leave it empty.")


@use_case("elections.interruption.propose", permission=INTERRUPT)
def propose_interruption(ctx: Context, wish: ProposeInterruption) -> Decided:
    """Propose to suspend, resume, extend or close an election, with a reason for everybody."""
    row = locked(ctx, wish.id)
    _fits(ctx, row, wish.kind)
    until = _until(row, wish)
    return propose(ctx, row, wish.kind, reason=wish.reason, until=until)


@use_case("elections.interruption.confirm", permission=INTERRUPT)
def confirm_interruption(ctx: Context, wish: Chosen) -> Decided:
    """Confirm what somebody else has proposed; it is in force at once."""
    in_person(ctx)
    row, decision = open_decision(ctx, wish.id, INTERRUPTIONS)
    now = _fits(ctx, row, decision.kind)
    if decision.kind == "close":
        decision.until = now
    _enter(ctx, row, decision, at=decision.until or now)
    confirm(ctx, decision)
    _apply(row, decision)
    return announce(ctx, row, decision)


@use_case("elections.interruption.withdraw", permission=INTERRUPT)
def withdraw_interruption(ctx: Context, wish: Chosen) -> Decided:
    """Take back what somebody has proposed."""
    return withdraw(ctx, wish.id, INTERRUPTIONS)


def _fits(ctx: Context, row: ElectionRow, kind: str) -> datetime:
    """Return the moment, once the election is ours; refuse what does not fit its stage then."""
    now = moment(ctx)
    if stage_at(row, now) not in FITS[kind] or (kind == "close" and now == row.opens_at):
        raise NotNow  # What closes as it opens was never open.
    return now


def _until(row: ElectionRow, wish: ProposeInterruption) -> datetime | None:
    if wish.kind != "extend":
        if wish.closes is not None:
            raise ClosingInvalid(fields={"closes": NO_CLOSING})
        return None
    told = wish.closes
    until = moment_in(row.zone, told) if told and told.year in YEARS else None
    if until is None:
        raise ClosingInvalid(fields={"closes": NO_MOMENT})
    if until <= row.closes_at:
        raise ClosingInvalid(fields={"closes": LATER})
    return until


def _apply(row: ElectionRow, decision: DecisionRow) -> None:
    if decision.until is not None:
        row.planned_closes_at = row.planned_closes_at or row.closes_at
        row.closes_at = decision.until
    else:
        row.suspended = decision.kind == "suspend"


def _enter(ctx: Context, row: ElectionRow, decision: DecisionRow, *, at: datetime) -> None:
    """Put an interruption on the board of an encrypted election; an early closing enters itself.

    `at` is the new closing of an extension, else the moment by the clock that opens and closes.
    """
    if row.tier != "encrypted" or decision.kind == "close":
        return
    # The protocol is for few elections, and not in the memory of every process.
    from townsquare.services.elections.models.appending import (  # noqa: PLC0415 (as said above)
        append,
        open_by_clock,
        written,
    )

    open_by_clock(ctx, row)
    append(ctx, row, decision.kind, body={"at": written(at), "reason": decision.reason})
