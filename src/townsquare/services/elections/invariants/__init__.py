"""What must hold of polls, recomputed from their rows; most of it the database refuses itself."""

from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from townsquare.core.breach import Breach
from townsquare.services.elections.invariants import boards, pictures, returns
from townsquare.services.elections.models.box import (
    CountRow,
    KeyRow,
    ParticipationRow,
    ReceiptRow,
    SlotRow,
)
from townsquare.services.elections.models.elections import ContestRow, ElectionRow, RollRow
from townsquare.services.elections.models.styles import (
    WITHOUT_OWN,
    PrecinctStyleRow,
    StyleContestRow,
)
from townsquare.services.elections.models.tallying import miscounted

COUNTED = ("closed", "certified")


def votes_are_marked(db: Session) -> list[Breach]:
    """Return closed polls with another number of votes than of people who took part.

    Of a poll that is open nobody is marked, since who reads both would see whose vote came when.
    """
    marked = _many(ParticipationRow.roll_entry_id, ParticipationRow.roll_entry_id == RollRow.id)
    marked = marked.where(RollRow.election_id == ElectionRow.id)
    receipts = _many(ReceiptRow.receipt, ReceiptRow.poll_id == ElectionRow.id)
    held = receipts.scalar_subquery()
    of_polls = select(ElectionRow.public_id).where(ElectionRow.tier == "poll")
    wrong = of_polls.where(held != marked.scalar_subquery())
    return _breach(db, "as many votes were in a closed box as people took part", wrong)


def votes_weigh_as_their_voters(db: Session) -> list[Breach]:
    """Return open polls with more votes of one weight and style than the roll has voters of it."""
    slot, same = aliased(SlotRow), RollRow
    alike = (
        select(func.count(same.id))
        .where(same.election_id == slot.poll_id, same.weight == slot.weight)
        .where(same.style_id.is_not_distinct_from(slot.style_id))
        .correlate(slot)
    )
    grouped = (
        select(slot.poll_id)
        .group_by(slot.poll_id, slot.weight, slot.style_id)
        .having(func.count(slot.slot_hash) > alike.scalar_subquery())
    )
    wrong = select(ElectionRow.public_id).where(ElectionRow.id.in_(grouped))
    return _breach(db, "no more votes of a weight and style are in the box than voters", wrong)


def slots_are_of_voters(db: Session) -> list[Breach]:
    """Return polls with more votes in their slots than people on their roll."""
    slots = _many(SlotRow.slot_hash, SlotRow.poll_id == ElectionRow.id)
    roll = _many(RollRow.id, RollRow.election_id == ElectionRow.id)
    wrong = select(ElectionRow.public_id).where(slots.scalar_subquery() > roll.scalar_subquery())
    return _breach(db, "no more votes are in the box than people on the roll", wrong)


def nothing_is_left_of_a_closed_poll(db: Session) -> list[Breach]:
    """Return closed polls that still have a key, or a vote in a slot."""
    closed = ElectionRow.state.in_(COUNTED)
    keyed = select(ElectionRow.public_id).join(KeyRow, KeyRow.poll_id == ElectionRow.id)
    full = select(ElectionRow.public_id).join(SlotRow, SlotRow.poll_id == ElectionRow.id)
    wrong = keyed.where(closed).union(full.where(closed))
    return _breach(db, "a closed poll has no key and no slot", wrong)


def each_paper_was_counted(db: Session) -> list[Breach]:
    """Return questions whose count has other papers than what those weigh who were asked it."""
    asked = (
        exists()
        .where(StyleContestRow.style_id == RollRow.style_id)
        .where(StyleContestRow.contest_id == ContestRow.id)
        .correlate(RollRow, ContestRow)
    )
    answered = (
        select(func.coalesce(func.sum(RollRow.weight), 0))
        .select_from(RollRow)
        .join(ParticipationRow, ParticipationRow.roll_entry_id == RollRow.id)
        .where(RollRow.election_id == ContestRow.election_id)
        .where(RollRow.style_id.is_(None) | asked)
        .correlate(ContestRow)
    )
    wrong = (
        select(ContestRow.public_id)
        .join(CountRow, CountRow.contest_id == ContestRow.id)
        .join(ElectionRow, ElectionRow.id == ContestRow.election_id)
        .where(ElectionRow.tier == "poll", CountRow.papers != answered.scalar_subquery())
    )
    return _breach(db, "each paper of a closed poll was counted", wrong)


def counts_are_right(db: Session) -> list[Breach]:
    """Return questions of closed polls that counted anew have other votes or other winners."""
    polls = select(ElectionRow).where(
        ElectionRow.tier != "encrypted", ElectionRow.state.in_(COUNTED)
    )
    closed = db.scalars(polls.order_by(ElectionRow.id))
    wrong = [public_id for row in closed.all() for public_id in miscounted(db, row)]
    rule = "a count is that of the papers which were written down"
    return [Breach(rule, tuple(sorted(wrong)))] if wrong else []


def no_poll_is_half_closed(db: Session) -> list[Breach]:
    """Return polls that are being counted, which nobody can see before it is done."""
    halfway = (ElectionRow.tier == "poll") & (ElectionRow.state == "counting")
    wrong = select(ElectionRow.public_id).where(halfway)
    return _breach(db, "no poll is left half closed", wrong)


def styles_are_those_of_precincts(db: Session) -> list[Breach]:
    """Return places on a roll without a style of their own that have another one than said."""
    said = PrecinctStyleRow
    there = (said.election_id == RollRow.election_id) & (said.precinct == RollRow.precinct)
    other = said.style_id.is_distinct_from(RollRow.style_id)
    wrong = select(RollRow.public_id).outerjoin(said, there).where(WITHOUT_OWN, other)
    return _breach(db, "who has no style of their own has that of their precinct", wrong)


ALL = (
    votes_are_marked,
    slots_are_of_voters,
    votes_weigh_as_their_voters,
    nothing_is_left_of_a_closed_poll,
    each_paper_was_counted,
    counts_are_right,
    no_poll_is_half_closed,
    styles_are_those_of_precincts,
    *boards.ALL,
    *pictures.ALL,
    *returns.OF_RETURNS,
)


def _many(column: Any, condition: Any) -> Select[Any]:  # noqa: ANN401 (of any table)
    return select(func.count(column)).where(condition)


def _breach(db: Session, rule: str, wrong: Any) -> list[Breach]:  # noqa: ANN401 (any statement)
    rows = tuple(sorted(db.scalars(wrong)))
    return [Breach(rule, rows)] if rows else []
