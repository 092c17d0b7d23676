"""The board of an election: it only grows, and no row of it has a time or names a voter."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model
from townsquare.services.elections.models.elections import WHOLE


class BoardRow(Model):
    """One entry; its body is canonical JSON, which the hash of the entry stands for."""

    __tablename__ = "elections_board_entry"

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    prev: Mapped[str]
    body: Mapped[str]
    hash: Mapped[str]

    __table_args__ = (Index("uq_elections_board_prev", "election_id", "prev", unique=True),)


# Nearly every entry is a ballot, and no page and no vote looks for those by their kind: the index
# leaves them out, so that casting need not write it. SQLite takes it only where a question says so
# as well; whoever does not, such as triggers of rare acts, walks the board.
_NO_BALLOT = BoardRow.kind != literal_column("'ballot'")
Index(
    "ix_elections_board_kind",
    *(BoardRow.election_id, BoardRow.kind, BoardRow.seq),
    sqlite_where=_NO_BALLOT,
    postgresql_where=_NO_BALLOT,
)


def of_kind(kind: str) -> ColumnElement[bool]:
    """Return what is true of entries of a kind, which is not that of ballots."""
    return (BoardRow.kind == kind) & _NO_BALLOT


class CheckpointRow(Model):
    """What the log key of the town has signed of a board: its head at a moment."""

    __tablename__ = "elections_checkpoint"

    election_id: Mapped[int] = mapped_column(
        ForeignKey(WHOLE), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str]
    at: Mapped[datetime]
    key: Mapped[str]
    signature: Mapped[str]


ONLY_GROWS = "elections_board_only_grows"  # What the database says to whoever does otherwise.
