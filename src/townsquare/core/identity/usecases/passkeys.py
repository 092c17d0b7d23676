"""Passkeys: made, used to come in and to confirm, removed.

An answer is used up in the unit that believes it, by a row that the database takes once; what was
wrong is returned as None and not raised, so that its challenge stays used up, and so that what is
told of a copy is kept.
"""

from hashlib import sha256

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks, insert_new, savepoint
from townsquare.core.identity.commands import Nothing, ThisSession
from townsquare.core.identity.factor_errors import (
    NoPasskeysHere,
    NoSuchPasskey,
    PasskeyKnown,
    TooManyPasskeys,
    WrongPasskey,
)
from townsquare.core.identity.factor_events import PasskeyAdded, PasskeyRefused, PasskeyRemoved
from townsquare.core.identity.factors import HalfSignInRow, has_second_step
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.passkey_commands import (
    AskForChallenge,
    ChoosePasskey,
    ConfirmByPasskey,
    EnterByPasskey,
    KeepPasskey,
)
from townsquare.core.identity.passkeys import MOST, ONE_CREDENTIAL, PasskeyRow, UsedChallengeRow
from townsquare.core.identity.relying import (
    RELYING_PARTY,
    Answer,
    Ask,
    Holder,
    RelyingParty,
    read_answer,
)
from townsquare.core.identity.results import Challenge, Done, SignedIn
from townsquare.core.identity.sessions import LONGEST, REMEMBERED
from townsquare.core.identity.steps import tell_owner
from townsquare.core.identity.usecases.factors import (
    changed,
    forget_codes,
    keep_codes,
    own_account,
)
from townsquare.core.identity.usecases.signing import opened, renewed
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, query, use_case

ENTRY, CONFIRMATION, NEW = "entry", "confirmation", "new"


@query("identity.passkey.ask", permission="public")
def ask_for_entry(ctx: Context, wish: AskForChallenge) -> Challenge:
    """Return what a browser needs to show a passkey that comes in."""
    return Challenge(_party(ctx).wish_for_one(Ask(ENTRY, wish.browser), ctx.now()))


@query("identity.passkey.ask_again", permission="signed-in")
def ask_for_confirmation(ctx: Context, wish: ThisSession) -> Challenge:
    """Return what a browser needs to show a passkey that confirms."""
    return Challenge(_party(ctx).wish_for_one(Ask(CONFIRMATION, wish.key_hash), ctx.now()))


@query("identity.passkey.ask_new", permission="signed-in")
def ask_for_new(ctx: Context, wish: ThisSession) -> Challenge:
    """Return what a browser needs to make a passkey."""
    ctx.require_confirmation()
    account = ctx.db.get_one(AccountRow, ctx.actor.id)
    known = select(PasskeyRow.credential).where(PasskeyRow.account_id == account.id)
    has = ctx.db.scalars(known.limit(MOST)).all()
    holder = Holder(account.public_id, account.email, account.name, has)
    return Challenge(_party(ctx).wish_for_new(holder, Ask(NEW, wish.key_hash), ctx.now()))


@query("identity.passkey.check", permission="signed-in")
def is_first_step(ctx: Context, _wish: Nothing) -> bool:
    """Tell whether a passkey would be one's first second step; refuse whoever may not make one."""
    ctx.require_confirmation()
    _party(ctx)
    return not has_second_step(ctx.db, ctx.actor.id)


@use_case("identity.passkey.add", permission="signed-in")
def add_passkey(ctx: Context, wish: KeepPasskey) -> Done:
    """Keep a passkey that this browser has just made, and end all other sessions."""
    ctx.require_confirmation()
    account = own_account(ctx)
    answer = read_answer(wish.answer)
    if not _is_first_answer(ctx, answer, Ask(NEW, wish.key_hash)):
        raise WrongPasskey
    many = select(func.count(PasskeyRow.id)).where(PasskeyRow.account_id == account.id)
    if ctx.db.scalars(many).one() >= MOST:
        raise TooManyPasskeys(most=MOST)
    kept = _keep(ctx, account, answer, name=wish.name)
    if wish.digests:
        keep_codes(ctx, wish)
    event = PasskeyAdded(account.public_id, kept)
    changed(ctx, account, wish, event=event, letter="passkey_added", passkey=wish.name)
    return Done()


@use_case("identity.passkey.remove", permission="signed-in")
def remove_passkey(ctx: Context, wish: ChoosePasskey) -> Done:
    """Let one of one's own passkeys open nothing any more, and end all other sessions."""
    ctx.require_confirmation()
    account = own_account(ctx)
    mine = (PasskeyRow.account_id == account.id) & (PasskeyRow.public_id == wish.id)
    name = ctx.db.scalar(delete(PasskeyRow).where(mine).returning(PasskeyRow.name))
    if name is None:
        raise NoSuchPasskey
    left = has_second_step(ctx.db, account.id)
    if not left:
        forget_codes(ctx, account.id)
    event = PasskeyRemoved(account.public_id, wish.id)
    told = {"passkey": name, "left": left}
    changed(ctx, account, wish, event=event, letter="passkey_removed", **told)
    return Done()


