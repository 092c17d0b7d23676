"""Lending at the desk: the database decides who gets a copy, the desk says why."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import payments, people
from townsquare.core import faults
from townsquare.core.db import breaks, insert_new, savepoint
from townsquare.core.frozen import dataclass
from townsquare.core.ids import new_id
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.lending import BorrowCopy
from townsquare.services.library.errors import (
    Blocked,
    CardExpired,
    CopyHeld,
    CopyOnLoan,
    DepositDue,
    GuardianNeeded,
    LimitReached,
    NotLent,
    OwesTooMuch,
    ReasonMissing,
    UnknownCopy,
    UnknownPatron,
    WrongState,
)
from townsquare.services.library.events import CopyBorrowed, HoldEnded
from townsquare.services.library.models.cards import no_reader
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.models.circulating import (
    MOVE_COPY,
    NOTE_CHANGE,
    NOTE_LOAN,
    READER,
    Changed,
    OnDesk,
    Reader,
    RuleSet,
    edition_in_force,
    policy_facts,
)
from townsquare.services.library.models.lending import (
    HAS_LEFT,
    HELD_FOR_ANOTHER,
    LIVE_HOLDS,
    LOAN_LIMIT,
    ONE_OPEN_LOAN,
    WRONG_STATE,
    HoldRow,
    LoanRow,
    PatronLoadRow,
)
from townsquare.services.library.results.lending import Explained, Loan, PassedRule
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import Chosen, Policy, choose, due_by
from townsquare.services.library.usecases.knowing import known_copy
from townsquare.services.library.usecases.returns import reroute

SHELVED = ("available", "hold_shelf")
LEND = Prepared(
    insert(LoanRow)
    .values(
        {
            name: bindparam(name)
            for name in (
                "public_id",
                "created_at",
                "copy_id",
                "patron_id",
                "out_at",
                "out_branch_id",
                "due_at",
                "approved_by",
                "lifted",
                "edition",
                "priority",
                "limit_group",
                "policy",
            )
        }
        | {"kind": "home", "renewals": 0, "recalled": False, "kept": False, "version": 1}
    )
    .returning(LoanRow.id),
    Changed,
)
LOAD = Prepared(
    update(PatronLoadRow)
    .where(
        PatronLoadRow.patron_id == bindparam("patron"),
        PatronLoadRow.limit_group == bindparam("loan_group"),
    )
    .values(
        open_loans=PatronLoadRow.open_loans + 1,
        loan_limit=bindparam("most"),
        lifted=PatronLoadRow.lifted + bindparam("more", type_=PatronLoadRow.lifted.type),
    )
    .returning(PatronLoadRow.id),
    Changed,
)


@dataclass(frozen=True)
class Terms:
    """What was decided about one loan before anything changes."""

    chosen: Chosen
    published: RuleSet
    due: datetime
    zone: str
    lifts: bool

    @property
    def policy(self) -> Policy:
        """Return what the rule grants."""
        return self.chosen.rule.policy

    def explained(self) -> Explained:
        """Return which rule was followed, and why not an earlier one."""
        passed = [PassedRule.told(passed) for passed in self.chosen.passed]
        rule = self.chosen.rule
        facts = policy_facts(rule.policy)
        return Explained(self.published.number, rule.priority, facts, passed, self.due)


@use_case("library.loan.create")
def borrow_copy(ctx: Context, wish: BorrowCopy) -> Loan:
    """Lend a copy to a reader until its due date, by the rules in force."""
    if wish.override:
        ctx.require("library.loan.override")
        if not wish.reason:
            raise ReasonMissing
    if not wish.dry_run:
        return _lend(ctx, wish)
    said = len(ctx.events)
    trying = savepoint(ctx.db)
    try:
        return _lend(ctx, wish)
    finally:
        trying.rollback()
        del ctx.events[said:]


def _lend(ctx: Context, wish: BorrowCopy) -> Loan:
    copy = known_copy(ctx, wish.barcode)
    if copy.state == "withdrawn":  # It belongs to the library no longer.
        raise UnknownCopy(barcode=wish.barcode)
    reader = _reader_with(ctx, wish.card, copy)
    terms = _decide(ctx, copy, reader, override=wish.override)
    faults.hit("library.loan.checked")
    _count(ctx, reader, terms)
    _take(ctx, copy, reader)
    public_id = new_id()
    _write(ctx, copy, reader, terms=terms, public_id=public_id)
    faults.hit("library.loan.written")
    if reader.waits_as:
        _fill(ctx, copy, reader)
    ctx.emit(
        CopyBorrowed(
            public_id,
            copy.barcode,
            reader.public_id,
            copy.branch,
            terms.due.isoformat(),
            wish.override or "",
            wish.reason,
        )
    )
    told = (copy.barcode, copy.title, copy.document, reader.card, terms.due)
    return Loan(public_id, 1, *told, 0, terms.zone, terms.explained())


def _reader_with(ctx: Context, card: str, copy: OnDesk) -> Reader:
    reader = READER.first(ctx.db, card=card, document=copy.document_id)
    if reader is None:
        raise no_reader(ctx.db, card)
    if reader.state == "left":
        raise UnknownPatron(card=card)
    return reader


def _decide(ctx: Context, copy: OnDesk, reader: Reader, *, override: str | None) -> Terms:
    """Return the terms of the loan, or refuse it with the rule that forbids it."""
    edition = edition_in_force(ctx.db, copy.edition)
    facts = {
        "class": reader.kind,
        "item_type": copy.item_type,
        "material": copy.material,
        "branch": copy.branch,
    }
    calendar = edition.calendars.get(copy.branch_id, Calendar("UTC"))
    published = edition.rules_on(calendar.local(ctx.now()))
    chosen = choose(published.rules, facts)
    policy = chosen.rule.policy
    if policy.reading_room_only:
        raise NotLent(barcode=copy.barcode)
    _check_card(ctx, reader, calendar, override=override)
    _check_blocks(ctx, reader, policy, override=override)
    _check_deposit(ctx, reader, policy)
    lifts = override == "limit-reached"
    due = due_by(policy, calendar, ctx.now())
    return Terms(chosen, published, due, calendar.zone, lifts)


def _check_card(ctx: Context, reader: Reader, calendar: Calendar, *, override: str | None) -> None:
    today = calendar.local(ctx.now())
    over = reader.expires_on < today or reader.state == "expired"
    if over and override != "card-expired":
        raise CardExpired(card=reader.card)
    if people.is_minor(reader.birth_date, today) and reader.guardian_id is None:
        raise GuardianNeeded(card=reader.card)


def _check_blocks(ctx: Context, reader: Reader, policy: Policy, *, override: str | None) -> None:
    if override == "blocked":
        return
    late = reader.earliest_due
    if reader.state == "suspended" or reader.block_reason:
        raise Blocked(card=reader.card, why=reader.block_reason or "suspended")
    if reader.open_minor >= policy.block_at_minor:
        raise OwesTooMuch(card=reader.card, open_minor=reader.open_minor)
    if late and late < ctx.now() - timedelta(days=policy.block_after_days):
        raise Blocked(card=reader.card, why="a copy is very late")


def _check_deposit(ctx: Context, reader: Reader, policy: Policy) -> None:
    if not policy.deposit_minor:
        return
    shop = payments.Shop("library", "")
    if payments.deposit_of(ctx, shop, party=reader.person) < policy.deposit_minor:
        raise DepositDue(deposit_minor=policy.deposit_minor)


def _count(ctx: Context, reader: Reader, terms: Terms) -> None:
    """Raise the reader's load; the CHECK of its row is the limit, also for thirty desks at once."""
    group, limit = str(terms.chosen.rule.priority), terms.policy.limit
    wish: Mapping[str, Any] = {
        "patron": reader.id,
        "loan_group": group,
        "most": limit,
        "more": int(terms.lifts),
    }
    try:
        if LOAD.first(ctx.db, **wish) is None:
            fresh = {"patron_id": reader.id, "limit_group": group, "loan_limit": limit}
            ctx.db.execute(insert_new(PatronLoadRow).values(**fresh, open_loans=0, lifted=0))
            LOAD.first(ctx.db, **wish)
    except IntegrityError as error:
        if breaks(error, LOAN_LIMIT):
            raise LimitReached(card=reader.card, limit=limit) from error
        raise


