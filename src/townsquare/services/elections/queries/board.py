"""The board as everybody reads it: entries, checkpoints, single ballots, the whole archive."""

import json

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.ballots import (
    MOST_ENTRIES,
    FindTracker,
    ReadArchive,
    ReadBoard,
    ReadCheckpoints,
)
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.errors import NoBoard, UnknownTracker
from townsquare.services.elections.models.appending import head_of
from townsquare.services.elections.models.ballots import BallotRow
from townsquare.services.elections.models.board import BoardRow, CheckpointRow
from townsquare.services.elections.models.ceremony import CredentialRow, SetupRow
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import moment, stage_at
from townsquare.services.elections.models.sealed import sealed_of
from townsquare.services.elections.models.signing import told
from townsquare.services.elections.ports import LOG_KEY
from townsquare.services.elections.results.board import (
    ArchivePart,
    Board,
    BoardEntry,
    Checkpoints,
    Head,
    Link,
    LogKeyTold,
    Message,
    Tracked,
)
from townsquare.services.elections.rules.trackers import hashes_of
from tsv1.canonical import write
from tsv1.transcript import h32

MOST_LINKS = 200
END = -1
ENTRY = (BoardRow.seq, BoardRow.kind, BoardRow.prev, BoardRow.body, BoardRow.hash)


@query("elections.setup.read", permission="public")
def read_setup(ctx: Context, wish: Chosen) -> Message:
    """Return the set-up of an encrypted election as it was frozen, and its hash."""
    row = sealed_of(ctx, wish.id)
    body = ctx.db.scalar(select(SetupRow.setup).filter_by(election_id=row.id))
    if not body:  # It is there from the freezing on, before anything stands on the board.
        raise NoBoard
    return Message(h32("setup", body.encode()).hex(), json.loads(body))


@query("elections.log-key.read", permission="public")
def read_log_key(ctx: Context, _wish: Nothing) -> LogKeyTold:
    """Return the public key with which the town signs the heads of its boards."""
    return LogKeyTold(ctx.engine(LOG_KEY).public)


@query("elections.board.read", permission="public")
def read_board(ctx: Context, wish: ReadBoard) -> Board:
    """Return some entries of a board in their order."""
    row, now = sealed_of(ctx, wish.id), moment(ctx)
    head = head_of(ctx.db, row.id)
    if head is None:
        raise NoBoard
    chosen = select(*ENTRY).where(BoardRow.election_id == row.id, BoardRow.seq >= wish.first)
    found = ctx.db.execute(chosen.order_by(BoardRow.seq).limit(wish.limit)).all()
    entries = [
        BoardEntry(seq, kind, prev, json.loads(body), hashed)
        for seq, kind, prev, body, hashed in found
    ]
    more = entries[-1].seq + 1 if entries and entries[-1].seq < head.seq else END
    about = (row.public_id, row.title, stage_at(row, now), Head(head.seq, head.hash))
    return Board(*about, entries, more)


@query("elections.checkpoint.list", permission="public")
def read_checkpoints(ctx: Context, wish: ReadCheckpoints) -> Checkpoints:
    """Return some checkpoints of a board in their order."""
    row = sealed_of(ctx, wish.id)
    mine = (CheckpointRow.election_id == row.id, CheckpointRow.seq >= wish.first)
    chosen = select(CheckpointRow).where(*mine).order_by(CheckpointRow.seq)
    found = [told(row, one) for one in ctx.db.scalars(chosen.limit(wish.limit + 1))]
    page = found[: wish.limit]
    more = found[wish.limit].seq if len(found) > wish.limit else END
    return Checkpoints(ctx.engine(LOG_KEY).public, page, more)


