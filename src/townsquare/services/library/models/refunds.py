"""Refunds that one person proposes and another one approves."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.library.models.catalogue import one_of

STATES = ("proposed", "approved", "declined")


class RefundProposalRow(Recorded, Model):
    """Money that is to go back when a second person agrees; decided once, then never changed."""

    __tablename__ = "library_refund_proposal"

    payment: Mapped[str]
    amount_minor: Mapped[int]
    reason: Mapped[str]
    drop_charges: Mapped[bool]
    state: Mapped[str] = mapped_column(default="proposed")
    proposed_by: Mapped[str]
    proposed_by_id: Mapped[int]
    decided_by: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None]

    __table_args__ = (
        one_of("state", STATES),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "state <> 'approved' OR"
            " (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)",
            name="two_people",
        ),
    )


# Of a payment one refund waits at a time.
ONE_REFUND = Index(
    "uq_library_refund_proposal_waiting",
    RefundProposalRow.payment,
    unique=True,
    sqlite_where=RefundProposalRow.state == "proposed",
    postgresql_where=RefundProposalRow.state == "proposed",
)
# What a trigger says when a program of the town proposes or decides.
PEOPLE = "library_refund_proposal_people"
# What the CHECK says when somebody approves their own wish.
TWO_PEOPLE = "ck_library_refund_proposal_two_people"
