"""Signed heads of the audit, for a place that this machine cannot change.

Whoever holds the key of the audit can write all of history anew, and anybody can cut off its end.
Once a day and with each backup the heads are signed and written as one small file into a folder on
another volume. Who has the public key can tell a file of the town from a forged one, and needs no
secret for it.
"""

import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import msgspec

from townsquare.core.audit import AuditKeys, canonical, written
from townsquare.core.db import looking
from townsquare.core.errors import Busy, Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.jobs.running import Errand
from townsquare.core.keys import HEAD_KEY, known_audit_keys
from townsquare.core.linking import Head, heads_of, link_all
from townsquare.core.marks import HEAD, mark
from townsquare.core.settings import Settings
from townsquare.core.town import Town
from townsquare.core.usecase import Command
from townsquare.core.verifying import OtherKey
from townsquare.core.words import translatable

FORMAT = 1
PURPOSE = b"townsquare audit heads\n"  # Before what is signed: the key signs nothing else.
NO_FOLDER = "No folder is named in TOWNSQUARE_AUDIT_HEADS."


class HeadsNotKept(Busy):
    """The other place takes no file now; the job tries again, and fails for good in the end."""

    code = "core.heads-not-kept"
    message = translatable(
        "The signed heads of the audit cannot be written to {folder} ({reason}); mount it, or name"
        " another folder in TOWNSQUARE_AUDIT_HEADS."
    )


class ForgedHeads(Invalid):
    """The signature of the heads is not that of their town."""

    code = "core.forged-heads"
    message = translatable(
        "These heads are not as the town has signed them; take another copy, and ask who changed"
        " this one."
    )


class OtherSigner(Invalid):
    """The heads name another public key than the one that is known here."""

    code = "core.other-signer"
    message = translatable(
        "These heads are signed with another key ({found}); give the public key of the town with"
        " --public-key, as it was noted."
    )


class NoSigner(Invalid):
    """There is no public key here with which a signature could be compared."""

    code = "core.no-signer"
    message = translatable(
        "Nobody here knows who signs for this town; give its public key with --public-key, as"
        " audit public-key has printed it."
    )


class NotSigned(Invalid):
    """A public key was given, and the heads have no signature, or cannot be read."""

    code = "core.heads-not-signed"
    message = translatable(
        "This file holds no signed heads that can be read; give one that the town has signed."
    )


@dataclass(frozen=True)
class SignedHeads:
    """The heads of one moment; `audit_key` is a fingerprint, keys and signature are hexadecimal."""

    format: int
    town: str
    at: str
    audit_key: str
    heads: list[Head]
    public_key: str
    signature: str = ""

    def covered(self) -> bytes:
        """Return what the signature covers: everything else."""
        told = asdict(self)
        del told["signature"]
        return PURPOSE + canonical(told)

    def text(self) -> bytes:
        """Return the file."""
        return msgspec.json.format(canonical(asdict(self))) + b"\n"


def public_key(private: bytes) -> str:
    """Return what others compare a signature with."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 (costly)

    key = ed25519.Ed25519PrivateKey.from_private_bytes(private).public_key()
    return key.public_bytes_raw().hex()


def signed(town: Town, heads: list[Head], now: datetime) -> SignedHeads:
    """Return these heads, signed; the key is made when it is first needed."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 (costly)

    private, settings = town.engines.at(HEAD_KEY), town.settings
    audited = known_audit_keys(settings).signer
    told = (FORMAT, settings.name, written(now), audited, heads, public_key(private))
    key = ed25519.Ed25519PrivateKey.from_private_bytes(private)
    return SignedHeads(*told, key.sign(SignedHeads(*told).covered()).hex())


def heads_now(town: Town) -> SignedHeads:
    """Link what waits, and return the signed heads of this moment."""
    link_all(town)
    with looking(town.database) as connection:
        return signed(town, heads_of(connection), town.now())


def keep(settings: Settings, made: SignedHeads, now: datetime) -> Path:
    """Write a new file into the other place, and remember when."""
    # The folder is not made here: where its volume is not mounted it would lie on this disk.
    place = Path(settings.audit_heads, f"audit-heads-{now:%Y-%m-%dT%H-%M-%S-%fZ}.json")
    try:
        opened = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        try:
            with os.fdopen(opened, "wb") as file:
                file.write(made.text())
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            place.unlink(missing_ok=True)  # Nobody shall take a half for heads.
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise HeadsNotKept(folder=settings.audit_heads, reason=reason) from error
    mark(settings.folder, HEAD, now)
    return place


def is_signed(text: bytes) -> bool:
    """Tell whether a file of heads is one of ours, and not the lines that audit head prints."""
    return text.lstrip().startswith(b"{")


def checked(text: bytes, signer: str, keys: AuditKeys) -> SignedHeads:
    """Return signed heads after a look at who has signed them, and over which key's chain."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 (costly)
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 (costly)

    try:
        told = msgspec.json.decode(text, type=SignedHeads)
        signature = bytes.fromhex(told.signature)
    except ValueError as error:
        raise NotSigned from error
    if told.format != FORMAT:
        raise NotSigned
    if told.public_key != signer:
        raise OtherSigner(found=told.public_key)
    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer))
        key.verify(signature, told.covered())
    except InvalidSignature as error:
        raise ForgedHeads from error
    if told.audit_key not in keys.ids:
        raise OtherKey
    return told


class KeepHeads(Command):
    """A wish to sign the heads and to write them to the other place."""


def keep_heads(town: Town, _wish: KeepHeads, _public_id: str) -> str | None:
    """Do it once; without another place there is nothing to do."""
    if not town.settings.audit_heads:
        return NO_FOLDER
    keep(town.settings, heads_now(town), town.now())
    return None


KEEP_HEADS = Errand("core.audit.keep-heads", keep_heads, KeepHeads, schedule="40 3 * * *")
