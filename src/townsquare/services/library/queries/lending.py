"""What the desk, the queue and the counter read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import aliased

from townsquare.blocks import payments, people
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import (
    ChooseLoan,
    ChoosePatron,
    FindHolds,
    FindLoans,
    FindPatrons,
    Ids,
    Nothing,
)
from townsquare.services.library.errors import UnknownLoan, UnknownPatron
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import (
    EDITION,
    SHOP,
    edition_in_force,
    policy_from,
)
from townsquare.services.library.models.lending import (
    CardRow,
    CounterRow,
    FineRow,
    HoldRow,
    LoanRow,
    PatronRow,
)
from townsquare.services.library.ports import TOWN
from townsquare.services.library.queries.speaking import speaks_of
from townsquare.services.library.results.lending import (
    ChargeLine,
    Hold,
    Holds,
    LoanLine,
    Loans,
    MyLibrary,
    Patron,
    Patrons,
)
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import fine_minor

PERSON, CHARGE = people.PERSON, payments.CHARGE
LIVE = ("waiting", "suspended", "transit", "ready")
Line = TypeVar("Line")
QUEUE, WANTED, FINED = aliased(HoldRow), aliased(CopyRow), aliased(LoanRow)
LOAN_COLUMNS = (
    LoanRow.id.label("key"),
    LoanRow.public_id.label("id"),
    LoanRow.version,
    CopyRow.barcode,
    DocumentRow.title,
    DocumentRow.public_id.label("document"),
    PatronRow.card,
    PERSON.name.label("reader"),
    LoanRow.out_at,
    LoanRow.due_at,
    LoanRow.renewals,
    LoanRow.recalled,
)
LOAN_LINE = (
    select(*LOAN_COLUMNS)
    .join(CopyRow, CopyRow.id == LoanRow.copy_id)
    .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .join(PatronRow, PatronRow.id == LoanRow.patron_id)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .where(LoanRow.closed_reason.is_(None))
)
OPEN_LOANS = Prepared(
    LOAN_LINE.where(LoanRow.id > bindparam("after")).order_by(LoanRow.id).limit(bindparam("most")),
    LoanLine,
)
ONE_LOAN = Prepared(LOAN_LINE.where(LoanRow.public_id == bindparam("loan")), LoanLine)
# A reader without loans is one row without a loan, so that an unknown reader is no row at all.
LOANS_OF = Prepared(
    select(*LOAN_COLUMNS)
    .select_from(PatronRow)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .outerjoin(LoanRow, (LoanRow.patron_id == PatronRow.id) & LoanRow.closed_reason.is_(None))
    .outerjoin(CopyRow, CopyRow.id == LoanRow.copy_id)
    .outerjoin(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .where(PatronRow.public_id == bindparam("patron"))
    .order_by(LoanRow.due_at, LoanRow.id),
    LoanLine,
)
POSITION = (
    select(func.count(QUEUE.id))
    .where(
        QUEUE.document_id == HoldRow.document_id,
        QUEUE.seq <= HoldRow.seq,
        QUEUE.state.in_(("waiting", "suspended")),
    )
    .correlate(HoldRow)
    .scalar_subquery()
)
HOLD_LINE = (
    select(
        HoldRow.seq.label("key"),
        HoldRow.public_id.label("id"),
        HoldRow.version,
        DocumentRow.public_id.label("document"),
        DocumentRow.title,
        PatronRow.card,
        PERSON.name.label("reader"),
        BranchRow.code.label("branch"),
        BranchRow.name.label("branch_name"),
        HoldRow.state,
        POSITION.label("position"),
        HoldRow.suspended_until,
        HoldRow.ready_until,
        func.coalesce(CopyRow.barcode, "").label("barcode"),
        HoldRow.recall,
        func.coalesce(WANTED.barcode, "").label("wanted"),
    )
    .join(DocumentRow, DocumentRow.id == HoldRow.document_id)
    .join(PatronRow, PatronRow.id == HoldRow.patron_id)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .join(BranchRow, BranchRow.id == HoldRow.branch_id)
    .outerjoin(CopyRow, CopyRow.id == HoldRow.copy_id)
    .outerjoin(WANTED, WANTED.id == HoldRow.wanted_copy_id)
)
OPEN_OF = (
    select(func.count(LoanRow.id))
    .where(LoanRow.patron_id == PatronRow.id, LoanRow.closed_reason.is_(None))
    .correlate(PatronRow)
    .scalar_subquery()
)
# A card that has run out needs no job to say so; whoever is blocked stays blocked.
EXPIRED = (PatronRow.state == "active") & (PatronRow.expires_on < bindparam("today"))
PATRON_STATE = case((EXPIRED, "expired"), else_=PatronRow.state)
PATRON_LINE = (
    select(
        PatronRow.id.label("key"),
        PatronRow.public_id.label("id"),
        PatronRow.version,
        PatronRow.person,
        PatronRow.card,
        PERSON.name,
        PatronRow.kind,
        BranchRow.code.label("branch"),
        PatronRow.expires_on,
        PATRON_STATE.label("state"),
        PatronRow.block_reason,
        OPEN_OF.label("open_loans"),
        payments.open_amount(PatronRow.person, SHOP).label("open_minor"),
        BranchRow.name.label("branch_name"),
        PatronRow.note,
    )
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .join(BranchRow, BranchRow.id == PatronRow.home_branch_id)
)
CHARGE_COLUMNS = (
    CHARGE.id.label("key"),
    CHARGE.public_id.label("id"),
    PatronRow.card,
    PERSON.name.label("reader"),
    CHARGE.reason,
    CHARGE.memo,
    CHARGE.amount_minor,
    (CHARGE.amount_minor - CHARGE.credited_minor - CHARGE.allocated_minor).label("open_minor"),
    CHARGE.currency,
    CHARGE.created_at.label("raised_at"),
    FineRow.counted_days,
    FineRow.rate_minor,
    FineRow.cap_minor,
    FINED.edition,
    FINED.priority,
)
OF_FINE, OF_LOAN = FineRow.charge == CHARGE.public_id, FINED.id == FineRow.loan_id
CHARGE_LINE = (
    select(*CHARGE_COLUMNS)
    .join(PatronRow, PatronRow.person == CHARGE.party)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .outerjoin(FineRow, OF_FINE)
    .outerjoin(FINED, OF_LOAN)
    .where(CHARGE.shop == SHOP)
)
OPEN_CHARGE = CHARGE.amount_minor > CHARGE.credited_minor + CHARGE.allocated_minor
CHARGES_OF = (
    select(*CHARGE_COLUMNS)
    .select_from(PatronRow)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .outerjoin(CHARGE, (CHARGE.party == PatronRow.person) & (CHARGE.shop == SHOP))
    .outerjoin(FineRow, OF_FINE)
    .outerjoin(FINED, OF_LOAN)
    .order_by(CHARGE.id.desc())
    .limit(100)
)
EDITION_NUMBER = select(CounterRow.value).where(CounterRow.name == EDITION).scalar_subquery()
# A reader once for each open charge, or once without any: one statement instead of four.
MY_CARD = (
    PATRON_LINE.add_columns(
        payments.deposit_amount(PatronRow.person, SHOP), EDITION_NUMBER, *CHARGE_COLUMNS
    )
    .outerjoin(CHARGE, (CHARGE.party == PatronRow.person) & (CHARGE.shop == SHOP) & OPEN_CHARGE)
    .outerjoin(FineRow, OF_FINE)
    .outerjoin(FINED, OF_LOAN)
    .order_by(CHARGE.id)
)
MY_LOANS = LOAN_LINE.add_columns(LoanRow.policy, LoanRow.out_branch_id, CopyRow.price_minor)
CARD_WIDTH, CHARGE_WIDTH, LOAN_WIDTH = (
    len(fields(Patron)),
    len(fields(ChargeLine)),
    len(fields(LoanLine)),
)


@query("library.loan.view")
def find_loans(ctx: Context, wish: FindLoans) -> Loans:
    """Return the loans that are out, the oldest or the next due first, page by page."""
    if wish.model_fields_set <= {"after", "limit"}:
        rows = OPEN_LOANS.rows(ctx.db, after=wish.after, most=wish.limit + 1)
    else:
        rows = _told(LoanLine, ctx.db.execute(_narrowed(wish, ctx.now())))
    return Loans(rows[: wish.limit], rows[wish.limit - 1].key if len(rows) > wish.limit else None)


@query("library.loan.read", permission="library.loan.view")
def read_loan(ctx: Context, wish: ChooseLoan) -> LoanLine:
    """Return one open loan."""
    line = ONE_LOAN.first(ctx.db, loan=wish.id)
    if line is None:
        raise UnknownLoan
    return line


@query("library.loan.of_patron", permission="library.loan.view")
def loans_of_patron(ctx: Context, wish: ChoosePatron) -> list[LoanLine]:
    """Return the open loans of a reader, the earliest due first."""
    found = LOANS_OF.rows(ctx.db, patron=wish.id)
    if not found:
        raise UnknownPatron(card="")
    return [line for line in found if line.key]


@query("library.deposit.read", permission="library.payment.take")
def deposit_of_patron(ctx: Context, wish: ChoosePatron) -> int:
    """Return what is kept for a reader as a deposit, in minor units."""
    held = select(payments.deposit_amount(PatronRow.person, SHOP)).select_from(PatronRow)
    return ctx.db.scalar(held.where(PatronRow.public_id == wish.id)) or 0


@query("library.hold.view", permission="library.hold.manage")
def find_holds(ctx: Context, wish: FindHolds) -> Holds:
    """Return the queue in its order, page by page."""
    chosen = HOLD_LINE.where(HoldRow.seq > wish.after)
    if wish.words:
        chosen = chosen.where(speaks_of(wish.words, PatronRow.card, CopyRow.barcode))
    if wish.branch:
        chosen = chosen.where(BranchRow.code == wish.branch)
    chosen = chosen.where(HoldRow.state == wish.state if wish.state else HoldRow.state.in_(LIVE))
    rows = ctx.db.execute(chosen.order_by(HoldRow.seq).limit(wish.limit + 1)).all()
    items = _told(Hold, rows[: wish.limit])
    return Holds(items, items[-1].key if len(rows) > wish.limit else None)


@query("library.patron.view", permission="library.patron.read")
def find_patrons(ctx: Context, wish: FindPatrons) -> Patrons:
    """Return readers by name or card, in the order of their registration, page by page."""
    chosen = PATRON_LINE.where(PatronRow.id > wish.after)
    if wish.words:
        key = people.search_key(wish.words)
        chosen = chosen.where(
            PERSON.name_key.contains(key, autoescape=True)
            | (PatronRow.card == wish.words)
            | PatronRow.id.in_(select(CardRow.patron_id).where(CardRow.number == wish.words))
        )
    if wish.state:
        chosen = chosen.where(PATRON_STATE.in_((wish.state,)))
    chosen = chosen.order_by(PatronRow.id).limit(wish.limit + 1)
    rows = ctx.db.execute(chosen, today_of(ctx)).all()
    items = _told(Patron, rows[: wish.limit])
    return Patrons(items, items[-1].key if len(rows) > wish.limit else None)


@query("library.patron.read")
def read_patron(ctx: Context, wish: ChoosePatron) -> Patron:
    """Return one reader."""
    row = ctx.db.execute(PATRON_LINE.where(PatronRow.public_id == wish.id), today_of(ctx)).first()
    if row is None:
        raise UnknownPatron(card="")
    return _told(Patron, [row])[0]


@query("library.charge.of_patron", permission="library.payment.take")
def charges_of_patron(ctx: Context, wish: ChoosePatron) -> list[ChargeLine]:
    """Return the charges of a reader, newest first."""
    found = ctx.db.execute(CHARGES_OF.where(PatronRow.public_id == wish.id)).all()
    if not found:
        raise UnknownPatron(card="")
    return _told(ChargeLine, [row for row in found if row.key])


@query("library.me.card", permission="signed-in")
def own_card(ctx: Context, _wish: Nothing) -> Patron | None:
    """Return one's own card, None without one."""
    mine = PATRON_LINE.where(PatronRow.person == ctx.actor.person)
    row = ctx.db.execute(mine, today_of(ctx)).first()
    return _own(row) if row else None


