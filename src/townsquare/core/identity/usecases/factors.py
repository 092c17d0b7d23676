"""Setting a second step up, and taking it away again."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select

from townsquare.core.columns import COLUMNS
from townsquare.core.events import Event
from townsquare.core.identity.codes import matching_step, new_secret, typed
from townsquare.core.identity.commands import ChooseAccount, Nothing, ThisSession
from townsquare.core.identity.errors import UnknownAccount
from townsquare.core.identity.factor_commands import ConfirmFactor, KeepRecoveryCodes
from townsquare.core.identity.factor_errors import FactorExists, NoFactor, WrongProof
from townsquare.core.identity.factor_events import (
    FactorRemoved,
    FactorSetUp,
    RecoveryCodesMade,
)
from townsquare.core.identity.factors import FactorRow, RecoveryCodeRow, factor_of
from townsquare.core.identity.models import AccountRow, SessionRow
from townsquare.core.identity.results import Done
from townsquare.core.identity.steps import end_sessions, tell_owner
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, query, use_case


@dataclass(frozen=True)
class SecondStep:
    """Whether an account has a second step, and how many recovery codes are left."""

    on: bool
    codes_left: int


@dataclass(frozen=True)
class NewApp:
    """What an app has to know to make codes."""

    secret: str
    email: str


@query("identity.factor.view", permission="signed-in")
def my_second_step(ctx: Context, _wish: Nothing) -> SecondStep:
    """Return the state of one's own second step."""
    unused = select(func.count(RecoveryCodeRow.id)).where(
        RecoveryCodeRow.account_id == ctx.actor.id, RecoveryCodeRow.used_at.is_(None)
    )
    on = select(FactorRow.id).where(
        FactorRow.account_id == ctx.actor.id, FactorRow.confirmed_at.is_not(None)
    )
    found = ctx.db.execute(select(on.exists(), unused.scalar_subquery())).one()
    return SecondStep(found[0], found[1])


@use_case("identity.factor.begin", permission="signed-in")
def begin_factor(ctx: Context, _wish: Nothing) -> Done:
    """Make a secret for a new app; it counts for nothing before a first code has confirmed it."""
    ctx.require_confirmation()
    _own_account(ctx)
    known = _own_factor(ctx)
    if known and known.confirmed_at:
        raise FactorExists
    ctx.db.execute(delete(FactorRow).where(FactorRow.account_id == ctx.actor.id))
    row = FactorRow(public_id=new_id(), account_id=ctx.actor.id, created_at=ctx.now())
    row.secret = ctx.engine(COLUMNS).seal(new_secret().encode(), row.place)
    ctx.db.add(row)
    return Done()


@query("identity.factor.read", permission="signed-in")
def new_app(ctx: Context, _wish: Nothing) -> NewApp:
    """Return the secret of the app that waits for its first code."""
    ctx.require_confirmation()
    row, email = _waiting(ctx), ctx.db.get_one(AccountRow, ctx.actor.id).email
    return NewApp(ctx.engine(COLUMNS).open(row.secret, row.place).decode(), email)


@use_case("identity.factor.confirm", permission="signed-in")
def confirm_factor(ctx: Context, wish: ConfirmFactor) -> Done:
    """Let the new app count, because it shows the right code, and end all other sessions."""
    ctx.require_confirmation()
    account, row = _own_account(ctx), _waiting(ctx)
    secret = ctx.engine(COLUMNS).open(row.secret, row.place).decode()
    step = matching_step(secret, typed(wish.code), ctx.now())
    if step is None:
        raise WrongProof
    row.confirmed_at, row.last_step = ctx.now(), step
    _keep_codes(ctx, wish)
    _changed(ctx, account, wish, event=FactorSetUp(account.public_id), letter="factor_on")
    return Done()


@use_case("identity.factor.remove", permission="signed-in")
def remove_factor(ctx: Context, wish: ThisSession) -> Done:
    """Enter by the password alone from now on, and end all other sessions."""
    ctx.require_confirmation()
    account = _own_account(ctx)
    ctx.db.delete(_counting(ctx))
    _forget_codes(ctx, account.id)
    _changed(ctx, account, wish, event=FactorRemoved(account.public_id), letter="factor_off")
    return Done()


@query("identity.factor.check", permission="signed-in")
def may_renew_codes(ctx: Context, _wish: Nothing) -> Done:
    """Refuse whoever may not have new recovery codes, before any are made."""
    ctx.require_confirmation()
    _counting(ctx)
    return Done()


@use_case("identity.factor.renew", permission="signed-in")
def renew_codes(ctx: Context, wish: KeepRecoveryCodes) -> Done:
    """Have new recovery codes; the old ones open nothing any more."""
    ctx.require_confirmation()
    account = _own_account(ctx)
    _counting(ctx)
    _keep_codes(ctx, wish)
    _changed(ctx, account, wish, event=RecoveryCodesMade(account.public_id), letter="factor_codes")
    return Done()


@use_case("identity.factor.drop")
def drop_factor(ctx: Context, wish: ChooseAccount) -> Done:
    """Remove the second step of somebody who has lost phone and codes, and end their sessions."""
    account = ctx.db.scalar(select(AccountRow).where(AccountRow.public_id == wish.id))
    if account is None:
        raise UnknownAccount
    factor = factor_of(ctx.db, account.id)
    if factor is None:
        raise NoFactor
    ctx.db.delete(factor)
    _forget_codes(ctx, account.id)
    event = FactorRemoved(account.public_id)
    _changed(ctx, account, ThisSession(key_hash=""), event=event, letter="factor_off")
    return Done()


def _own_account(ctx: Context) -> AccountRow:
    """Return one's own account, locked: two browsers change its factor one after the other."""
    mine = select(AccountRow).where(AccountRow.id == ctx.actor.id)
    return ctx.db.scalars(mine.with_for_update(key_share=True)).one()


def _own_factor(ctx: Context) -> FactorRow | None:
    return ctx.db.scalar(select(FactorRow).where(FactorRow.account_id == ctx.actor.id))


def _waiting(ctx: Context) -> FactorRow:
    row = _own_factor(ctx)
    if row is None:
        raise NoFactor
    if row.confirmed_at:
        raise FactorExists
    return row


def _counting(ctx: Context) -> FactorRow:
    row = _own_factor(ctx)
    if row is None or row.confirmed_at is None:
        raise NoFactor
    return row


def _keep_codes(ctx: Context, wish: KeepRecoveryCodes) -> None:
    _forget_codes(ctx, ctx.actor.id)
    ctx.db.add_all(
        RecoveryCodeRow(account_id=ctx.actor.id, name=name, code_hash=digest)
        for name, digest in wish.digests.items()
    )


def _forget_codes(ctx: Context, account_id: int) -> None:
    ctx.db.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))


def _changed(
    ctx: Context, account: AccountRow, wish: ThisSession, *, event: Event, letter: str
) -> None:
    """Tell it, to the owner too, and end the sessions that somebody else may have."""
    account.epoch += 1
    end_sessions(ctx, account.id, SessionRow.key_hash != wish.key_hash)
    ctx.emit(event)
    tell_owner(ctx, account, letter)
