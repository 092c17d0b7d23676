"""How many have voted: of a board by its checkpoints, of a poll coarsely, never per voter."""

from bisect import bisect_right
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townsquare.core.realtime import publish
from townsquare.core.usecase import Context
from townsquare.services.elections.models.appending import Entered
from townsquare.services.elections.models.ballots import BallotRow
from townsquare.services.elections.models.board import CheckpointRow
from townsquare.services.elections.models.box import SlotRow
from townsquare.services.elections.models.elections import ElectionRow, RollRow
from townsquare.services.elections.models.reading import moment
from townsquare.services.elections.results.turnout import Hour
from townsquare.services.elections.rules.percents import SMALL_ROLL, coarse


def tell_checkpoint(ctx: Context, row: ElectionRow, head: Entered, *, at: str) -> None:
    """Tell the head of a board that was just signed, and how many had voted by then.

    Entries are told together at a checkpoint and not one by one: a message for each would say to
    the second when somebody voted, and a board that grows fast would flood its readers.
    """
    signed = {"election": row.public_id, "seq": head.seq, "hash": head.hash, "at": at}
    publish(ctx, f"elections.{row.public_id}.board", signed)
    voted = _first_ballots(ctx.db, row.id, until=head.seq)
    told = {"election": row.public_id, "voted": voted, "at": at}
    publish(ctx, f"elections.{row.public_id}.turnout", told)


def tell_polls(ctx: Context) -> int:
    """Tell the turnout of each open poll with a hundred voters or more; return of how many.

    A vote leaves no line (decision 25). So the number is rounded down to tens, and it is told by
    the clock whether or not anybody has voted since: the time of a message says nothing about
    anybody's vote, and of a small poll nothing is told at all.
    """
    now = moment(ctx)
    voters = select(func.count(RollRow.id)).where(RollRow.election_id == ElectionRow.id)
    voting = select(func.count(SlotRow.slot_hash)).where(SlotRow.poll_id == ElectionRow.id)
    chosen = select(
        ElectionRow.public_id, voters.scalar_subquery(), voting.scalar_subquery()
    ).where(
        ElectionRow.tier == "poll",
        ElectionRow.state == "frozen",
        ElectionRow.opens_at <= now,
        ElectionRow.closes_at > now,
    )
    large = [one for one in ctx.db.execute(chosen).all() if one[1] >= SMALL_ROLL]
    for election, on_roll, voted in large:
        told = {"election": election, "voters": on_roll, "voted": coarse(voted, on_roll)}
        publish(ctx, f"elections.{election}.turnout", {**told, "at_least": True})
    return len(large)


def by_hour(db: Session, row: ElectionRow) -> list[Hour]:
    """Return how many had voted by the last checkpoint of each hour, on the clock of the election.

    Which entry of a board is whose first ballot is public; when it came only a checkpoint says.
    """
    chosen = select(CheckpointRow.at, CheckpointRow.seq).filter_by(election_id=row.id)
    zone = ZoneInfo(row.zone)
    last: dict[datetime, int] = {}
    for at, seq in db.execute(chosen.order_by(CheckpointRow.seq)):
        hour = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        last[hour] = seq
    firsts = select(BallotRow.board_seq).filter_by(election_id=row.id, sequence=1)
    entered = db.scalars(firsts.order_by(BallotRow.board_seq)).all()
    return [Hour(hour, bisect_right(entered, seq)) for hour, seq in last.items()]


def _first_ballots(db: Session, election_id: int, *, until: int) -> int:
    """Return how many credentials have a ballot among the entries up to this one."""
    chosen = select(func.count()).select_from(BallotRow)
    counted = chosen.filter_by(election_id=election_id, sequence=1)
    return db.execute(counted.where(BallotRow.board_seq <= until)).scalar_one()
