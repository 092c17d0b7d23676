"""What is not settled of a roll before it is frozen, and what should be thought about it."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from townsquare.core.words import translatable
from townsquare.services.elections.models.elections import ElectionRow, RollRow, VoterRow
from townsquare.services.elections.models.readiness import FEW
from townsquare.services.elections.models.reading import contests_of
from townsquare.services.elections.models.styles import StyleContestRow, StyleRow, styles_of
from townsquare.services.elections.models.weighing import alike_of, asked_of, weighed
from townsquare.services.elections.results.elections import Warned

FEW_ALIKE, FEW_ASKED = "few-alike", "few-asked"
FEWEST = 5  # Voters who share a weight and a style.
WITH_STYLES = ("poll", "encrypted")
CHALLENGED = translatable("somebody on its roll is challenged, and nobody has decided that yet")
SUSPENDED = translatable("somebody on its roll is suspended; take them off it")
WEIGHED = translatable("somebody on its roll has a weight, which an election of its kind has not")
STYLED = translatable("somebody on its roll has a style, which an election of its kind has not")
EMPTY_STYLE = translatable("a style has no question; take it out or name its questions anew")


def unsettled(db: Session, row: ElectionRow) -> list[str]:
    """Return in words what keeps a roll from being frozen."""
    mine = RollRow.election_id == row.id
    voters = select(RollRow.id).join(VoterRow, VoterRow.id == RollRow.voter_id).where(mine)
    styles = select(StyleRow.id).where(
        StyleRow.election_id == row.id,
        ~exists().where(StyleContestRow.style_id == StyleRow.id),
    )
    checks = {
        CHALLENGED: voters.where(RollRow.state == "challenged"),
        SUSPENDED: voters.where(VoterRow.state == "suspended"),
        EMPTY_STYLE: styles,
    }
    if row.tier not in WITH_STYLES:
        checks[WEIGHED] = voters.where(RollRow.weight != 1)
        checks[STYLED] = voters.where(RollRow.style_id.is_not(None))
    found = db.execute(select(*(one.exists() for one in checks.values()))).one()
    return [sentence for sentence, is_so in zip(checks, found, strict=True) if is_so]


def few_alike(db: Session, row: ElectionRow) -> list[Warned]:
    """Return what may single voters out: few share a weight and a style, or are asked a question.

    A roll on which all are alike is warned of by its size alone, and so is a question of all. A
    question that fewer than ten are asked is a small unit that can be merged with no other one.
    """
    found = alike_of(db, row.id)
    few = len(found) > 1 and min(one.voters for one in found) < FEWEST
    told = [Warned(FEW_ALIKE, "")] if few else []
    if weighed(found).voters < FEW or not any(one.style for one in found):
        return told
    styles = styles_of(db, row.id)
    small = [
        one.title
        for one in contests_of(db, row.id)
        if weighed(asked_of(found, one.code, styles)).voters < FEW
    ]
    return [*told, *(Warned(FEW_ASKED, title) for title in small)]
