"""Who borrows what until when, who waits for it, and the rules it follows."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    false,
    literal_column,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.library.models.catalogue import one_of

PATRON_STATES = ("active", "suspended", "expired", "left")
LOAN_KINDS = ("home", "reading_room")
CLOSED = ("returned", "lost", "withdrawn")
HOLD_STATES = ("waiting", "suspended", "transit", "ready", "filled", "expired", "cancelled")
PROPOSAL_STATES = ("proposed", "accepted", "declined", "withdrawn")
LIVE_HOLDS = ("waiting", "suspended", "transit", "ready")
KEPT_HOLDS = ("transit", "ready")  # Of these a copy is kept for the reader.


def _of_copies(name: str, column: str) -> Index:
    """Return an index of the few holds that name a copy, for who takes the copy away."""
    named = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=named, postgresql_where=named)


class OpeningRow(Model):
    """The usual hours of a house on one weekday; 0 is Monday."""

    __tablename__ = "library_opening"

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("library_branch.id"))
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]

    __table_args__ = (
        UniqueConstraint("branch_id", "weekday"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    )


class CalendarDayRow(Model):
    """A day on which a house differs from its usual hours."""

    __tablename__ = "library_calendar_day"

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("library_branch.id"))
    day: Mapped[date]
    closes: Mapped[time | None]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (UniqueConstraint("branch_id", "day"),)


class CounterRow(Model):
    """A number that only grows: places in the queue, the edition of rules and calendars."""

    __tablename__ = "library_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    value: Mapped[int] = mapped_column(default=0)


class PatronRow(Recorded, Model):
    """A reader: a person with a card."""

    __tablename__ = "library_patron"

    person: Mapped[str] = mapped_column(unique=True)
    card: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    home_branch_id: Mapped[int] = mapped_column(ForeignKey("library_branch.id"))
    issued_on: Mapped[date]
    expires_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="active")
    block_reason: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    keep_history: Mapped[bool] = mapped_column(default=False, server_default=false())
    mails: Mapped[bool] = mapped_column(default=True, server_default=true())
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]

    __table_args__ = (one_of("state", PATRON_STATES),)


class CardRow(Model):
    """A card that was replaced; its number is never given out again."""

    __tablename__ = "library_card"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("library_patron.id"), index=True)
    replaced_at: Mapped[datetime]
    replaced_by: Mapped[str]
    why: Mapped[str]


class PatronLoadRow(Model):
    """How many open loans a reader has, and may have; the CHECK is the limit."""

    __tablename__ = "library_patron_load"

    id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("library_patron.id"))
    limit_group: Mapped[str]
    open_loans: Mapped[int] = mapped_column(default=0)
    loan_limit: Mapped[int]
    lifted: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        UniqueConstraint("patron_id", "limit_group"),
        CheckConstraint("open_loans >= 0 AND open_loans <= loan_limit + lifted", name="limit"),
    )


class RulesetRow(Model):
    """An edition of the rules; an edition is never changed, a new one is published."""

    __tablename__ = "library_ruleset"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(unique=True)
    valid_from: Mapped[date | None]
    published_at: Mapped[datetime]
    published_by: Mapped[str]


class RuleRow(Model):
    """One line of an edition."""

    __tablename__ = "library_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    ruleset_id: Mapped[int] = mapped_column(ForeignKey("library_ruleset.id"))
    priority: Mapped[int]
    conditions: Mapped[dict[str, Any]]
    policy: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("ruleset_id", "priority"),)


class LoanRow(Recorded, Model):
    """A copy in the hands of a reader, with the rule under which it was lent."""

    __tablename__ = "library_loan"

    copy_id: Mapped[int] = mapped_column(ForeignKey("library_copy.id"))
    patron_id: Mapped[int] = mapped_column(ForeignKey("library_patron.id"))
    kind: Mapped[str] = mapped_column(default="home")
    out_at: Mapped[datetime]
    out_branch_id: Mapped[int] = mapped_column(ForeignKey("library_branch.id"))
    due_at: Mapped[datetime]
    approved_by: Mapped[str]
    lifted: Mapped[bool] = mapped_column(default=False)
    returned_at: Mapped[datetime | None]
    return_branch_id: Mapped[int | None] = mapped_column(ForeignKey("library_branch.id"))
    closed_reason: Mapped[str | None]
    renewals: Mapped[int] = mapped_column(default=0)
    recalled: Mapped[bool] = mapped_column(default=False)
    kept: Mapped[bool] = mapped_column(default=False, server_default=false())
    edition: Mapped[int]
    priority: Mapped[int]
    limit_group: Mapped[str]
    policy: Mapped[dict[str, Any]]

    __table_args__ = (
        one_of("kind", LOAN_KINDS),
        one_of("closed_reason", CLOSED),
        CheckConstraint("returned_at >= out_at", name="order"),
        Index("ix_library_loan_patron", "patron_id", "closed_reason", "id"),
        Index("ix_library_loan_copy", "copy_id", "id"),
    )


class LoanEventRow(Model):
    """What happened to a loan; never changed."""

    __tablename__ = "library_loan_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("library_loan.id"), index=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    effective_at: Mapped[datetime]
    by: Mapped[str]
    facts: Mapped[dict[str, Any]]


class FineRow(Model):
    """How a fine was counted: from when, until when, how many days at what rate; never changed."""

    __tablename__ = "library_fine"

    id: Mapped[int] = mapped_column(primary_key=True)
    charge: Mapped[str] = mapped_column(unique=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("library_loan.id"), index=True)
    due_at: Mapped[datetime]
    until_at: Mapped[datetime]
    late_days: Mapped[int]
    counted_days: Mapped[int]
    rate_minor: Mapped[int]
    cap_minor: Mapped[int]


class WaiverProposalRow(Recorded, Model):
    """Part of a fine that a later change of the calendar would not have charged."""

    __tablename__ = "library_waiver_proposal"

    charge: Mapped[str]
    amount_minor: Mapped[int]
    why: Mapped[str]
    state: Mapped[str] = mapped_column(default="proposed")
    decided_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        one_of("state", PROPOSAL_STATES),
        CheckConstraint("amount_minor > 0", name="amount"),
    )


class HoldRow(Recorded, Model):
    """A reader's place in the queue for a document, or for the one copy that is wanted.

    `copy_id` is the copy that was found for it.
    """

    __tablename__ = "library_hold"

    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"))
    patron_id: Mapped[int] = mapped_column(ForeignKey("library_patron.id"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("library_branch.id"))
    seq: Mapped[int] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="waiting")
    suspended_until: Mapped[date | None]
    wanted_copy_id: Mapped[int | None] = mapped_column(ForeignKey("library_copy.id"))
    copy_id: Mapped[int | None] = mapped_column(ForeignKey("library_copy.id"))
    ready_at: Mapped[datetime | None]
    ready_until: Mapped[datetime | None]
    recall: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        one_of("state", HOLD_STATES),
        Index("ix_library_hold_queue", "document_id", "state", "seq"),
        Index("ix_library_hold_patron", "patron_id", "state", "seq"),
        Index("ix_library_hold_state", "state", "seq"),
        *(_of_copies(f"ix_library_hold_{name}", name) for name in ("copy_id", "wanted_copy_id")),
    )


class StateChangeRow(Model):
    """From which state to which, when, by whom and why; never changed."""

    __tablename__ = "library_state_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    thing: Mapped[str]
    thing_id: Mapped[int]
    from_state: Mapped[str]
    to_state: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    why: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("ix_library_state_change_thing", "thing", "thing_id", "id"),)


OPEN_LOAN = LoanRow.closed_reason.is_(None)
# Of open loans alone: with the closed ones in them SQLite, which keeps no figures of a table, takes
# these for the loans of a reader as well, and walks through those of all the others.
OPEN_LOANS = [
    Index(name, *columns, sqlite_where=OPEN_LOAN, postgresql_where=OPEN_LOAN)
    for name, columns in (
        ("ix_library_loan_due", (LoanRow.due_at, LoanRow.id)),
        ("ix_library_loan_lent", (LoanRow.id,)),
    )
]
# The database itself refuses a second open loan of one copy.
ONE_OPEN_LOAN = Index(
    "uq_library_loan_open_copy",
    LoanRow.copy_id,
    unique=True,
    sqlite_where=OPEN_LOAN,
    postgresql_where=OPEN_LOAN,
)
# A copy that waits for a reader waits for one reader.
ONE_READY_COPY = Index(
    "uq_library_hold_ready_copy",
    HoldRow.copy_id,
    unique=True,
    sqlite_where=HoldRow.state.in_(KEPT_HOLDS),
    postgresql_where=HoldRow.state.in_(KEPT_HOLDS),
)
# A reader stands once in the queue of a document.
ONE_LIVE_HOLD = Index(
    "uq_library_hold_live",
    HoldRow.document_id,
    HoldRow.patron_id,
    unique=True,
    sqlite_where=HoldRow.state.in_(LIVE_HOLDS),
    postgresql_where=HoldRow.state.in_(LIVE_HOLDS),
)
# A charge has one proposed waiver that waits.
ONE_PROPOSAL = Index(
    "uq_library_waiver_proposal_waiting",
    WaiverProposalRow.charge,
    unique=True,
    sqlite_where=WaiverProposalRow.state == "proposed",
    postgresql_where=WaiverProposalRow.state == "proposed",
)
# Refusals of the CHECK and of the triggers.
LOAN_LIMIT = "ck_library_patron_load_limit"
WRONG_STATE = "library_loan_from_wrong_state"
HELD_FOR_ANOTHER = "library_loan_of_held_copy"
HAS_LEFT = "library_patron_has_left"


def is_one_of(*states: str) -> ColumnElement[bool]:
    """Tell whether a hold is in one of these states, which are ours, as text of the statement.

    SQLite uses an index of some states only for who asks in its very words, and not for bound
    values; it would walk a queue or the whole shelf instead.
    """
    return literal_column(f"{HoldRow.__tablename__}.state IN {states}")