@use_case("identity.passkey.enter", permission="public")
def enter_by_passkey(ctx: Context, wish: EnterByPasskey) -> SignedIn | None:
    """Open the session of whoever holds a passkey; it is both steps, and waits for no throttle."""
    passkey = _believed(ctx, wish.answer, Ask(ENTRY, wish.browser))
    if passkey is None:
        return None
    account = ctx.db.get_one(AccountRow, passkey.account_id)
    remember = _use_half(ctx, account, wish.half) or wish.remember
    ends_at = ctx.now() + (REMEMBERED if remember else LONGEST)
    return opened(ctx, account, ends_at=ends_at, agent=wish.agent)


@use_case("identity.passkey.confirm", permission="signed-in")
def confirm_by_passkey(ctx: Context, wish: ConfirmByPasskey) -> SignedIn | None:
    """Confirm by a passkey that it is still this person, and give their session a new key."""
    passkey = _believed(ctx, wish.answer, Ask(CONFIRMATION, wish.key_hash))
    if passkey is None or passkey.account_id != ctx.actor.id:
        return None
    return renewed(ctx, ctx.db.get_one(AccountRow, ctx.actor.id), wish.key_hash)


def _party(ctx: Context) -> RelyingParty:
    party = ctx.engine(RELYING_PARTY)
    if not party.possible:
        raise NoPasskeysHere
    return party


def _is_first_answer(ctx: Context, answer: Answer, ask: Ask) -> bool:
    """Tell whether its challenge is ours, living, and was not answered before; use it up."""
    if not _party(ctx).is_living(answer.challenge, ask, ctx.now()):
        return False
    # By the unique index a challenge is answered once, however many answers come at one moment.
    using = insert_new(UsedChallengeRow).values(
        digest=sha256(answer.challenge).hexdigest(), at=ctx.now()
    )
    return ctx.db.scalar(using.returning(UsedChallengeRow.id)) is not None


def _believed(ctx: Context, text: str, ask: Ask) -> PasskeyRow | None:
    """Return the passkey that has signed this answer, for somebody who may come in."""
    answer = read_answer(text)
    if not _is_first_answer(ctx, answer, ask):
        return None
    passkey = ctx.db.scalar(
        select(PasskeyRow)
        .join(AccountRow, AccountRow.id == PasskeyRow.account_id)
        .where(PasskeyRow.credential == answer.credential, AccountRow.public_id == answer.holder)
        .where(AccountRow.disabled_at.is_(None), AccountRow.confirmed_at.is_not(None))
    )
    if passkey is None:
        return None
    try:
        told = _party(ctx).count_of(answer, passkey.public_key)
    except WrongPasskey:
        return None
    return passkey if _counts_on(ctx, passkey, told) else None


def _counts_on(ctx: Context, passkey: PasskeyRow, told: int) -> bool:
    """Keep the count of a device, which only grows; tell the owner of one that does not.

    Passkeys that live on several devices count nothing: theirs is always 0.
    """
    grown = (PasskeyRow.sign_count < told) | ((PasskeyRow.sign_count == 0) & (told == 0))
    counting = update(PasskeyRow).where(PasskeyRow.id == passkey.id, grown)
    kept = counting.values(sign_count=told, last_used_at=ctx.now()).returning(PasskeyRow.id)
    if ctx.db.scalar(kept) is not None:
        return True
    account = ctx.db.get_one(AccountRow, passkey.account_id)
    ctx.emit(PasskeyRefused(account.public_id, passkey.public_id, passkey.sign_count, told))
    tell_owner(ctx, account, "passkey_refused", passkey=passkey.name)
    return False


def _use_half(ctx: Context, account: AccountRow, key_hash: str) -> bool:
    """Use up half a sign-in of the same account; tell whether it is to be remembered."""
    mine = (HalfSignInRow.account_id == account.id) & (HalfSignInRow.key_hash == key_hash)
    living = HalfSignInRow.used_at.is_(None) & (HalfSignInRow.ends_at > ctx.now())
    using = update(HalfSignInRow).where(mine, living).values(used_at=ctx.now())
    return bool(key_hash and ctx.db.scalar(using.returning(HalfSignInRow.remember)))


def _keep(ctx: Context, account: AccountRow, answer: Answer, *, name: str) -> str:
    made = _party(ctx).kept_of(answer)
    row = PasskeyRow(public_id=new_id(), account_id=account.id, name=name, created_at=ctx.now())
    row.credential, row.public_key = made.credential, made.public_key
    row.sign_count = made.sign_count
    try:
        with savepoint(ctx.db):
            ctx.db.add(row)
    except IntegrityError as error:
        if not breaks(error, ONE_CREDENTIAL):
            raise
        raise PasskeyKnown from error
    return row.public_id
