"""A roll and who of it took part, by people and by weight: groups of voters who count alike."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townsquare.services.elections.models.box import ParticipationRow
from townsquare.services.elections.models.elections import RollRow
from townsquare.services.elections.models.styles import StyleRow


class Alike(NamedTuple):
    """Voters of one style (empty: of all questions) and one weight, and how many took part."""

    style: str
    weight: int
    voters: int
    voted: int


class Weighed(NamedTuple):
    """How many may vote and did, as people and by weight; `by_weight` where those may differ."""

    voters: int
    voted: int
    weight: int
    weight_voted: int
    by_weight: bool


def alike_of(db: Session, election: int) -> list[Alike]:
    """Return the voters of a roll by style and weight; nobody took part before the closing."""
    chosen = (
        select(
            *(StyleRow.code, RollRow.weight),
            *(func.count(RollRow.id), func.count(ParticipationRow.roll_entry_id)),
        )
        .select_from(RollRow)
        .outerjoin(StyleRow, StyleRow.id == RollRow.style_id)
        .outerjoin(ParticipationRow, ParticipationRow.roll_entry_id == RollRow.id)
        .where(RollRow.election_id == election)
        .group_by(StyleRow.code, RollRow.weight)
    )
    return [Alike(style or "", *counts) for style, *counts in db.execute(chosen)]


def asked_of(
    found: Iterable[Alike], contest: str, styles: Mapping[str, Sequence[str]]
) -> list[Alike]:
    """Return those of the voters who are asked a question, by its code."""
    return [one for one in found if not one.style or contest in styles.get(one.style, ())]


def weighed(found: Iterable[Alike]) -> Weighed:
    """Return how many all of these are."""
    told = list(found)
    return Weighed(
        sum(one.voters for one in told),
        sum(one.voted for one in told),
        sum(one.weight * one.voters for one in told),
        sum(one.weight * one.voted for one in told),
        any(one.weight != 1 for one in told),
    )
