"""Candidates who are struck out of a frozen election: two people decide it, everybody reads it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.elections.models.board import BoardRow, of_kind
from townsquare.services.elections.models.deciding import DecisionRow
from townsquare.services.elections.models.elections import WHOLE, ContestRow, ElectionRow
from townsquare.services.elections.models.nominations import ACCEPTED, DISQUALIFIED, CandidateRow
from townsquare.services.elections.results.deciding import Strike
from townsquare.services.elections.results.voting import Struck
from townsquare.services.elections.rules.deciding import STRUCK_IN


class DisqualificationRow(Recorded, Model):
    """Why a candidate of a frozen election cannot win: one person says it, another confirms it.

    Once confirmed it stays; a trigger lets a candidate be disqualified only by such a row.
    """

    __tablename__ = "elections_disqualification"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE), index=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("elections_candidate.id"))
    reason: Mapped[str]
    proposed_by: Mapped[str]
    proposed_by_id: Mapped[int]
    confirmed_by: Mapped[str] = mapped_column(default="")
    confirmed_by_id: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(
            "proposed_by_id > 0 AND (confirmed_by_id IS NULL OR confirmed_by_id > 0"
            " AND confirmed_by_id <> proposed_by_id)",
            name="two_people",
        ),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
    )


ONE_STRIKE = Index("uq_elections_disqualification", DisqualificationRow.candidate_id, unique=True)
TWO_STRIKE = "ck_elections_disqualification_two_people"


def struck_in(db: Session, election: int) -> dict[str, list[Struck]]:
    """Return who was struck out of an election, by the codes of the questions they stood in."""
    row, two = CandidateRow, DisqualificationRow
    chosen = (
        select(
            *(ContestRow.code, ContestRow.title),
            *(func.coalesce(row.option_code, ""), row.ballot_name, row.reason),
            func.coalesce(two.proposed_by, ""),
            func.coalesce(two.confirmed_by, row.decided_by),
            two.confirmed_at,
        )
        .join(ContestRow, ContestRow.id == row.contest_id)
        .outerjoin(two, (two.candidate_id == row.id) & two.confirmed_by_id.is_not(None))
        .where(row.election_id == election, row.state == DISQUALIFIED)
        .order_by(ContestRow.position, row.id)
    )
    found: dict[str, list[Struck]] = {}
    for told in db.execute(chosen):
        found.setdefault(told.code, []).append(Struck(*told))
    return found


def can_be_struck(db: Session, row: ElectionRow) -> bool:
    """Tell whether candidates can be struck out of an election: until it is counted.

    Not while it is counted again, nor once a board has its result: everybody knows who has won.
    """
    if row.state not in STRUCK_IN or row.tier == "imported":
        return False
    again = exists().where(
        DecisionRow.election_id == row.id,
        DecisionRow.kind == "recount",
        DecisionRow.confirmed_by_id.is_not(None),
    )
    known = exists().where(BoardRow.election_id == row.id, of_kind("result"))
    return not db.scalar(select(again | known))


def strikes_of(db: Session, row: ElectionRow, account: int) -> list[Strike]:
    """Return whom somebody would strike out of an election; nobody has confirmed it yet."""
    two = DisqualificationRow
    chosen = (
        select(two, CandidateRow.ballot_name, ContestRow.code, ContestRow.title)
        .join(CandidateRow, CandidateRow.id == two.candidate_id)
        .join(ContestRow, ContestRow.id == CandidateRow.contest_id)
        .where(two.election_id == row.id, two.confirmed_by_id.is_(None))
        .order_by(two.id)
    )
    found = db.execute(chosen).all()
    timely = bool(found) and can_be_struck(db, row)
    return [
        Strike(
            one.public_id,
            name,
            code,
            question,
            one.reason,
            one.proposed_by,
            one.proposed_by_id == account,
            timely,
        )
        for one, name, code, question in found
    ]


def strikable(db: Session, row: ElectionRow) -> dict[str, str]:
    """Return who can be struck out of an election now, and of which question.

    By the ids of the candidacies; somebody may stand in two questions.
    """
    if not can_be_struck(db, row):
        return {}
    named = DisqualificationRow.candidate_id == CandidateRow.id
    chosen = (
        select(CandidateRow.public_id, CandidateRow.ballot_name, ContestRow.title)
        .join(ContestRow, ContestRow.id == CandidateRow.contest_id)
        .outerjoin(DisqualificationRow, named)
        .where(CandidateRow.election_id == row.id, CandidateRow.state == ACCEPTED)
        .where(DisqualificationRow.id.is_(None))
        .order_by(ContestRow.position, CandidateRow.id)
    )
    return {one: f"{name} \u2013 {question}" for one, name, question in db.execute(chosen)}
