"""Telling readers what they should know of their loans, holds and payments, each thing once.

The database refuses the second notice of one kind, subject and due date, so every look may be
repeated at any time; a look that was missed is made up for by the next one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from townsquare.blocks import payments, people
from townsquare.core.frozen import dataclass
from townsquare.core.jobs import enqueue
from townsquare.core.notifications import notify
from townsquare.core.notifications.telling import ADDRESS
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.notices import (
    LookAtLoans,
    TellOfHold,
    TellOfLoan,
    TellOfPayment,
    TellOfReceipt,
)
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import SHOP, current_edition
from townsquare.services.library.models.lending import HoldRow, LoanRow, PatronRow
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.quiet import after_quiet

SEND = "library.notice.send"
DUE_SOON, OVERDUE = "library.due-soon", "library.overdue"
SOON = timedelta(days=3)
REMINDERS = (1, 7, 14)  # Days after the due day.
A_DAY = timedelta(days=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
MINE = "/library/me"
PERSON, PAYMENT, RECEIPT = people.PERSON, payments.PAYMENT, payments.RECEIPT


@dataclass(frozen=True)
class Out:
    """A loan that is out, and whom to tell of it."""

    key: int
    loan: str
    branch: int
    due_at: datetime
    title: str
    person: str
    email: str


_OUT = (
    select(
        LoanRow.id.label("key"),
        LoanRow.public_id.label("loan"),
        LoanRow.out_branch_id.label("branch"),
        LoanRow.due_at,
        DocumentRow.title,
        PatronRow.person,
        PERSON.email,
    )
    .join(CopyRow, CopyRow.id == LoanRow.copy_id)
    .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .join(PatronRow, PatronRow.id == LoanRow.patron_id)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .where(LoanRow.closed_reason.is_(None))
)
NEXT_DUE = Prepared(
    _OUT.where(
        LoanRow.due_at >= bindparam("since"),
        LoanRow.due_at < bindparam("until"),
        LoanRow.id > bindparam("after"),
    )
    .order_by(LoanRow.id)
    .limit(bindparam("most")),
    Out,
)
ONE_OUT = Prepared(_OUT.where(LoanRow.public_id == bindparam("loan")), Out)


@use_case("library.notice.due-soon", permission=SEND)
def tell_due_soon(ctx: Context, wish: LookAtLoans) -> int:
    """Remind the readers of the next loans that are due within three days; return how many."""
    now = ctx.now()
    found = NEXT_DUE.rows(ctx.db, since=now, until=now + SOON + A_DAY, **_part(wish))
    _go_on(ctx, wish, job=DUE_SOON, seen=found)
    places = current_edition(ctx.db).calendars
    soon = [out for out in found if _days_late(places, out, now) >= -SOON.days]
    return sum(_tell_of_loan(ctx, places, out, kind="due-soon") for out in soon)


@use_case("library.notice.overdue", permission=SEND)
def tell_overdue(ctx: Context, wish: LookAtLoans) -> int:
    """Remind the readers of the next late loans after a day, a week, two weeks; return how many."""
    now = ctx.now()
    found = NEXT_DUE.rows(ctx.db, since=EVER, until=now, **_part(wish))
    _go_on(ctx, wish, job=OVERDUE, seen=found)
    places = current_edition(ctx.db).calendars
    told = 0
    for out in found:
        late = _days_late(places, out, now)
        if passed := [days for days in REMINDERS if days <= late]:
            told += _tell_of_loan(ctx, places, out, kind="overdue", step=f" {passed[-1]}")
    return told


@use_case("library.notice.recalled", permission=SEND)
def tell_recalled(ctx: Context, wish: TellOfLoan) -> int:
    """Ask a reader to bring a copy back on its new due date; return how many were told."""
    out = ONE_OUT.first(ctx.db, loan=wish.loan)
    if out is None:
        return 0
    return _tell_of_loan(ctx, current_edition(ctx.db).calendars, out, kind="recalled")


@use_case("library.notice.hold", permission=SEND)
def tell_of_hold(ctx: Context, wish: TellOfHold) -> int:
    """Tell a reader that a hold is ready, or that nobody came; return how many were told."""
    found = ctx.db.execute(
        select(HoldRow, DocumentRow.title, BranchRow.name, PatronRow.person, PERSON.email)
        .join(DocumentRow, DocumentRow.id == HoldRow.document_id)
        .join(BranchRow, BranchRow.id == HoldRow.branch_id)
        .join(PatronRow, PatronRow.id == HoldRow.patron_id)
        .join(PERSON, PERSON.public_id == PatronRow.person)
        .where(HoldRow.public_id == wish.hold, HoldRow.state.in_(("ready", "expired")))
    ).first()
    if found is None:  # It was fetched or given up before anybody could be told.
        return 0
    hold, title, branch, person, email = found
    calendar = _calendar(current_edition(ctx.db).calendars, hold.branch_id)
    until = calendar.local(hold.ready_until).isoformat() if hold.ready_until else ""
    return _tell(
        ctx,
        person,
        email,
        kind=f"hold-{hold.state}",
        subject=hold.public_id,
        key=until,
        facts={"title": title, "branch": branch, "until": until},
    )


@use_case("library.notice.receipt", permission=SEND)
def send_receipt(ctx: Context, wish: TellOfPayment) -> int:
    """Send the receipt of a payment to whoever paid; return how many were told."""
    found = ctx.db.execute(
        select(PAYMENT, PERSON.email)
        .join(PERSON, PERSON.public_id == PAYMENT.party)
        .where(PAYMENT.public_id == wish.payment, PAYMENT.shop == SHOP)
    ).first()
    if found is None:  # It belongs to another shop.
        return 0
    payment, email = found[0].told(), found[1]
    facts = {
        "number": payment.number,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "method": payment.method,
    }
    return _tell(ctx, payment.party, email, kind="receipt", subject=payment.id, facts=facts)


@use_case("library.notice.refund", permission=SEND)
def send_refund(ctx: Context, wish: TellOfReceipt) -> int:
    """Send the receipt of what was paid back to whom it was paid; return how many were told."""
    found = ctx.db.execute(
        select(RECEIPT, PERSON.email)
        .join(PERSON, PERSON.public_id == RECEIPT.party)
        .where(RECEIPT.public_id == wish.receipt, RECEIPT.shop == SHOP)
    ).first()
    if found is None:  # It belongs to another shop.
        return 0
    told, email = found[0].told(), found[1]
    facts = {
        name: getattr(told, name)
        for name in ("number", "amount_minor", "currency", "method", "refers_to", "reason")
    }
    return _tell(ctx, told.party, email, kind="refund", subject=told.id, facts=facts)


def _part(wish: LookAtLoans) -> dict[str, int]:
    return {"after": wish.after, "most": wish.limit}


def _go_on(ctx: Context, wish: LookAtLoans, *, job: str, seen: list[Out]) -> None:
    if len(seen) == wish.limit:
        enqueue(ctx, job, LookAtLoans(after=seen[-1].key, limit=wish.limit))


def _calendar(places: Mapping[int, Calendar], branch: int) -> Calendar:
    return places.get(branch, Calendar("UTC"))


def _days_late(places: Mapping[int, Calendar], out: Out, now: datetime) -> int:
    """Return how many days ago a loan was due at its house; negative for one that is not yet."""
    calendar = _calendar(places, out.branch)
    return (calendar.local(now) - calendar.local(out.due_at)).days


def _tell_of_loan(
    ctx: Context, places: Mapping[int, Calendar], out: Out, *, kind: str, step: str = ""
) -> int:
    due_on = _calendar(places, out.branch).local(out.due_at).isoformat()
    return _tell(
        ctx,
        out.person,
        out.email,
        kind=kind,
        subject=out.loan,
        key=due_on + step,
        facts={"title": out.title, "due_on": due_on},
    )


def _tell(
    ctx: Context,
    person: str,
    email: str,
    *,
    kind: str,
    subject: str,
    facts: Mapping[str, Any],
    key: str = "",
) -> int:
    mails, when = _wished(ctx, person)
    # Who has no mail address, or wants no mails, reads it on the page of messages.
    new = notify(
        ctx,
        account_id=None,
        person=person,
        kind=f"library.{kind}",
        subject=subject,
        key=key,
        template=f"library/mail/{kind.replace('-', '_')}.txt",
        facts={**facts, "url": MINE},
        mail_to=email if mails and ADDRESS.fullmatch(email) else None,
        at=when,
    )
    return int(new)


def _wished(ctx: Context, person: str) -> tuple[bool, datetime]:
    """Return whether a reader wants mails, and when they may be told: not in their quiet hours."""
    wished = ctx.db.execute(
        select(PatronRow.mails, PatronRow.quiet_from, PatronRow.quiet_to, BranchRow.zone)
        .join(BranchRow, BranchRow.id == PatronRow.home_branch_id)
        .where(PatronRow.person == person)
    ).first()
    mails, start, end, zone = wished or (True, None, None, "UTC")
    return mails, after_quiet(ctx.now(), zone, start=start, end=end)
