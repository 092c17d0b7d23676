"""What takes two administrators: who has proposed it, who has decided it, and until when.

Also what the operator does alone at the command line is written down here, marked as such: nobody
is an administrator without a row that says how they came to it.
"""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model, Recorded

WAITS_FOR = timedelta(days=7)
WAITING, APPROVED, REFUSED = "waiting", "approved", "refused"
WITHDRAWN, EXPIRED = "withdrawn", "expired"
PEOPLE, CONSOLE = "people", "console"
APPOINTMENT, ERASURE = "administrator", "erasure"


class ProposalRow(Recorded, Model):
    """A wish that somebody becomes an administrator, or is erased; decided once, then kept.

    It is about an account, or about an address that is to be invited: the account that accepts the
    invitation takes the place of the address.
    """

    __tablename__ = "core_proposal"

    kind: Mapped[str] = mapped_column(default=APPOINTMENT, server_default=APPOINTMENT)
    origin: Mapped[str] = mapped_column(default=PEOPLE)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("core_account.id"), index=True)
    email: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=WAITING)
    expires_at: Mapped[datetime]
    proposed_by_id: Mapped[int]
    decided_by_id: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")  # Why it was refused.

    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'approved', 'refused', 'withdrawn', 'expired')", name="state"
        ),
        CheckConstraint("account_id IS NOT NULL OR email <> ''", name="about"),
        CheckConstraint("kind IN ('administrator', 'erasure')", name="kind"),
        # Nobody erases somebody else alone, also not at the command line.
        CheckConstraint(
            "kind <> 'erasure' OR (origin = 'people' AND account_id IS NOT NULL AND email = '')",
            name="erasure",
        ),
        # Only who has no account can say that they act at the command line.
        CheckConstraint(
            "(origin = 'people' AND proposed_by_id > 0)"
            " OR (origin = 'console' AND proposed_by_id = 0)",
            name="origin",
        ),
        CheckConstraint("proposed_by_id <> COALESCE(account_id, -1)", name="not_for_oneself"),
        CheckConstraint(
            "origin = 'console' OR state NOT IN ('approved', 'refused') OR"
            " (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id"
            " AND decided_by_id <> COALESCE(account_id, -1))",
            name="two_people",
        ),
        CheckConstraint(
            "origin = 'console' OR state <> 'approved' OR"
            " (decided_at IS NOT NULL AND decided_at < expires_at)",
            name="in_time",
        ),
    )


# One wish about an account waits at a time, and one about an address.
ONE_FOR_AN_ACCOUNT = Index(
    "uq_core_proposal_account",
    ProposalRow.account_id,
    unique=True,
    sqlite_where=ProposalRow.state == WAITING,
    postgresql_where=ProposalRow.state == WAITING,
)
ABOUT_AN_ADDRESS = (ProposalRow.state == WAITING) & (ProposalRow.email != "")
ONE_FOR_AN_ADDRESS = Index(
    "uq_core_proposal_email",
    ProposalRow.email,
    unique=True,
    sqlite_where=ABOUT_AN_ADDRESS,
    postgresql_where=ABOUT_AN_ADDRESS,
)
# What the CHECKs say when one person would do what takes two, or comes too late.
TWO_PEOPLE, FOR_ONESELF = "ck_core_proposal_two_people", "ck_core_proposal_not_for_oneself"
IN_TIME = "ck_core_proposal_in_time"
# What triggers say: who approves and who has proposed are administrators at that moment, ...
TWO_ADMINISTRATORS = "core_proposal_two_administrators"
# ... and nobody gets the role without an approved proposal that is about them.
UNAPPROVED = "core_account_role_unapproved"


def by_the_operator(
    db: Session, at: datetime, *, by: int = 0, account_id: int | None = None, email: str = ""
) -> ProposalRow:
    """Write down that whoever has the machine makes somebody an administrator, alone.

    The database refuses it for anybody who has an account.
    """
    row = ProposalRow(
        created_at=at,
        origin=CONSOLE,
        account_id=account_id,
        email=email,
        state=APPROVED,
        expires_at=at + WAITS_FOR,
        proposed_by_id=by,
        decided_at=at,
    )
    db.add(row)
    db.flush()
    return row
