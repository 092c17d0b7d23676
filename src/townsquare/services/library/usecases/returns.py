"""Taking copies back: what their lateness costs, and where they go now."""

from datetime import date, datetime

from sqlalchemy import select, update

from townsquare.blocks import payments
from townsquare.core.db import insert_new
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.lending import ChooseCopy, ReturnCopy
from townsquare.services.library.errors import (
    BeforeLoan,
    NobodyWaits,
    NotYet,
    UnknownBranch,
    WrongState,
)
from townsquare.services.library.events import CopyReturned, HoldReady
from townsquare.services.library.models.catalogue import BranchRow, CopyRow
from townsquare.services.library.models.circulating import (
    CLOSE_LOAN,
    MOVE_COPY,
    NOTE_CHANGE,
    NOTE_LOAN,
    OPEN_LOAN_OF_COPY,
    SHOP,
    UNLOAD,
    Edition,
    OnDesk,
    OpenLoan,
    edition_in_force,
    policy_from,
)
from townsquare.services.library.models.lending import (
    KEPT_HOLDS,
    FineRow,
    HoldRow,
    PatronRow,
)
from townsquare.services.library.models.queueing import NEXT_HOLD, TAKE_QUEUE
from townsquare.services.library.ports import TOWN
from townsquare.services.library.results.lending import Return
from townsquare.services.library.rules.calendar import Calendar, pickup_until
from townsquare.services.library.rules.policy import Fine, Policy, choose, fine_of
from townsquare.services.library.usecases.finding import GONE, take_found
from townsquare.services.library.usecases.knowing import known_copy

NOBODY = 0
FREE = Fine(0, 0, 0, 0, 0)
QUEUED = ("waiting", "suspended")
STAY = ("repair", "withdrawn", "in_process")


@dataclass(frozen=True)
class Way:
    """Where a copy goes: the state, and the reader it waits for."""

    state: str
    ready_until: datetime | None = None
    reader: str = ""


@use_case("library.loan.return")
def return_copy(ctx: Context, wish: ReturnCopy) -> Return:
    """Take a copy back, charge for lateness once, and send it to whoever waits for it.

    A copy that was given up or missed is found by being scanned here.
    """
    TAKE_QUEUE.rows(ctx.db, barcode=wish.barcode)
    copy = known_copy(ctx, wish.barcode)
    edition = edition_in_force(ctx.db, copy.edition)
    branch_id, branch = _branch(ctx, wish.branch) if wish.branch else (copy.branch_id, copy.branch)
    loan = OPEN_LOAN_OF_COPY.first(ctx.db, copy=copy.id)
    at = _came_back(ctx, wish, edition.calendars.get(branch_id, Calendar("UTC")))
    fine = _close(ctx, copy, loan, edition=edition, at=at, branch_id=branch_id) if loan else FREE
    missed, back = copy.state in GONE, 0
    if missed:
        back = take_found(ctx, copy, branch_id=branch_id)
        copy = known_copy(ctx, wish.barcode)
    if wish.damaged and copy.state not in STAY:
        way = _set_aside(ctx, copy, wish, branch_id=branch_id)
    else:
        way = _route(ctx, copy, edition=edition, branch=(branch_id, branch))
    reader = loan.patron if loan else ""
    ctx.emit(CopyReturned(copy.barcode, branch, reader, way.state, fine.charged_minor))
    return Return(
        copy.barcode,
        copy.title,
        already_returned=loan is None and not missed,
        goes_to=way.state,
        branch=branch,
        reader=way.reader,
        charged_minor=fine.charged_minor,
        ready_until=way.ready_until,
        found=missed,
        paid_back_minor=back,
        tried_minor=fine.tried_minor,
    )


@use_case("library.hold.fill", permission="library.hold.manage")
def fill_hold(ctx: Context, wish: ChooseCopy) -> Return:
    """Keep a copy that was fetched from its shelf for the first reader who waits for it."""
    TAKE_QUEUE.rows(ctx.db, barcode=wish.barcode)
    copy = known_copy(ctx, wish.barcode)
    if copy.state != "available":
        raise WrongState(state=copy.state)
    edition = edition_in_force(ctx.db, copy.edition)
    way = _route(ctx, copy, edition=edition, branch=(copy.branch_id, copy.branch))
    if way.state == "available":
        raise NobodyWaits(barcode=copy.barcode)
    return Return(
        copy.barcode,
        copy.title,
        already_returned=False,
        goes_to=way.state,
        branch=copy.branch,
        reader=way.reader,
        charged_minor=0,
        ready_until=way.ready_until,
    )


