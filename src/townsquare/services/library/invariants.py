"""What must hold of catalogue, copies, loans, queue and charges, recomputed from their rows.

Most of it the database refuses by itself; whoever asks here wants to know that it still does.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from townsquare.blocks import payments
from townsquare.core.breach import Breach
from townsquare.services.library.models.catalogue import (
    CopyRow,
    DocumentNameRow,
    DocumentRow,
    IdentifierRow,
    NameRow,
)
from townsquare.services.library.models.circulating import SHOP
from townsquare.services.library.models.lending import (
    KEPT_HOLDS,
    LIVE_HOLDS,
    CounterRow,
    HoldRow,
    LoanEventRow,
    LoanRow,
    PatronLoadRow,
    PatronRow,
    StateChangeRow,
)
from townsquare.services.library.models.searching import WORDS

CHARGE = payments.CHARGE
OPEN = LoanRow.closed_reason.is_(None)
WAITS = HoldRow.state.in_(KEPT_HOLDS)
LOAN = "loan:"  # How a charge begins to say which loan it is for.
OF_CHARGE = LoanRow.public_id == func.substr(CHARGE.source, len(LOAN) + 1)


def documents_can_be_found(db: Session) -> list[Breach]:
    """Return documents that the search has no words of, and words whose document is gone."""
    known, written = select(DocumentRow.id), select(WORDS.c.rowid)
    unfound = select(DocumentRow.public_id).where(DocumentRow.id.in_(known.except_(written)))
    left = [f"words {row}" for row in db.scalars(written.except_(known))]
    return _breach("every document can be found by its words", [*db.scalars(unfound), *left])


def withdrawn_documents_have_no_copies(db: Session) -> list[Breach]:
    """Return withdrawn documents of which a copy is left."""
    left = exists().where(CopyRow.document_id == DocumentRow.id, CopyRow.state != "withdrawn")
    return _found(
        db,
        "a withdrawn document has no copies left",
        select(DocumentRow.public_id).where(DocumentRow.state == "withdrawn", left),
    )


def numbers_and_barcodes_are_single(db: Session) -> list[Breach]:
    """Return barcodes of two copies, and control numbers of two documents."""
    barcodes = select(CopyRow.barcode).group_by(CopyRow.barcode).having(func.count() > 1)
    numbers = (
        select(IdentifierRow.value)
        .where(IdentifierRow.scheme == "control")
        .group_by(IdentifierRow.value)
        .having(func.count() > 1)
    )
    return _breach(
        "a barcode and a control number belong to one thing",
        [*db.scalars(barcodes), *db.scalars(numbers)],
    )


def merged_names_are_the_end(db: Session) -> list[Breach]:
    """Return merged names whose heading was merged as well, or that a document still carries."""
    stays = aliased(NameRow)
    used = exists().where(DocumentNameRow.name_id == NameRow.id)
    wrong = (
        select(NameRow.public_id)
        .join(stays, stays.id == NameRow.merged_into_id)
        .where(or_(stays.merged_into_id.is_not(None), used))
    )
    return _found(db, "a merged name leads to a heading that stays", wrong)


def copies_are_lent_once(db: Session) -> list[Breach]:
    """Return copies with more than one open loan."""
    lent = select(LoanRow.copy_id).where(OPEN).group_by(LoanRow.copy_id).having(func.count() > 1)
    wrong = select(CopyRow.public_id).where(CopyRow.id.in_(lent))
    return _found(db, "a copy is lent once", wrong)


def copies_are_in_one_state(db: Session) -> list[Breach]:
    """Return copies whose state is not what their loans and holds say."""
    said = case(
        (_with(LoanRow, OPEN, LoanRow.kind == "reading_room"), "reading_room"),
        (_with(LoanRow, OPEN), "on_loan"),
        (_with(HoldRow, HoldRow.state == "ready"), "hold_shelf"),
        (_with(HoldRow, HoldRow.state == "transit"), "in_transit"),
        else_="",
    )
    moving = CopyRow.state.in_(("reading_room", "on_loan", "hold_shelf", "in_transit"))
    wrong = select(CopyRow.public_id).where(case((moving, CopyRow.state), else_="") != said)
    return _found(db, "a copy is where its loans and holds say", wrong)


def moves_of_copies_are_noted(db: Session) -> list[Breach]:
    """Return copies whose last noted move led to another state."""
    last = (
        select(func.max(StateChangeRow.id))
        .where(StateChangeRow.thing == "copy", StateChangeRow.thing_id == CopyRow.id)
        .correlate(CopyRow)
        .scalar_subquery()
    )
    wrong = (
        select(CopyRow.public_id)
        .join(StateChangeRow, StateChangeRow.id == last)
        .where(StateChangeRow.to_state != CopyRow.state)
    )
    return _found(db, "the last noted move of a copy is its state", wrong)


def loans_have_their_history(db: Session) -> list[Breach]:
    """Return loans of which nobody noted the lending, the return or the loss."""
    closed = LoanRow.closed_reason
    wrong = or_(
        ~_noted("lent"),
        (closed == "returned") & ~_noted("returned"),
        (closed == "lost") & ~_noted("lost"),
    )
    return _found(db, "a loan has its history", select(LoanRow.public_id).where(wrong))


def loads_count_loans(db: Session) -> list[Breach]:
    """Return readers whose load is not the number of their open loans, or is over the limit."""
    mine = (
        OPEN,
        LoanRow.patron_id == PatronLoadRow.patron_id,
        LoanRow.limit_group == PatronLoadRow.limit_group,
    )
    count = select(func.count(LoanRow.id)).where(*mine).scalar_subquery()
    lifted = select(func.count(LoanRow.id)).where(*mine, LoanRow.lifted).scalar_subquery()
    wrong = (
        select(PatronRow.public_id)
        .join(PatronLoadRow, PatronLoadRow.patron_id == PatronRow.id)
        .where(
            or_(
                PatronLoadRow.open_loans != count,
                PatronLoadRow.lifted != lifted,
                PatronLoadRow.open_loans > PatronLoadRow.loan_limit + PatronLoadRow.lifted,
            )
        )
    )
    uncounted = (
        select(PatronRow.public_id)
        .join(LoanRow, LoanRow.patron_id == PatronRow.id)
        .where(OPEN, ~exists().where(*mine[1:]).correlate(LoanRow))
    )
    return _breach(
        "a reader has as many loans as counted, and no more than the limit",
        [*db.scalars(wrong.distinct()), *db.scalars(uncounted.distinct())],
    )


def held_copies_wait_for_one_reader(db: Session) -> list[Breach]:
    """Return copies that wait for two readers, or are in the hands of another one."""
    twice = select(HoldRow.copy_id).where(WAITS).group_by(HoldRow.copy_id).having(func.count() > 1)
    away = (
        select(LoanRow.copy_id)
        .join(HoldRow, (HoldRow.copy_id == LoanRow.copy_id) & WAITS)
        .where(OPEN, LoanRow.patron_id != HoldRow.patron_id)
    )
    wrong = select(CopyRow.public_id).where(or_(CopyRow.id.in_(twice), CopyRow.id.in_(away)))
    return _found(db, "a copy that waits keeps for one reader", wrong)


def holds_have_what_they_say(db: Session) -> list[Breach]:
    """Return holds that wait for nothing: ready without a copy or an end, or with another title."""
    ready = HoldRow.state == "ready"
    wrong = (
        select(HoldRow.public_id)
        .outerjoin(CopyRow, CopyRow.id == HoldRow.copy_id)
        .where(
            or_(
                WAITS & CopyRow.id.is_(None),
                WAITS & (CopyRow.document_id != HoldRow.document_id),
                ready & HoldRow.ready_until.is_(None),
                HoldRow.state.in_(("waiting", "suspended")) & HoldRow.copy_id.is_not(None),
            )
        )
    )
    return _found(db, "a hold that is ready has its copy and its end", wrong)


def queue_is_stable(db: Session) -> list[Breach]:
    """Return places that two holds have or nobody gave out, and readers who wait twice."""
    given = select(CounterRow.value).where(CounterRow.name == "queue").scalar_subquery()
    shared = select(HoldRow.seq).group_by(HoldRow.seq).having(func.count() > 1)
    wrong = select(HoldRow.public_id).where(
        or_(HoldRow.seq > func.coalesce(given, 0), HoldRow.seq.in_(shared))
    )
    twice = (
        select(func.max(HoldRow.public_id))
        .where(HoldRow.state.in_(LIVE_HOLDS))
        .group_by(HoldRow.document_id, HoldRow.patron_id)
        .having(func.count() > 1)
    )
    return _breach(
        "places in the queue are given once, and a reader has one",
        [*db.scalars(wrong), *db.scalars(twice)],
    )


def loans_are_charged_once(db: Session) -> list[Breach]:
    """Return loans charged for a late period twice, or for one loss twice."""
    most = case((CHARGE.reason == "overdue", LoanRow.renewals + 1), else_=1)
    wrong = (
        select(LoanRow.public_id)
        .join(CHARGE, OF_CHARGE)
        .where(CHARGE.shop == SHOP, CHARGE.reason.in_(("overdue", "lost", "processing")))
        .group_by(LoanRow.public_id, LoanRow.renewals, CHARGE.reason)
        .having(func.count() > most)
    )
    return _found(db, "each late period and each loss is charged once", wrong)


def charges_are_owed_by_the_reader(db: Session) -> list[Breach]:
    """Return charges of a loan that somebody else owes, or of a loan that nobody knows."""
    wrong = (
        select(CHARGE.public_id)
        .outerjoin(LoanRow, OF_CHARGE)
        .outerjoin(PatronRow, PatronRow.id == LoanRow.patron_id)
        .where(
            CHARGE.shop == SHOP,
            CHARGE.source.startswith(LOAN),
            func.coalesce(PatronRow.person, "") != CHARGE.party,
        )
    )
    return _found(db, "a charge for a loan is owed by its reader", wrong)


OF_LIBRARY = (
    documents_can_be_found,
    withdrawn_documents_have_no_copies,
    numbers_and_barcodes_are_single,
    merged_names_are_the_end,
    copies_are_lent_once,
    copies_are_in_one_state,
    moves_of_copies_are_noted,
    loans_have_their_history,
    loads_count_loans,
    held_copies_wait_for_one_reader,
    holds_have_what_they_say,
    queue_is_stable,
    loans_are_charged_once,
    charges_are_owed_by_the_reader,
)
ALL = (*OF_LIBRARY, *payments.INVARIANTS)


def _with(kind: type[LoanRow | HoldRow], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(kind.copy_id == CopyRow.id, *conditions)


def _noted(kind: str) -> ColumnElement[bool]:
    return exists().where(LoanEventRow.loan_id == LoanRow.id, LoanEventRow.kind == kind)


def _found(db: Session, rule: str, wrong: Select[Any]) -> list[Breach]:
    return _breach(rule, list(db.scalars(wrong)))


def _breach(rule: str, rows: Sequence[object]) -> list[Breach]:
    return [Breach(rule, tuple(map(str, rows)))] if rows else []
