"""Who stands for election: parties, the lists of their agents, and candidates."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.elections.models.elections import WHOLE

FILED, INCOMPLETE, ACCEPTED = "filed", "incomplete", "accepted"
REJECTED, WITHDRAWN, DISQUALIFIED = "rejected", "withdrawn", "disqualified"
STATES = (FILED, INCOMPLETE, ACCEPTED, REJECTED, WITHDRAWN, DISQUALIFIED)
PUBLIC = (ACCEPTED, DISQUALIFIED)  # Who stands on the ballot.
WAITING = (FILED, INCOMPLETE)
ATOMIC, ROWS = MODES = ("atomic", "rows")
LARGEST_KEPT = 256 * 1024  # Bytes of a picture as it is kept.


def shown_whole(column: str) -> str:
    """Return that a picture is kept with its type and its digest, or none of the three."""
    return (
        f"{column} IS NULL AND {column}_type = '' AND {column}_hash = '' OR"
        f" {column} IS NOT NULL AND length({column}) BETWEEN 1 AND {LARGEST_KEPT}"
        f" AND {column}_type LIKE 'image/%' AND length({column}_hash) = 64"
    )


class PartyRow(Recorded, Model):
    """A party of the town; its agent files its lists."""

    __tablename__ = "elections_party"

    code: Mapped[str]
    name: Mapped[str]
    colour: Mapped[str]
    agent: Mapped[str] = mapped_column(default="")
    agent_id: Mapped[int | None]
    symbol: Mapped[bytes | None] = mapped_column(deferred=True)  # No list carries it.
    symbol_type: Mapped[str] = mapped_column(default="", server_default="")
    symbol_hash: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (
        CheckConstraint("agent_id IS NULL OR agent_id > 0", name="agent"),
        CheckConstraint(shown_whole("symbol"), name="symbol"),
    )


ONE_PARTY = Index("uq_elections_party", PartyRow.code, unique=True)
BY_SYMBOL = Index("ix_elections_party_symbol", PartyRow.symbol_hash)


class SlateRow(Recorded, Model):
    """A list of candidates as an agent sent it: what file it was, and what came of its lines."""

    __tablename__ = "elections_slate"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    party_id: Mapped[int] = mapped_column(ForeignKey("elections_party.id"))
    agent: Mapped[str]
    agent_id: Mapped[int]
    mode: Mapped[str]
    file_hash: Mapped[str]
    saved: Mapped[int]
    refused: Mapped[int]

    __table_args__ = (
        CheckConstraint("mode IN " + str(MODES), name="mode"),
        CheckConstraint("length(file_hash) = 64", name="file_hash"),
        CheckConstraint(
            "saved >= 1 AND refused >= 0 AND (mode = 'rows' OR refused = 0)", name="counts"
        ),
    )


OF_SLATES = Index("ix_elections_slate_election", SlateRow.election_id, SlateRow.id)


class CandidateRow(Recorded, Model):
    """Somebody who stands, or wishes to; the option of an accepted one is on the ballot.

    Address and phone are for officers and for who has filed them, nobody else.
    """

    __tablename__ = "elections_candidate"

    election_id: Mapped[int]
    contest_id: Mapped[int]
    code: Mapped[str]
    given: Mapped[str]
    middle: Mapped[str] = mapped_column(default="")
    family: Mapped[str]
    ballot_name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    statement: Mapped[str] = mapped_column(default="")
    party_id: Mapped[int | None] = mapped_column(ForeignKey("elections_party.id"))
    slate_id: Mapped[int | None] = mapped_column(ForeignKey("elections_slate.id"), index=True)
    person: Mapped[str | None]
    filed_on: Mapped[date]
    state: Mapped[str] = mapped_column(default=FILED)
    option_code: Mapped[str | None]
    decided_by: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")
    photo: Mapped[bytes | None] = mapped_column(deferred=True)
    photo_type: Mapped[str] = mapped_column(default="", server_default="")
    photo_hash: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (
        CheckConstraint(shown_whole("photo"), name="photo"),
        ForeignKeyConstraint(
            ["election_id", "contest_id"],
            ["elections_contest.election_id", "elections_contest.id"],
            name="fk_elections_candidate_contest",
        ),
        ForeignKeyConstraint(
            ["contest_id", "option_code"],
            ["elections_option.contest_id", "elections_option.code"],
            name="fk_elections_candidate_option",
        ),
        CheckConstraint("state IN " + str(STATES), name="state"),
        CheckConstraint(
            "(state IN ('accepted', 'disqualified')) = (option_code IS NOT NULL)", name="option"
        ),
        CheckConstraint(
            "state IN ('filed', 'withdrawn') OR decided_by_id IS NOT NULL AND decided_by_id > 0",
            name="decided",
        ),
        CheckConstraint(
            "state NOT IN ('incomplete', 'rejected', 'disqualified') OR reason <> ''",
            name="reason",
        ),
    )


ONE_CANDIDATE = Index(
    "uq_elections_candidate", CandidateRow.election_id, CandidateRow.code, unique=True
)
ONE_STANDING = Index(
    "uq_elections_candidate_person", CandidateRow.contest_id, CandidateRow.person, unique=True
)
ONE_OPTION = Index(
    "uq_elections_candidate_option", CandidateRow.contest_id, CandidateRow.option_code, unique=True
)
OF_STATE = Index(
    "ix_elections_candidate_state", CandidateRow.election_id, CandidateRow.state, CandidateRow.id
)
BY_PHOTO = Index("ix_elections_candidate_photo", CandidateRow.photo_hash)