def _came_back(ctx: Context, wish: ReturnCopy, calendar: Calendar) -> datetime:
    """Return when a copy came back: now, at a moment, or by the closing of a day."""
    at, now = wish.effective_at or ctx.now(), ctx.now()
    if wish.dropped_on and wish.dropped_on < calendar.local(now):
        at = calendar.end_of(wish.dropped_on)
    if at > now or (wish.dropped_on and wish.dropped_on > calendar.local(now)):
        raise NotYet(barcode=wish.barcode)
    return at


def _set_aside(ctx: Context, copy: OnDesk, wish: ReturnCopy, *, branch_id: int) -> Way:
    """Put a damaged copy aside until it is mended; whoever it was kept for waits again."""
    if copy.hold_id:
        hold = ctx.db.get_one(HoldRow, copy.hold_id, with_for_update=True)
        if hold.state in KEPT_HOLDS:
            hold.state, hold.copy_id, hold.ready_until = "waiting", None, None
            hold.version += 1
    _move(ctx, copy, to="repair", branch_id=branch_id)
    ctx.db.execute(
        update(CopyRow)
        .where(CopyRow.id == copy.id)
        .values(condition="damaged", note=wish.note or CopyRow.note)
    )
    return Way("repair")


def _close(
    ctx: Context, copy: OnDesk, loan: OpenLoan, *, edition: Edition, at: datetime, branch_id: int
) -> Fine:
    if at < loan.out_at:
        raise BeforeLoan(barcode=copy.barcode)
    # One statement finds and closes the loan, so that two desks cannot both charge the fine.
    if CLOSE_LOAN.first(ctx.db, loan=loan.id, at=at, branch=branch_id) is None:
        return FREE
    unload(ctx, loan)
    calendar = edition.calendars.get(loan.out_branch_id, Calendar("UTC"))
    fine = fine_of(
        policy_from(loan.policy),
        calendar,
        due=loan.due_at,
        returned=at,
        price_minor=copy.price_minor,
    )
    if fine.charged_minor:
        charge_late(ctx, loan, copy.title, fine=fine, until=at)
    _note(ctx, loan, at=at, charged=fine.charged_minor)
    return fine


def unload(ctx: Context, loan: OpenLoan) -> None:
    """Lower the reader's load, and a limit that was lifted for this loan."""
    UNLOAD.run(ctx.db, patron=loan.patron_id, loan_group=loan.limit_group, less=int(loan.lifted))


def charge_late(ctx: Context, loan: OpenLoan, title: str, *, fine: Fine, until: datetime) -> None:
    """Charge for lateness, once for each period between renewals, and keep how it was counted."""
    charge = payments.raise_charge(
        ctx,
        payments.Shop(SHOP, ctx.engine(TOWN).currency),
        party=loan.person,
        source=f"loan:{loan.public_id}",
        reason="overdue",
        memo=title,
        amount_minor=fine.charged_minor,
        key=f"loan {loan.public_id} overdue {loan.renewals}",
    )
    counted = insert_new(FineRow).values(
        charge=charge.id,
        loan_id=loan.id,
        due_at=loan.due_at,
        until_at=until,
        late_days=fine.late_days,
        counted_days=fine.counted_days,
        rate_minor=fine.rate_minor,
        cap_minor=fine.cap_minor,
    )
    ctx.db.execute(counted)  # Nothing where the same period was charged before.


def reroute(ctx: Context, barcode: str) -> Way:
    """Send a copy that nobody fetched to the next reader, or back on its shelf."""
    TAKE_QUEUE.rows(ctx.db, barcode=barcode)
    copy = known_copy(ctx, barcode)
    edition = edition_in_force(ctx.db, copy.edition)
    return _route(ctx, copy, edition=edition, branch=(copy.branch_id, copy.branch))


