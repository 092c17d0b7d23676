"""The board of an election: it only grows, and no row of it has a time or names a voter."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
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

    __table_args__ = (
        Index("uq_elections_board_prev", "election_id", "prev", unique=True),
        Index("ix_elections_board_kind", "election_id", "kind", "seq"),
    )


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
