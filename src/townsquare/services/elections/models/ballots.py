"""What keeps ballots of the board unlike each other; no row of it has a time.

Rows lie by place on the roll, by credential or by hash, and not as they came.
"""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model
from townsquare.services.elections.models.elections import WHOLE

SORTED: dict[str, Any] = {"sqlite_with_rowid": False}


class BallotRow(Model):
    """A ballot of the board: of which credential, its number among theirs, and its hash.

    `by_server` repeats what its body says: to look through all bodies takes long.
    """

    __tablename__ = "elections_ballot"

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    body_hash: Mapped[str] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("elections_credential.id"))
    sequence: Mapped[int]
    board_seq: Mapped[int]
    by_server: Mapped[bool]

    __table_args__ = (
        CheckConstraint("sequence >= 1", name="sequence"),
        Index(
            "uq_elections_ballot_sequence",
            *("election_id", "credential_id", "sequence"),
            unique=True,
        ),
        Index("uq_elections_ballot_seq", "election_id", "board_seq", unique=True),
        SORTED,
    )


class ClaimRow(Model):
    """Which credential somebody of the roll votes with; it ends where the credential is void."""

    __tablename__ = "elections_credential_claim"

    roll_entry_id: Mapped[int] = mapped_column(
        ForeignKey("elections_roll_entry.id"), primary_key=True, autoincrement=False
    )
    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    credential_id: Mapped[int] = mapped_column(ForeignKey("elections_credential.id"))

    __table_args__ = (
        Index("uq_elections_claim_credential", "election_id", "credential_id", unique=True),
    )


class ChallengedRow(Model):
    """A ballot that somebody had opened instead of casting it; it never comes onto the board."""

    __tablename__ = "elections_challenged"
    __table_args__ = SORTED

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    body_hash: Mapped[str] = mapped_column(primary_key=True)
    board_seq: Mapped[int]


URN = "elections_urn_is_sealed"  # What the database says to whoever changes what was cast.
