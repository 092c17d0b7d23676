"""What two people decide about an election that is frozen, and what is brought up against it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.elections.models.elections import WHOLE

INTERRUPTIONS = ("suspend", "resume", "extend", "close")
JUDGEMENTS = ("certify", "annul", "recount")
RESULT, CONDUCT = "result", "conduct"


class DecisionRow(Recorded, Model):
    """One decision: somebody proposes it with a reason, somebody else confirms it.

    `until` is the new closing where one is decided. Once confirmed it stays; triggers let an
    election be suspended, closed at another time, certified or annulled only by such a row.
    """

    __tablename__ = "elections_decision"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    kind: Mapped[str]
    reason: Mapped[str]
    until: Mapped[datetime | None]
    proposed_by: Mapped[str]
    proposed_by_id: Mapped[int]
    confirmed_by: Mapped[str] = mapped_column(default="")
    confirmed_by_id: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {INTERRUPTIONS + JUDGEMENTS}", name="kind"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("kind <> 'extend' OR until IS NOT NULL", name="until"),
        CheckConstraint(
            "proposed_by_id > 0 AND (confirmed_by_id IS NULL OR confirmed_by_id > 0"
            " AND confirmed_by_id <> proposed_by_id)",
            name="two_people",
        ),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
    )


TWO_DECIDE = "ck_elections_decision_two_people"
OPEN = DecisionRow.confirmed_by_id.is_(None)
ONE_OPEN = Index(
    "uq_elections_decision_open",
    DecisionRow.election_id,
    unique=True,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)
OF_ONE = Index("ix_elections_decision_election", DecisionRow.election_id, DecisionRow.id)


class DisputeRow(Recorded, Model):
    """What somebody brings up against an election, and what the officers say to it."""

    __tablename__ = "elections_dispute"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    kind: Mapped[str]
    statement: Mapped[str]
    filed_by: Mapped[str]
    filed_by_id: Mapped[int]
    state: Mapped[str] = mapped_column(default="open")
    ruling: Mapped[str] = mapped_column(default="")
    ruled_by: Mapped[str] = mapped_column(default="")
    ruled_by_id: Mapped[int | None]
    ruled_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {(RESULT, CONDUCT)}", name="kind"),
        CheckConstraint("statement <> '' AND filed_by_id > 0", name="statement"),
        CheckConstraint(
            "state = 'open' AND ruling = '' AND ruled_by_id IS NULL AND ruled_at IS NULL"
            " OR state = 'ruled' AND ruling <> '' AND ruled_by_id > 0 AND ruled_at IS NOT NULL"
            " AND ruled_by_id <> filed_by_id",
            name="ruled",
        ),
        Index("ix_elections_dispute_election", "election_id", "id"),
    )


OWN_RULING = "ck_elections_dispute_ruled"


class VerificationRow(Recorded, Model):
    """What one program found that examined an encrypted election from its archive alone."""

    __tablename__ = "elections_verification"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    implementation: Mapped[str]
    report_hash: Mapped[str]
    head: Mapped[str]
    good: Mapped[bool]
    report: Mapped[dict[str, Any]]
    sent_by: Mapped[str]
    sent_by_id: Mapped[int]

    __table_args__ = (
        CheckConstraint("implementation IN ('python', 'javascript')", name="implementation"),
    )


ONE_REPORT = Index(
    "uq_elections_verification",
    VerificationRow.election_id,
    VerificationRow.implementation,
    VerificationRow.report_hash,
    unique=True,
)
