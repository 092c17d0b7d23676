"""What must hold of returns, recomputed from their rows; most of it the database refuses itself."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from townsquare.core.breach import Breach
from townsquare.services.elections.models.box import CountRow
from townsquare.services.elections.models.elections import (
    ContestRow,
    ElectionRow,
    OptionRow,
)
from townsquare.services.elections.models.returns import ReturnLineRow, ReturnRow

NEWER = aliased(ReturnRow)
SAME = (
    (NEWER.election_id == ReturnRow.election_id)
    & (NEWER.precinct_id == ReturnRow.precinct_id)
    & (NEWER.contest_id == ReturnRow.contest_id)
)


def the_latest_approved_counts(db: Session) -> list[Breach]:
    """Return approved returns behind which a newer one was approved and is superseded."""
    older = SAME & (NEWER.version > ReturnRow.version) & NEWER.approved_at.is_not(None)
    newer = select(NEWER.id).where(older).exists()
    wrong = select(ReturnRow.public_id).where(ReturnRow.state == "approved", newer)
    return _breach(db, "the latest approved version of a return counts", wrong)


def one_version_is_open(db: Session) -> list[Breach]:
    """Return returns that wait although a newer version was entered."""
    newer = select(NEWER.id).where(SAME & (NEWER.version > ReturnRow.version)).exists()
    waits = ReturnRow.state.in_(("draft", "submitted", "returned"))
    wrong = select(ReturnRow.public_id).where(waits, newer)
    return _breach(db, "only the newest version of a return waits", wrong)


def each_option_is_told(db: Session) -> list[Breach]:
    """Return returns that do not tell the votes of each option of their question."""
    lines = _many(ReturnLineRow.return_id == ReturnRow.id, ReturnLineRow.option_id)
    options = _many(OptionRow.contest_id == ReturnRow.contest_id, OptionRow.id)
    wrong = select(ReturnRow.public_id).where(lines != options)
    return _breach(db, "a return tells the votes of each option", wrong)


def lines_sum_up_to_the_count(db: Session) -> list[Breach]:
    """Return questions of closed paper elections whose count is not the sum of their returns."""
    lines = (
        select(ContestRow.public_id, OptionRow.code, func.sum(ReturnLineRow.votes))
        .join(ElectionRow, ElectionRow.id == ContestRow.election_id)
        .join(ReturnRow, (ReturnRow.contest_id == ContestRow.id) & (ReturnRow.state == "approved"))
        .join(ReturnLineRow, ReturnLineRow.return_id == ReturnRow.id)
        .join(OptionRow, OptionRow.id == ReturnLineRow.option_id)
        .where(ElectionRow.tier == "paper", ElectionRow.state.in_(("closed", "certified")))
        .group_by(ContestRow.public_id, OptionRow.code)
    )
    sums: dict[str, dict[str, int]] = {}
    for contest, option, votes in db.execute(lines):
        sums.setdefault(contest, {})[option] = int(votes)
    counted = select(ContestRow.public_id, CountRow.votes).join(
        CountRow, CountRow.contest_id == ContestRow.id
    )
    kept: dict[str, Any] = dict(map(tuple[str, Any], db.execute(counted)))
    wrong = [contest for contest, votes in sums.items() if kept.get(contest) != votes]
    rule = "the count of a paper election is the sum of its approved returns"
    return [Breach(rule, tuple(sorted(wrong)))] if wrong else []


OF_RETURNS = (
    the_latest_approved_counts,
    one_version_is_open,
    each_option_is_told,
    lines_sum_up_to_the_count,
)


def _many(condition: Any, column: Any) -> Any:  # noqa: ANN401 (of any table)
    return select(func.count(column)).where(condition).scalar_subquery()


def _breach(db: Session, rule: str, wrong: Any) -> list[Breach]:  # noqa: ANN401 (any statement)
    rows = tuple(sorted(db.scalars(wrong)))
    return [Breach(rule, rows)] if rows else []
