"""Places in slots: held while somebody chooses, kept when they have ordered, given back.

A trigger counts them and a CHECK refuses one too many. Whoever closes or makes a claim locks its
slot first, so that two of them never wait for each other.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.delivery import rules
from townsquare.blocks.delivery.errors import ClaimLost, SlotClosed, SlotFull, UnknownSlot
from townsquare.blocks.delivery.events import ClaimKept, ClaimReleased, SlotClaimed
from townsquare.blocks.delivery.models import LIVE, PLACES, ClaimRow, SlotRow
from townsquare.blocks.delivery.results import Claim, Owner
from townsquare.core.db import breaks
from townsquare.core.usecase import Context


def claim_slot(
    ctx: Context, shop: catalogue.Shop, slot: str, *, owner: Owner, until: datetime
) -> Claim:
    """Hold a place in a slot for this owner until a moment; another place of theirs is given back.

    A place that was held until a moment that is over does not stand in the way, whether or not
    anybody has tidied up.
    """
    chosen = _locked(ctx, shop, slot, owner=owner)
    before = _live(ctx, owner)
    if before is not None and before.slot_id == chosen.id:
        return before.told(chosen) if before.state == "kept" else extend_claim(ctx, owner, until)
    label = rules.label_of(chosen.starts_at, shop.zone)
    if chosen.closes_at <= ctx.now():
        raise SlotClosed(slot=label)
    if before is not None:
        release_claim(ctx, owner)
    _expire(ctx, chosen)
    claim = ClaimRow(
        slot_id=chosen.id,
        owner_kind=owner.kind,
        owner_id=owner.id,
        until=until,
        state="held",
        at=ctx.now(),
    )
    ctx.db.add(claim)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, PLACES):
            raise SlotFull(slot=label) from error
        raise
    ctx.emit(SlotClaimed(chosen.public_id, owner.kind, owner.id, until.isoformat()))
    return claim.told(chosen)


def extend_claim(ctx: Context, owner: Owner, until: datetime) -> Claim:
    """Hold the place of this owner until a later moment; refuse where it went to somebody else."""
    claim, slot = _changed(ctx, owner, until=until)
    ctx.emit(SlotClaimed(slot.public_id, owner.kind, owner.id, until.isoformat()))
    return claim.told(slot)


def keep_claim(ctx: Context, owner: Owner) -> Claim:
    """Keep the place of this owner for good; refuse where it went to somebody else.

    Who comes late keeps it all the same as long as nobody else has taken it.
    """
    claim, slot = _changed(ctx, owner, state="kept", until=None)
    ctx.emit(ClaimKept(slot.public_id, owner.kind, owner.id))
    return claim.told(slot)


def release_claim(ctx: Context, owner: Owner) -> None:
    """Give the place of this owner back, held or kept; without one nothing happens."""
    mine = select(ClaimRow.slot_id).where(*_of(owner), ClaimRow.state.in_(LIVE))
    slot = ctx.db.scalar(select(SlotRow).where(SlotRow.id.in_(mine)).with_for_update())
    closing = update(ClaimRow).where(*_of(owner), ClaimRow.state.in_(LIVE))
    closed = ctx.db.scalar(closing.values(state="released").returning(ClaimRow.slot_id))
    if slot is not None and closed is not None:
        ctx.emit(ClaimReleased(slot.public_id, owner.kind, owner.id))


def _locked(ctx: Context, shop: catalogue.Shop, slot: str, *, owner: Owner) -> SlotRow:
    """Return a slot, locked together with the one in which the owner has a place now."""
    mine = select(ClaimRow.slot_id).where(*_of(owner), ClaimRow.state.in_(LIVE))
    wanted = (SlotRow.public_id == slot) & (SlotRow.shop_id == shop.id)
    locking = select(SlotRow).where(wanted | SlotRow.id.in_(mine)).order_by(SlotRow.id)
    fresh = locking.with_for_update().execution_options(populate_existing=True)
    for row in ctx.db.scalars(fresh).all():
        if row.public_id == slot:
            return row
    raise UnknownSlot


def _live(ctx: Context, owner: Owner) -> ClaimRow | None:
    chosen = select(ClaimRow).where(*_of(owner), ClaimRow.state.in_(LIVE))
    return ctx.db.scalar(chosen.execution_options(populate_existing=True))


def _expire(ctx: Context, slot: SlotRow) -> None:
    over = update(ClaimRow).where(
        ClaimRow.slot_id == slot.id, ClaimRow.state == "held", ClaimRow.until <= ctx.now()
    )
    ctx.db.execute(over.values(state="expired"))


def _changed(ctx: Context, owner: Owner, **values: object) -> tuple[ClaimRow, SlotRow]:
    """Change the place that is held for this owner, and return it."""
    changing = update(ClaimRow).where(*_of(owner), ClaimRow.state == "held")
    claim = ctx.db.scalar(
        changing.values(values).returning(ClaimRow).execution_options(populate_existing=True)
    )
    if claim is None:
        raise ClaimLost
    return claim, ctx.db.get_one(SlotRow, claim.slot_id)


def _of(owner: Owner) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ClaimRow.owner_kind == owner.kind, ClaimRow.owner_id == owner.id
