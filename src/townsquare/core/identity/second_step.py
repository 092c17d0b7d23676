"""Ways through the second step: each notes a try or looks, then hashes, then acts.

As at the door (`identity/entrance.py`), nothing is held while a digest is made or compared.
"""

from townsquare.core.identity.codes import (
    digests_of,
    fits_recovery,
    is_of_an_app,
    matching_step,
    new_recovery_codes,
    parts_of,
    typed,
)
from townsquare.core.identity.commands import Nothing, ThisSession
from townsquare.core.identity.entrance import agent_here
from townsquare.core.identity.factor_commands import (
    ConfirmFactor,
    GiveCode,
    GiveFirstCode,
    GivePassword,
    KeepRecoveryCodes,
    NoteEntry,
    NoteTry,
    Proof,
)
from townsquare.core.identity.factor_errors import WrongPasskey, WrongProof
from townsquare.core.identity.passkey_commands import (
    ConfirmByPasskey,
    EnterByPasskey,
    GivePasskey,
    KeepPasskey,
    NamePasskey,
)
from townsquare.core.identity.passwords import fits
from townsquare.core.identity.relying import read_answer
from townsquare.core.identity.results import SignedIn
from townsquare.core.identity.usecases import factors, passkeys, proving
from townsquare.core.web import acting, looking, town


def enter(wish: GiveCode, key_hash: str) -> SignedIn:
    """Open the session of somebody who is half in and gives a right code."""
    code = typed(wish.code)
    with acting() as ctx:
        noted = proving.note_entry(ctx, NoteEntry(key_hash=key_hash, name=_name(code)))
    proof = _proof(code, noted, key_hash)
    with acting() as ctx:
        return proving.finish_sign_in(ctx, proof)


def confirm_by_code(wish: GiveCode, here: ThisSession) -> SignedIn:
    """Confirm by a code that it is still the person who signed in."""
    code = typed(wish.code)
    with acting() as ctx:
        noted = proving.note_confirmation(ctx, NoteTry(name=_name(code)))
    proof = _proof(code, noted, here.key_hash)
    with acting() as ctx:
        return proving.confirm_presence(ctx, proof)


def confirm_by_password(wish: GivePassword, here: ThisSession) -> SignedIn:
    """Confirm by the password that it is still the person who signed in."""
    with acting() as ctx:
        noted = proving.note_confirmation(ctx, NoteTry())
    if not fits(wish.password, noted.password_hash, demo=town().settings.demo):
        raise WrongProof
    checked = str(noted.password_hash)
    proof = Proof(key_hash=here.key_hash, attempt=noted.attempt, checked=checked)
    with acting() as ctx:
        return proving.confirm_presence(ctx, proof)


def set_up(wish: GiveFirstCode, here: ThisSession) -> list[str]:
    """Let a new app count; return the recovery codes, which are shown this once."""
    code = typed(wish.code)
    with looking() as ctx:
        app = factors.new_app(ctx, Nothing())
        if matching_step(app.secret, code, ctx.now()) is None:
            raise WrongProof
    made = new_recovery_codes()
    confirming = ConfirmFactor(key_hash=here.key_hash, code=code, digests=dict(digests_of(made)))
    with acting() as ctx:
        factors.confirm_factor(ctx, confirming)
    return made


def enter_by_passkey(wish: GivePasskey, *, browser: str, half: str, remember: bool) -> SignedIn:
    """Open the session of whoever holds a passkey."""
    read_answer(wish.answer)  # What reads answers is loaded before anything is held.
    entering = EnterByPasskey(
        answer=wish.answer, browser=browser, half=half, remember=remember, agent=agent_here()
    )
    with acting() as ctx:
        signed_in = passkeys.enter_by_passkey(ctx, entering)
    if signed_in is None:
        raise WrongPasskey
    return signed_in


def confirm_by_passkey(wish: GivePasskey, here: ThisSession) -> SignedIn:
    """Confirm by a passkey that it is still the person who signed in."""
    read_answer(wish.answer)
    confirming = ConfirmByPasskey(answer=wish.answer, key_hash=here.key_hash)
    with acting() as ctx:
        confirmed = passkeys.confirm_by_passkey(ctx, confirming)
    if confirmed is None:
        raise WrongPasskey
    return confirmed


def add_passkey(wish: NamePasskey, here: ThisSession) -> list[str]:
    """Keep a new passkey; return the recovery codes that come with one's first second step."""
    read_answer(wish.answer)
    with looking() as ctx:
        first = passkeys.is_first_step(ctx, Nothing())
    made = new_recovery_codes() if first else []
    digests = dict(digests_of(made))
    with acting() as ctx:
        told = {**wish.model_dump(), "key_hash": here.key_hash, "digests": digests}
        passkeys.add_passkey(ctx, KeepPasskey(**told))
    return made


def renew_codes(here: ThisSession) -> list[str]:
    """Return new recovery codes in place of the old ones."""
    with looking() as ctx:
        factors.may_renew_codes(ctx, Nothing())
    made = new_recovery_codes()
    keeping = KeepRecoveryCodes(key_hash=here.key_hash, digests=dict(digests_of(made)))
    with acting() as ctx:
        factors.renew_codes(ctx, keeping)
    return made


def _name(code: str) -> str:
    return "" if is_of_an_app(code) else parts_of(code)[0]


def _proof(code: str, noted: proving.ToCheck, key_hash: str) -> Proof:
    """Return what the use case needs; the digest of a recovery code only if it fits."""
    if is_of_an_app(code):
        return Proof(key_hash=key_hash, attempt=noted.attempt, code=code)
    if noted.code_hash is None or not fits_recovery(code, noted.code_hash):
        raise WrongProof
    return Proof(key_hash=key_hash, attempt=noted.attempt, checked=noted.code_hash)
