"""The box of a poll. No row of it has a time or a number by which it came in.

While a poll is open each voter who has voted has one slot, under a name that only the key of the
poll gives, and nothing else says that they have. At the closing papers, receipts and who took part
are written sorted and apart, each in one go, and the slots and the key go.
"""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model

SORTED: dict[str, Any] = {"sqlite_with_rowid": False}  # By its key, in no order of coming.
POLL = "elections_election.id"


class KeyRow(Model):
    """The key of a poll, from its freezing to its closing."""

    __tablename__ = "elections_poll_key"

    poll_id: Mapped[int] = mapped_column(ForeignKey(POLL), primary_key=True, autoincrement=False)
    secret: Mapped[str]


class SlotRow(Model):
    """What one voter has cast last, while the poll is open; the voter is not named.

    Weight and style are those of their place on the roll: the database takes no other pair, changes
    none, and closes no poll whose slots have other ones than those on the roll who took part.
    """

    __tablename__ = "elections_poll_slot"
    __table_args__ = (CheckConstraint("weight >= 1", name="weight"), SORTED)

    poll_id: Mapped[int] = mapped_column(ForeignKey(POLL), primary_key=True)
    slot_hash: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]
    receipt: Mapped[str]
    marked_on: Mapped[date]  # The day of their first vote.
    style_id: Mapped[int | None] = mapped_column(ForeignKey("elections_style.id"))
    weight: Mapped[int] = mapped_column(server_default="1")


class ContentRow(Model):
    """What was marked on papers of one question of a closed poll, in alphabetical order.

    Papers that are alike lie together, and `weight` is that of all of them: which weights voters
    had whose papers these are, and how many they were, is told by no row. Papers of a file that was
    imported lie one by one.
    """

    __tablename__ = "elections_poll_content"
    __table_args__ = (CheckConstraint("weight >= 1", name="weight"), SORTED)

    poll_id: Mapped[int] = mapped_column(ForeignKey(POLL), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str]
    weight: Mapped[int] = mapped_column(server_default="1")


class ReceiptRow(Model):
    """A receipt of a vote that was in the box at the closing; what it was for nobody knows."""

    __tablename__ = "elections_poll_receipt"
    __table_args__ = SORTED

    poll_id: Mapped[int] = mapped_column(ForeignKey(POLL), primary_key=True)
    receipt: Mapped[str] = mapped_column(primary_key=True)


class ParticipationRow(Model):
    """That somebody of the roll took part in a closed poll, and since which day; never how."""

    __tablename__ = "elections_participation"

    roll_entry_id: Mapped[int] = mapped_column(
        ForeignKey("elections_roll_entry.id"), primary_key=True, autoincrement=False
    )
    marked_on: Mapped[date]


class CountRow(Model):
    """The count of one question, once: the table of the engine as canonical JSON, and its figures.

    `votes` are those of the first stage; `input_hash` is of the papers that were counted. A vote of
    weight 3 is counted as three papers.
    """

    __tablename__ = "elections_count"

    contest_id: Mapped[int] = mapped_column(
        ForeignKey("elections_contest.id"), primary_key=True, autoincrement=False
    )
    papers: Mapped[int]
    blank: Mapped[int]
    votes: Mapped[dict[str, Any]]
    elected: Mapped[list[str]]
    tied: Mapped[list[str]]
    rounds: Mapped[int]
    table_json: Mapped[str]
    table_hash: Mapped[str]
    input_hash: Mapped[str]

    __table_args__ = (
        CheckConstraint(
            "length(table_hash) = 64 AND length(input_hash) = 64 AND table_json <> ''"
            " AND rounds >= 1",
            name="table",
        ),
    )
