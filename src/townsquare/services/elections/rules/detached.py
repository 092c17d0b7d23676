"""Signatures beside files: what is signed, how it is written down, and how it is checked."""

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

PURPOSE = b"townsquare elections result\n"  # Before what is signed: the key signs heads as well.


class NoSignature(ValueError):
    """A text that is no file of a signature."""


class Detached(NamedTuple):
    """What stands in the file of a signature; all of it hex digits."""

    key: str
    sha256: str
    signature: str


def written(made: Detached) -> str:
    """Return the text of the file beside a signed one."""
    lines = (f"{name} {told}" for name, told in made._asdict().items())
    return PURPOSE.decode() + "\n".join(lines) + "\n"


def read(text: str) -> Detached:
    """Return what a file of a signature says; raises NoSignature where it is none."""
    first, _, rest = text.partition("\n")
    told = dict(line.split(" ", 1) for line in rest.splitlines() if " " in line)
    if first.encode() + b"\n" != PURPOSE:
        raise NoSignature(first)
    try:
        made = Detached(told["key"], told["sha256"], told["signature"])
        for part in made:
            bytes.fromhex(part)
    except (KeyError, ValueError) as error:
        raise NoSignature(text) from error
    return made


def sign(body: bytes, key: str, signer: Callable[[bytes], str]) -> Detached:
    """Return the signature of a file, by what signs with this public key."""
    return Detached(key, sha256(body).hexdigest(), signer(PURPOSE + body))


def is_signed(body: bytes, made: Detached, key: str) -> bool:
    """Tell whether this key, and no other, has signed the file."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 (heavy)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 (heavy)
        Ed25519PublicKey,
    )

    if made.key != key or made.sha256 != sha256(body).hexdigest():
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(made.signature), PURPOSE + body)
    except (InvalidSignature, ValueError):
        return False
    return True
