"""Signing in and out.

Passwords are checked outside any unit of work, because a check takes a tenth of a second
(`identity/entrance.py`): what opens a session is the digest that the password was found to fit.
"""

from datetime import datetime

from sqlalchemy import select, update

from townsquare.core.frozen import dataclass
from townsquare.core.identity.commands import (
    ChooseSession,
    Nothing,
    OpenSession,
    SignInAs,
    ThisSession,
    TrySignIn,
)
from townsquare.core.identity.errors import NotRecognised, UnknownAccount
from townsquare.core.identity.events import SignedInHere
from townsquare.core.identity.factor_errors import SignInAgain
from townsquare.core.identity.factor_events import PresenceConfirmed
from townsquare.core.identity.factors import HALF_SIGN_IN, HalfSignInRow, has_second_step
from townsquare.core.identity.links import SIGNER
from townsquare.core.identity.models import AccountRow, SessionRow
from townsquare.core.identity.results import Done, HalfWay, SignedIn
from townsquare.core.identity.sessions import LONGEST, REMEMBERED, digest, new_key
from townsquare.core.identity.steps import end_sessions
from townsquare.core.identity.throttle import THROTTLE, Try
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, query, use_case


@dataclass(frozen=True)
class Checked:
    """An account whose password is about to be checked."""

    password_hash: str | None
    may_enter: bool


@query("identity.session.find", permission="public")
def account_to_check(ctx: Context, wish: TrySignIn) -> Checked:
    """Return what the password is checked against; an unknown address has nothing."""
    ctx.engine(THROTTLE).refuse(ctx.db, _try(wish), ctx.now())
    row = ctx.db.scalar(select(AccountRow).where(AccountRow.email == wish.email.casefold()))
    if row is None:
        return Checked(None, may_enter=False)
    may_enter = row.disabled_at is None and row.confirmed_at is not None
    return Checked(row.password_hash, may_enter=may_enter)


@use_case("identity.session.fail", permission="public")
def count_failure(ctx: Context, wish: TrySignIn) -> Done:
    """Remember that somebody was not recognised; from the fifth time on they have to wait."""
    ctx.engine(THROTTLE).count(ctx.db, _try(wish), ctx.now())
    return Done()


@use_case("identity.session.create", permission="public")
def open_session(ctx: Context, wish: OpenSession) -> SignedIn | HalfWay:
    """Open a session for an account whose password has just been checked, and is still the same.

    Who has a second step gets no session, but the way to that step.
    """
    # Asked again: of many guesses at once, those after the fifth learn nothing by being right.
    ctx.engine(THROTTLE).refuse(ctx.db, _try(wish), ctx.now())
    chosen = select(AccountRow).where(
        AccountRow.email == wish.email.casefold(),
        AccountRow.password_hash == wish.checked,
        AccountRow.disabled_at.is_(None),
        AccountRow.confirmed_at.is_not(None),
    )
    row = ctx.db.scalar(chosen)
    if row is None:
        raise NotRecognised
    ctx.engine(THROTTLE).forget(ctx.db, _try(wish))
    if has_second_step(ctx.db, row.id):
        return _half_way(ctx, row, wish)
    ends_at = ctx.now() + (REMEMBERED if wish.remember else LONGEST)
    return opened(ctx, row, ends_at=ends_at, agent=wish.agent)


@use_case("identity.demo.enter", permission="public")
def enter_as(ctx: Context, wish: SignInAs) -> SignedIn:
    """Open a session as somebody of the demo town; there is nobody to be elsewhere."""
    chosen = select(AccountRow).where(
        AccountRow.public_id == wish.id,
        AccountRow.demo_sentence != "",
        AccountRow.disabled_at.is_(None),
    )
    row = ctx.db.scalar(chosen) if ctx.engine(SIGNER).demo else None
    if row is None:
        raise UnknownAccount
    return opened(ctx, row, ends_at=ctx.now() + LONGEST, agent=wish.agent)


@use_case("identity.session.end", permission="signed-in")
def end_session(ctx: Context, wish: ChooseSession) -> Done:
    """End one of one's own sessions."""
    end_sessions(ctx, ctx.actor.id, SessionRow.public_id == wish.id)
    return Done()


@use_case("identity.session.leave", permission="signed-in")
def sign_out(ctx: Context, wish: ThisSession) -> Done:
    """End the session of this browser."""
    end_sessions(ctx, ctx.actor.id, SessionRow.key_hash == wish.key_hash)
    return Done()


@use_case("identity.session.end_others", permission="signed-in")
def end_other_sessions(ctx: Context, wish: ThisSession) -> Done:
    """End all of one's own sessions but that of this browser."""
    end_sessions(ctx, ctx.actor.id, SessionRow.key_hash != wish.key_hash)
    return Done()


@use_case("identity.session.end_all", permission="signed-in")
def end_all_sessions(ctx: Context, _wish: Nothing) -> Done:
    """End all of one's own sessions."""
    end_sessions(ctx, ctx.actor.id)
    return Done()


def _try(wish: TrySignIn) -> Try:
    return Try(wish.email, wish.network)


def opened(ctx: Context, row: AccountRow, *, ends_at: datetime, agent: str) -> SignedIn:
    """Open the session of somebody who has proved who they are."""
    key, now = new_key(), ctx.now()
    ctx.db.add(
        SessionRow(
            public_id=new_id(),
            key_hash=digest(key),
            account_id=row.id,
            agent=agent,
            created_at=now,
            last_seen_at=now,
            ends_at=ends_at,
            confirmed_at=now,
        )
    )
    ctx.emit(SignedInHere(row.public_id))
    return SignedIn(key, ends_at, row.name, remembered=ends_at - now > LONGEST)


def renewed(ctx: Context, row: AccountRow, key_hash: str) -> SignedIn:
    """Give a session a new key, because somebody has shown again that it is them."""
    key = new_key()
    mine = (SessionRow.account_id == row.id) & (SessionRow.key_hash == key_hash)
    renewing = update(SessionRow).where(mine, SessionRow.ended_at.is_(None))
    session = ctx.db.scalar(
        renewing.values(key_hash=digest(key), confirmed_at=ctx.now()).returning(SessionRow)
    )
    if session is None:
        raise SignInAgain
    ctx.emit(PresenceConfirmed(row.public_id))
    remembered = session.ends_at - session.created_at > LONGEST
    return SignedIn(key, session.ends_at, row.name, remembered=remembered)


def _half_way(ctx: Context, row: AccountRow, wish: OpenSession) -> HalfWay:
    key, ends_at = new_key(), ctx.now() + HALF_SIGN_IN
    ctx.db.add(
        HalfSignInRow(
            key_hash=digest(key),
            account_id=row.id,
            checked=digest(wish.checked),
            remember=wish.remember,
            agent=wish.agent,
            ends_at=ends_at,
        )
    )
    return HalfWay(key, ends_at)
