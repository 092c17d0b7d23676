"""Candidates as acts and looks find them, and the ballot that those who are accepted come onto."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from townsquare.core.usecase import Context
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import MOST_ANSWERS, MOST_BYTES, MOST_QUESTIONS
from townsquare.services.elections.errors import BallotFull, UnknownElection
from townsquare.services.elections.errors.nominations import (
    NominationsClosed,
    UnknownCandidate,
    UnknownParty,
)
from townsquare.services.elections.models.elections import ContestRow, ElectionRow, OptionRow
from townsquare.services.elections.models.nominations import (
    ACCEPTED,
    DISQUALIFIED,
    WAITING,
    CandidateRow,
    PartyRow,
)
from townsquare.services.elections.models.reading import VIEW, locked, moment
from townsquare.services.elections.rules.texts import codes_of

OPEN_STILL = translatable("nominations are open still")
NOBODY: frozenset[str] = frozenset()
UNDECIDED = translatable("candidacies wait for a decision")
NO_CANDIDATES = translatable("a question has fewer candidates than winners or marks")


def is_open(row: ElectionRow, now: datetime) -> bool:
    """Tell whether candidates may be named at a moment: from the first one until just before."""
    begins, ends = row.nominations_from, row.nominations_to
    return row.state == "draft" and begins is not None and begins <= now < (ends or now)


def open_for(ctx: Context, public_id: str) -> ElectionRow:
    """Return an election in which somebody may be named, and hold it; else NominationsClosed."""
    row = locked(ctx, public_id)
    if row.state == "draft" and row.nominations_from is None:
        raise UnknownElection  # Nobody but its officers knows of it.
    if not is_open(row, moment(ctx)):
        raise NominationsClosed
    return row


def nominated_in(ctx: Context, public_id: str) -> ElectionRow:
    """Return an election whose candidates this person may see."""
    row = ctx.db.scalar(select(ElectionRow).where(ElectionRow.public_id == public_id))
    hidden = row is None or (row.state == "draft" and row.nominations_from is None)
    if row is None or (hidden and VIEW not in ctx.actor.permissions):
        raise UnknownElection
    return row


def takers_of(db: Session, election: int) -> dict[str, ContestRow]:
    """Return the questions of an election in which people stand, by their codes."""
    chosen = select(ContestRow).filter_by(election_id=election, nominated=True)
    return {one.code: one for one in db.scalars(chosen.order_by(ContestRow.position))}


def party_of(db: Session, code: str) -> PartyRow:
    """Return a party by its code; else UnknownParty."""
    row = db.scalar(select(PartyRow).filter_by(code=code))
    if row is None:
        raise UnknownParty(party=code)
    return row


def election_of_candidate(ctx: Context, public_id: str) -> str:
    """Return in which election somebody stands, before it is held; else UnknownCandidate."""
    chosen = select(ElectionRow.public_id).join(
        CandidateRow, CandidateRow.election_id == ElectionRow.id
    )
    found: str | None = ctx.db.scalar(chosen.where(CandidateRow.public_id == public_id))
    if found is None:
        raise UnknownCandidate
    return found


def candidate_of(ctx: Context, public_id: str) -> CandidateRow:
    """Return a candidacy; else UnknownCandidate."""
    row = ctx.db.scalar(select(CandidateRow).filter_by(public_id=public_id))
    if row is None:
        raise UnknownCandidate
    return row


def own_candidate(ctx: Context, public_id: str) -> CandidateRow:
    """Return a candidacy of this person, or of a party whose agent they are."""
    row = candidate_of(ctx, public_id)
    if ctx.actor.person and row.person == ctx.actor.person:
        return row
    party = ctx.db.get(PartyRow, row.party_id) if row.party_id else None
    if party is None or party.agent_id != ctx.actor.id:
        raise UnknownCandidate
    return row


def name_of(told: object) -> str:
    """Return the name on the ballot of who has said none: given and family name."""
    names = (getattr(told, name) for name in ("given", "family"))
    return str(getattr(told, "ballot_name", "") or " ".join(names))


def put_on_ballot(db: Session, row: ElectionRow, candidate: CandidateRow) -> str:
    """Make an option of a candidate and return its code; BallotFull where there is no room."""
    _room(db, row, candidate.ballot_name)
    own = OptionRow.contest_id == candidate.contest_id
    standing = db.execute(select(OptionRow.code, OptionRow.position).where(own)).all()
    last = max((position for _code, position in standing), default=0) + 1
    code = str(last)
    if row.tier == "encrypted":
        code = codes_of([candidate.ballot_name])[0]
        while code in {taken for taken, _position in standing}:
            code = f"{code}-{last}"
    facts = {"title": candidate.ballot_name, "position": last}
    db.add(OptionRow(contest_id=candidate.contest_id, code=code, **facts))
    db.flush()
    return code


def take_off_ballot(db: Session, candidate: CandidateRow, code: str) -> None:
    """Take the option of a candidate away who has none any more."""
    own = (OptionRow.contest_id == candidate.contest_id) & (OptionRow.code == code)
    db.execute(delete(OptionRow).where(own))


def forget_photo(candidate: CandidateRow) -> None:
    """Show a candidate without a photo, and keep none."""
    candidate.photo, candidate.photo_type, candidate.photo_hash = None, "", ""


def look_again_at(db: Session, party: PartyRow) -> None:
    """Let whoever found a draft ready look again in which somebody stands for a party."""
    stands = select(CandidateRow.election_id).filter_by(party_id=party.id, state=ACCEPTED)
    take_proposals_back(db, ElectionRow.id.in_(stands))


def take_proposals_back(db: Session, chosen: ColumnElement[bool]) -> None:
    """Take proposals back to freeze these drafts, which are others than somebody has seen."""
    again = {"proposed_by": "", "proposed_by_id": None, "version": ElectionRow.version + 1}
    db.execute(update(ElectionRow).where(ElectionRow.state == "draft", chosen).values(again))


def _room(db: Session, row: ElectionRow, name: str) -> None:
    """Refuse one more option where the ballot would be too long."""
    mine = ContestRow.election_id == row.id
    answers = select(OptionRow.title).join(ContestRow, ContestRow.id == OptionRow.contest_id)
    options = [*db.scalars(answers.where(mine)), name]
    asked = db.scalars(select(ContestRow.title).where(mine)).all()
    size = sum(len(text.encode()) for text in (*options, *asked))
    if len(options) > MOST_ANSWERS or size > MOST_BYTES:
        raise BallotFull(questions=MOST_QUESTIONS, answers=MOST_ANSWERS, bytes=MOST_BYTES)


def lacking_candidates(db: Session, row: ElectionRow, now: datetime) -> list[str]:
    """Return in words what the nominations of a draft still lack before it can be frozen."""
    takers = takers_of(db, row.id).values()
    if not takers:
        return []
    standing = (
        select(ContestRow.id, func.count(OptionRow.id))
        .outerjoin(OptionRow, OptionRow.contest_id == ContestRow.id)
        .where(ContestRow.election_id == row.id)
        .group_by(ContestRow.id)
    )
    many: dict[int, int] = dict(db.execute(standing).all())
    waiting = select(func.count(CandidateRow.id)).where(
        CandidateRow.election_id == row.id, CandidateRow.state.in_(WAITING)
    )
    wrong = (
        (is_open(row, now), OPEN_STILL),
        (bool(db.scalar(waiting)), UNDECIDED),
        (any(many[one.id] < max(one.seats, one.least, 1) for one in takers), NO_CANDIDATES),
    )
    return [sentence for is_so, sentence in wrong if is_so]


def struck_of(db: Session, election: int) -> dict[int, frozenset[str]]:
    """Return the options of disqualified candidates, by the question they are printed in."""
    chosen = select(CandidateRow.contest_id, CandidateRow.option_code).filter_by(
        election_id=election, state=DISQUALIFIED
    )
    found: dict[int, set[str]] = {}
    for contest, code in db.execute(chosen):
        found.setdefault(contest, set()).add(code or "")  # Nobody is struck without an option.
    return {contest: frozenset(codes) for contest, codes in found.items()}


def taken_codes(db: Session, election: int, codes: Iterable[str]) -> frozenset[str]:
    """Return which of these codes candidates of an election have."""
    wanted = CandidateRow.code.in_(list(codes))
    chosen = select(CandidateRow.code).where(CandidateRow.election_id == election, wanted)
    return frozenset(db.scalars(chosen))
