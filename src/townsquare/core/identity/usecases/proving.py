"""Proving who one is: the second step of a sign-in, and a confirmation within a session.

A try is noted, and committed, before it is checked: many at once cannot be more than are allowed.
Digests are compared between the two (`identity/second_step.py`), while nothing is held.
"""

from sqlalchemy import delete, exists, func, select, update

from townsquare.core.columns import COLUMNS
from townsquare.core.frozen import dataclass
from townsquare.core.identity.codes import is_of_an_app, matching_step, typed
from townsquare.core.identity.commands import Nothing
from townsquare.core.identity.factor_commands import NoteEntry, NoteTry, Proof
from townsquare.core.identity.factor_errors import SignInAgain, TooManyTries, WrongProof
from townsquare.core.identity.factor_events import RecoveryCodeUsed
from townsquare.core.identity.factors import (
    LIMITS,
    LONGEST_LIMIT,
    MOST_TRIES,
    FactorRow,
    HalfSignInRow,
    RecoveryCodeRow,
    TryRow,
    before,
    entered_in_two,
    factor_of,
    has_second_step,
)
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.passkeys import PasskeyRow
from townsquare.core.identity.results import SignedIn
from townsquare.core.identity.sessions import LONGEST, REMEMBERED, digest
from townsquare.core.identity.steps import tell_owner
from townsquare.core.identity.usecases.signing import opened, renewed
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, query, use_case

ENTRY, CONFIRMATION = "entry", "confirmation"


@dataclass(frozen=True)
class ToCheck:
    """A noted try, and the digests that what was typed may fit."""

    attempt: str
    code_hash: str | None
    password_hash: str | None


@dataclass(frozen=True)
class Proofs:
    """How somebody proves who they are: by code or passkey if they have such, else by password.

    A recovery code takes the place of a passkey too.
    """

    by_code: bool
    by_passkey: bool


@query("identity.half.view", permission="public")
def half_signed_in(ctx: Context, wish: NoteEntry) -> Proofs:
    """Tell that the password of this browser was right a short while ago."""
    return _proofs(ctx, _half(ctx, wish.key_hash).account_id)


@use_case("identity.half.try", permission="public")
def note_entry(ctx: Context, wish: NoteEntry) -> ToCheck:
    """Note a try of the second step, before it is checked."""
    return _noted(ctx, _half(ctx, wish.key_hash).account_id, kind=ENTRY, name=wish.name)


@use_case("identity.half.finish", permission="public")
def finish_sign_in(ctx: Context, wish: Proof) -> SignedIn:
    """Open the session of somebody whose password was right, and whose code is right too."""
    half = _half(ctx, wish.key_hash)
    account = ctx.db.get_one(AccountRow, half.account_id)
    using = update(HalfSignInRow).where(
        HalfSignInRow.id == half.id, HalfSignInRow.used_at.is_(None)
    )
    used = ctx.db.scalar(using.values(used_at=ctx.now()).returning(HalfSignInRow.id))
    if used is None or account.disabled_at or digest(account.password_hash or "") != half.checked:
        raise SignInAgain
    _prove(ctx, account, wish)
    _forget(ctx, account, wish.attempt)
    ends_at = ctx.now() + (REMEMBERED if half.remember else LONGEST)
    return opened(ctx, account, ends_at=ends_at, agent=half.agent)


@query("identity.presence.view", permission="signed-in")
def my_proofs(ctx: Context, _wish: Nothing) -> Proofs:
    """Return how this person confirms that it is them."""
    return _proofs(ctx, ctx.actor.id)


@use_case("identity.presence.try", permission="signed-in")
def note_confirmation(ctx: Context, wish: NoteTry) -> ToCheck:
    """Note a try to confirm that one is there, before it is checked."""
    return _noted(ctx, ctx.actor.id, kind=CONFIRMATION, name=wish.name)


@use_case("identity.presence.confirm", permission="signed-in")
def confirm_presence(ctx: Context, wish: Proof) -> SignedIn:
    """Confirm that it is still this person, and give their session a new key."""
    account = ctx.db.get_one(AccountRow, ctx.actor.id)
    if has_second_step(ctx.db, account.id):
        _prove(ctx, account, wish)
    elif not wish.checked or account.password_hash != wish.checked:
        raise WrongProof
    _forget(ctx, account, wish.attempt)
    return renewed(ctx, account, wish.key_hash)


