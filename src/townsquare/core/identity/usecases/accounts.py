"""Making an account, and keeping its password.

Passwords come as digests: making one takes a tenth of a second, in which no unit of work is open
(`identity/entrance.py`).
"""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks, savepoint
from townsquare.core.identity.commands import (
    AskForReset,
    FollowLink,
    JoinTown,
    MakeAccount,
    Nothing,
    ReadLink,
    ReplacePassword,
    SetPassword,
)
from townsquare.core.identity.errors import LinkSpent, WrongPassword
from townsquare.core.identity.events import AccountMade, PasswordChanged
from townsquare.core.identity.factors import has_second_step
from townsquare.core.identity.links import SIGNER
from townsquare.core.identity.models import ONE_ADDRESS, AccountRow, LinkRow
from townsquare.core.identity.results import Done, Holder
from townsquare.core.identity.steps import end_sessions, end_tokens, give_role, tell_owner
from townsquare.core.ids import new_id
from townsquare.core.notifications import send_mail
from townsquare.core.usecase import Context, query, use_case

CONFIRM_WITHIN = timedelta(days=2)
RESET_WITHIN = timedelta(minutes=60)


@use_case("identity.account.create", permission="public")
def sign_up(ctx: Context, wish: MakeAccount) -> Done:
    """Make an account that waits for its confirmation; never tell whether it was known."""
    row = AccountRow(
        email=wish.email.casefold(),
        name=wish.name,
        password_hash=wish.password_hash,
        created_at=ctx.now(),
        public_id=new_id(),
        person="",
    )
    row.person = row.public_id
    try:
        with savepoint(ctx.db):
            ctx.db.add(row)
    except IntegrityError as error:
        if not breaks(error, ONE_ADDRESS):
            raise
        _write(ctx, "known", email=wish.email.casefold(), row=None)
        return Done(wish.email)
    _write(ctx, "confirm", email=row.email, row=row)
    ctx.emit(AccountMade(row.public_id))
    return Done(wish.email)


@use_case("identity.account.confirm", permission="public")
def confirm_address(ctx: Context, wish: FollowLink) -> Done:
    """Confirm the address of an account."""
    link = _spent(ctx, wish, "confirm")
    row = ctx.db.get_one(AccountRow, link.account_id)
    row.confirmed_at = row.confirmed_at or ctx.now()
    return Done(row.email)


@use_case("identity.password.ask", permission="public")
def ask_for_reset(ctx: Context, wish: AskForReset) -> Done:
    """Send a link for a new password, if the address is known; never tell whether it is."""
    chosen = select(AccountRow).where(
        AccountRow.email == wish.email.casefold(), AccountRow.disabled_at.is_(None)
    )
    row = ctx.db.scalar(chosen)
    if row is not None:
        _write(ctx, "reset", email=row.email, row=row)
    return Done(wish.email)


@query("identity.link.read", permission="public")
def link_holder(ctx: Context, wish: ReadLink) -> Holder:
    """Return whom a living link was sent to, without using it up."""
    public_id = ctx.engine(SIGNER).read(wish.token)
    living = (
        select(LinkRow.email, AccountRow.name)
        .outerjoin(AccountRow, AccountRow.email == LinkRow.email)
        .where(LinkRow.public_id == public_id, LinkRow.kind == wish.kind)
        .where(LinkRow.used_at.is_(None), LinkRow.expires_at > ctx.now())
    )
    found = ctx.db.execute(living).first()
    if found is None:
        raise LinkSpent
    return Holder(found.name or "", found.email, None)


@use_case("identity.password.reset", permission="public")
def reset_password(ctx: Context, wish: SetPassword) -> Done:
    """Set a new password by a link, and end every session and token."""
    link = _spent(ctx, wish, "reset")
    row = ctx.db.get_one(AccountRow, link.account_id)
    row.confirmed_at = row.confirmed_at or ctx.now()
    _set(ctx, row, wish.password_hash)
    ended = end_tokens(ctx, row)  # Whoever has lost a password may have lost more.
    tell_owner(ctx, row, "password", programs=ended)
    return Done(row.email)


@query("identity.password.check", permission="signed-in")
def own_password(ctx: Context, _wish: Nothing) -> Holder:
    """Return what one's own present password is checked against."""
    _require_second_step(ctx)
    row = ctx.db.get_one(AccountRow, ctx.actor.id)
    return Holder(row.name, row.email, row.password_hash)


@use_case("identity.password.change", permission="signed-in")
def change_password(ctx: Context, wish: ReplacePassword) -> Done:
    """Set a new password in exchange for the old one, and end every session."""
    _require_second_step(ctx)
    row = ctx.db.get_one(AccountRow, ctx.actor.id)
    if row.password_hash != wish.checked:  # Changed by another browser since it was checked.
        raise WrongPassword
    _set(ctx, row, wish.password_hash)
    tell_owner(ctx, row, "password", programs=0)
    return Done(row.email)


@use_case("identity.invitation.accept", permission="public")
def accept_invitation(ctx: Context, wish: JoinTown) -> Done:
    """Make an account with the role of an invitation; an account that exists gets the role."""
    link = _spent(ctx, wish, "invite")
    row = ctx.db.scalar(select(AccountRow).where(AccountRow.email == link.email))
    if row is None:
        public_id = new_id()
        row = AccountRow(
            email=link.email,
            name=wish.name,
            created_at=ctx.now(),
            confirmed_at=ctx.now(),
            public_id=public_id,
            person=public_id,
        )
        ctx.db.add(row)
        ctx.db.flush()
        ctx.emit(AccountMade(row.public_id))
    row.confirmed_at = row.confirmed_at or ctx.now()  # The link came to this address.
    _set(ctx, row, wish.password_hash)
    give_role(ctx, row, link.role, proposal=link.proposal_id)
    return Done(row.email)


def _require_second_step(ctx: Context) -> None:
    """Go on if the old password is all that this person has, or after a confirmation."""
    if has_second_step(ctx.db, ctx.actor.id):
        ctx.require_confirmation()


def _set(ctx: Context, row: AccountRow, password_hash: str) -> None:
    row.password_hash = password_hash
    end_sessions(ctx, row.id)
    ctx.emit(PasswordChanged(row.public_id))


def _write(ctx: Context, kind: str, *, email: str, row: AccountRow | None) -> None:
    facts: dict[str, object] = {}
    if row is not None:
        within = CONFIRM_WITHIN if kind == "confirm" else RESET_WITHIN
        link = LinkRow(
            public_id=new_id(),
            kind=kind,
            email=email,
            account_id=row.id,
            expires_at=ctx.now() + within,
        )
        ctx.db.flush()
        link.account_id = row.id
        ctx.db.add(link)
        facts = {"name": row.name, "token": ctx.engine(SIGNER).token(link.public_id)}
    send_mail(ctx, to=email, template=f"identity/mail/{kind}.txt", facts=facts)


def _spent(ctx: Context, wish: FollowLink, kind: str) -> LinkRow:
    """Return the link, used up by this very statement, so that it works once."""
    public_id = ctx.engine(SIGNER).read(wish.token)
    using = (
        update(LinkRow)
        .where(LinkRow.public_id == public_id, LinkRow.kind == kind, LinkRow.used_at.is_(None))
        .where(LinkRow.expires_at > ctx.now())
        .values(used_at=ctx.now())
        .returning(LinkRow)
    )
    link = ctx.db.scalar(using)
    if link is None:
        raise LinkSpent
    return link
