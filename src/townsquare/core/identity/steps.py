"""Steps of identity that several use cases, the demo and the command line share."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from townsquare.core.db import breaks
from townsquare.core.identity.commands import ChooseAccount
from townsquare.core.identity.errors import (
    ErasedAlready,
    RoleBeyondOwn,
    UnknownAccount,
    UnknownRole,
)
from townsquare.core.identity.events import Invited, RoleGranted, TokenRevoked
from townsquare.core.identity.links import SIGNER
from townsquare.core.identity.manifest import ADMINISTRATOR, APPOINT_ALONE
from townsquare.core.identity.models import (
    AccountRoleRow,
    AccountRow,
    LinkRow,
    RolePermissionRow,
    RoleRow,
    SessionRow,
    TokenRow,
)
from townsquare.core.identity.proposal_errors import OwnProposal, TakesTwo
from townsquare.core.identity.proposals import (
    FOR_ONESELF,
    TWO_PEOPLE,
    UNAPPROVED,
    ProposalRow,
    by_the_operator,
)
from townsquare.core.ids import new_id
from townsquare.core.notifications import notify, send_mail
from townsquare.core.usecase import Context

INVITED_FOR = timedelta(days=7)
APPOINT = "identity.role.appoint"  # The right of administrators, and of the operator at a shell.


def chosen_account(ctx: Context, wish: ChooseAccount) -> AccountRow:
    """Return the account that is named, or say that there is none."""
    row = ctx.db.scalar(select(AccountRow).where(AccountRow.public_id == wish.id))
    if row is None:
        raise UnknownAccount
    return row


def living_account(ctx: Context, wish: ChooseAccount) -> AccountRow:
    """Return the account that is named, unless its owner has left for good."""
    row = chosen_account(ctx, wish)
    if row.erased_at is not None:
        raise ErasedAlready
    return row


def give_role(ctx: Context, row: AccountRow, name: str, *, proposal: int | None = None) -> None:
    """Give an account a role; giving it again changes nothing.

    That of the administrators is given by a proposal that a second one has approved, or by the
    operator at the command line.
    """
    role = role_named(ctx.db, name)
    ctx.db.flush()
    known = select(AccountRoleRow.id).filter_by(account_id=row.id, role_id=role.id)
    if ctx.db.scalar(known) is not None:
        return
    if name == ADMINISTRATOR:
        proposal = _approved(ctx, row, proposal)
    ctx.db.add(AccountRoleRow(account_id=row.id, role_id=role.id, proposal_id=proposal))
    row.epoch += 1
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, UNAPPROVED):
            raise TakesTwo from error
        raise
    ctx.emit(RoleGranted(row.public_id, name))


def send_invitation(ctx: Context, email: str, role: str, *, proposal: int | None) -> str:
    """Mail the link by which somebody gets a role; return what opens it."""
    link = LinkRow(
        public_id=new_id(),
        kind="invite",
        email=email,
        role=role,
        proposal_id=proposal,
        expires_at=ctx.now() + INVITED_FOR,
    )
    ctx.db.add(link)
    token = ctx.engine(SIGNER).token(link.public_id)
    facts = {"role": role, "token": token}
    send_mail(ctx, to=email, template="identity/mail/invite.txt", facts=facts)
    ctx.emit(Invited(link.public_id, role))
    return token


def promise_role(ctx: Context, email: str, name: str) -> int | None:
    """Return what an invitation to this role needs: for administrators, that the operator may."""
    if name != ADMINISTRATOR:
        return None
    refuse_without_second(ctx)
    return by_the_operator(ctx.db, ctx.now(), by=ctx.actor.id, email=email).id


def refuse_without_second(ctx: Context) -> None:
    """Refuse whoever would make an administrator alone, unless they run the machine."""
    if APPOINT_ALONE not in ctx.actor.permissions:
        raise TakesTwo


def _approved(ctx: Context, row: AccountRow, proposal: int | None) -> int:
    """Return the proposal by which an account becomes an administrator, which is about them."""
    if proposal is None:
        refuse_without_second(ctx)
        return by_the_operator(ctx.db, ctx.now(), by=ctx.actor.id, account_id=row.id).id
    found = ctx.db.get_one(ProposalRow, proposal)
    if found.account_id is None:  # Who was invited has an account from now on.
        found.account_id, found.email = row.id, ""
        try:
            ctx.db.flush()
        except IntegrityError as error:
            if breaks(error, TWO_PEOPLE) or breaks(error, FOR_ONESELF):
                raise OwnProposal from error
            raise
    return proposal


def refuse_beyond_own(ctx: Context, name: str) -> None:
    """Refuse to hand on a role that allows more than the actor may do, unless they appoint."""
    if APPOINT in ctx.actor.permissions:
        return
    role = role_named(ctx.db, name)
    allowed = ctx.db.scalars(select(RolePermissionRow.permission).filter_by(role_id=role.id))
    if not set(allowed) <= ctx.actor.permissions:
        raise RoleBeyondOwn(role=name)


def end_sessions(ctx: Context, account_id: int, *which: ColumnElement[bool]) -> None:
    """End the living sessions of an account, or those of them that are chosen."""
    living = (SessionRow.account_id == account_id) & SessionRow.ended_at.is_(None)
    ctx.db.execute(update(SessionRow).where(living, *which).values(ended_at=ctx.now()))


def end_tokens(ctx: Context, row: AccountRow) -> int:
    """Take back all tokens with which programs act for an account; return how many there were."""
    living = (TokenRow.account_id == row.id) & TokenRow.revoked_at.is_(None)
    taking = update(TokenRow).where(living, TokenRow.ends_at > ctx.now())
    taken = taking.values(revoked_at=ctx.now(), version=TokenRow.version + 1)
    ended = list(ctx.db.scalars(taken.returning(TokenRow.public_id)))
    for token in ended:
        ctx.emit(TokenRevoked(row.public_id, token))
    return len(ended)


def tell_owner(ctx: Context, account: AccountRow, letter: str, **facts: object) -> None:
    """Tell somebody what was done with their account, in the town and by mail."""
    notify(
        ctx,
        account_id=account.id,
        person=account.person,
        kind=f"identity.{letter}",
        subject=account.public_id,
        key=new_id(),  # Each time it is news.
        template=f"identity/mail/{letter}.txt",
        facts={"name": account.name, "url": "/account", **facts},
        mail_to=account.email,
    )


def person_at(ctx: Context, email: str) -> str | None:
    """Return the public id of the person who has confirmed this address, None if nobody has."""
    chosen = select(AccountRow.person).where(
        AccountRow.email == email.casefold(), AccountRow.confirmed_at.is_not(None)
    )
    return ctx.db.scalar(chosen) if email else None


def persons_at(ctx: Context, emails: Collection[str]) -> dict[str, str]:
    """Return who has confirmed which of these addresses, in lower case, in one question."""
    chosen = select(AccountRow.email, AccountRow.person).where(
        AccountRow.email.in_(emails), AccountRow.confirmed_at.is_not(None)
    )
    return {row[0]: row[1] for row in ctx.db.execute(chosen)}


def has_account(ctx: Context, person: str) -> bool:
    """Tell whether a person signs in themselves, with an account that they have not left."""
    chosen = select(AccountRow.id).where(
        AccountRow.person == person, AccountRow.erased_at.is_(None)
    )
    return ctx.db.scalar(chosen.limit(1)) is not None


def role_named(db: Session, name: str) -> RoleRow:
    """Return the role of this name."""
    role = db.scalar(select(RoleRow).where(RoleRow.name == name))
    if role is None:
        raise UnknownRole(role=name)
    return role


def keep_roles(db: Session, roles: Mapping[str, Iterable[str]]) -> None:
    """Make these roles, or bring their permissions up to date: so many at once as one."""
    known = _ids_of_roles(db)
    if missing := [{"name": name} for name in roles if name not in known]:
        db.execute(insert(RoleRow), missing)
        known = _ids_of_roles(db)
    wanted = {(known[name], permission) for name in roles for permission in roles[name]}
    ids = {known[name] for name in roles}
    every = db.execute(select(RolePermissionRow.role_id, RolePermissionRow.permission))
    given = {(role, permission) for role, permission in every if role in ids}
    if new := [{"role_id": role, "permission": one} for role, one in sorted(wanted - given)]:
        db.execute(insert(RolePermissionRow), new)
    for role, permission in given - wanted:
        gone = {"role_id": role, "permission": permission}
        db.execute(delete(RolePermissionRow).filter_by(**gone))
    if changed := {role for role, _permission in wanted ^ given}:
        _move_epochs(db, changed)


def _ids_of_roles(db: Session) -> dict[str, int]:
    return {row[0]: row[1] for row in db.execute(select(RoleRow.name, RoleRow.id))}


def _move_epochs(db: Session, roles: Collection[int]) -> None:
    # What somebody may do is remembered until their epoch moves.
    holders = select(AccountRoleRow.account_id).where(AccountRoleRow.role_id.in_(roles))
    moved = update(AccountRow).where(AccountRow.id.in_(holders))
    db.execute(moved.values(epoch=AccountRow.epoch + 1))
