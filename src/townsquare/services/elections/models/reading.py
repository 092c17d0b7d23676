"""Elections as acts and looks find them, and the clock by which they open and close."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townsquare.core.clock import clock
from townsquare.core.errors import NotFound, StaleVersion
from townsquare.core.usecase import Context
from townsquare.services.elections.errors import Frozen, UnknownElection
from townsquare.services.elections.models.ballots import ClaimRow
from townsquare.services.elections.models.box import ParticipationRow, SlotRow
from townsquare.services.elections.models.elections import (
    ContestRow,
    ElectionRow,
    OptionRow,
    RollRow,
)
from townsquare.services.elections.models.majorities import majority_of
from townsquare.services.elections.models.rolling import ChallengeRow, RemovalRow
from townsquare.services.elections.models.styles import PrecinctStyleRow, StyleRow
from townsquare.services.elections.results.elections import (
    Contest,
    Election,
    ElectionLine,
    Option,
)
from townsquare.services.elections.rules.moments import stage_of
from townsquare.services.elections.rules.papers import Marks
from townsquare.services.elections.rules.percents import coarse
from townsquare.services.elections.rules.texts import look_of

VIEW = "elections.election.view"
FACTS = ("code", "title", "least", "most", "seats", "blank", "kind", "greatest")
Part = TypeVar("Part", ContestRow, RollRow, StyleRow, PrecinctStyleRow, ChallengeRow, RemovalRow)


def moment(ctx: Context) -> datetime:
    """Return the time by the clock of the database, which all processes share.

    A town whose clock somebody has set, such as that of a demonstration, goes by that one. So does
    each process on SQLite by its own; once one of them has closed an election nobody votes.
    """
    if ctx.now is not clock or ctx.db.get_bind().dialect.name == "sqlite":
        return ctx.now()  # SQLite has no clock of its own: it asks this same machine.
    told: datetime = ctx.db.execute(select(func.clock_timestamp())).scalar_one()
    return told.astimezone(UTC)


def election_of(ctx: Context, public_id: str) -> ElectionRow:
    """Return an election that this person may know of: a draft is for those who set it up."""
    row = ctx.db.scalar(select(ElectionRow).where(ElectionRow.public_id == public_id))
    if row is None or (row.state == "draft" and VIEW not in ctx.actor.permissions):
        raise UnknownElection
    return row


def locked(ctx: Context, public_id: str) -> ElectionRow:
    """Return an election that nobody else changes, votes in or closes before we are done."""
    chosen = select(ElectionRow).where(ElectionRow.public_id == public_id).with_for_update()
    row = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if row is None:
        raise UnknownElection
    return row


def draft(ctx: Context, public_id: str, *, seen: int | None = None) -> ElectionRow:
    """Return a draft that nobody else changes; a change takes a proposal to freeze it back.

    `seen` is the version that somebody has read. Raises Frozen whatever they have read, then
    StaleVersion.
    """
    row = locked(ctx, public_id)
    if row.state != "draft":
        raise Frozen
    if seen is not None and row.version != seen:
        raise StaleVersion
    row.proposed_by, row.proposed_by_id, row.version = "", None, row.version + 1
    return row


def draft_around(
    ctx: Context, part: type[Part], public_id: str, *, missing: type[NotFound]
) -> tuple[ElectionRow, Part]:
    """Return a part of a draft with it, as `draft` does; else raise missing.

    It is looked for again when the draft is ours: somebody else may just have taken it out.
    """
    whose = select(ElectionRow.public_id).join(part, part.election_id == ElectionRow.id)
    election = ctx.db.scalar(whose.where(part.public_id == public_id))
    if election is None:
        raise missing
    row = draft(ctx, election)
    found = ctx.db.scalar(select(part).where(part.public_id == public_id))
    if found is None:
        raise missing
    return row, found


def contests_of(db: Session, election_id: int) -> list[Contest]:
    """Return the questions of an election in their order, each with its options."""
    questions = db.scalars(
        select(ContestRow).filter_by(election_id=election_id).order_by(ContestRow.position)
    ).all()
    chosen = (
        select(OptionRow)
        .join(ContestRow, ContestRow.id == OptionRow.contest_id)
        .where(ContestRow.election_id == election_id)
        .order_by(OptionRow.contest_id, OptionRow.position)
    )
    answers: dict[int, list[Option]] = {}
    for row in db.scalars(chosen):
        answers.setdefault(row.contest_id, []).append(Option(row.code, row.title))
    return [_contest(row, _in_order(row, told_apart(answers.get(row.id, [])))) for row in questions]


def _in_order(row: ContestRow, options: list[Option]) -> list[Option]:
    if row.ordering != "alphabetical":
        return options
    return sorted(options, key=lambda one: (look_of(one.title), one.code))


def told_apart(options: list[Option]) -> list[Option]:
    """Return the options of a question; those that look alike are told with their numbers."""
    named = Counter(look_of(option.title) for option in options)
    found = [_numbered(one) if named[look_of(one.title)] > 1 else one for one in options]
    if len({look_of(option.title) for option in found}) < len(found):
        return [_numbered(option) for option in options]  # One is called as another is told.
    return found


def _numbered(option: Option) -> Option:
    return Option(option.code, f"{option.title} ({option.code})")


def numbers_of(db: Session, election_id: int) -> tuple[int, int]:
    """Return how many are on the roll, and how many of them have voted."""
    in_slots = select(func.count(SlotRow.slot_hash)).where(SlotRow.poll_id == election_id)
    claimed = select(func.count(ClaimRow.roll_entry_id)).where(
        ClaimRow.election_id == election_id,
        select(ElectionRow.state).where(ElectionRow.id == election_id).scalar_subquery()
        == "frozen",
    )
    chosen = (
        select(
            func.count(RollRow.id),
            func.count(ParticipationRow.roll_entry_id),  # Nobody before the closing,
            in_slots.scalar_subquery(),  # and none after it,
            claimed.scalar_subquery(),  # nor of an encrypted election.
        )
        .select_from(RollRow)
        .outerjoin(ParticipationRow, ParticipationRow.roll_entry_id == RollRow.id)
        .where(RollRow.election_id == election_id)
    )
    voters, marked, voting, claiming = db.execute(chosen).one()
    return voters, marked + voting + claiming


def stage_at(row: ElectionRow, now: datetime) -> str:
    """Return how far an election is at a moment."""
    times = {"opens": row.opens_at, "closes": row.closes_at}
    return stage_of(row.state, now, **times, suspended=row.suspended)


def told_election(db: Session, row: ElectionRow, now: datetime) -> Election:
    """Return an election with its questions, as everybody may read it."""
    voters, voted = numbers_of(db, row.id)
    if row.tier == "poll" and row.state == "frozen":
        voted = coarse(voted, voters)
    return Election(
        row.public_id,
        row.version,
        row.title,
        row.description,
        row.tier,
        stage_at(row, now),
        row.zone,
        row.opens_at,
        row.closes_at,
        row.planned_closes_at,
        row.appeal_days,
        row.quorum_num,
        row.quorum_den,
        row.rehearsal,
        row.drawn,
        row.setup_hash,
        voters,
        voted,
        contests_of(db, row.id),
        row.waiver,
        row.waived_by,
    )


def line_of(row: ElectionRow, now: datetime) -> ElectionLine:
    """Return an election as it stands in a list."""
    stage = stage_at(row, now)
    times = (row.zone, row.opens_at, row.closes_at)
    return ElectionLine(row.public_id, row.title, stage, *times, row.rehearsal)


def set_up_of(row: ElectionRow, contests: list[Contest], numbers: list[str]) -> dict[str, Any]:
    """Return all that is frozen of an election in plain values, always in the same order."""
    return {
        "election": row.public_id,
        "title": row.title,
        "description": row.description,
        "tier": row.tier,
        "zone": row.zone,
        "opens_at": row.opens_at.astimezone(UTC).isoformat(),
        "closes_at": (row.planned_closes_at or row.closes_at).astimezone(UTC).isoformat(),
        "appeal_days": row.appeal_days,
        "quorum": [row.quorum_num, row.quorum_den],
        "rehearsal": row.rehearsal,
        "drawn": row.drawn,
        "contests": [_plain(contest) for contest in contests],
        "roll": sorted(numbers),
    }


def _plain(contest: Contest) -> dict[str, Any]:
    # The rules as a whole, not their name: how the votes are counted is fixed with the rest.
    from townsquare.services.elections.rules.ruling import frozen_rules  # noqa: PLC0415 (engine)

    facts = {name: getattr(contest, name) for name in FACTS}
    options = [{"code": option.code, "title": option.title} for option in contest.options]
    asked = contest.majority  # Said only where there is one: older hashes stay what they were.
    told = [asked.num, asked.den, asked.strict, asked.base] if asked else []
    majority = {"majority": told} if told else {}
    return {**facts, "rules": frozen_rules(contest), "options": options, **majority}


def marks_of(contest: Contest) -> Marks:
    """Return what may stand on a paper of this question."""
    told = (contest.least, contest.most, contest.blank)
    return Marks(*told, contest.kind, contest.greatest)


def _contest(row: ContestRow, options: list[Option]) -> Contest:
    # Of nominated ones as many as there are, where a question was set up before anybody stood.
    most = min(row.most, max(len(options), row.least, 1)) if row.nominated else row.most
    marks = (row.least, most, row.seats, row.blank)
    counted, names = (row.kind, row.rule, row.greatest), (row.nominated, row.ordering)
    told = (row.public_id, row.code, row.title, *marks, *counted, options, *names)
    return Contest(*told, majority_of(row))
