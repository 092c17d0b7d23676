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
from townsquare.core.identity.factor_errors import WrongProof
from townsquare.core.identity.passwords import fits
from townsquare.core.identity.results import SignedIn
from townsquare.core.identity.usecases import factors, proving
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
