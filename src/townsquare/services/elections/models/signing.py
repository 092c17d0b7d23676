"""Checkpoints: the head of a board as the log key signs it, and how they are told."""

from sqlalchemy import insert, select

from townsquare.core.usecase import Context
from townsquare.services.elections.models.appending import head_of, written
from townsquare.services.elections.models.board import CheckpointRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import moment
from townsquare.services.elections.models.turnout import tell_checkpoint
from townsquare.services.elections.ports import LOG_KEY
from townsquare.services.elections.results.board import Checkpoint
from tsv1.board import checkpoint_text


def stamp(ctx: Context, row: ElectionRow) -> bool:
    """Sign the head of a board unless it is signed already; tell whether it was signed now.

    The row must be `locked`.
    """
    head = head_of(ctx.db, row.id)
    signed = select(CheckpointRow.seq).filter_by(election_id=row.id)
    last = ctx.db.scalar(signed.order_by(CheckpointRow.seq.desc()).limit(1))
    if head is None or head.seq == last:
        return False
    key, now = ctx.engine(LOG_KEY), moment(ctx).replace(microsecond=0)
    told = {
        "election": row.public_id,
        "seq": head.seq,
        "hash": head.hash,
        "at": written(now),
        "key": key.public,
    }
    facts = {"seq": head.seq, "hash": head.hash, "at": now, "key": key.public}
    signature = key.sign(checkpoint_text(told))
    ctx.db.execute(insert(CheckpointRow).values(election_id=row.id, **facts, signature=signature))
    tell_checkpoint(ctx, row, head, at=written(now))
    return True


def told(row: ElectionRow, kept: CheckpointRow) -> Checkpoint:
    """Return a checkpoint as archives hold it."""
    return Checkpoint(
        row.public_id, kept.seq, kept.hash, written(kept.at), kept.key, kept.signature
    )
