"""What a vote in a poll asks and writes: statements for the hours in which everybody comes."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ScalarSelect, bindparam, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from townsquare.core.dialects import Otherwise
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared, Silent
from townsquare.core.usecase import Actor
from townsquare.services.elections.models.box import KeyRow, SlotRow
from townsquare.services.elections.models.elections import (
    ContestRow,
    ElectionRow,
    OptionRow,
    RollRow,
    VoterRow,
    voter_is,
)
from townsquare.services.elections.models.styles import StyleContestRow, StyleRow
from townsquare.services.elections.rules.papers import Marks

NAMED = ("poll_id", "slot_hash")
KEPT = ("content", "receipt")
FIRST = ("marked_on", "style_id", "weight")  # Of the first vote; those on the roll do not change.
MOST_KEPT = 64  # Styles of polls whose questions a process remembers.
Told = TypeVar("Told")


@dataclass(frozen=True)
class Polled:
    """A poll as a voter comes to it, with its key while it has one and their place on its roll.

    Who has no style votes on all questions; who has no place has no weight.
    """

    id: int
    public_id: str
    tier: str
    state: str
    zone: str
    opens_at: datetime
    closes_at: datetime
    suspended: bool
    secret: str | None = field(repr=False)
    place: str | None = field(repr=False)
    style_id: int | None
    style: str | None
    weight: int | None


@dataclass(frozen=True)
class _Line:
    code: str
    title: str
    kind: str
    least: int
    most: int
    blank: bool
    greatest: int
    option: str


class Question:
    """A question of a poll: what may be marked, and the codes of its options."""

    def __init__(self, line: _Line) -> None:
        self.code, self.title, self.kind = line.code, line.title, line.kind
        self.marks = Marks(line.least, line.most, line.blank, line.kind, line.greatest)
        self.options = set[str]()


def place_on_roll(named: InstrumentedAttribute[Told]) -> ScalarSelect[Told]:
    """Return how a statement asks for the place of who comes on the roll of an election."""
    return (
        select(named)
        .join(VoterRow, VoterRow.id == RollRow.voter_id)
        .where(RollRow.election_id == ElectionRow.id)
        .where(voter_is(bindparam("account"), bindparam("person")))
        .limit(1)
        .correlate(ElectionRow)  # And not the roll, where the statement asks for more of it.
        .scalar_subquery()
    )


_SECRET = select(KeyRow.secret).where(KeyRow.poll_id == ElectionRow.id).scalar_subquery()
# Shared with others who vote; who closes the poll waits for us, and we for them. Key and roll
# are those of the freezing: they are the same before that wait and after it.
_POLL = Prepared(
    select(
        *(ElectionRow.id, ElectionRow.public_id, ElectionRow.tier, ElectionRow.state),
        *(ElectionRow.zone, ElectionRow.opens_at, ElectionRow.closes_at, ElectionRow.suspended),
        *(_SECRET.label("secret"), RollRow.public_id.label("place")),
        *(RollRow.style_id, StyleRow.code.label("style"), RollRow.weight),
    )
    .select_from(ElectionRow)
    .outerjoin(RollRow, RollRow.id == place_on_roll(RollRow.id))
    .outerjoin(StyleRow, StyleRow.id == RollRow.style_id)
    .where(ElectionRow.public_id == bindparam("poll"))
    .with_for_update(read=True, of=ElectionRow),
    Polled,
)
_ASKED = (
    select(
        *(ContestRow.code, ContestRow.title, ContestRow.kind, ContestRow.least, ContestRow.most),
        *(ContestRow.blank, ContestRow.greatest, OptionRow.code.label("option")),
    )
    .join(OptionRow, OptionRow.contest_id == ContestRow.id)
    .where(ContestRow.election_id == bindparam("poll_id"))
    .order_by(ContestRow.position, OptionRow.position)
)
_QUESTIONS = Prepared(_ASKED, _Line)
_OF_STYLE = Prepared(
    _ASKED.join(StyleContestRow, StyleContestRow.contest_id == ContestRow.id).where(
        StyleContestRow.style_id == bindparam("style_id")
    ),
    _Line,
)
_SLOT = insert(SlotRow).values({name: bindparam(name) for name in (*NAMED, *KEPT, *FIRST)})
_REPLACED = Otherwise(index_elements=NAMED, set_={name: bindparam(name) for name in KEPT})
PUT = Silent(_SLOT.ext(_REPLACED))


def polled(db: Session, public_id: str, actor: Actor) -> Polled | None:
    """Return a poll as this voter comes to it, whom its closing waits for."""
    return _POLL.first(db, poll=public_id, account=actor.id, person=actor.person or None)


# By poll and style: from the freezing on the database refuses every change of a question.
_kept: dict[tuple[str, int | None], Sequence[Question]] = {}


def questions_of(db: Session, poll: Polled) -> Sequence[Question]:
    """Return the questions of a voter's style in a frozen poll, read once for many votes.

    They stand in their order; one without options is none.
    """
    style = poll.public_id, poll.style_id
    kept = _kept.get(style)
    if kept is not None:
        return kept
    while len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    return _kept.setdefault(style, _read(db, poll))


def _read(db: Session, poll: Polled) -> Sequence[Question]:
    found: dict[str, Question] = {}
    if poll.style_id is None:
        lines = _QUESTIONS.rows(db, poll_id=poll.id)
    else:
        lines = _OF_STYLE.rows(db, poll_id=poll.id, style_id=poll.style_id)
    for line in lines:
        if line.code not in found:
            found[line.code] = Question(line)
        found[line.code].options.add(line.option)
    return [*found.values()]
