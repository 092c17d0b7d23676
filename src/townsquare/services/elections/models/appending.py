"""How the board grows, and how it is read: its head, and the entries of a kind."""

import json
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared, Silent
from townsquare.core.usecase import Context
from townsquare.services.elections.models.board import BoardRow, of_kind
from townsquare.services.elections.models.ceremony import SetupRow
from tsv1 import canonical
from tsv1.board import START, entry_hash, text_hash
from tsv1.canonical import Message, write

FIRST = ("setup", "ceremony", "roll")
_COLUMNS = ("election_id", "seq", "kind", "prev", "body", "hash")


class Boarded(Protocol):
    """An election that has a board, as its row or as a part of that."""

    @property
    def id(self) -> int:
        """The row of the election."""

    @property
    def public_id(self) -> str:
        """Its public name, which is part of each hash."""

    @property
    def opens_at(self) -> datetime:
        """When it opens."""


@dataclass(frozen=True)
class Entered:
    """An entry as it stands on the board; the hashes are hex digits."""

    seq: int
    kind: str
    hash: str


_HEAD = Prepared(
    select(BoardRow.seq, BoardRow.kind, BoardRow.hash)
    .where(BoardRow.election_id == bindparam("election_id"))
    .order_by(BoardRow.seq.desc())
    .limit(1),
    Entered,
)
_ENTRY = Silent(insert(BoardRow).values({name: bindparam(name) for name in _COLUMNS}))


def append(ctx: Context, row: Boarded, kind: str, *, body: Message) -> Entered:
    """Put an entry on the board of an election and return it.

    The row must be `locked`: who holds it is alone at the head until the commit, and answers
    nobody before. The database refuses an entry that does not follow the last one, and what is
    entered out of its time (`elections_board_only_grows`). Nothing of it is told as an event.
    """
    return follow(ctx.db, row, kind, head=head_of(ctx.db, row.id), text=write(body))


def follow(db: Session, row: Boarded, kind: str, *, head: Entered | None, text: bytes) -> Entered:
    """Put the canonical text of an entry after the head that was read under the lock."""
    seq, prev = (head.seq + 1, head.hash) if head else (0, START.hex())
    body = text_hash(text)
    hashed = entry_hash(row.public_id, seq, kind, prev=bytes.fromhex(prev), body=body).hex()
    facts = {"election_id": row.id, "seq": seq, "kind": kind, "prev": prev, "hash": hashed}
    _ENTRY.run(db, **facts, body=text.decode())
    return Entered(seq, kind, hashed)


def head_of(db: Session, election: int) -> Entered | None:
    """Return the last entry of a board; None before its set-up."""
    return _HEAD.first(db, election_id=election)


def last_of(db: Session, election: int, kind: str) -> tuple[Entered, dict[str, Any]] | None:
    """Return the last entry of a kind with its body; None where there is none."""
    chosen = (
        select(BoardRow.seq, BoardRow.kind, BoardRow.hash, BoardRow.body)
        .where(BoardRow.election_id == election, of_kind(kind))
        .order_by(BoardRow.seq.desc())
        .limit(1)
    )
    found = db.execute(chosen).first()
    return (Entered(*found[:3]), json.loads(found.body)) if found else None


def has(db: Session, election: int, kind: str) -> bool:
    """Tell whether a board has an entry of a kind."""
    chosen = select(BoardRow.seq).where(BoardRow.election_id == election, of_kind(kind)).limit(1)
    return db.scalar(chosen) is not None


def bodies_of(db: Session, election: int, kind: str) -> list[dict[str, Any]]:
    """Return the bodies of the entries of a kind that has few, in the order of the board."""
    chosen = select(BoardRow.body).where(BoardRow.election_id == election, of_kind(kind))
    return [json.loads(body) for body in db.scalars(chosen.order_by(BoardRow.seq))]


def begin(ctx: Context, row: Boarded) -> None:
    """Enter set-up, ceremony and roll (0 to 2) of an election that is frozen; done once.

    The row must be `locked`.
    """
    if head_of(ctx.db, row.id) is not None:
        return
    found = ctx.db.scalars(select(SetupRow).filter_by(election_id=row.id)).one()
    for kind in FIRST:
        append(ctx, row, kind, body=canonical.parse(getattr(found, kind).encode()))


def open_by_clock(ctx: Context, row: Boarded) -> None:
    """Enter the opening, as the first act that comes after it; the row must be `locked`."""
    if not has(ctx.db, row.id, "open"):
        begin(ctx, row)
        append(ctx, row, "open", body={"at": written(row.opens_at)})


def written(when: datetime) -> str:
    """Return a moment as messages of the protocol write it: UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