def _take(ctx: Context, copy: OnDesk, reader: Reader) -> None:
    """Move the copy from its shelf into the reader's hands, if nobody was faster."""
    if copy.waits_for not in {None, reader.id}:
        raise CopyHeld(barcode=copy.barcode)
    moved = None
    if copy.state in SHELVED:
        moved = MOVE_COPY.first(
            ctx.db,
            copy=copy.id,
            seen=copy.version,
            from_state=copy.state,
            to_state="on_loan",
            branch=copy.branch_id,
        )
    if moved is None:
        known = copy.state if copy.state not in SHELVED else "on_loan"
        if known == "on_loan":
            raise CopyOnLoan(barcode=copy.barcode)
        raise WrongState(state=known)
    NOTE_CHANGE.run(
        ctx.db,
        thing="copy",
        thing_id=copy.id,
        from_state=copy.state,
        to_state="on_loan",
        at=ctx.now(),
        by=ctx.actor.name,
        why="lent",
    )


def _write(ctx: Context, copy: OnDesk, reader: Reader, *, terms: Terms, public_id: str) -> None:
    now = ctx.now()
    try:
        loan = LEND.first(
            ctx.db,
            public_id=public_id,
            created_at=now,
            copy_id=copy.id,
            patron_id=reader.id,
            out_at=now,
            out_branch_id=copy.branch_id,
            due_at=terms.due,
            approved_by=ctx.actor.name,
            lifted=terms.lifts,
            edition=terms.published.number,
            priority=terms.chosen.rule.priority,
            limit_group=str(terms.chosen.rule.priority),
            policy=policy_facts(terms.policy),
        )
    except IntegrityError as error:
        if breaks(error, ONE_OPEN_LOAN) or breaks(error, WRONG_STATE):
            raise CopyOnLoan(barcode=copy.barcode) from error
        if breaks(error, HELD_FOR_ANOTHER):
            raise CopyHeld(barcode=copy.barcode) from error
        if breaks(error, HAS_LEFT):
            raise UnknownPatron(card=reader.card) from error
        raise
    NOTE_LOAN.run(
        ctx.db,
        loan_id=loan.id if loan else 0,
        kind="lent",
        at=now,
        effective_at=now,
        by=ctx.actor.name,
        facts={"due_at": terms.due.isoformat()},
    )


def _fill(ctx: Context, copy: OnDesk, reader: Reader) -> None:
    """End the reader's own wait for the document; a copy kept for it goes to the next reader."""
    hold = ctx.db.get_one(HoldRow, reader.waits_as, with_for_update=True)
    if hold.state not in LIVE_HOLDS:  # It has just been given up.
        return
    if hold.wanted_copy_id not in {None, copy.id}:
        return
    kept = hold.copy_id if hold.copy_id not in {None, copy.id} else None
    hold.state, hold.copy_id, hold.suspended_until = "filled", copy.id, None
    hold.version += 1
    ctx.db.flush()
    ctx.emit(HoldEnded(hold.public_id, reader.public_id, "filled"))
    if kept:
        reroute(ctx, ctx.db.get_one(CopyRow, kept).barcode)
