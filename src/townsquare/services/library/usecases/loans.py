"""What happens to a loan between lending and return: renewals, recalls, loss and finding."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select, update

from townsquare.blocks import payments
from townsquare.core.db import insert_new
from townsquare.core.errors import DomainError
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.lending import ChooseCopy, ChooseLoan, RenewLoan
from townsquare.services.library.errors import (
    HoldWaiting,
    ReasonMissing,
    Recalled,
    RenewalsSpent,
    TooEarly,
    UnknownLoan,
    WrongState,
)
from townsquare.services.library.events import CopyLost, LoanRecalled, LoanRenewed
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import (
    OPEN_LOAN_OF_COPY,
    SHOP,
    OnDesk,
    OpenLoan,
    current_edition,
    policy_from,
)
from townsquare.services.library.models.lending import LoanEventRow, LoanRow, PatronRow
from townsquare.services.library.models.queueing import NEXT_HOLD, TAKE_QUEUE
from townsquare.services.library.models.tariffs import ChargedTariffRow
from townsquare.services.library.ports import TOWN
from townsquare.services.library.results.lending import Loan, Settled
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import (
    due_by,
    fine_of,
    may_renew_from,
    recalled_due,
)
from townsquare.services.library.rules.tariffs import (
    LOST_PRICE,
    PROCESSING,
    Tariff,
    tariffs_on,
)
from townsquare.services.library.usecases.asking import ask_for_any
from townsquare.services.library.usecases.finding import GONE, move, take_found
from townsquare.services.library.usecases.knowing import known_copy
from townsquare.services.library.usecases.returns import charge_late, reroute, unload


@use_case("library.loan.renew", permission="signed-in")
def renew_my_loan(ctx: Context, wish: ChooseLoan) -> Loan:
    """Keep one's own copy for longer; no rule is overridden for oneself, whatever one may do."""
    return _renew(ctx, RenewLoan(id=wish.id), own=True)


@use_case("library.loan.renew_for", permission="library.loan.create")
def renew_loan(ctx: Context, wish: RenewLoan) -> Loan:
    """Let a reader keep a copy for longer."""
    return _renew(ctx, wish, own=False)


@use_case("library.loan.recall")
def recall_loan(ctx: Context, wish: ChooseLoan) -> Loan:
    """Ask a reader to bring a copy back early; never earlier than is fair."""
    row, patron = _loan(ctx, wish, own=False)
    shorten(ctx, row, patron)
    return _told(ctx, row, patron)


@use_case("library.copy.lose", permission="library.copy.condition")
def declare_lost(ctx: Context, wish: ChooseCopy) -> Settled:
    """Give up a copy on loan: lateness, price and work are charged, each once."""
    copy = _copy(ctx, wish)
    loan = OPEN_LOAN_OF_COPY.first(ctx.db, copy=copy.id)
    if loan is None:
        raise WrongState(state=copy.state)
    _give_up(ctx, loan)
    edition = current_edition(ctx.db)
    calendar = edition.calendars.get(loan.out_branch_id, Calendar("UTC"))
    fine = fine_of(
        policy_from(loan.policy),
        calendar,
        due=loan.due_at,
        returned=ctx.now(),
        price_minor=copy.price_minor,
    )
    if fine.charged_minor:
        charge_late(ctx, loan, copy.title, fine=fine, until=ctx.now())
    costs = tariffs_on(edition.tariffs, calendar.local(ctx.now()))
    charged = fine.charged_minor + _charge_loss(ctx, loan, copy, costs=costs)
    move(ctx, copy, to="lost", why="declared lost", branch_id=copy.branch_id)
    ask_for_any(ctx, copy.id)
    _note(ctx, loan.id, "lost", due_at=loan.due_at)
    ctx.emit(CopyLost(copy.barcode, loan.patron, charged))
    return Settled(loan.public_id, charged, 0)


@use_case("library.copy.find", permission="library.copy.condition")
def declare_found(ctx: Context, wish: ChooseCopy) -> Settled:
    """Take a lost copy back, for whoever waits; its price goes back, the work does not."""
    copy = _copy(ctx, wish)
    if copy.state not in GONE:
        raise WrongState(state=copy.state)
    back = take_found(ctx, copy, branch_id=copy.branch_id)
    reroute(ctx, copy.barcode)
    return Settled(copy.public_id, 0, back)


