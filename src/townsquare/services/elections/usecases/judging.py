"""Results are certified, annulled or counted again, by two people who did not set them up."""

from sqlalchemy import delete, select

from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.deciding import ProposeJudgement
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.errors.judging import (
    NotNow,
    RolesNotSeparate,
)
from townsquare.services.elections.models.appending import append, written
from townsquare.services.elections.models.box import CountRow
from townsquare.services.elections.models.ceremony import AuthorityRow, TrusteeRow
from townsquare.services.elections.models.deciding import (
    JUDGEMENTS,
    DecisionRow,
)
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.reading import locked, moment
from townsquare.services.elections.models.returns import PaperCountRow
from townsquare.services.elections.models.signing import stamp
from townsquare.services.elections.models.standing import agreed_report, conditions, is_explained
from townsquare.services.elections.permissions import CERTIFY
from townsquare.services.elections.results.deciding import Decided
from townsquare.services.elections.rules.deciding import BECOMES, BEFORE, RECOUNTED
from townsquare.services.elections.usecases.deciding import (
    announce,
    confirm,
    empty_box,
    in_person,
    open_decision,
    propose,
    withdraw,
)
from townsquare.services.elections.usecases.verifying import PROGRAMS


@use_case("elections.judgement.propose", permission=CERTIFY)
def propose_judgement(ctx: Context, wish: ProposeJudgement) -> Decided:
    """Propose to certify a result, to annul an election, or to count again."""
    row = locked(ctx, wish.id)
    _may(ctx, row, wish.kind)
    return propose(ctx, row, wish.kind, reason=wish.reason)


@use_case("elections.judgement.confirm", permission=CERTIFY)
def confirm_judgement(ctx: Context, wish: Chosen) -> Decided:
    """Confirm what somebody else has proposed; each condition is read anew."""
    in_person(ctx)
    row, decision = open_decision(ctx, wish.id, JUDGEMENTS)
    _may(ctx, row, decision.kind)
    _enter(ctx, row, decision)
    confirm(ctx, decision)
    row.state = BECOMES[decision.kind]
    done = announce(ctx, row, decision)
    if row.state == "annulled":
        empty_box(ctx, row)
    elif decision.kind == "recount" and row.tier == "paper":
        _begin_anew(ctx, row)
    return done


@use_case("elections.judgement.withdraw", permission=CERTIFY)
def withdraw_judgement(ctx: Context, wish: Chosen) -> Decided:
    """Take back what somebody has proposed."""
    return withdraw(ctx, wish.id, JUDGEMENTS)


def _may(ctx: Context, row: ElectionRow, kind: str) -> None:
    """Refuse what does not fit the election as it is now, or is not for this person."""
    if kind == "certify":
        _certifiable(ctx, row)
    elif (kind == "annul" and row.state not in BEFORE) or (
        kind == "recount" and not _may_recount(ctx, row)
    ):
        raise NotNow


def _certifiable(ctx: Context, row: ElectionRow) -> None:
    now = moment(ctx)
    if not row.rehearsal and _is_part_of(ctx, row):
        raise RolesNotSeparate
    for refusal, is_met in conditions(row):
        if not is_met(ctx.db, row, now):
            raise refusal


def _is_part_of(ctx: Context, row: ElectionRow) -> bool:
    """Tell whether this person set the election up, froze it, or is a trustee or its authority."""
    if ctx.actor.id in (row.drafted_by_id, row.proposed_by_id, row.confirmed_by_id):
        return True
    trusted = (
        select(role.account).filter_by(election_id=row.id, account=ctx.actor.id)
        for role in (TrusteeRow, AuthorityRow)
    )
    return any(ctx.db.execute(held).first() for held in trusted)


def _may_recount(ctx: Context, row: ElectionRow) -> bool:
    """Tell whether a certified result may be counted again: after a ruling about it."""
    return row.state == "certified" and row.tier in RECOUNTED and is_explained(ctx.db, row)


def _begin_anew(ctx: Context, row: ElectionRow) -> None:
    """Let a paper election be counted again; what was counted before goes."""
    asked = select(ContestRow.id).where(ContestRow.election_id == row.id)
    ctx.db.execute(delete(CountRow).where(CountRow.contest_id.in_(asked)))
    ctx.db.execute(delete(PaperCountRow).where(PaperCountRow.election_id == row.id))


def _enter(ctx: Context, row: ElectionRow, decision: DecisionRow) -> None:
    """Put a judgement on the board of an encrypted election that both programs have examined."""
    report = agreed_report(ctx.db, row) if row.tier == "encrypted" else None
    if report is None:
        return
    append(
        ctx,
        row,
        "certification",
        body={
            "kind": decision.kind,
            "report_hash": report.report_hash,
            "verifiers": sorted(PROGRAMS),
            "officers": 2,
            "at": written(moment(ctx)),
            "note": decision.reason,
        },
    )
    stamp(ctx, row)
