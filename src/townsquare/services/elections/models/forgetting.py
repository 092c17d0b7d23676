"""What a roll knows of somebody beside their place on it: challenges, and removals they decided."""

from collections.abc import Iterator

from sqlalchemy import select, update
from sqlalchemy.sql.elements import ColumnElement

from townsquare.core.parts import Sheet, Somebody, sheet
from townsquare.core.usecase import Context
from townsquare.services.elections.models.elections import ElectionRow, VoterRow
from townsquare.services.elections.models.rolling import ChallengeRow, RemovalRow

GONE = "(left)"  # In place of what was said about somebody who has left.


def judgements_of(ctx: Context, who: Somebody, is_them: ColumnElement[bool]) -> Iterator[Sheet]:
    """Return challenges to somebody or by them, and the removals in which they had a part."""
    one, gone = ChallengeRow, RemovalRow
    theirs = one.number.in_(select(VoterRow.number).where(is_them))
    mine = theirs | (one.filed_by_id == who.account) | (one.decided_by_id == who.account)
    told = select(ElectionRow.title, one.created_at, one.grounds, one.state, one.ruling)
    joined = told.join(one, one.election_id == ElectionRow.id)
    yield sheet(ctx.db, "challenges", joined.where(mine).order_by(one.id))
    proposed = (gone.proposed_by_id == who.account) | (gone.confirmed_by_id == who.account)
    seen = select(ElectionRow.title, gone.created_at, gone.precinct)
    parts = seen.join(gone, gone.election_id == ElectionRow.id)
    yield sheet(ctx.db, "removals", parts.where(proposed).order_by(gone.id))


def forget_challenges(ctx: Context, voter: VoterRow) -> None:
    """Take out what was said about a voter who leaves; that it was decided stays."""
    theirs = update(ChallengeRow).where(ChallengeRow.number == voter.number)
    ctx.db.execute(theirs.values(number=f"left-{voter.public_id}", grounds=GONE))
    decided = ChallengeRow.state != "open"
    same = update(ChallengeRow).where(ChallengeRow.number == f"left-{voter.public_id}", decided)
    ctx.db.execute(same.values(ruling=GONE))
