"""Closing and counting: papers are written sorted and apart from everybody, once, and counted."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from logging import getLogger
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from townsquare.core.db import lost_a_race, savepoint
from townsquare.core.jobs import enqueue
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.errors import (
    AlreadyCounted,
    StillRunning,
    UnknownElection,
    WeighedOtherwise,
)
from townsquare.services.elections.events import PollCounted
from townsquare.services.elections.models.box import (
    ContentRow,
    CountRow,
    KeyRow,
    ParticipationRow,
    ReceiptRow,
    SlotRow,
)
from townsquare.services.elections.models.elections import (
    ElectionRow,
    RollRow,
)
from townsquare.services.elections.models.reading import locked, moment, numbers_of
from townsquare.services.elections.models.tallying import tallies_of
from townsquare.services.elections.results.voting import Closed
from townsquare.services.elections.rules.slots import slot_of
from tsv1.canonical import write

RUN = "elections.count.run"
WIPE = "elections.wipe-box"  # Asked for with each closing, so that it is not forgotten.
MOST = 20  # Polls that are counted in one go; the next minute goes on.
OVER = ("frozen", "counting")  # Counting is only seen where somebody has said so by SQL.
log = getLogger("townsquare.elections")


class Slot(NamedTuple):
    """What lies in a slot of the box: a vote, its receipt, its first day, and how it counts."""

    name: str
    content: str
    receipt: str
    marked_on: date
    style_id: int | None
    weight: int


@use_case("elections.poll.close-due", permission=RUN)
def close_due(ctx: Context, _wish: Nothing) -> Closed:
    """Close and count each poll whose time is over; one that cannot be holds up no other."""
    due = (
        select(ElectionRow.public_id)
        .where(
            ElectionRow.tier == "poll",
            ElectionRow.state.in_(OVER),
            ElectionRow.closes_at <= moment(ctx),
        )
        .order_by(ElectionRow.closes_at, ElectionRow.id)
    )
    closed = 0
    for public_id in ctx.db.scalars(due).all():
        if closed < MOST:
            closed += _closed_apart(ctx, public_id)
    return Closed(closed)


@use_case("elections.poll.close", permission=RUN)
def close_poll(ctx: Context, wish: Chosen) -> Closed:
    """Close and count a poll whose time is over, without waiting for the clock of the town."""
    row = locked(ctx, wish.id)
    if row.tier != "poll":
        raise UnknownElection
    if row.state in ("closed", "certified"):
        raise AlreadyCounted
    if row.state == "draft" or moment(ctx) < row.closes_at:
        raise StillRunning
    _close(ctx, row)
    return Closed(1)


def _closed_apart(ctx: Context, public_id: str) -> bool:
    """Tell whether this poll was closed; of one that cannot be counted nothing was changed."""
    try:
        with savepoint(ctx.db):
            row = locked(ctx, public_id)
            if row.state not in OVER or moment(ctx) < row.closes_at:
                return False  # Somebody was first, or two people have just put it off.
            _close(ctx, row)
    except Exception as error:  # Whatever is in its box, the other polls have waited long enough.
        if isinstance(error, OperationalError) or (
            isinstance(error, DBAPIError) and lost_a_race(error)
        ):
            raise  # It is the database that is not well, and nothing of all this is kept.
        log.exception("poll not counted", extra={"facts": {"poll": public_id}})
        return False
    return True


def _close(ctx: Context, row: ElectionRow) -> None:
    """Move what is in the slots, as if everybody had tipped their papers onto one table."""
    row.state = "counting"  # Until the commit: only now papers, receipts and counts may go in.
    ctx.db.flush()
    slots = slots_of(ctx.db, row.id)
    receipts = sorted(slot.receipt for slot in slots)
    _insert(ctx, ContentRow, tipped_out(row.id, slots))
    _insert(ctx, ReceiptRow, [{"poll_id": row.id, "receipt": receipt} for receipt in receipts])
    _insert(ctx, ParticipationRow, _taking_part(ctx, row, slots))
    _count(ctx, row)
    row.state, row.version = "closed", row.version + 1
    ctx.db.flush()  # Only of a closed poll slots and key may go.
    ctx.db.execute(delete(SlotRow).where(SlotRow.poll_id == row.id))
    ctx.db.execute(delete(KeyRow).where(KeyRow.poll_id == row.id))
    enqueue(ctx, WIPE, Nothing(), key=row.public_id)
    voters, _voted = numbers_of(ctx.db, row.id)
    ctx.emit(PollCounted(row.public_id, len(receipts), voters))


def slots_of(db: Session, poll: int) -> list[Slot]:
    """Return what everybody has cast last in a poll that is not counted yet."""
    told = (SlotRow.slot_hash, SlotRow.content, SlotRow.receipt, SlotRow.marked_on)
    kept = select(*told, SlotRow.style_id, SlotRow.weight).filter_by(poll_id=poll)
    return [Slot(*one) for one in db.execute(kept)]


def tipped_out(poll: int, slots: Sequence[Slot]) -> list[dict[str, object]]:
    """Return the papers in alphabetical order, those that are alike together by their weight.

    Each question is apart, so that no pattern over several of them tells a ballot again, and no
    line says of which weight or style a vote was.
    """
    ballots, papers = Counter[str](), Counter[str]()
    for slot in slots:
        ballots[slot.content] += slot.weight
    for ballot, weight in ballots.items():  # Ballots that are alike are taken apart once.
        for contest, marked in json.loads(ballot).items():
            papers[write({"contest": contest, "options": marked}).decode()] += weight
    return [
        {"poll_id": poll, "position": place, "content": content, "weight": papers[content]}
        for place, content in enumerate(sorted(papers), 1)
    ]


def _taking_part(ctx: Context, row: ElectionRow, slots: Sequence[Slot]) -> list[dict[str, object]]:
    """Return who has voted, in the order of the roll: until now only the slots could tell.

    Raises WeighedOtherwise where a vote has another weight or style than its voter.
    """
    secret = bytes.fromhex(ctx.db.scalars(select(KeyRow.secret).filter_by(poll_id=row.id)).one())
    cast, found = {slot.name: slot for slot in slots}, list[dict[str, object]]()
    roll = select(RollRow.id, RollRow.public_id, RollRow.style_id, RollRow.weight)
    roll = roll.filter_by(election_id=row.id).order_by(RollRow.id)
    for id_, entry, style, weight in ctx.db.execute(roll):
        slot = cast.get(slot_of(secret, row.public_id, entry))
        if slot is None:
            continue
        if _differs(slot, style, weight):
            raise WeighedOtherwise
        found.append({"roll_entry_id": id_, "marked_on": slot.marked_on})
    return found


def _differs(slot: Slot, style_id: int | None, weight: int) -> bool:
    """Tell whether a vote counts otherwise than the roll says; of two swapped ones no sum tells."""
    return (slot.style_id, slot.weight) != (style_id, weight)


def _count(ctx: Context, row: ElectionRow) -> None:
    """Count each question from what was written down, as anybody can do again."""
    for contest, found in tallies_of(ctx.db, row):
        ctx.db.add(CountRow(contest_id=contest.id, **found._asdict()))
    ctx.db.flush()


def _insert(
    ctx: Context,
    table: type[ContentRow | ReceiptRow | ParticipationRow],
    lines: list[dict[str, object]],
) -> None:
    if lines:
        ctx.db.execute(insert(table), lines)
