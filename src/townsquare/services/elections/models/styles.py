"""Ballot styles: which of the questions somebody votes on; who has none votes on all of them."""

from collections.abc import Mapping

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.elections.models.elections import WHOLE, ContestRow


class StyleRow(Recorded, Model):
    """One style of an election, by its code."""

    __tablename__ = "elections_style"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    code: Mapped[str]
    title: Mapped[str]

    __table_args__ = (CheckConstraint("code NOT IN ('', 'all')", name="code"),)


ONE_STYLE = Index("uq_elections_style_code", StyleRow.election_id, StyleRow.code, unique=True)


class StyleContestRow(Model):
    """One question of a style; it stands there in the order of the election."""

    __tablename__ = "elections_style_contest"

    style_id: Mapped[int] = mapped_column(ForeignKey("elections_style.id"), primary_key=True)
    contest_id: Mapped[int] = mapped_column(
        ForeignKey("elections_contest.id"), primary_key=True, index=True
    )


def styles_of(db: Session, election: int) -> Mapping[str, list[str]]:
    """Return the codes of the questions of each style, in the order of the election."""
    chosen = (
        select(StyleRow.code, ContestRow.code)
        .join(StyleContestRow, StyleContestRow.style_id == StyleRow.id)
        .join(ContestRow, ContestRow.id == StyleContestRow.contest_id)
        .where(StyleRow.election_id == election)
        .order_by(StyleRow.id, ContestRow.position)
    )
    found: dict[str, list[str]] = {}
    for style, contest in db.execute(chosen):
        found.setdefault(style, []).append(contest)
    return found
