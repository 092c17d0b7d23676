"""The queue: places are taken once, in order, and nobody is overtaken."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks, insert_new
from townsquare.core.errors import StaleVersion
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.lending import (
    ChooseHold,
    Nothing,
    PlaceHold,
    PlaceHoldFor,
    SuspendHold,
)
from townsquare.services.library.errors import (
    HoldExists,
    HoldLimit,
    NotHoldable,
    PastDate,
    UnknownBranch,
    UnknownCopy,
    UnknownDocument,
    UnknownHold,
    UnknownPatron,
    WrongState,
)
from townsquare.services.library.events import HoldEnded, HoldPlaced
from townsquare.services.library.models.cards import no_reader
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import current_edition
from townsquare.services.library.models.lending import (
    HAS_LEFT,
    LIVE_HOLDS,
    ONE_LIVE_HOLD,
    CounterRow,
    HoldRow,
    LoanRow,
    PatronRow,
)
from townsquare.services.library.models.queueing import queue_of
from townsquare.services.library.results.lending import Placed, Settled
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import choose, expected_wait_days
from townsquare.services.library.usecases.knowing import known_copy
from townsquare.services.library.usecases.loans import shorten
from townsquare.services.library.usecases.returns import reroute

QUEUE = "queue"


@use_case("library.hold.place", permission="signed-in")
def place_my_hold(ctx: Context, wish: PlaceHold) -> Placed:
    """Take a place in the queue for oneself."""
    chosen = select(PatronRow).where(PatronRow.person == ctx.actor.person)
    return _place(ctx, wish, ctx.db.scalar(chosen), card="")


@use_case("library.hold.place_for", permission="library.hold.manage")
def place_hold(ctx: Context, wish: PlaceHoldFor) -> Placed:
    """Take a place in the queue for a reader."""
    patron = ctx.db.scalar(select(PatronRow).where(PatronRow.card == wish.card))
    if patron is None:
        raise no_reader(ctx.db, wish.card)
    return _place(ctx, wish, patron, card=wish.card)


@use_case("library.hold.suspend", permission="signed-in")
def suspend_hold(ctx: Context, wish: SuspendHold) -> Settled:
    """Be passed over until a day, keeping the place; without a day, take part again."""
    row = _hold(ctx, wish, own=True)
    if row.state not in {"waiting", "suspended"}:
        raise WrongState(state=row.state)
    if wish.until and wish.until < current_edition(ctx.db).today(ctx.now()):
        raise PastDate(day=wish.until.isoformat())
    row.suspended_until = wish.until
    row.state, row.version = ("suspended" if wish.until else "waiting"), row.version + 1
    return Settled(row.public_id, 0, 0)


@use_case("library.hold.cancel", permission="signed-in")
def cancel_my_hold(ctx: Context, wish: ChooseHold) -> Settled:
    """Leave the queue; a copy that waited goes to the next reader."""
    return _end(ctx, _hold(ctx, wish, own=True), how="cancelled")


@use_case("library.hold.cancel_for", permission="library.hold.manage")
def cancel_hold(ctx: Context, wish: ChooseHold) -> Settled:
    """Take a reader out of the queue; a copy that waited goes to the next reader."""
    return _end(ctx, _hold(ctx, wish, own=False), how="cancelled")


@use_case("library.hold.expire", permission="library.hold.manage")
def expire_holds(ctx: Context, _wish: Nothing) -> Settled:
    """End the holds whose readers have not come; each copy goes to the next reader."""
    over = select(HoldRow).where(HoldRow.state == "ready", HoldRow.ready_until < ctx.now())
    rows = ctx.db.scalars(over.order_by(HoldRow.seq).limit(200)).all()
    ended = 0
    for row in sorted(rows, key=lambda row: (row.document_id, row.seq)):
        ctx.db.execute(queue_of(row.document_id))
        ctx.db.refresh(row, with_for_update=True)
        if row.state == "ready":  # Not if its reader has come while we waited for the row.
            _end(ctx, row, how="expired")
            ended += 1
    return Settled("", ended, 0)


def _place(ctx: Context, wish: PlaceHold, patron: PatronRow | None, *, card: str) -> Placed:
    if patron is None or patron.state == "left":
        raise UnknownPatron(card=card)
    document = ctx.db.scalar(
        select(DocumentRow).filter_by(public_id=wish.document, state="published")
    )
    branch = ctx.db.scalar(select(BranchRow).where(BranchRow.code == wish.branch))
    if document is None:
        raise UnknownDocument
    if branch is None:
        raise UnknownBranch(branch=wish.branch)
    wanted = _wanted(ctx, document, wish.barcode)
    copies, most = _lendable(ctx, document, patron, wanted=wanted)
    if copies == 0:
        raise NotHoldable
    _keep_to_limit(ctx, patron, most)
    row = HoldRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        document_id=document.id,
        patron_id=patron.id,
        branch_id=branch.id,
        wanted_copy_id=wanted,
        seq=_next_place(ctx),
        state="waiting",
        recall=wish.recall,
    )
    _write(ctx, row, card=patron.card)
    if wish.recall:
        _recall_one(ctx, row)
    ctx.emit(HoldPlaced(row.public_id, document.public_id, patron.public_id, branch.code))
    position = _position(ctx, row)
    wait = timedelta(days=expected_wait_days(position, copies))
    today = Calendar(branch.zone).local(ctx.now())
    return Placed(row.public_id, 1, position, today + wait)


def _write(ctx: Context, row: HoldRow, *, card: str) -> None:
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_LIVE_HOLD):
            raise HoldExists from error
        if breaks(error, HAS_LEFT):
            raise UnknownPatron(card=card) from error
        raise


def _wanted(ctx: Context, document: DocumentRow, barcode: str) -> int | None:
    """Return the one copy that is wanted, None for any."""
    if not barcode:
        return None
    copy = known_copy(ctx, barcode)
    if copy.document_id != document.id:
        raise UnknownCopy(barcode=barcode)
    return copy.id


def _lendable(
    ctx: Context, document: DocumentRow, patron: PatronRow, *, wanted: int | None
) -> tuple[int, int]:
    """Return how many copies this reader could take home, and how many holds are allowed."""
    gone = ("withdrawn", "lost", "missing")
    counted = (
        select(CopyRow.item_type, BranchRow.code, func.count(CopyRow.id))
        .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
        .where(CopyRow.document_id == document.id, CopyRow.state.not_in(gone))
        .group_by(CopyRow.item_type, BranchRow.code)
    )
    if wanted:
        counted = counted.where(CopyRow.id == wanted)
    edition, found, most = current_edition(ctx.db), 0, 0
    rules = edition.rules_on(edition.today(ctx.now())).rules
    for item_type, branch, number in ctx.db.execute(counted):
        facts = {"class": patron.kind, "item_type": item_type, "branch": branch}
        policy = choose(rules, {**facts, "material": document.material}).rule.policy
        if not policy.reading_room_only:
            found, most = found + number, max(most, policy.hold_limit)
    return found, most


def _keep_to_limit(ctx: Context, patron: PatronRow, most: int) -> None:
    """Refuse one hold too many; the card is held, so that two at once are counted one by one."""
    mine = select(PatronRow.id).where(PatronRow.id == patron.id)
    ctx.db.execute(mine.with_for_update(key_share=True))
    live = select(func.count(HoldRow.id)).where(
        HoldRow.patron_id == patron.id, HoldRow.state.in_(LIVE_HOLDS)
    )
    if (ctx.db.scalar(live) or 0) >= most:
        raise HoldLimit(limit=most)


def _next_place(ctx: Context) -> int:
    ctx.db.execute(insert_new(CounterRow).values(name=QUEUE, value=0))
    taking = (
        update(CounterRow)
        .where(CounterRow.name == QUEUE)
        .values(value=CounterRow.value + 1)
        .returning(CounterRow.value)
    )
    return ctx.db.execute(taking).scalar_one()


def _position(ctx: Context, row: HoldRow) -> int:
    before = select(func.count(HoldRow.id)).where(
        HoldRow.document_id == row.document_id,
        HoldRow.state.in_(("waiting", "suspended")),
        HoldRow.seq <= row.seq,
    )
    return ctx.db.scalar(before) or 1


def _recall_one(ctx: Context, hold: HoldRow) -> None:
    """Recall the loan that is due last among those nobody has recalled yet."""
    ctx.db.execute(queue_of(hold.document_id))  # Two who ask at once ask two readers.
    chosen = (
        select(LoanRow, PatronRow)
        .join(PatronRow, PatronRow.id == LoanRow.patron_id)
        .join(CopyRow, CopyRow.id == LoanRow.copy_id)
        .where(
            CopyRow.document_id == hold.document_id,
            LoanRow.closed_reason.is_(None),
            LoanRow.recalled.is_(False),
        )
        .order_by(LoanRow.due_at.desc(), LoanRow.id)
        .limit(1)
    )
    if hold.wanted_copy_id:
        chosen = chosen.where(LoanRow.copy_id == hold.wanted_copy_id)
    found = ctx.db.execute(chosen.with_for_update(of=LoanRow)).first()
    if found:
        shorten(ctx, found[0], found[1])


def _hold(ctx: Context, wish: ChooseHold, *, own: bool) -> HoldRow:
    document = select(HoldRow.document_id).where(HoldRow.public_id == wish.id)
    ctx.db.execute(queue_of(document.scalar_subquery()))
    chosen = select(HoldRow).where(HoldRow.public_id == wish.id)
    if own:  # Somebody else's hold answers like a missing one.
        mine = select(PatronRow.id).where(PatronRow.person == ctx.actor.person)
        chosen = chosen.where(HoldRow.patron_id.in_(mine))
    # A desk that lends the copy to its reader meanwhile takes the row as well; one waits.
    row = ctx.db.scalar(chosen.with_for_update())
    if row is None:
        raise UnknownHold
    if wish.version not in {None, row.version}:
        raise StaleVersion
    return row


def _end(ctx: Context, row: HoldRow, *, how: str) -> Settled:
    if row.state not in LIVE_HOLDS:
        raise WrongState(state=row.state)
    copy_id, row.copy_id = row.copy_id, None
    row.state, row.version = how, row.version + 1
    patron = ctx.db.get_one(PatronRow, row.patron_id)
    ctx.db.flush()
    ctx.emit(HoldEnded(row.public_id, patron.public_id, how))
    if copy_id:
        reroute(ctx, ctx.db.get_one(CopyRow, copy_id).barcode)
    return Settled(row.public_id, 0, 0)