@query("elections.ballot.find", permission="public")
def find_tracker(ctx: Context, wish: FindTracker) -> Tracked:
    """Return the ballot of a tracker with the proof that the board holds it."""
    from tsv1.ballots import tracker  # noqa: PLC0415 (it brings the whole protocol)

    row = sealed_of(ctx, wish.id)
    first, beyond = hashes_of(wish.tracker)
    other = aliased(BallotRow)
    last = select(func.max(other.sequence)).where(
        other.election_id == row.id, other.credential_id == CredentialRow.id
    )
    chosen = (
        select(BallotRow, CredentialRow.state, last.scalar_subquery())
        .join(CredentialRow, CredentialRow.id == BallotRow.credential_id)
        .where(BallotRow.election_id == row.id)
        .where(BallotRow.body_hash >= first, BallotRow.body_hash < beyond)
    )
    found = ctx.db.execute(chosen).first() if first else None
    if found is None:
        raise UnknownTracker
    ballot, state, newest = found
    void = state == "void"
    shown = (ballot.body_hash, tracker(bytes.fromhex(ballot.body_hash)))
    counts = newest == ballot.sequence and not void
    return _tracked(ctx, row, ballot.board_seq, shown=shown, facts=(counts, void))


def _tracked(
    ctx: Context, row: ElectionRow, seq: int, *, shown: tuple[str, str], facts: tuple[bool, bool]
) -> Tracked:
    """Return the entry of a ballot with the links to the first checkpoint behind it."""
    signed = select(CheckpointRow).where(
        CheckpointRow.election_id == row.id, CheckpointRow.seq >= seq
    )
    kept = ctx.db.scalar(signed.order_by(CheckpointRow.seq).limit(1))
    chain = select(*ENTRY).where(BoardRow.election_id == row.id, BoardRow.seq >= seq)
    if kept is not None:
        chain = chain.where(BoardRow.seq <= kept.seq)
    found = ctx.db.execute(chain.order_by(BoardRow.seq).limit(MOST_LINKS)).all()
    links = [
        Link(number, kind, h32("body", body.encode()).hex(), hashed)
        for number, kind, _prev, body, hashed in found
    ]
    entry = (seq, *shown, found[0].hash, found[0].prev)
    return Tracked(*entry, *facts, links, told(row, kept) if kept else None)


@query("elections.archive.export", permission="public")
def read_archive(ctx: Context, wish: ReadArchive) -> ArchivePart:
    """Return some lines of the archive: the entries in their order, then the checkpoints.

    `until` is the last entry of the archive; the first part says it, and the others keep to it.
    """
    row = sealed_of(ctx, wish.id)
    head = head_of(ctx.db, row.id)
    if head is None:
        raise NoBoard
    until = wish.until if wish.until >= 0 else head.seq
    lines, last = (_signed if wish.signed else _entered)(ctx, row, wish, until=until)
    if len(lines) == MOST_ENTRIES:
        return ArchivePart(lines, last + 1, until, wish.signed)
    return ArchivePart(lines, END if wish.signed else 0, until, signed=True)


def _entered(
    ctx: Context, row: ElectionRow, wish: ReadArchive, *, until: int
) -> tuple[list[str], int]:
    between = (BoardRow.seq >= wish.first, BoardRow.seq <= until)
    chosen = select(*ENTRY).where(BoardRow.election_id == row.id, *between)
    found = ctx.db.execute(chosen.order_by(BoardRow.seq).limit(MOST_ENTRIES)).all()
    # As canonical JSON has them: the body is kept so, and names stand in their order.
    lines = [
        f'{{"body":{body},"hash":"{hashed}","kind":"{kind}","prev":"{prev}","seq":{seq}}}\n'
        for seq, kind, prev, body, hashed in found
    ]
    return lines, found[-1].seq if found else until


def _signed(
    ctx: Context, row: ElectionRow, wish: ReadArchive, *, until: int
) -> tuple[list[str], int]:
    between = (CheckpointRow.seq >= wish.first, CheckpointRow.seq <= until)
    chosen = select(CheckpointRow).where(CheckpointRow.election_id == row.id, *between)
    found = [
        told(row, one)
        for one in ctx.db.scalars(chosen.order_by(CheckpointRow.seq).limit(MOST_ENTRIES))
    ]
    lines = [write({name: getattr(one, name) for name in SIGNED}).decode() + "\n" for one in found]
    return lines, found[-1].seq if found else until


SIGNED = ("election", "seq", "hash", "at", "key", "signature")
