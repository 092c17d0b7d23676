"""What is said of places on a roll before it is frozen: challenges, and removals by two people."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.elections.models.elections import WHOLE


class ChallengeRow(Recorded, Model):
    """Somebody's grounds why a voter should not be on a roll, and what another person decided."""

    __tablename__ = "elections_challenge"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    number: Mapped[str]
    grounds: Mapped[str]
    filed_by: Mapped[str]
    filed_by_id: Mapped[int]
    state: Mapped[str] = mapped_column(default="open")
    ruling: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("grounds <> '' AND filed_by_id > 0", name="grounds"),
        CheckConstraint(
            "state = 'open' AND decided_by_id IS NULL AND ruling = ''"
            " OR state IN ('upheld', 'dismissed') AND decided_by_id > 0 AND ruling <> ''"
            " AND decided_by_id <> filed_by_id",
            name="decided",
        ),
    )


class RemovalRow(Recorded, Model):
    """That all voters of a precinct go off a roll: one person proposes it, another confirms it."""

    __tablename__ = "elections_removal"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    precinct: Mapped[str]
    proposed_by: Mapped[str]
    proposed_by_id: Mapped[int]
    confirmed_by: Mapped[str] = mapped_column(default="")
    confirmed_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("precinct <> ''", name="precinct"),
        CheckConstraint(
            "proposed_by_id > 0 AND (confirmed_by_id IS NULL OR confirmed_by_id > 0"
            " AND confirmed_by_id <> proposed_by_id)",
            name="two_people",
        ),
    )


_OPEN, _WAITING = text("state = 'open'"), text("confirmed_by_id IS NULL")
ONE_CHALLENGE = Index(
    "uq_elections_challenge_open",
    *(ChallengeRow.election_id, ChallengeRow.number),
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
ONE_REMOVAL = Index(
    "uq_elections_removal_open",
    *(RemovalRow.election_id, RemovalRow.precinct),
    unique=True,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
SAME_DECIDER = "ck_elections_challenge_decided"
SAME_REMOVER = "ck_elections_removal_two_people"
UNDECIDED = "elections_roll_undecided"  # What the database says at the freezing.
