"""Drafts: an election, its times, its questions."""

from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Invalid
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.elections.commands.elections import (
    MOST_OPTIONS,
    AddContest,
    DraftElection,
    ElectionFacts,
    ReviseElection,
)
from townsquare.services.elections.commands.fields import (
    LONGEST_NAME,
    MOST_ANSWERS,
    MOST_BYTES,
    MOST_QUESTIONS,
    Chosen,
)
from townsquare.services.elections.errors import (
    BallotFull,
    ContestExists,
    TimesInvalid,
    UnknownContest,
)
from townsquare.services.elections.errors.nominations import CandidatesStand
from townsquare.services.elections.events import ElectionChanged, ElectionDrafted
from townsquare.services.elections.models.ceremony import SetupRow
from townsquare.services.elections.models.elections import (
    ONE_CODE,
    ContestRow,
    ElectionRow,
    OptionRow,
)
from townsquare.services.elections.models.nominations import CandidateRow
from townsquare.services.elections.models.reading import draft, draft_around
from townsquare.services.elections.models.styles import StyleContestRow
from townsquare.services.elections.results.elections import Drafted
from townsquare.services.elections.rules.moments import moment_in
from townsquare.services.elections.rules.texts import codes_of
from townsquare.services.elections.rules.ways import (
    BEST_GRADE,
    GRID,
    ONE_SEAT,
    RANK,
    USUAL_GREATEST,
    allows,
    kind_of,
    usual_most,
)
from townsquare.services.elections.usecases.majorities import majority_asked

MANAGE = "elections.election.manage"
FACTS = (
    *("title", "description", "zone", "rehearsal"),
    *("appeal_days", "quorum_num", "quorum_den"),
)
NO_PLACES = {"localtime", "Factory"}  # Files beside the zones: what they say is another machine's.
YEARS = range(2000, 2201)  # Each zone has a moment in UTC for all of their times.
BAD_ZONE = translatable("Enter a time zone such as Asia/Manila.")
BAD_YEAR = translatable("Enter a year from 2000 to 2200.")
TWICE = translatable("Clocks are changed then, and this time comes twice or never; take another.")
NO_PART = translatable("A part of the roll is not more than all of it.")
BACKWARDS = translatable("The closing must be after the opening.")
NOMINATED = translatable("Nominations would close after that; close them first.")
TOO_FEW = translatable("There are not enough options for that; add some, or lower the number.")
NO_OPTIONS = translatable("Enter an option on each line, or let people be nominated.")
NO_NAMES = translatable("Leave this empty where people are nominated.")
FEWER = translatable("This cannot be less than the smallest number of marks.")
ONE_WINNER = translatable("This way of counting has one winner; choose another, or enter 1.")
TOO_MANY_GRADES = translatable("There are at most six grades, 0 to 5; enter a number up to 5.")
ALL_OF_THEM = translatable("Here each option may be marked; leave this empty.")
OTHER_MOST = {
    **dict.fromkeys(("approval", "score", "majority-judgement"), ALL_OF_THEM),
    "k-of-n": translatable("Here at most as many are marked as win; leave this empty."),
}
NO_RANKS = translatable("An encrypted election cannot be ranked; choose another way.")
FEWER_POINTS = translatable("An encrypted election has 20 points at most.")
MOST_POINTS = 20
NO_UNDERSCORE = translatable("An encrypted election has codes of a to z and digits alone.")
TOO_LONG = translatable("Each option has at most {most} signs, and there are at most {options}.")


@use_case("elections.election.draft", permission=MANAGE)
def draft_election(ctx: Context, wish: DraftElection) -> Drafted:
    """Begin to set up a poll, an encrypted election, or one on paper."""
    opens, closes = _checked(wish)
    told = wish.model_dump(include={*FACTS, "tier"})
    times = {"opens_at": opens, "closes_at": closes, "created_at": ctx.now()}
    by = {"drafted_by_id": ctx.actor.id}
    row = ElectionRow(public_id=new_id(), version=1, **told, **times, **by)
    ctx.db.add(row)
    ctx.db.flush()
    if row.tier == "encrypted":
        ctx.db.add(SetupRow(election_id=row.id, mode="all", threshold=1))
        ctx.db.flush()
    ctx.emit(ElectionDrafted(row.public_id))
    return Drafted(row.public_id, row.version)


@use_case("elections.election.revise", permission=MANAGE)
def revise_election(ctx: Context, wish: ReviseElection) -> Drafted:
    """Change the title, the text or the times of a draft."""
    opens, closes = _checked(wish)
    row = draft(ctx, wish.id, seen=wish.version)
    for name in FACTS:
        setattr(row, name, getattr(wish, name))
    if row.nominations_to is not None and row.nominations_to > opens:
        raise TimesInvalid(fields={"opens": NOMINATED})
    if not row.rehearsal:
        row.rehearsal_of = ""
    row.opens_at, row.closes_at = opens, closes
    return _changed(ctx, row, "facts")


@use_case("elections.contest.add", permission=MANAGE)
def add_contest(ctx: Context, wish: AddContest) -> Drafted:
    """Put a question with its options into a draft."""
    options = _options(wish)
    marked = _marked(wish, MOST_OPTIONS if wish.nominated else len(options))
    row = draft(ctx, wish.id)
    if row.tier == "encrypted":
        _refuse_unsealable(wish)
    last = _last_question(ctx, row, [wish.title, *options])
    told = wish.model_dump(
        include={"code", "title", "rule", "least", "seats", "blank", "nominated"}
    )
    contest = ContestRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        election_id=row.id,
        position=last + 1,
        ordering=wish.order,
        **told,
        **marked,
        **majority_asked(wish, row.tier),
    )
    ctx.db.add(contest)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_CODE):
            raise ContestExists(contest=wish.code) from error
        raise
    codes = codes_of(options) if row.tier == "encrypted" else None
    for position, title in enumerate(options, 1):
        code = codes[position - 1] if codes else str(position)
        answer = {"contest_id": contest.id, "code": code, "title": title}
        ctx.db.add(OptionRow(position=position, **answer))
    return _changed(ctx, row, wish.code)


