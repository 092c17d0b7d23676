"""The majority that a question asks for: how it is kept, of what it is a part, who reaches it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.returns import ElectionPrecinctRow
from townsquare.services.elections.models.styles import styles_of
from townsquare.services.elections.models.weighing import alike_of, asked_of, weighed
from townsquare.services.elections.results.majorities import Majority, MajorityCount
from townsquare.services.elections.rules.parts import ROLL, Papers, needed, papers_of, passes

if TYPE_CHECKING:
    from townsquare.services.elections.rules.tallies import Tally


def majority_of(row: ContestRow) -> Majority | None:
    """Return the majority that a question asks for, if it asks for one."""
    if row.majority_num is None:
        return None
    told = (row.majority_num, row.majority_den or 1, bool(row.majority_strict))
    return Majority(*told, row.majority_base or "")


def whole_of(db: Session, row: ElectionRow, code: str, *, asked: Majority, papers: Papers) -> int:
    """Return what the majority of a question is a part of, by weight."""
    if asked.base != ROLL:
        return papers_of(asked.base, papers)
    if row.tier == "paper":
        return registered_of(db, row.id)
    found = alike_of(db, row.id)
    styles = styles_of(db, row.id) if any(one.style for one in found) else {}
    return weighed(asked_of(found, code, styles)).weight


def registered_of(db: Session, election_id: int) -> int:
    """Return how many are registered in all precincts; 0 where nobody knows it of one of them."""
    place = ElectionPrecinctRow
    chosen = select(func.count(), func.count(place.registered), func.sum(place.registered))
    places, known, sum_ = db.execute(chosen.where(place.election_id == election_id)).one()
    return int(sum_ or 0) if known == places else 0


def reckoned(asked: Majority, whole: int, votes: Iterable[int]) -> MajorityCount:
    """Return whether the most of these votes reach a majority of a whole."""
    part, best = (asked.num, asked.den), max(votes, default=0)
    enough = needed(whole, part, strict=asked.strict)
    return MajorityCount(asked, whole, enough, best, passes(best, whole, part, strict=asked.strict))


def settled(
    db: Session, row: ElectionRow, found: "Tally", *, contest: ContestRow, spoiled: int = 0
) -> "Tally":
    """Return a count in which nobody is elected, or tied for a seat, without the majority.

    The table stays as it was counted; it knows of sums and of nothing else.
    """
    asked = majority_of(contest)
    if asked is None:
        return found
    papers = Papers(found.papers, found.blank, spoiled)
    whole = whole_of(db, row, contest.code, asked=asked, papers=papers)
    part, strict = (asked.num, asked.den), asked.strict
    enough = {
        code for code, votes in found.votes.items() if passes(votes, whole, part, strict=strict)
    }
    elected = [code for code in found.elected if code in enough]
    return found._replace(elected=elected, tied=[code for code in found.tied if code in enough])