@use_case("library.copy.mark_missing", permission="library.copy.condition")
def mark_missing(ctx: Context, wish: ChooseCopy) -> Settled:
    """Say that a copy is not on its shelf; whoever waits is no longer promised it."""
    copy = _copy(ctx, wish)
    if copy.state != "available":
        raise WrongState(state=copy.state)
    move(ctx, copy, to="missing", why="not on its shelf", branch_id=copy.branch_id)
    return Settled(copy.public_id, 0, 0)


@use_case("library.copy.mark_damaged", permission="library.copy.condition")
def mark_damaged(ctx: Context, wish: ChooseCopy) -> Settled:
    """Take a copy out of use until it is mended."""
    copy = _copy(ctx, wish)
    if copy.state != "available":
        raise WrongState(state=copy.state)
    move(ctx, copy, to="repair", why="damaged", branch_id=copy.branch_id)
    return Settled(copy.public_id, 0, 0)


@use_case("library.copy.mend", permission="library.copy.condition")
def mark_mended(ctx: Context, wish: ChooseCopy) -> Settled:
    """Put a mended copy back into use, for whoever waits."""
    copy = _copy(ctx, wish)
    if copy.state != "repair":
        raise WrongState(state=copy.state)
    move(ctx, copy, to="available", why="mended", branch_id=copy.branch_id)
    reroute(ctx, copy.barcode)
    return Settled(copy.public_id, 0, 0)


def shorten(ctx: Context, row: LoanRow, patron: PatronRow) -> None:
    """Bring the due moment of a loan forward; a second recall changes nothing."""
    if row.recalled:
        return
    calendar = current_edition(ctx.db).calendars.get(row.out_branch_id, Calendar("UTC"))
    policy = policy_from(row.policy)
    row.due_at = recalled_due(policy, calendar, out_at=row.out_at, due=row.due_at, now=ctx.now())
    row.recalled, row.version = True, row.version + 1
    _note(ctx, row.id, "recalled", due_at=row.due_at)
    ctx.emit(LoanRecalled(row.public_id, patron.public_id, row.due_at.isoformat()))


def _charge_loss(ctx: Context, loan: OpenLoan, copy: OnDesk, *, costs: dict[str, Tariff]) -> int:
    """Charge the price of a copy, the usual one if nobody knows it, and the work; return both."""
    usual, work = costs[LOST_PRICE], costs[PROCESSING]
    price = (copy.price_minor, None) if copy.price_minor else (usual.amount_minor, usual)
    parts = {"lost": price, "processing": (work.amount_minor, work)}
    for reason, (amount, tariff) in parts.items():
        if not amount:  # A tariff of nothing: the library does not ask for it.
            continue
        charge = payments.raise_charge(
            ctx,
            payments.Shop(SHOP, ctx.engine(TOWN).currency),
            party=loan.person,
            source=f"loan:{loan.public_id}",
            reason=reason,
            memo=copy.title,
            amount_minor=amount,
            key=f"loan {loan.public_id} {reason}",
        )
        if tariff:
            counted = {"charge": charge.id, "tariff_id": tariff.id}
            ctx.db.execute(insert_new(ChargedTariffRow).values(counted))
    return sum(amount for amount, _ in parts.values())


def _give_up(ctx: Context, loan: OpenLoan) -> None:
    """Close a loan as lost before anything is charged, if no other desk was faster."""
    closing = (
        update(LoanRow)
        .where(LoanRow.id == loan.id, LoanRow.closed_reason.is_(None))
        .values(closed_reason="lost", version=LoanRow.version + 1)
        .returning(LoanRow.id)
    )
    if ctx.db.scalar(closing) is None:
        raise WrongState(state="on_loan")
    unload(ctx, loan)


