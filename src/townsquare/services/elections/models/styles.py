"""Ballot styles: which of the questions somebody votes on; who has none votes on all of them."""

from collections.abc import Mapping

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.services.elections.errors.rolls import UnknownStyle
from townsquare.services.elections.models.elections import WHOLE, ContestRow, RollRow


class StyleRow(Recorded, Model):
    """One style of an election, by its code."""

    __tablename__ = "elections_style"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    code: Mapped[str]
    title: Mapped[str]

    __table_args__ = (CheckConstraint("code NOT IN ('', 'all')", name="code"),)


ONE_STYLE = Index("uq_elections_style_code", StyleRow.election_id, StyleRow.code, unique=True)
# A precinct refers to both, so that none has a style of another election.
OF_ELECTION = Index("uq_elections_style_of", StyleRow.election_id, StyleRow.id, unique=True)


class StyleContestRow(Model):
    """One question of a style; it stands there in the order of the election."""

    __tablename__ = "elections_style_contest"

    style_id: Mapped[int] = mapped_column(ForeignKey("elections_style.id"), primary_key=True)
    contest_id: Mapped[int] = mapped_column(
        ForeignKey("elections_contest.id"), primary_key=True, index=True
    )


class PrecinctStyleRow(Recorded, Model):
    """Which style those of a precinct have on the roll of an election who have none of their own.

    `precinct` is its code as the roll has it.
    """

    __tablename__ = "elections_precinct_style"

    election_id: Mapped[int] = mapped_column(ForeignKey(WHOLE))
    precinct: Mapped[str]
    style_id: Mapped[int]

    __table_args__ = (
        CheckConstraint("precinct <> ''", name="precinct"),
        ForeignKeyConstraint(
            ["election_id", "style_id"],
            ["elections_style.election_id", "elections_style.id"],
            name="fk_elections_precinct_style_style",
        ),
        Index("ix_elections_precinct_style_style", "election_id", "style_id"),
    )


ONE_OF_PRECINCT = Index(
    "uq_elections_precinct_style",
    *(PrecinctStyleRow.election_id, PrecinctStyleRow.precinct),
    unique=True,
)
WITHOUT_OWN = RollRow.style_id.is_(None) | RollRow.style_by_precinct


def style_named(db: Session, election: int, code: str) -> int:
    """Return the style of an election that has this code; UnknownStyle if there is none."""
    chosen = select(StyleRow.id).where(StyleRow.election_id == election, StyleRow.code == code)
    found = db.scalar(chosen)
    if found is None:
        raise UnknownStyle(style=code)
    return found


def style_of_precinct(db: Session, election: int, precinct: str) -> int | None:
    """Return the style that is said of a precinct; None where nobody says any."""
    said = PrecinctStyleRow.election_id == election, PrecinctStyleRow.precinct == precinct
    return db.scalar(select(PrecinctStyleRow.style_id).where(*said))


def follow_precinct(db: Session, election: int, precinct: str) -> int:
    """Let those of a precinct have its style, or none, who have none of their own.

    Returns of how many this changes something; the draft must be ours.
    """
    style = style_of_precinct(db, election, precinct)
    mine = RollRow.election_id == election, RollRow.precinct == precinct, WITHOUT_OWN
    told = {"style_id": style, "style_by_precinct": style is not None}
    changed = (
        update(RollRow)
        .where(*mine, RollRow.style_id.is_distinct_from(style))
        .values(**told, version=RollRow.version + 1)
        .returning(RollRow.id)
    )
    return len(db.execute(changed, execution_options={"synchronize_session": False}).all())


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
