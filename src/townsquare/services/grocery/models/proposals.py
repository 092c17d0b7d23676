"""Refunds that one person proposes and another one agrees to."""

from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded

STATES = ("proposed", "approved", "declined")


class RefundProposalRow(Recorded, Model):
    """Lines of an order whose money goes back when a second person agrees; decided once.

    `sale` is the order, `lines` how much of each line; `amount_minor` is the most that may go back.
    Where goods were brought back already, `return_id` names their return instead of lines.
    """

    __tablename__ = "grocery_refund_proposal"

    sale: Mapped[str]
    return_id: Mapped[str] = mapped_column(default="")
    lines: Mapped[dict[str, Any]]
    amount_minor: Mapped[int]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="proposed")
    proposed_by: Mapped[str]
    proposed_by_id: Mapped[int]
    decided_by: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("state IN " + str(STATES), name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "proposed_by_id > 0 AND (decided_by_id IS NULL OR decided_by_id > 0)", name="people"
        ),
        CheckConstraint(
            "state <> 'approved' OR"
            " (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)",
            name="two_people",
        ),
    )


# Of an order one refund waits at a time.
ONE_REFUND = Index(
    "uq_grocery_refund_proposal_waiting",
    RefundProposalRow.sale,
    unique=True,
    sqlite_where=RefundProposalRow.state == "proposed",
    postgresql_where=RefundProposalRow.state == "proposed",
)
# What the database says when a program proposes or decides, and when one person does both.
PEOPLE = "ck_grocery_refund_proposal_people"
TWO_PEOPLE = "ck_grocery_refund_proposal_two_people"