@use_case("elections.contest.drop", permission=MANAGE)
def drop_contest(ctx: Context, wish: Chosen) -> Drafted:
    """Take a question out of a draft."""
    row, contest = draft_around(ctx, ContestRow, wish.id, missing=UnknownContest)
    if ctx.db.scalar(select(exists().where(CandidateRow.contest_id == contest.id))):
        raise CandidatesStand
    for part in (OptionRow, StyleContestRow):
        ctx.db.execute(delete(part).where(part.contest_id == contest.id))
    ctx.db.delete(contest)
    return _changed(ctx, row, contest.code)


def _refuse_unsealable(wish: AddContest) -> None:
    """Refuse a question that no encrypted ballot can answer."""
    if "_" in wish.code:
        raise Invalid(fields={"code": NO_UNDERSCORE})
    if kind_of(wish.rule) == RANK:
        raise Invalid(fields={"rule": NO_RANKS})
    if (wish.greatest or 0) > MOST_POINTS:
        raise Invalid(fields={"greatest": FEWER_POINTS})


def _last_question(ctx: Context, row: ElectionRow, texts: list[str]) -> int:
    """Return where the last question stands; refuse one more where the ballot would be too long."""
    mine = ContestRow.election_id == row.id
    placed = select(ContestRow.title, ContestRow.position).where(mine)
    asked = ctx.db.execute(placed.order_by(ContestRow.position)).all()
    answers = select(OptionRow.title).join(ContestRow, ContestRow.id == OptionRow.contest_id)
    told = [*ctx.db.scalars(answers.where(mine)), *(one.title for one in asked), *texts]
    many = len(asked) + 1
    size = sum(len(text.encode()) for text in told)
    if many > MOST_QUESTIONS or len(told) - many > MOST_ANSWERS or size > MOST_BYTES:
        raise BallotFull(questions=MOST_QUESTIONS, answers=MOST_ANSWERS, bytes=MOST_BYTES)
    return asked[-1].position if asked else 0


def _changed(ctx: Context, row: ElectionRow, what: str) -> Drafted:
    ctx.db.flush()
    ctx.emit(ElectionChanged(row.public_id, what))
    return Drafted(row.public_id, row.version)


def _checked(wish: ElectionFacts) -> tuple[datetime, datetime]:
    """Return the moments of opening and closing of what can be set up like this."""
    if wish.quorum_num > wish.quorum_den:
        raise Invalid(fields={"quorum_num": NO_PART})
    return _times(wish)


@cache
def _zones() -> frozenset[str]:
    """Return the zones that this machine knows: a walk over some six hundred files."""
    return frozenset(available_timezones())


def _times(wish: ElectionFacts) -> tuple[datetime, datetime]:
    """Return the moments of opening and closing; refuse what no clock shows just once."""
    if wish.zone in NO_PLACES or wish.zone not in _zones():
        raise Invalid(fields={"zone": BAD_ZONE})
    told = {"opens": wish.opens, "closes": wish.closes}
    if odd := dict.fromkeys((name for name, at in told.items() if at.year not in YEARS), BAD_YEAR):
        raise TimesInvalid(fields=odd)
    opens, closes = (moment_in(wish.zone, told) for told in (wish.opens, wish.closes))
    wrong = {name: TWICE for name, at in (("opens", opens), ("closes", closes)) if at is None}
    if opens is None or closes is None:
        raise TimesInvalid(fields=wrong)
    if opens >= closes:
        raise TimesInvalid(fields={"closes": BACKWARDS})
    return opens, closes


def _options(wish: AddContest) -> list[str]:
    found = [line.strip() for line in wish.options.splitlines() if line.strip()]
    if len(found) > MOST_OPTIONS or any(len(line) > LONGEST_NAME for line in found):
        told = TOO_LONG.format(most=LONGEST_NAME, options=MOST_OPTIONS)
        raise Invalid(fields={"options": told})
    if bool(found) == wish.nominated:
        raise Invalid(fields={"options": NO_NAMES if found else NO_OPTIONS})
    return found


def _marked(wish: AddContest, options: int) -> dict[str, object]:
    """Return how a question is marked; refuse numbers that do not fit the rule or each other."""
    kind = kind_of(wish.rule)
    most = wish.most or usual_most(wish.rule, options, wish.seats)
    greatest = (wish.greatest or USUAL_GREATEST[kind]) if kind in USUAL_GREATEST else 0
    wrong = {}
    if most < wish.least:
        wrong["most"] = FEWER
    elif most > options:
        wrong["most"] = TOO_FEW
    elif not allows(wish.rule, most, options=options, seats=wish.seats):
        wrong["most"] = OTHER_MOST[wish.rule]
    if wish.seats > options:
        wrong["seats"] = TOO_FEW
    elif wish.rule in ONE_SEAT and wish.seats > 1:
        wrong["seats"] = ONE_WINNER
    if kind == GRID and greatest > BEST_GRADE:
        wrong["greatest"] = TOO_MANY_GRADES
    if wrong:
        raise Invalid(fields=wrong)
    return {"kind": kind, "most": most, "greatest": greatest}