def _renew(ctx: Context, wish: RenewLoan, *, own: bool) -> Loan:
    if wish.override:
        ctx.require("library.loan.override")
        if not wish.reason:
            raise ReasonMissing
    row, patron = _loan(ctx, wish, own=own)
    calendar = current_edition(ctx.db).calendars.get(row.out_branch_id, Calendar("UTC"))
    for refusal in _against(ctx, row, calendar):
        if refusal.code != f"library.{wish.override}":
            raise refusal
    _charge_lateness(ctx, row, calendar)
    policy = policy_from(row.policy)
    row.due_at = due_by(policy, calendar, max(row.due_at, ctx.now()))
    row.renewals, row.version = row.renewals + 1, row.version + 1
    _note(ctx, row.id, "renewed", due_at=row.due_at)
    due, why = row.due_at.isoformat(), (wish.override or "", wish.reason)
    ctx.emit(LoanRenewed(row.public_id, patron.public_id, due, *why))
    return _told(ctx, row, patron)


def _against(ctx: Context, row: LoanRow, calendar: Calendar) -> Iterator[DomainError]:
    """Say what speaks against a renewal, the weightiest first."""
    today, policy = calendar.local(ctx.now()), policy_from(row.policy)
    document = select(CopyRow.document_id).where(CopyRow.id == row.copy_id)
    start = may_renew_from(policy, calendar, row.due_at)
    whose = {
        "copy": row.copy_id,
        "after": 0,
        "but": row.patron_id,
    }  # One's own hold is no other reader's.
    if row.recalled:
        yield Recalled()
    elif NEXT_HOLD.first(ctx.db, **whose, document=ctx.db.scalar(document), today=today):
        yield HoldWaiting()
    if row.renewals >= policy.renewals:
        yield RenewalsSpent(renewals=row.renewals)
    if today < start:
        yield TooEarly(from_day=start.isoformat())


def _charge_lateness(ctx: Context, row: LoanRow, calendar: Calendar) -> None:
    if ctx.now() <= row.due_at:
        return
    priced = select(CopyRow.price_minor, DocumentRow.title).join(
        DocumentRow, DocumentRow.id == CopyRow.document_id
    )
    price, title = ctx.db.execute(priced.where(CopyRow.id == row.copy_id)).one()
    policy = policy_from(row.policy)
    fine = fine_of(policy, calendar, due=row.due_at, returned=ctx.now(), price_minor=price)
    loan = OPEN_LOAN_OF_COPY.first(ctx.db, copy=row.copy_id)
    if loan and fine.charged_minor:
        charge_late(ctx, loan, title, fine=fine, until=ctx.now())


def _loan(ctx: Context, wish: ChooseLoan, *, own: bool) -> tuple[LoanRow, PatronRow]:
    chosen = (
        select(LoanRow, PatronRow)
        .join(PatronRow, PatronRow.id == LoanRow.patron_id)
        .where(LoanRow.public_id == wish.id, LoanRow.closed_reason.is_(None))
    )
    if own:  # Somebody else's loan answers like a missing one.
        chosen = chosen.where(PatronRow.person == ctx.actor.person)
    found = ctx.db.execute(chosen.with_for_update(of=LoanRow)).first()
    if found is None:
        raise UnknownLoan
    return found[0], found[1]


def _told(ctx: Context, row: LoanRow, patron: PatronRow) -> Loan:
    told = ctx.db.execute(
        select(CopyRow.barcode, DocumentRow.title, DocumentRow.public_id, BranchRow.zone)
        .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
        .join(BranchRow, BranchRow.id == row.out_branch_id)
        .where(CopyRow.id == row.copy_id)
    ).one()
    lent = (row.public_id, row.version, *told[:3])
    return Loan(*lent, patron.card, row.due_at, row.renewals, told.zone)


def _copy(ctx: Context, wish: ChooseCopy) -> OnDesk:
    TAKE_QUEUE.rows(ctx.db, barcode=wish.barcode)
    return known_copy(ctx, wish.barcode)


def _note(ctx: Context, loan_id: int, kind: str, *, due_at: datetime) -> None:
    now = ctx.now()
    ctx.db.add(
        LoanEventRow(
            loan_id=loan_id,
            kind=kind,
            at=now,
            effective_at=now,
            by=ctx.actor.name,
            facts={"due_at": due_at.isoformat()},
        )
    )
