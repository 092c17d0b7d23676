"""Objections: anybody who is signed in files one, officers rule on it, and both are published."""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.deciding import FileDispute, RuleDispute
from townsquare.services.elections.errors import UnknownElection
from townsquare.services.elections.errors.judging import (
    ManyDisputes,
    NotNow,
    OwnDispute,
    UnknownDispute,
)
from townsquare.services.elections.events import DisputeFiled, DisputeRuled
from townsquare.services.elections.models.deciding import OWN_RULING, DisputeRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.permissions import RULE
from townsquare.services.elections.results.deciding import Filed

MOST_OPEN = 5  # Of one person: each of them keeps an election from being certified.


@use_case("elections.dispute.file", permission="signed-in")
def file_dispute(ctx: Context, wish: FileDispute) -> Filed:
    """Object to how an election went or to its result; no result is certified meanwhile."""
    # Who certifies waits for us and then reads the objection, or we see that they were first.
    chosen = select(ElectionRow).where(ElectionRow.public_id == wish.id).with_for_update(read=True)
    row = ctx.db.scalar(chosen)
    if row is None or row.state == "draft":
        raise UnknownElection
    if row.state == "annulled":
        raise NotNow
    _few(ctx, row)
    dispute = DisputeRow(
        created_at=ctx.now(),
        election_id=row.id,
        kind=wish.kind,
        statement=wish.statement,
        filed_by=ctx.actor.name,
        filed_by_id=ctx.actor.id,
    )
    ctx.db.add(dispute)
    ctx.db.flush()
    ctx.emit(DisputeFiled(row.public_id, wish.kind))
    return Filed(row.public_id, dispute.public_id, dispute.state)


@use_case("elections.dispute.rule", permission=RULE)
def rule_dispute(ctx: Context, wish: RuleDispute) -> Filed:
    """Rule on an objection of somebody else; the ruling is published and stays."""
    chosen = (
        select(DisputeRow, ElectionRow.public_id)
        .join(ElectionRow, ElectionRow.id == DisputeRow.election_id)
        .where(DisputeRow.public_id == wish.id, DisputeRow.state == "open")
        .with_for_update(of=DisputeRow)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownDispute
    dispute, election = found
    dispute.state, dispute.ruling, dispute.ruled_at = "ruled", wish.ruling, ctx.now()
    dispute.ruled_by, dispute.ruled_by_id = ctx.actor.name, ctx.actor.id
    dispute.version += 1
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, OWN_RULING):
            raise OwnDispute from error
        raise
    ctx.emit(DisputeRuled(election, dispute.kind))
    return Filed(election, dispute.public_id, dispute.state)


def _few(ctx: Context, row: ElectionRow) -> None:
    mine = select(func.count(DisputeRow.id)).filter_by(
        election_id=row.id, filed_by_id=ctx.actor.id, state="open"
    )
    many = ctx.db.scalar(mine) or 0
    if many >= MOST_OPEN:
        raise ManyDisputes(many=many)
