"""The second person: who approves returns or sends them back, and never their own."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from townsquare.core.db import breaks
from townsquare.core.identity.models import AccountRow
from townsquare.core.notifications import notify
from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.returns import ReturnVersion, SendBack
from townsquare.services.elections.errors import SamePerson
from townsquare.services.elections.errors.returns import NotSubmitted
from townsquare.services.elections.events.returns import ReturnApproved, ReturnSentBack
from townsquare.services.elections.models.elections import ContestRow, ElectionRow
from townsquare.services.elections.models.returning import (
    About,
    about,
    counting,
    gaps_of,
    must_serve,
    taking,
    votes_of,
)
from townsquare.services.elections.models.returns import (
    APPROVE,
    ONE_APPROVED,
    SHUT,
    TWO_OF_A_RETURN,
    OfficerRow,
    PrecinctRow,
    ReturnRow,
)
from townsquare.services.elections.models.totals import tell_live
from townsquare.services.elections.results.returns import Appointed, Kept
from townsquare.services.elections.usecases.returning import as_read, kept

APPROVING = "elections.return.approve"
AT_ONCE = 500  # Returns that are approved in one go.
Waiting = tuple[ReturnRow, PrecinctRow, ContestRow]


@use_case("elections.return.approve", permission=APPROVING)
def approve_return(ctx: Context, wish: ReturnVersion) -> Kept:
    """Let a version count that somebody else has entered; the one before it counts no more.

    Raises SamePerson, StaleReturn, NotSubmitted, NotYourPrecinct, StillRunning.
    """
    row = counting(ctx, wish.id)
    told = about(ctx, row, wish)
    must_serve(ctx, told.precinct.id, APPROVE)
    found = as_read(ctx, told, wish, state="submitted")
    if found.entered_by_id == ctx.actor.id:
        raise SamePerson
    _approve(ctx, row, [(found, told.precinct, told.contest)])
    return Kept(row.public_id, told.precinct.code, told.contest.code, wish.version, "approved")


@use_case("elections.return.approve-clean", permission=APPROVING)
def approve_clean(ctx: Context, wish: Chosen) -> Appointed:
    """Approve each return that waits, adds up, is of own precincts and was entered by others.

    At most five hundred in one go; tells how many.
    """
    row = counting(ctx, wish.id)
    mine = (OfficerRow.account_id == ctx.actor.id) & (OfficerRow.role == APPROVE)
    chosen = (
        select(ReturnRow, PrecinctRow, ContestRow)
        .join(PrecinctRow, PrecinctRow.id == ReturnRow.precinct_id)
        .join(ContestRow, ContestRow.id == ReturnRow.contest_id)
        .join(OfficerRow, (OfficerRow.precinct_id == PrecinctRow.id) & mine)
        .where(
            ReturnRow.election_id == row.id,
            ReturnRow.state == "submitted",
            ReturnRow.entered_by_id != ctx.actor.id,
        )
        .order_by(ReturnRow.id)
        .limit(AT_ONCE)
        .with_for_update(of=ReturnRow)
    )
    waiting = [(one[0], one[1], one[2]) for one in ctx.db.execute(chosen)]
    votes = votes_of(ctx.db, [found.id for found, *_about in waiting])
    clean = [one for one in waiting if not gaps_of(one[0], one[2], votes.get(one[0].id, {}))]
    if clean:
        _approve(ctx, row, clean)
    return Appointed(len(clean))


@use_case("elections.return.send-back", permission=APPROVING)
def send_back_return(ctx: Context, wish: SendBack) -> Kept:
    """Let who has entered a version look at it again, and tell them why."""
    told = about(ctx, taking(ctx, wish.id), wish)
    must_serve(ctx, told.precinct.id, APPROVE)
    row = as_read(ctx, told, wish, state="submitted")
    row.state, row.reason = "returned", wish.reason
    ctx.db.flush()
    _tell(ctx, told, row)
    named = (told.election.public_id, told.precinct.code, told.contest.code)
    ctx.emit(ReturnSentBack(*named, row.version))
    return kept(told, row)


def _approve(ctx: Context, row: ElectionRow, waiting: Sequence[Waiting]) -> None:
    """Let these versions count in place of those that do, with as few statements as for one."""
    older, newer = ReturnRow, aliased(ReturnRow)
    ids = [found.id for found, *_about in waiting]
    replaced = (
        select(newer.id)
        .where(
            newer.id.in_(ids),
            newer.election_id == older.election_id,
            newer.precinct_id == older.precinct_id,
            newer.contest_id == older.contest_id,
        )
        .exists()
    )
    now_counts = {"state": "approved", "approved_at": ctx.now()}
    who = {"approved_by": ctx.actor.name, "approved_by_id": ctx.actor.id}
    past = update(older).where(older.election_id == row.id, older.state == "approved", replaced)
    apart = {"synchronize_session": False}
    try:
        ctx.db.execute(past.values(state="superseded"), execution_options=apart)
        counts = update(ReturnRow).where(ReturnRow.id.in_(ids)).values(**now_counts, **who)
        ctx.db.execute(counts, execution_options=apart)
    except IntegrityError as error:
        raise _refusal(error) from error
    for found, precinct, contest in waiting:
        told = (row.public_id, precinct.code, contest.code)
        ctx.emit(ReturnApproved(*told, found.version, found.ballots))
        ctx.db.expunge(found)  # It knows nothing of what was just written.
    tell_live(ctx, row)


def _refusal(error: IntegrityError) -> Exception:
    if breaks(error, TWO_OF_A_RETURN):
        return SamePerson()
    return NotSubmitted() if breaks(error, ONE_APPROVED) or breaks(error, SHUT) else error


def _tell(ctx: Context, told: About, row: ReturnRow) -> None:
    """Tell who entered a version that it came back, and why; they find the words at its place."""
    chosen = select(AccountRow.person, AccountRow.email).filter_by(id=row.entered_by_id)
    found = ctx.db.execute(chosen).first()
    if found is None:
        return
    notify(
        ctx,
        account_id=row.entered_by_id,
        person=found.person or "",
        kind="elections.return-sent-back",
        subject=row.public_id,
        template="elections/mail/return_sent_back.txt",
        facts={
            "title": told.election.title,
            "precinct": told.precinct.name,
            "contest": told.contest.title,
            "reason": row.reason,
            "url": f"/elections/precinct/{told.precinct.code}",
        },
        mail_to=found.email,
    )
