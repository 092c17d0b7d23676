"""What takes two administrators: one proposes it, another one approves or refuses it.

The database has the last word: the same person twice, who gains by it, who is no administrator
any more, and who comes too late are refused there (`migrations/…_second_administrator.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Index, Select, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import DomainError
from townsquare.core.identity.manifest import ADMINISTRATOR
from townsquare.core.identity.models import AccountRoleRow, AccountRow, RoleRow
from townsquare.core.identity.proposal_commands import (
    ChooseProposal,
    ProposeAdministrator,
    RefuseProposal,
)
from townsquare.core.identity.proposal_errors import (
    AccountClosed,
    AddressNotConfirmed,
    AlreadyAdministrator,
    AlreadyProposed,
    NotOwnProposal,
    NotTwoAdministrators,
    OnlyAdministrator,
    OwnProposal,
    ProposalDecided,
    ProposalExpired,
    UnknownProposal,
)
from townsquare.core.identity.proposal_events import (
    AdministratorProposed,
    ProposalApproved,
    ProposalRefused,
    ProposalWithdrawn,
)
from townsquare.core.identity.proposals import (
    APPOINTMENT,
    APPROVED,
    EXPIRED,
    FOR_ONESELF,
    IN_TIME,
    ONE_FOR_AN_ACCOUNT,
    ONE_FOR_AN_ADDRESS,
    REFUSED,
    TWO_ADMINISTRATORS,
    TWO_PEOPLE,
    WAITING,
    WAITS_FOR,
    WITHDRAWN,
    ProposalRow,
)
from townsquare.core.identity.results import Done, Proposed
from townsquare.core.identity.steps import APPOINT, give_role, send_invitation, tell_owner
from townsquare.core.usecase import Context, use_case

REFUSALS: tuple[tuple[Index | str, type[DomainError]], ...] = (
    (ONE_FOR_AN_ACCOUNT, AlreadyProposed),
    (ONE_FOR_AN_ADDRESS, AlreadyProposed),
    (TWO_PEOPLE, OwnProposal),
    (FOR_ONESELF, OwnProposal),
    (IN_TIME, ProposalExpired),
    (TWO_ADMINISTRATORS, NotTwoAdministrators),
)


@use_case("identity.proposal.make", permission=APPOINT)
def propose_administrator(ctx: Context, wish: ProposeAdministrator) -> Proposed:
    """Propose that somebody becomes an administrator; a second one has to agree."""
    ctx.require_confirmation()
    others = who_could_agree(ctx)
    email = wish.email.casefold()
    about = ctx.db.scalar(select(AccountRow).where(AccountRow.email == email))
    _refuse_unfit(ctx, about)
    row = ProposalRow(account_id=about.id if about else None, email="" if about else email)
    put_forward(ctx, row, wish.reason)
    ctx.emit(AdministratorProposed(about.public_id if about else "", row.public_id))
    ask(ctx, row, others, letter="proposal_made")
    return Proposed(row.public_id)


@use_case("identity.proposal.approve", permission=APPOINT)
def approve_proposal(ctx: Context, wish: ChooseProposal) -> Done:
    """Agree to what another administrator has proposed, and do it, once."""
    ctx.require_confirmation()
    # The account first: who erases or disables it meanwhile waits, or is waited for and seen.
    about = _held(ctx, wish, APPOINTMENT)
    if about is not None and about.disabled_at is not None:
        raise AccountClosed
    row = decided(ctx, wish, APPROVED)
    ctx.emit(ProposalApproved(about.public_id if about else "", row.public_id))
    if about is None:
        send_invitation(ctx, row.email, ADMINISTRATOR, proposal=row.id)
    else:
        give_role(ctx, about, ADMINISTRATOR, proposal=row.id)
    tell_proposer(ctx, row)
    return Done()


@use_case("identity.proposal.refuse", permission=APPOINT)
def refuse_proposal(ctx: Context, wish: RefuseProposal) -> Done:
    """Do not agree to what another administrator has proposed, and say why."""
    ctx.require_confirmation()
    about = _held(ctx, wish)
    row = decided(ctx, wish, REFUSED)
    row.answer = wish.answer
    ctx.emit(ProposalRefused(about.public_id if about else "", row.public_id))
    tell_proposer(ctx, row)
    return Done()


@use_case("identity.proposal.withdraw", permission=APPOINT)
def withdraw_proposal(ctx: Context, wish: ChooseProposal) -> Done:
    """Take back what one has proposed oneself."""
    about = _held(ctx, wish)
    mine = select(ProposalRow.id).filter_by(public_id=wish.id, proposed_by_id=ctx.actor.id)
    if ctx.db.scalar(mine) is None:
        raise NotOwnProposal
    row = decided(ctx, wish, WITHDRAWN)
    ctx.emit(ProposalWithdrawn(about.public_id if about else "", row.public_id))
    return Done()


def administrators() -> Select[AccountRow]:
    """Return the accounts that could decide something."""
    return (
        select(AccountRow)
        .join(AccountRoleRow, AccountRoleRow.account_id == AccountRow.id)
        .join(RoleRow, RoleRow.id == AccountRoleRow.role_id)
        .where(RoleRow.name == ADMINISTRATOR)
        .where(AccountRow.disabled_at.is_(None), AccountRow.confirmed_at.is_not(None))
    )


def who_could_agree(ctx: Context) -> Sequence[AccountRow]:
    """Return the other administrators; refuse where there is none."""
    others = ctx.db.scalars(administrators().where(AccountRow.id != ctx.actor.id)).all()
    if not others:
        raise OnlyAdministrator
    return others


def put_forward(ctx: Context, row: ProposalRow, reason: str) -> None:
    """Write a proposal down; of one person nothing else may wait that is not too late."""
    late = (ProposalRow.state == WAITING) & (ProposalRow.expires_at <= ctx.now())
    ctx.db.execute(update(ProposalRow).where(late).values(state=EXPIRED))
    row.reason, row.proposed_by_id = reason, ctx.actor.id
    row.created_at, row.expires_at = ctx.now(), ctx.now() + WAITS_FOR
    ctx.db.add(row)
    with _by_two():
        ctx.db.flush()


def ask(ctx: Context, row: ProposalRow, others: Iterable[AccountRow], *, letter: str) -> None:
    """Tell those who could agree that a proposal waits."""
    for other in others:
        tell_owner(ctx, other, letter, url=_place(row), until=row.expires_at.isoformat())


def decided(ctx: Context, wish: ChooseProposal, state: str) -> ProposalRow:
    """Decide a proposal, if nobody else was faster, and if it is theirs to decide."""
    deciding = (
        update(ProposalRow)
        .where(ProposalRow.public_id == wish.id, ProposalRow.state == WAITING)
        .values(
            state=state,
            version=ProposalRow.version + 1,
            decided_by_id=ctx.actor.id,
            decided_at=ctx.now(),
        )
        .returning(ProposalRow)
    )
    with _by_two():
        row = ctx.db.scalar(deciding)
    if row is None:
        raise ProposalDecided
    return row


def tell_proposer(ctx: Context, row: ProposalRow) -> None:
    """Tell whoever has proposed something what has become of it."""
    proposer = ctx.db.get_one(AccountRow, row.proposed_by_id)
    tell_owner(ctx, proposer, f"proposal_{row.state}", url=_place(row))


def _refuse_unfit(ctx: Context, about: AccountRow | None) -> None:
    """Refuse to propose somebody who cannot enter, or who is an administrator already."""
    if about is None:
        return
    if about.disabled_at is not None:
        raise AccountClosed
    if about.confirmed_at is None:  # Anybody may have made it, with a password of their own.
        raise AddressNotConfirmed
    if ctx.db.scalar(administrators().where(AccountRow.id == about.id)) is not None:
        raise AlreadyAdministrator


def _held(ctx: Context, wish: ChooseProposal, kind: str = "") -> AccountRow | None:
    """Return the account that a proposal is about, held; None if somebody is to be invited."""
    named = select(ProposalRow.account_id).where(ProposalRow.public_id == wish.id)
    found = ctx.db.execute(named.where(ProposalRow.kind == kind) if kind else named).first()
    if found is None:
        raise UnknownProposal
    return ctx.db.scalar(select(AccountRow).where(AccountRow.id == found[0]).with_for_update())


def _place(row: ProposalRow) -> str:
    return f"/admin/proposals/{row.public_id}"


@contextmanager
def _by_two() -> Iterator[None]:
    """Say in words what the database refuses."""
    try:
        yield
    except IntegrityError as error:
        for guard, said in REFUSALS:
            if breaks(error, guard):
                raise said from error
        raise
