"""Elections as everybody reads them, as voters do, and as those who set them up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from sqlalchemy import case, func, not_, select

from townsquare.core.paging import Order, cut
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.elections import FindElections, FindPublic
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.models.box import KeyRow, ParticipationRow, SlotRow
from townsquare.services.elections.models.elections import (
    ElectionRow,
    RollRow,
    VoterRow,
    has_confirmed,
    is_voter,
)
from townsquare.services.elections.models.precincts import lacking
from townsquare.services.elections.models.preparing import lacks_of
from townsquare.services.elections.models.readiness import signatures_of, warnings_of
from townsquare.services.elections.models.reading import (
    VIEW,
    election_of,
    line_of,
    moment,
    told_election,
)
from townsquare.services.elections.models.sealed import SEALED, last_cast
from townsquare.services.elections.models.styles import StyleRow, styles_of
from townsquare.services.elections.models.unsettled import few_alike, unsettled
from townsquare.services.elections.results.elections import (
    Drafts,
    Election,
    ElectionLine,
    Front,
    Paper,
    SetUp,
    Signature,
)
from townsquare.services.elections.rules.moments import zoned
from townsquare.services.elections.rules.slots import slot_of

A_DAY, MOST_OF_A_DAY = timedelta(days=1), 100
MOST_LINES = 20  # Of the reader, beside a page of all.
PAST = ("counting", "closed", "certified", "annulled")
FIRST = Order(ElectionRow.public_id, ElectionRow.closes_at, ElectionRow.id)
LAST = Order(ElectionRow.public_id, ElectionRow.closes_at, ElectionRow.id, falling=True)
NEWEST = Order(ElectionRow.public_id, ElectionRow.id, falling=True)


@query("elections.election.list", permission="public")
def find_elections(ctx: Context, wish: FindPublic) -> Front:
    """Return a page of elections: open or coming ones, soonest closing first, then past ones.

    The first page has those of the reader as well. Of one day it returns the elections in which
    people vote on it by the clock of each, at most a hundred and on one page.
    """
    now = moment(ctx)
    lines, after = (_on(ctx, wish.on, now), "") if wish.on else _page(ctx, wish, now)
    return Front(
        [line for line in lines if line.stage not in PAST],
        [] if wish.after or wish.on else _mine(ctx, now),
        [line for line in lines if line.stage in PAST],
        after,
    )


@query("elections.election.read", permission="public")
def read_election(ctx: Context, wish: Chosen) -> Election:
    """Return one election with its questions; a draft only to those who set it up."""
    return told_election(ctx.db, election_of(ctx, wish.id), moment(ctx))


@query("elections.election.on-paper", permission="public")
def is_on_paper(ctx: Context, wish: Chosen) -> bool:
    """Tell whether an election is held on paper, so that its returns are its result."""
    return election_of(ctx, wish.id).tier == "paper"


@query("elections.ballot.read", permission="signed-in")
def read_paper(ctx: Context, wish: Chosen) -> Paper:
    """Return an election before one person: whether they may vote, and whether they have.

    Its questions are those of their style.
    """
    row = election_of(ctx, wish.id)
    chosen = (
        select(RollRow.public_id, ParticipationRow.roll_entry_id, RollRow.id, StyleRow.code)
        .join(VoterRow, VoterRow.id == RollRow.voter_id)
        .outerjoin(ParticipationRow, ParticipationRow.roll_entry_id == RollRow.id)
        .outerjoin(StyleRow, StyleRow.id == RollRow.style_id)
        .where(RollRow.election_id == row.id, is_voter(ctx.actor))
    )
    found = ctx.db.execute(chosen).first() if ctx.actor.person else None
    entry, marked, number, style = found or ("", None, 0, None)
    told = told_election(ctx.db, row, moment(ctx))
    if style:
        asked = styles_of(ctx.db, row.id).get(style, [])
        told = replace(told, contests=[one for one in told.contests if one.code in asked])
    if row.tier == SEALED:
        last = last_cast(ctx.db, number)
        return Paper(told, found is not None, last is not None, *(last or ("", False)))
    receipt = _receipt(ctx, row, entry) if entry else ""
    return Paper(told, found is not None, marked is not None or bool(receipt), receipt)


@query("elections.election.list-all", permission=VIEW)
def find_drafts(ctx: Context, wish: FindElections) -> Drafts:
    """Return a page of all elections with those that are drafts, the newest first."""
    told, chosen = partial(line_of, now=moment(ctx)), select(ElectionRow)
    return Drafts(*NEWEST.read(ctx.db, chosen, told, after=wish.after, limit=wish.limit))


@query("elections.election.set-up", permission=VIEW)
def read_set_up(ctx: Context, wish: Chosen) -> SetUp:
    """Return an election with what it lacks, and who proposes to freeze it."""
    row, now = election_of(ctx, wish.id), moment(ctx)
    told = told_election(ctx.db, row, now)
    draft = row.state == "draft"
    lacks = (lacking(ctx.db, row, told, now=now), unsettled(ctx.db, row), lacks_of(ctx.db, row))
    missing = [sentence for each in lacks for sentence in each] if draft else []
    warned = [*warnings_of(told), *(few_alike(ctx.db, row) if draft else [])]
    mine = row.proposed_by_id is not None and row.proposed_by_id == ctx.actor.id
    names = (row.proposed_by, mine, row.confirmed_by)
    return SetUp(told, missing, warned, *names, _unconfirmed(ctx, row))


@query("elections.signatures.read", permission=VIEW)
def read_signatures(ctx: Context, wish: Chosen) -> list[Signature]:
    """Return of each ranked question how many papers would be like no other one."""
    return signatures_of(told_election(ctx.db, election_of(ctx, wish.id), moment(ctx)))


def _unconfirmed(ctx: Context, row: ElectionRow) -> int:
    """Return how many of the roll nobody can sign in as yet; who has left is none of them."""
    chosen = (
        select(func.count(RollRow.id))
        .join(VoterRow, VoterRow.id == RollRow.voter_id)
        .where(RollRow.election_id == row.id, VoterRow.address.is_not(None), ~has_confirmed())
    )
    return ctx.db.scalar(chosen) or 0


def _page(ctx: Context, wish: FindElections, now: datetime) -> tuple[list[ElectionLine], str]:
    """Return the lines of a page that may begin among the current ones and go on among others."""
    running = (ElectionRow.state == "frozen") & (ElectionRow.closes_at > now)
    over = select(ElectionRow).where(ElectionRow.state != "draft", not_(running))
    told, among = partial(line_of, now=now), over.where(ElectionRow.public_id == wish.after)
    if wish.after and ctx.db.scalar(among) is not None:
        return LAST.read(ctx.db, over, told, after=wish.after, limit=wish.limit)
    current = select(ElectionRow).where(running)
    lines, more = FIRST.read(ctx.db, current, told, after=wish.after, limit=wish.limit)
    if more:
        return lines, more
    past, more = LAST.read(ctx.db, over, told, after="", limit=wish.limit)
    lines, after = cut([*lines, *past], wish.limit)
    return lines, after or more


def _on(ctx: Context, day: date, now: datetime) -> list[ElectionLine]:
    """Return the elections in which people vote on this day, each by its own clock."""
    row, begins = ElectionRow, datetime(day.year, day.month, day.day, tzinfo=UTC)
    near = (row.opens_at < begins + 2 * A_DAY) & (row.closes_at > begins - A_DAY)
    chosen = select(row).where(row.state != "draft", near).order_by(row.closes_at, row.id)
    found = ctx.db.scalars(chosen.limit(MOST_OF_A_DAY))
    return [line_of(one, now) for one in found if _is_voted_on(one, day)]


def _is_voted_on(row: ElectionRow, day: date) -> bool:
    # Who closes at midnight is not open on the day that begins then.
    last = zoned(row.closes_at - timedelta(microseconds=1), row.zone).date()
    return zoned(row.opens_at, row.zone).date() <= day <= last


def _mine(ctx: Context, now: datetime) -> list[ElectionLine]:
    """Return the elections that the reader is on the roll of: current ones, then the last ones."""
    if not ctx.actor.person:
        return []
    row = ElectionRow
    rolls = (
        select(RollRow.election_id)
        .join(VoterRow, VoterRow.id == RollRow.voter_id)
        .where(is_voter(ctx.actor))
    )
    chosen = (
        select(row)
        .where(row.id.in_(rolls), row.state != "draft")
        .order_by(case((row.closes_at > now, 0), else_=1), row.closes_at.desc(), row.id.desc())
        .limit(MOST_LINES)
    )
    return [line_of(each, now) for each in ctx.db.scalars(chosen)]


def _receipt(ctx: Context, row: ElectionRow, entry: str) -> str:
    """Return the receipt of the vote in the box, if one is; after the closing nobody can tell."""
    secret = ctx.db.scalar(select(KeyRow.secret).filter_by(poll_id=row.id))
    if secret is None:
        return ""
    slot = slot_of(bytes.fromhex(secret), row.public_id, entry)
    kept = select(SlotRow.receipt).filter_by(poll_id=row.id, slot_hash=slot)
    return ctx.db.scalar(kept) or ""
