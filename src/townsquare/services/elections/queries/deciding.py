"""What was decided about an election, what stands before a certification, and objections."""

from datetime import datetime

from sqlalchemy import case, func, select

from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.elections.commands.deciding import FindDisputes
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.errors.judging import UnknownDispute
from townsquare.services.elections.models.ballots import BallotRow
from townsquare.services.elections.models.deciding import (
    DecisionRow,
    DisputeRow,
    VerificationRow,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import (
    VIEW,
    contests_of,
    election_of,
    moment,
    stage_at,
)
from townsquare.services.elections.models.sealed_counts import own_counts
from townsquare.services.elections.models.standing import (
    agreed_report,
    appeals_until,
    steps_of,
    told_report,
)
from townsquare.services.elections.models.striking import strikable, strikes_of, struck_in
from townsquare.services.elections.models.totals import COUNTED
from townsquare.services.elections.permissions import CERTIFY, INTERRUPT, RULE, STRIKE
from townsquare.services.elections.results.deciding import (
    Channels,
    Decision,
    Dispute,
    Disputes,
    Proceedings,
    Verifications,
)
from townsquare.services.elections.rules.deciding import BEFORE, FITS, RECOUNTED

MOST_DECISIONS = 50
NEWEST = Order(DisputeRow.public_id, DisputeRow.id, falling=True)


@query("elections.proceedings.read", permission=VIEW)
def read_proceedings(ctx: Context, wish: Chosen) -> Proceedings:
    """Return an election before those who decide about it, with the steps to a certification."""
    row, now = election_of(ctx, wish.id), moment(ctx)
    stage = stage_at(row, now)
    waiting = select(DecisionRow).filter_by(election_id=row.id, confirmed_by_id=None)
    proposal = ctx.db.scalar(waiting)
    certifiable = row.state in ("counting", "closed")
    struck = [one for each in struck_in(ctx.db, row.id).values() for one in each]
    return Proceedings(
        row.public_id,
        row.title,
        stage,
        row.zone,
        row.rehearsal,
        row.closes_at,
        appeals_until(row),
        _kinds(ctx, row, stage),
        _told(proposal) if proposal else None,
        proposal is not None and proposal.proposed_by_id == ctx.actor.id,
        _decisions(ctx, row),
        steps_of(ctx.db, row, now) if certifiable else [],
        strikes_of(ctx.db, row, ctx.actor.id),
        struck,
        strikable(ctx.db, row) if STRIKE in ctx.actor.permissions else {},
        _own(ctx, row) if struck else {},
    )


@query("elections.dispute.list", permission="public")
def find_disputes(ctx: Context, wish: FindDisputes) -> Disputes:
    """Return what was decided about an election, and a page of the objections to it.

    One without a ruling is told to who filed it and to those who rule.
    """
    row, now = election_of(ctx, wish.id), moment(ctx)
    chosen = select(DisputeRow).where(DisputeRow.election_id == row.id)
    rules = RULE in ctx.actor.permissions
    if not rules:
        mine = (DisputeRow.filed_by_id == ctx.actor.id) & (DisputeRow.filed_by_id > 0)
        chosen = chosen.where((DisputeRow.state == "ruled") | mine)
    waiting = select(func.count(DisputeRow.id)).filter_by(election_id=row.id, state="open")

    def told(dispute: DisputeRow) -> Dispute:
        return told_dispute(dispute, named=rules)

    page = NEWEST.read(ctx.db, chosen, told, after=wish.after, limit=wish.limit)
    about = (row.public_id, row.title, stage_at(row, now), row.zone, row.rehearsal)
    many = ctx.db.scalar(waiting) or 0
    return Disputes(*about, appeals_until(row), many, _decisions(ctx, row), *page)


@query("elections.dispute.read", permission=RULE)
def read_dispute(ctx: Context, wish: Chosen) -> Dispute:
    """Return one objection before those who rule on it."""
    dispute = ctx.db.scalar(select(DisputeRow).filter_by(public_id=wish.id))
    if dispute is None:
        raise UnknownDispute
    return told_dispute(dispute, named=True)


@query("elections.verification.list", permission="public")
def find_verifications(ctx: Context, wish: Chosen) -> Verifications:
    """Return what verifying programs have found about an election, the newest first."""
    row = election_of(ctx, wish.id)
    chosen = select(VerificationRow).filter_by(election_id=row.id)
    found = ctx.db.scalars(chosen.order_by(VerificationRow.id.desc()).limit(MOST_DECISIONS))
    reports = [told_report(one) for one in found]
    agreed = agreed_report(ctx.db, row) if reports else None
    return Verifications(row.public_id, row.title, agreed.report_hash if agreed else "", reports)


def told_dispute(row: DisputeRow, *, named: bool) -> Dispute:
    """Return an objection, with the name of who filed it or without."""
    ruling = (row.state, row.ruling, row.ruled_by, row.ruled_at)
    by = row.filed_by if named else ""
    return Dispute(row.public_id, row.kind, row.statement, row.created_at, by, *ruling)


def _own(ctx: Context, row: ElectionRow) -> dict[str, list[str]]:
    """Return who is elected without the struck, by the codes of questions of a counted board."""
    if row.tier != "encrypted" or row.state not in COUNTED:
        return {}
    asked = {one.code: one for one in contests_of(ctx.db, row.id)}
    return {
        code: [one.title for one in asked[code].options if one.code in elected]
        for code, (elected, _tied) in own_counts(ctx.db, row).items()
    }


def _kinds(ctx: Context, row: ElectionRow, stage: str) -> list[str]:
    """Return what this person may propose about an election at this stage."""
    may = ctx.actor.permissions
    found = [kind for kind, stages in FITS.items() if stage in stages] if INTERRUPT in may else []
    if CERTIFY in may:
        found += ["certify"] if row.state == "closed" else []
        found += ["annul"] if row.state in BEFORE else []
        found += ["recount"] if row.state == "certified" and row.tier in RECOUNTED else []
    return found


def _decisions(ctx: Context, row: ElectionRow) -> list[Decision]:
    chosen = select(DecisionRow).where(
        DecisionRow.election_id == row.id, DecisionRow.confirmed_by_id.is_not(None)
    )
    newest = chosen.order_by(DecisionRow.id.desc()).limit(MOST_DECISIONS)
    return [_told(one) for one in ctx.db.scalars(newest)]


def _told(row: DecisionRow) -> Decision:
    by: tuple[str, str, datetime | None] = (row.proposed_by, row.confirmed_by, row.confirmed_at)
    return Decision(row.public_id, row.kind, row.reason, row.until, *by)


@query("elections.channel.count", permission="public")
def count_channels(ctx: Context, wish: Chosen) -> Channels:
    """Return how many ballots the server encrypted; of an election that runs nothing is counted."""
    row = election_of(ctx, wish.id)
    if row.tier != "encrypted" or row.state in ("draft", "frozen"):
        return Channels(row.public_id, 0, 0)
    by_server = case((BallotRow.by_server, 1), else_=0)
    chosen = select(func.count(BallotRow.board_seq), func.coalesce(func.sum(by_server), 0))
    found = ctx.db.execute(chosen.where(BallotRow.election_id == row.id)).one()
    return Channels(row.public_id, found[0], found[1])