@query("library.me.view", permission="signed-in")
def my_library(ctx: Context, _wish: Nothing) -> MyLibrary:
    """Return one's own card, loans with the fine so far, holds, charges and deposit."""
    me, currency = ctx.actor.person, ctx.engine(TOWN).currency
    mine = PatronRow.person == me
    card = ctx.db.execute(MY_CARD.where(mine), today_of(ctx)).all()
    if not card:
        return MyLibrary(None, [], [], [], 0, currency, {}, {})
    deposit, edition = card[0][CARD_WIDTH : CARD_WIDTH + 2]
    loans = ctx.db.execute(MY_LOANS.where(mine).order_by(LoanRow.due_at, LoanRow.id)).all()
    holds = HOLD_LINE.where(mine, HoldRow.state.in_(LIVE)).order_by(HoldRow.seq)
    charges = [row[-CHARGE_WIDTH:] for row in card if row[-CHARGE_WIDTH] is not None]
    return MyLibrary(
        _own(card[0][:CARD_WIDTH]),
        [LoanLine(*row[:LOAN_WIDTH]) for row in loans],
        _told(Hold, ctx.db.execute(holds)),
        _told(ChargeLine, charges),
        deposit,
        currency,
        _fines(ctx, loans, edition, mode="on"),
        _fines(ctx, loans, edition, mode="test"),
    )