def _proofs(ctx: Context, account_id: int) -> Proofs:
    passkey = exists().where(PasskeyRow.account_id == account_id)
    found = ctx.db.execute(select(entered_in_two(account_id), passkey)).one()
    return Proofs(by_code=found[0], by_passkey=found[1])


def _half(ctx: Context, key_hash: str) -> HalfSignInRow:
    living = select(HalfSignInRow).where(
        HalfSignInRow.key_hash == key_hash,
        HalfSignInRow.used_at.is_(None),
        HalfSignInRow.ends_at > ctx.now(),
    )
    half = ctx.db.scalar(living)
    if half is None:
        raise SignInAgain
    return half


def _noted(ctx: Context, account_id: int, *, kind: str, name: str) -> ToCheck:
    # Tries of one account come one after the other, so that each counts those before it.
    account = ctx.db.scalars(
        select(AccountRow)
        .where(AccountRow.id == account_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    _refuse_too_many(ctx, account_id, kind)
    row = TryRow(public_id=new_id(), account_id=account_id, kind=kind, at=ctx.now())
    ctx.db.add(row)
    unused = select(RecoveryCodeRow.code_hash).where(
        RecoveryCodeRow.account_id == account_id,
        RecoveryCodeRow.name == name,
        RecoveryCodeRow.used_at.is_(None),
    )
    return ToCheck(row.public_id, ctx.db.scalar(unused) if name else None, account.password_hash)


def _refuse_too_many(ctx: Context, account_id: int, kind: str) -> None:
    failed = select(TryRow.at).where(
        TryRow.account_id == account_id,
        TryRow.kind == kind,
        TryRow.at > ctx.now() - LONGEST_LIMIT,
    )
    at = list(ctx.db.scalars(failed.order_by(TryRow.at.desc()).limit(MOST_TRIES)))
    if any(sum(one > ctx.now() - within for one in at) >= most for within, most in LIMITS):
        raise TooManyTries


def _prove(ctx: Context, account: AccountRow, wish: Proof) -> None:
    """Use up the code of the app or the recovery code, or refuse it."""
    if is_of_an_app(wish.code):
        _use_code(ctx, account, wish.code)
    else:
        _use_recovery_code(ctx, account, wish.checked)


def _use_code(ctx: Context, account: AccountRow, code: str) -> None:
    factor = factor_of(ctx.db, account.id)
    if factor is None:
        raise WrongProof
    secret = ctx.engine(COLUMNS).open(factor.secret, factor.place).decode()
    step = matching_step(secret, typed(code), ctx.now())
    # By this very statement a code works once, however many come with it at one moment.
    using = update(FactorRow).where(FactorRow.id == factor.id, before(step or 0))
    if step is None or not ctx.db.scalar(using.values(last_step=step).returning(FactorRow.id)):
        raise WrongProof


def _use_recovery_code(ctx: Context, account: AccountRow, checked: str) -> None:
    mine = (RecoveryCodeRow.account_id == account.id) & RecoveryCodeRow.used_at.is_(None)
    using = update(RecoveryCodeRow).where(mine, RecoveryCodeRow.code_hash == checked)
    used = using.values(used_at=ctx.now()).returning(RecoveryCodeRow.id)
    if not checked or ctx.db.scalar(used) is None:
        raise WrongProof
    left = ctx.db.scalars(select(func.count(RecoveryCodeRow.id)).where(mine)).one()
    ctx.emit(RecoveryCodeUsed(account.public_id, left))
    tell_owner(ctx, account, "factor_recovered", left=left)


def _forget(ctx: Context, account: AccountRow, attempt: str) -> None:
    """Forget a try because it was right; who was never noted is refused."""
    noted = delete(TryRow).where(TryRow.account_id == account.id, TryRow.public_id == attempt)
    if ctx.db.scalar(noted.returning(TryRow.id)) is None:
        raise WrongProof
