"""Precincts, and the returns of paper elections: versions that stay, each seen by two people."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.elections.models.elections import WHOLE

PRECINCT = "elections_precinct.id"
RETURN_STATES = ("draft", "submitted", "approved", "returned", "superseded")
ENTER, APPROVE = "enter", "approve"
ROLES = (ENTER, APPROVE)


class PrecinctRow(Recorded, Model):
    """One place whose papers are counted apart; a town or a ward may stand above it."""

    __tablename__ = "elections_precinct"

    code: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey(PRECINCT), index=True)
    polling_place: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    lat: Mapped[float | None] = mapped_column(Double)
    lon: Mapped[float | None] = mapped_column(Double)
    hours: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("lat IS NULL OR (lat >= -90 AND lat <= 90)", name="lat"),
        CheckConstraint("lon IS NULL OR (lon >= -180 AND lon <= 180)", name="lon"),
    )


ONE_PRECINCT = Index("uq_elections_precinct_code", PrecinctRow.code, unique=True)


class OfficerRow(Model):
    """Who enters or approves the returns of a precinct; nobody is both for one return."""

    __tablename__ = "elections_precinct_officer"

    precinct_id: Mapped[int] = mapped_column(ForeignKey(PRECINCT), primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    role: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (
        CheckConstraint("role IN " + str(ROLES), name="role"),
        CheckConstraint("account_id > 0", name="account"),
    )


class ElectionPrecinctRow(Model):
    """A precinct of one election, and how many were registered there when it was frozen.

    None where nobody knows how many are registered: then no bound is set by it.
    """

    __tablename__ = "elections_election_precinct"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE), primary_key=True)
    precinct_id: Mapped[int] = mapped_column(ForeignKey(PRECINCT), primary_key=True, index=True)
    registered: Mapped[int | None]

    __table_args__ = (CheckConstraint("registered IS NULL OR registered >= 0", name="registered"),)


class ReturnRow(Recorded, Model):
    """One version of what was counted in a precinct for one question.

    Its numbers never change: who corrects them enters the next version. `version` counts those of
    one precinct and question.
    """

    __tablename__ = "elections_return"

    election_id: Mapped[int]
    precinct_id: Mapped[int] = mapped_column(index=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("elections_contest.id"), index=True)
    state: Mapped[str] = mapped_column(default="draft")
    ballots: Mapped[int]
    blank: Mapped[int]
    spoiled: Mapped[int]
    registered_snapshot: Mapped[int | None]
    evidence: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[str]
    entered_by_id: Mapped[int]
    approved_by: Mapped[str] = mapped_column(default="")
    approved_by_id: Mapped[int | None]
    approved_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")  # Why it was sent back.

    __table_args__ = (
        ForeignKeyConstraint(
            ["election_id", "precinct_id"],
            ["elections_election_precinct.election_id", "elections_election_precinct.precinct_id"],
        ),
        CheckConstraint("state IN " + str(RETURN_STATES), name="state"),
        CheckConstraint(
            "ballots >= 0 AND blank >= 0 AND spoiled >= 0 AND blank + spoiled <= ballots",
            name="numbers",
        ),
        CheckConstraint(
            "registered_snapshot IS NULL OR ballots <= registered_snapshot", name="registered"
        ),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(
            "entered_by_id > 0 AND (approved_by_id IS NULL OR approved_by_id > 0)", name="people"
        ),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> entered_by_id", name="two"),
        CheckConstraint(
            "state <> 'approved' OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL)",
            name="approved",
        ),
        CheckConstraint("state <> 'returned' OR reason <> ''", name="reason"),
    )


TWO_OF_A_RETURN, MORE_THAN_REGISTERED = "ck_elections_return_two", "ck_elections_return_registered"
PEOPLE_OF_A_RETURN = "ck_elections_return_people"
ONE_VERSION = Index(
    "uq_elections_return",
    ReturnRow.election_id,
    ReturnRow.precinct_id,
    ReturnRow.contest_id,
    ReturnRow.version,
    unique=True,
)
_APPROVED = ReturnRow.state == "approved"
ONE_APPROVED = Index(
    "uq_elections_return_approved",
    ReturnRow.election_id,
    ReturnRow.precinct_id,
    ReturnRow.contest_id,
    unique=True,
    sqlite_where=_APPROVED,
    postgresql_where=_APPROVED,
)
WAITING = Index("ix_elections_return_waiting", ReturnRow.election_id, ReturnRow.state)
SHUT = "elections_return_is_shut"  # What the database says to whoever changes a kept return.


class ReturnLineRow(Model):
    """The votes of one option on one version of a return."""

    __tablename__ = "elections_return_line"

    return_id: Mapped[int] = mapped_column(ForeignKey("elections_return.id"), primary_key=True)
    option_id: Mapped[int] = mapped_column(
        ForeignKey("elections_option.id"), primary_key=True, index=True
    )
    votes: Mapped[int]

    __table_args__ = (CheckConstraint("votes >= 0", name="votes"),)


class PaperCountRow(Model):
    """That the count of a paper election was closed, by whom, and why without some returns."""

    __tablename__ = "elections_paper_count"

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    closed_by: Mapped[str]
    closed_by_id: Mapped[int]
    closed_at: Mapped[datetime]
    missing: Mapped[int]
    reason: Mapped[str]

    __table_args__ = (CheckConstraint("missing = 0 OR reason <> ''", name="reason"),)


class OutsideTotalRow(Model):
    """Votes of an option in a place as somebody else has published them, to compare with."""

    __tablename__ = "elections_outside_total"

    option_id: Mapped[int] = mapped_column(ForeignKey("elections_option.id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    votes: Mapped[int]

    __table_args__ = (CheckConstraint("votes >= 0", name="votes"),)