@query("library.loan.by_ids", permission="library.loan.view")
def loans_of_patrons(ctx: Context, wish: Ids) -> list[LoanLine]:
    """Return the open loans of several readers, found by their cards."""
    chosen = LOAN_LINE.where(PatronRow.card.in_(wish.ids)).order_by(LoanRow.id)
    return _told(LoanLine, ctx.db.execute(chosen))


def today_of(ctx: Context) -> dict[str, date]:
    """Return the town's today, as the state of a card depends on it."""
    return {"today": ctx.engine(TOWN).day_of(ctx.now())}


def _own(row: Sequence[Any]) -> Patron:
    """Return a reader as they see themselves, without what the desk has noted."""
    return replace(Patron(*row), note="")


def _narrowed(wish: FindLoans, now: datetime) -> Select[*tuple[Any, ...]]:
    chosen = LOAN_LINE
    if wish.words:
        chosen = chosen.where(speaks_of(wish.words, PatronRow.card, CopyRow.barcode))
    if wish.branch:
        lending = select(BranchRow.id).where(BranchRow.code == wish.branch)
        chosen = chosen.where(LoanRow.out_branch_id == lending.scalar_subquery())
    if wish.late:
        chosen = chosen.where(LoanRow.due_at < now)
    if wish.sort == "lent":
        chosen = chosen.where(LoanRow.id > wish.after).order_by(LoanRow.id)
    else:
        last = select(LoanRow.due_at).where(LoanRow.id == wish.after).scalar_subquery()
        later = (LoanRow.due_at > last) | ((LoanRow.due_at == last) & (LoanRow.id > wish.after))
        chosen = chosen.where(later) if wish.after else chosen
        chosen = chosen.order_by(LoanRow.due_at, LoanRow.id)
    return chosen.limit(wish.limit + 1)


def _told(kind: Callable[..., Line], rows: Iterable[Any]) -> list[Line]:
    """Return each row as what people may know; the columns stand in the order of the fields."""
    return [kind(*row) for row in rows]


def _fines(ctx: Context, loans: Sequence[Any], edition: int | None, *, mode: str) -> dict[str, int]:
    """Return what each late loan of this mode of fines would cost if it came back now."""
    over = ((loan, policy_from(loan.policy)) for loan in loans if loan.due_at < ctx.now())
    late = [(loan, policy) for loan, policy in over if policy.fine_mode == mode]
    if not late:
        return {}
    calendars = edition_in_force(ctx.db, edition).calendars
    return {
        loan.id: fine_minor(
            policy,
            calendars.get(loan.out_branch_id, Calendar("UTC")),
            due=loan.due_at,
            returned=ctx.now(),
            price_minor=loan.price_minor,
        )
        for loan, policy in late
    }
