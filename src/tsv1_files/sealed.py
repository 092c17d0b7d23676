"""Sealed files: secrets that only a passphrase opens.

Argon2id (64 MiB, three passes) makes a key from the passphrase and a salt that is drawn for each
writing; ChaCha20-Poly1305 seals under it. docs/decisions/0028 tells why not XChaCha20.
"""

import hashlib
import os
import unicodedata
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tsv1 import canonical
from tsv1.canonical import Message
from tsv1_files import storing
from tsv1_files.refusals import Refused

SALT, KEY = 16, 32  # Bytes.
MEMORY, PASSES, LANES = 64 * 1024, 3, 4  # KiB; the second choice of RFC 9106.
SHORTEST = 12  # Characters of a passphrase.
_NONCE = bytes(12)  # A key seals one file and no other, so the nonce has nothing to tell apart.
_FORM = {"v": 1, "kdf": "argon2id-64m-3-4", "cipher": "chacha20-poly1305"}
_NAMES = {*_FORM, "kind", "salt", "sealed", "sum"}


class WrongPassphrase(Refused):
    """The file is whole, and another passphrase sealed it."""


class DamagedFile(Refused):
    """The bytes of a file are not those that were written."""


def write_sealed(
    path: Path, kind: str, secret: Message, *, passphrase: str, replace: bool = False
) -> None:
    """Seal a message under a passphrase and write it as one file of a kind, such as `trustee`."""
    storing.write(path, seal(kind, secret, passphrase), replace=replace)


def read_sealed(path: Path, kind: str, passphrase: str) -> dict[str, Any]:
    """Return the message that a file holds; WrongPassphrase, DamagedFile."""
    try:
        return unseal(kind, storing.read(path), passphrase)
    except Refused as error:
        raise type(error)(f"{path}: {error.message}") from error


def seal(kind: str, secret: Message, passphrase: str) -> bytes:
    """Return the bytes of a sealed file."""
    salt = os.urandom(SALT)
    head = {**_FORM, "kind": kind, "salt": salt.hex()}
    cipher = ChaCha20Poly1305(_key(passphrase, salt))
    sealed = cipher.encrypt(_NONCE, canonical.write(secret), canonical.write(head))
    told = {**head, "sealed": sealed.hex()}
    return canonical.write({**told, "sum": _sum(told)}) + b"\n"


def unseal(kind: str, raw: bytes, passphrase: str) -> dict[str, Any]:
    """Return what was sealed. The sum tells a damaged file from a wrong passphrase."""
    told = _read(raw)
    if told["kind"] != kind:
        raise Refused(f"this is a file of another program, for a {told['kind']}.")
    sealed, salt = bytes.fromhex(told.pop("sealed")), bytes.fromhex(told["salt"])
    cipher = ChaCha20Poly1305(_key(passphrase, salt))
    try:
        return canonical.parse(cipher.decrypt(_NONCE, sealed, canonical.write(told)))
    except InvalidTag as error:
        raise WrongPassphrase("another passphrase sealed this file; try again.") from error


def _read(raw: bytes) -> dict[str, Any]:
    """Return the parts of a sealed file without its sum."""
    damaged = DamagedFile("this file is damaged; take your second copy.")
    try:
        told = canonical.parse(raw)
    except canonical.NotAllowed as error:
        raise damaged from error
    if told.keys() != _NAMES or canonical.write(told) + b"\n" != raw:
        raise damaged
    if told.pop("sum") != _sum(told) or any(told[name] != form for name, form in _FORM.items()):
        raise damaged
    return told


def _sum(told: Message) -> str:
    return hashlib.sha256(canonical.write(told)).hexdigest()


def _key(passphrase: str, salt: bytes) -> bytes:
    return hash_secret_raw(
        unicodedata.normalize("NFC", passphrase).encode(),
        salt,
        time_cost=PASSES,
        memory_cost=MEMORY,
        parallelism=LANES,
        hash_len=KEY,
        type=Type.ID,
    )
