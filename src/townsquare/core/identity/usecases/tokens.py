"""Tokens: made for programs, shown once, taken back."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update

from townsquare.core.identity.bearer import PERSONAL, PROGRAM, new_token
from townsquare.core.identity.commands import (
    ChooseToken,
    DescribeProgram,
    MakeProgram,
    MakeToken,
    Nothing,
    Reach,
)
from townsquare.core.identity.errors import (
    NoPermissionNamed,
    NoSuchToken,
    PermissionBeyondOwn,
    PermissionsNotMeant,
    TooManyTokens,
)
from townsquare.core.identity.events import (
    ProgramAdmitted,
    ProgramDismissed,
    TokenMade,
    TokenRevoked,
)
from townsquare.core.identity.models import AccountRow, TokenRow
from townsquare.core.identity.results import Done, NewToken, Token
from townsquare.core.identity.sessions import EVERYBODY, digest
from townsquare.core.identity.steps import tell_owner
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, query, use_case

MOST_OWN = 20
MOST_PROGRAMS = 100
OF_NOBODY = TokenRow.account_id.is_(None)


@query("identity.token.view", permission="signed-in")
def my_tokens(ctx: Context, _wish: Nothing) -> list[Token]:
    """Return one's own living tokens, the newest first."""
    return _listed(ctx, TokenRow.account_id == ctx.actor.id, MOST_OWN)


@query("identity.token.check", permission="signed-in")
def may_make_tokens(ctx: Context, _wish: Nothing) -> Done:
    """Refuse whoever may not make a token now, before they have filled in a form."""
    ctx.require_confirmation()
    return Done()


@use_case("identity.token.create", permission="signed-in")
def make_token(ctx: Context, wish: MakeToken) -> NewToken:
    """Make a token with which a program acts for oneself; its owner is told."""
    ctx.require_confirmation()
    scope = _named(ctx, wish.permissions) if wish.permissions else ""
    if wish.scope is Reach.NAMED and not scope:
        raise NoPermissionNamed
    if wish.scope is not Reach.NAMED and scope:
        raise PermissionsNotMeant
    _refuse_more(ctx, TokenRow.account_id == ctx.actor.id, MOST_OWN)
    owner = ctx.db.get_one(AccountRow, ctx.actor.id)
    made = _made(ctx, wish, PERSONAL, scope=scope or wish.scope.value, account=owner.id)
    tell_owner(ctx, owner, "token", program=made.name, url="/account/programs")
    ctx.emit(TokenMade(owner.public_id, made.id, scope or wish.scope.value))
    return made


@use_case("identity.token.revoke", permission="signed-in")
def revoke_token(ctx: Context, wish: ChooseToken) -> Done:
    """Take one of one's own tokens back; it ends with the next request."""
    token = _revoked(ctx, wish, TokenRow.account_id == ctx.actor.id)
    owner = ctx.db.get_one(AccountRow, ctx.actor.id)
    ctx.emit(TokenRevoked(owner.public_id, token.public_id))
    return Done()


@query("identity.program.view", permission="identity.program.manage")
def programs(ctx: Context, _wish: Nothing) -> list[Token]:
    """Return the living tokens of programs that act for nobody, the newest first."""
    return _listed(ctx, OF_NOBODY, MOST_PROGRAMS)


@use_case("identity.program.admit", permission="identity.program.manage")
def admit_program(ctx: Context, wish: MakeProgram) -> NewToken:
    """Make a token for a program that acts for nobody, with no more than one's own permissions."""
    ctx.require_confirmation()
    scope = _named(ctx, wish.permissions)
    if not scope:
        raise NoPermissionNamed
    _refuse_more(ctx, OF_NOBODY, MOST_PROGRAMS)
    made = _made(ctx, wish, PROGRAM, scope=scope, account=None)
    ctx.emit(ProgramAdmitted(made.id, made.name, scope))
    return made


@use_case("identity.program.dismiss", permission="identity.program.manage")
def dismiss_program(ctx: Context, wish: ChooseToken) -> Done:
    """Take the token of a program back; it ends with the next request."""
    token = _revoked(ctx, wish, OF_NOBODY)
    ctx.emit(ProgramDismissed(token.public_id, token.name))
    return Done()


def _listed(ctx: Context, which: ColumnElement[bool], most: int) -> list[Token]:
    chosen = (
        select(TokenRow, AccountRow.name)
        .join(AccountRow, AccountRow.id == TokenRow.made_by_id)
        .where(which, *_living(ctx))
        .order_by(TokenRow.id.desc())
        .limit(most)
    )
    return [
        Token(row.public_id, row.name, row.scope, by, row.created_at, row.last_used_at, row.ends_at)
        for row, by in ctx.db.execute(chosen)
    ]


def _living(ctx: Context) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return TokenRow.revoked_at.is_(None), TokenRow.ends_at > ctx.now()


def _named(ctx: Context, permissions: Iterable[str]) -> str:
    """Return these permissions as a scope; nobody hands on what they do not have."""
    named = sorted(set(permissions))
    for permission in named:
        if permission not in ctx.actor.permissions - EVERYBODY:
            raise PermissionBeyondOwn(permission=permission)
    return " ".join(named)


def _refuse_more(ctx: Context, which: ColumnElement[bool], most: int) -> None:
    living = select(func.count(TokenRow.id)).where(which, *_living(ctx))
    if (ctx.db.scalar(living) or 0) >= most:
        raise TooManyTokens(most=most)


def _made(
    ctx: Context, wish: DescribeProgram, kind: str, *, scope: str, account: int | None
) -> NewToken:
    secret = new_token(kind)
    row = TokenRow(
        public_id=new_id(),
        created_at=ctx.now(),
        key_hash=digest(secret),
        account_id=account,
        made_by_id=ctx.actor.id,
        name=wish.name,
        scope=scope,
        ends_at=ctx.now() + timedelta(days=wish.days),
    )
    ctx.db.add(row)
    ctx.db.flush()
    return NewToken(row.public_id, row.name, secret, row.ends_at)


def _revoked(ctx: Context, wish: ChooseToken, which: ColumnElement[bool]) -> TokenRow:
    """Return the token, taken back by this very statement, so that it is told once."""
    taking = (
        update(TokenRow)
        .where(TokenRow.public_id == wish.id, which, TokenRow.revoked_at.is_(None))
        .values(revoked_at=ctx.now(), version=TokenRow.version + 1)
        .returning(TokenRow)
    )
    token = ctx.db.scalar(taking)
    if token is None:
        raise NoSuchToken
    return token
