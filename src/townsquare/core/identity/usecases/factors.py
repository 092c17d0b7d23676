"""Setting a second step up, and taking it away again."""

from datetime import datetime

from sqlalchemy import delete, func, select

from townsquare.core.columns import COLUMNS
from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.identity.codes import matching_step, new_secret, typed
from townsquare.core.identity.commands import ChooseAccount, Nothing, ThisSession
from townsquare.core.identity.factor_commands import ConfirmFactor, KeepRecoveryCodes
from townsquare.core.identity.factor_errors import FactorExists, NoFactor, WrongProof
from townsquare.core.identity.factor_events import (
    FactorRemoved,
    FactorSetUp,
    RecoveryCodesMade,
)
from townsquare.core.identity.factors import FactorRow, RecoveryCodeRow, has_second_step
from townsquare.core.identity.models import AccountRow, SessionRow
from townsquare.core.identity.passkeys import PasskeyRow
from townsquare.core.identity.results import Done
from townsquare.core.identity.steps import chosen_account, end_sessions, tell_owner
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, query, use_case


@dataclass(frozen=True)
class Passkey:
    """A passkey in a list."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class SecondStep:
    """Whether an account has an app, how many recovery codes are left, and its passkeys."""

    app: bool
    codes_left: int
    passkeys: list[Passkey]

    @property
    def on(self) -> bool:
        """Tell whether the password alone does not open the account."""
        return self.app or bool(self.passkeys)


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
    # One statement: the account once, or once for each of its passkeys.
    chosen = (
        select(on.exists(), unused.scalar_subquery(), PasskeyRow)
        .select_from(AccountRow)
        .outerjoin(PasskeyRow, PasskeyRow.account_id == AccountRow.id)
        .where(AccountRow.id == ctx.actor.id)
        .order_by(PasskeyRow.id)
    )
    rows = ctx.db.execute(chosen).all()
    passkeys = [
        Passkey(row.public_id, row.name, row.created_at, row.last_used_at)
        for _on, _left, row in rows
        if row is not None
    ]
    return SecondStep(rows[0][0], rows[0][1], passkeys)


@use_case("identity.factor.begin", permission="signed-in")
def begin_factor(ctx: Context, _wish: Nothing) -> Done:
    """Make a secret for a new app; it counts for nothing before a first code has confirmed it."""
    ctx.require_confirmation()
    own_account(ctx)
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
    account, row = own_account(ctx), _waiting(ctx)
    secret = ctx.engine(COLUMNS).open(row.secret, row.place).decode()
    step = matching_step(secret, typed(wish.code), ctx.now())
    if step is None:
        raise WrongProof
    row.confirmed_at, row.last_step = ctx.now(), step
    keep_codes(ctx, wish)
    changed(ctx, account, wish, event=FactorSetUp(account.public_id), letter="factor_on")
    return Done()


@use_case("identity.factor.remove", permission="signed-in")
def remove_factor(ctx: Context, wish: ThisSession) -> Done:
    """Enter without the app from now on, and end all other sessions."""
    ctx.require_confirmation()
    account = own_account(ctx)
    ctx.db.delete(_counting(ctx))
    left = has_second_step(ctx.db, account.id)
    if not left:
        forget_codes(ctx, account.id)
    event = FactorRemoved(account.public_id)
    changed(ctx, account, wish, event=event, letter="factor_off", left=left)
    return Done()


@query("identity.factor.check", permission="signed-in")
def may_renew_codes(ctx: Context, _wish: Nothing) -> Done:
    """Refuse whoever may not have new recovery codes, before any are made."""
    ctx.require_confirmation()
    _require_second_step(ctx)
    return Done()


@use_case("identity.factor.renew", permission="signed-in")
def renew_codes(ctx: Context, wish: KeepRecoveryCodes) -> Done:
    """Have new recovery codes; the old ones open nothing any more."""
    ctx.require_confirmation()
    account = own_account(ctx)
    _require_second_step(ctx)
    keep_codes(ctx, wish)
    changed(ctx, account, wish, event=RecoveryCodesMade(account.public_id), letter="factor_codes")
    return Done()


@use_case("identity.factor.drop")
def drop_factor(ctx: Context, wish: ChooseAccount) -> Done:
    """Remove app and passkeys of somebody who has lost them and the codes; end their sessions."""
    account = chosen_account(ctx, wish)
    if not has_second_step(ctx.db, account.id):
        raise NoFactor
    for table in (FactorRow, PasskeyRow):
        ctx.db.execute(delete(table).where(table.account_id == account.id))
    forget_codes(ctx, account.id)
    event, nowhere = FactorRemoved(account.public_id), ThisSession(key_hash="")
    changed(ctx, account, nowhere, event=event, letter="factor_off", left=False)
    return Done()


def own_account(ctx: Context) -> AccountRow:
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


def _require_second_step(ctx: Context) -> None:
    if not has_second_step(ctx.db, ctx.actor.id):
        raise NoFactor


def keep_codes(ctx: Context, wish: KeepRecoveryCodes) -> None:
    """Keep new recovery codes in place of the old ones."""
    forget_codes(ctx, ctx.actor.id)
    ctx.db.add_all(
        RecoveryCodeRow(account_id=ctx.actor.id, name=name, code_hash=digest)
        for name, digest in wish.digests.items()
    )


def forget_codes(ctx: Context, account_id: int) -> None:
    """Let no recovery code of an account open anything."""
    ctx.db.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))


def changed(
    ctx: Context,
    account: AccountRow,
    wish: ThisSession,
    *,
    event: Event,
    letter: str,
    **facts: object,
) -> None:
    """Tell it, to the owner too, and end the sessions that somebody else may have."""
    account.epoch += 1
    end_sessions(ctx, account.id, SessionRow.key_hash != wish.key_hash)
    ctx.emit(event)
    tell_owner(ctx, account, letter, **facts)
