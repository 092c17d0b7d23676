"""What administrators do: invite, give and take roles, disable and enable."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.identity.commands import ChangeRole, ChooseAccount, Invite
from townsquare.core.identity.errors import LastAdministrator, OwnAccount
from townsquare.core.identity.events import (
    AccountDisabled,
    AccountEnabled,
    RoleWithdrawn,
)
from townsquare.core.identity.models import (
    LAST_ADMINISTRATOR,
    AccountRoleRow,
    AccountRow,
)
from townsquare.core.identity.results import Done, Invitation
from townsquare.core.identity.steps import (
    chosen_account,
    end_sessions,
    give_role,
    living_account,
    promise_role,
    refuse_beyond_own,
    role_named,
    send_invitation,
)
from townsquare.core.usecase import Context, use_case


@use_case("identity.account.invite")
def invite(ctx: Context, wish: Invite) -> Invitation:
    """Invite somebody to a role by mail; nobody chooses a role for themselves."""
    role_named(ctx.db, wish.role)
    refuse_beyond_own(ctx, wish.role)
    email = wish.email.casefold()
    proposal = promise_role(ctx, email, wish.role)
    token = send_invitation(ctx, email, wish.role, proposal=proposal)
    return Invitation(email, wish.role, token)


@use_case("identity.role.grant")
def grant_role(ctx: Context, wish: ChangeRole) -> Done:
    """Give an account one more role; it acts on the next request."""
    refuse_beyond_own(ctx, wish.role)
    give_role(ctx, living_account(ctx, wish), wish.role)
    return Done()


@use_case("identity.role.withdraw", permission="identity.role.grant")
def withdraw_role(ctx: Context, wish: ChangeRole) -> Done:
    """Take a role back; it acts on the next request."""
    row, role = _other_account(ctx, wish), role_named(ctx.db, wish.role)
    refuse_beyond_own(ctx, wish.role)
    taken = delete(AccountRoleRow).filter_by(account_id=row.id, role_id=role.id)
    with _leaving_an_administrator():
        found = ctx.db.execute(taken.returning(AccountRoleRow.id)).first()
    if found:
        row.epoch += 1
        ctx.emit(RoleWithdrawn(row.public_id, wish.role))
    return Done()


@use_case("identity.account.disable")
def disable_account(ctx: Context, wish: ChooseAccount) -> Done:
    """Let an account sign in no more, and end its sessions; accounts are never deleted."""
    row = _other_account(ctx, wish)
    if row.disabled_at is None:
        row.disabled_at, row.epoch = ctx.now(), row.epoch + 1
        with _leaving_an_administrator():
            ctx.db.flush()
        end_sessions(ctx, row.id)
        ctx.emit(AccountDisabled(row.public_id))
    return Done()


@use_case("identity.account.enable", permission="identity.account.disable")
def enable_account(ctx: Context, wish: ChooseAccount) -> Done:
    """Let an account sign in again."""
    row = living_account(ctx, wish)
    if row.disabled_at is not None:
        row.disabled_at, row.epoch = None, row.epoch + 1
        ctx.emit(AccountEnabled(row.public_id))
    return Done()


@contextmanager
def _leaving_an_administrator() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if not breaks(error, LAST_ADMINISTRATOR):
            raise
        raise LastAdministrator from error


def _other_account(ctx: Context, wish: ChooseAccount) -> AccountRow:
    row = chosen_account(ctx, wish)
    if row.id == ctx.actor.id:
        raise OwnAccount
    return row