def _note(ctx: Context, loan: OpenLoan, *, at: datetime, charged: int) -> None:
    NOTE_LOAN.run(
        ctx.db,
        loan_id=loan.id,
        kind="returned",
        at=ctx.now(),
        effective_at=at,
        by=ctx.actor.name,
        facts={"charged_minor": charged},
    )


def _route(ctx: Context, copy: OnDesk, *, edition: Edition, branch: tuple[int, str]) -> Way:
    """Send a copy to the next reader, to their branch, or back on its shelf."""
    if copy.state in STAY:
        return Way(copy.state)
    branch_id, code = branch
    calendar = edition.calendars.get(branch_id, Calendar("UTC"))
    today = calendar.local(ctx.now())
    hold = _hold_for(ctx, copy, edition, today=today)
    if hold is None:
        _move(ctx, copy, to="available", branch_id=branch_id)
        return Way("available")
    reader = ctx.db.get_one(PatronRow, hold.patron_id)
    if hold.state == "ready" and (copy.branch_id, copy.state) == (branch_id, "hold_shelf"):
        return Way("hold_shelf", hold.ready_until, reader.card)  # Scanned again; the days run on.
    hold.copy_id, hold.version = copy.id, hold.version + 1
    if hold.branch_id != branch_id:
        hold.state, hold.ready_until = "transit", None
        _move(ctx, copy, to="in_transit", branch_id=branch_id)
        return Way("in_transit", None, reader.card)
    policy = policy_of(edition, reader.kind, copy, today=today)
    hold.state, hold.suspended_until = "ready", None
    hold.ready_at = hold.ready_at or ctx.now()
    hold.ready_until = pickup_until(calendar, ctx.now(), policy.pickup_days)
    _move(ctx, copy, to="hold_shelf", branch_id=branch_id)
    until = hold.ready_until.isoformat()
    ctx.emit(HoldReady(hold.public_id, reader.public_id, code, until))
    return Way("hold_shelf", hold.ready_until, reader.card)


def _hold_for(ctx: Context, copy: OnDesk, edition: Edition, *, today: date) -> HoldRow | None:
    """Return whose turn it is: the reader it waits for, or the first who may take it home."""
    if copy.hold_id:
        hold = ctx.db.get_one(HoldRow, copy.hold_id)
        if hold.state in KEPT_HOLDS:
            return hold
    whose = {"document": copy.document_id, "copy": copy.id, "today": today, "but": NOBODY}
    last = 0
    while waiting := NEXT_HOLD.first(ctx.db, **whose, after=last):
        last = waiting.seq
        if policy_of(edition, waiting.kind, copy, today=today).reading_room_only:
            continue
        hold = ctx.db.get_one(HoldRow, waiting.id, populate_existing=True, with_for_update=True)
        if hold.state in QUEUED:  # Not if its reader has just taken another copy.
            return hold
    return None


def policy_of(edition: Edition, kind: str, copy: OnDesk, *, today: date) -> Policy:
    """Return what the rules of today grant a reader of this class with this copy."""
    facts = {
        "class": kind,
        "item_type": copy.item_type,
        "material": copy.material,
        "branch": copy.branch,
    }
    return choose(edition.rules_on(today).rules, facts).rule.policy


def _move(ctx: Context, copy: OnDesk, *, to: str, branch_id: int) -> None:
    stays = copy.state == to and copy.branch_id == branch_id
    if stays and to == "available":
        return
    # A copy that only gets another reader moves as well: a desk that lends it to the last one at
    # this moment has seen another version, or is waited for.
    moved = MOVE_COPY.first(
        ctx.db,
        copy=copy.id,
        seen=copy.version,
        from_state=copy.state,
        to_state=to,
        branch=branch_id,
    )
    if moved is None:
        raise WrongState(state=copy.state)
    if stays:
        return
    NOTE_CHANGE.run(
        ctx.db,
        thing="copy",
        thing_id=copy.id,
        from_state=copy.state,
        to_state=to,
        at=ctx.now(),
        by=ctx.actor.name,
        why="returned",
    )


def _branch(ctx: Context, code: str) -> tuple[int, str]:
    row = ctx.db.scalar(select(BranchRow).where(BranchRow.code == code))
    if row is None:
        raise UnknownBranch(branch=code)
    return row.id, row.code
