"""The closing of an encrypted election: from here on no ballot comes onto its board."""

from sqlalchemy import func, insert, select

from townsquare.core.usecase import Context
from townsquare.services.elections.models.appending import append, open_by_clock, written
from townsquare.services.elections.models.ballots import BallotRow, ClaimRow
from townsquare.services.elections.models.box import ParticipationRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.signing import stamp
from townsquare.services.elections.rules.moments import zoned


def close_board(ctx: Context, row: ElectionRow) -> None:
    """Enter the closing at `closes_at`, sign the board, and write down who took part.

    The row must be `locked` and frozen. Who took part is written in the order of the roll, all in
    one go and with the day of the closing: nothing says any more when somebody voted.
    """
    open_by_clock(ctx, row)
    cast = select(func.count()).select_from(BallotRow).filter_by(election_id=row.id)
    facts = {"at": written(row.closes_at), "ballots": ctx.db.scalar(cast) or 0}
    append(ctx, row, "close", body=facts)
    row.state, row.version = "counting", row.version + 1
    ctx.db.flush()
    stamp(ctx, row)
    day = zoned(row.closes_at, row.zone).date()
    voted = select(ClaimRow.roll_entry_id).filter_by(election_id=row.id)
    marks = [
        {"roll_entry_id": entry, "marked_on": day}
        for entry in ctx.db.scalars(voted.order_by(ClaimRow.roll_entry_id))
    ]
    if marks:
        ctx.db.execute(insert(ParticipationRow), marks)
