"""What stands between an election and its certification, read anew each time it is asked."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from townsquare.core.errors import Conflict
from townsquare.services.elections.errors.judging import (
    AppealsOpen,
    Miscounted,
    NotNow,
    Unreconciled,
    VerifiersDisagree,
)
from townsquare.services.elections.models.appending import head_of
from townsquare.services.elections.models.deciding import RESULT, DisputeRow, VerificationRow
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.returning import expected, gaps_of, votes_of
from townsquare.services.elections.models.returns import PaperCountRow, ReturnRow
from townsquare.services.elections.models.tallying import miscounted
from townsquare.services.elections.results.deciding import Step, Verification

Check = Callable[[Session, ElectionRow, datetime], bool]


def appeals_until(row: ElectionRow) -> datetime:
    """Return until when people may object before anybody certifies."""
    return row.closes_at + timedelta(days=row.appeal_days)


def is_disputed(db: Session, row: ElectionRow) -> bool:
    """Tell whether an objection to the result has no ruling yet."""
    waiting = exists().where(
        DisputeRow.election_id == row.id, DisputeRow.kind == RESULT, DisputeRow.state == "open"
    )
    return bool(db.scalar(select(waiting)))


def is_explained(db: Session, row: ElectionRow) -> bool:
    """Tell whether the officers have ruled on an objection to the result."""
    ruled = exists().where(
        DisputeRow.election_id == row.id, DisputeRow.kind == RESULT, DisputeRow.state == "ruled"
    )
    return bool(db.scalar(select(ruled)))


def agreed_report(db: Session, row: ElectionRow) -> VerificationRow | None:
    """Return the report in which both programs agree that the board of now is all good."""
    head = head_of(db, row.id)
    if head is None:
        return None
    reports = db.scalars(
        select(VerificationRow)
        .filter_by(election_id=row.id, good=True, head=head.hash)
        .order_by(VerificationRow.id.desc())
    ).all()
    theirs = {one.report_hash for one in reports if one.implementation == "javascript"}
    ours = (one for one in reports if one.implementation == "python")
    return next((one for one in ours if one.report_hash in theirs), None)


def told_report(row: VerificationRow) -> Verification:
    """Return what is told of a report, without what it lists."""
    return Verification(row.implementation, row.report_hash, row.head, row.good, row.sent_by)


def _counted(_db: Session, row: ElectionRow, _now: datetime) -> bool:
    return row.state == "closed"


def _recounted(db: Session, row: ElectionRow, _now: datetime) -> bool:
    return not miscounted(db, row)


def _verified(db: Session, row: ElectionRow, _now: datetime) -> bool:
    return agreed_report(db, row) is not None


def _reconciled(db: Session, row: ElectionRow, _now: datetime) -> bool:
    """Tell whether each return is approved and adds up, or a ruling explains what does not."""
    places, questions = expected(db, row.id)
    approved = (
        select(ReturnRow, ContestRow)
        .join(ContestRow, ContestRow.id == ReturnRow.contest_id)
        .where(ReturnRow.election_id == row.id, ReturnRow.state == "approved")
    )
    found = list(map(tuple[ReturnRow, ContestRow], db.execute(approved)))
    votes = votes_of(db, [one.id for one, _contest in found])
    odd = any(gaps_of(one, contest, votes.get(one.id, {})) for one, contest in found)
    counted = sum(1 for one, _contest in found if one.registered_snapshot != 0)
    return (counted == places * questions and not odd) or _closed_and_ruled(db, row)


def _closed_and_ruled(db: Session, row: ElectionRow) -> bool:
    """Tell whether officers have ruled since the count was closed: before, nobody knew its gaps."""
    closed = select(PaperCountRow.closed_at).filter_by(election_id=row.id).scalar_subquery()
    since = exists().where(
        DisputeRow.election_id == row.id, DisputeRow.kind == RESULT, DisputeRow.ruled_at >= closed
    )
    return bool(db.scalar(select(since)))


def _unopposed(db: Session, row: ElectionRow, now: datetime) -> bool:
    return appeals_until(row) <= now and not is_disputed(db, row)


# What is asked of each tier, in the order in which it is refused.
OF_TIERS: dict[str, tuple[tuple[type[Conflict], Check], ...]] = {
    "poll": ((Miscounted, _recounted),),
    "encrypted": ((VerifiersDisagree, _verified),),
    "paper": ((Unreconciled, _reconciled),),
    "imported": ((Miscounted, _recounted),),
}


def conditions(row: ElectionRow) -> list[tuple[type[Conflict], Check]]:
    """Return what is asked before this election is certified, each with its refusal."""
    return [(NotNow, _counted), *OF_TIERS[row.tier], (AppealsOpen, _unopposed)]


def steps_of(db: Session, row: ElectionRow, now: datetime) -> list[Step]:
    """Return each condition of a certification and whether it is met; nothing before the count."""
    if not _counted(db, row, now):
        return [Step(error.code, done=False) for error, _check in conditions(row)]
    return [Step(error.code, check(db, row, now)) for error, check in conditions(row)]
