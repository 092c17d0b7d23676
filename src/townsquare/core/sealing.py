"""Sealed files: encrypted in pieces whose order and end are authenticated.

AES-256-GCM with a key of each file's own (HKDF-SHA-256 of the given key and a random salt). The
nonce counts the pieces and says which one is the last, and the head of the file is authenticated
with each of them: a file that was cut, or whose pieces were changed or moved, does not open.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from townsquare.core.errors import Invalid
from townsquare.core.words import translatable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"TOWNSQUARE SEALED 1\n"
SALT, CHECK, TAG = 32, 16, 16
KEY = 32
PIECE = 64 * 1024


class Damaged(Invalid):
    """A backup is not what was written."""

    code = "core.backup-damaged"
    message = translatable("This backup is damaged: {what}; use another copy of it.")


class WrongKey(Invalid):
    """Another key than this one sealed the file."""

    code = "core.wrong-backup-key"
    message = translatable(
        "This key does not open the backup; name the right one in TOWNSQUARE_BACKUP_KEY_FILE."
    )


class Sealing:
    """A file that is written sealed; nothing of it opens before it is closed."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = os.urandom(SALT)
        self._cipher, check = _cipher(key, salt)
        self._head = MAGIC + salt + check
        self._file, self._waiting, self._number = file, bytearray(), 0
        file.write(self._head)

    def write(self, data: bytes) -> int:
        """Take these bytes in; a piece is written when more than one is there."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def close(self) -> None:
        """Write the last piece, which says that it is the last."""
        self._put(bytes(self._waiting), last=True)

    def _put(self, piece: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._file.write(self._cipher.encrypt(nonce, piece, self._head))
        self._number += 1


class Unsealing:
    """A sealed file as it was before; what is read is authentic, its end only at the end."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._pieces, self._ready = _pieces(file, key), bytearray()

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end; raise Damaged where the file was touched."""
        while len(self._ready) < size and (piece := next(self._pieces, b"")):
            self._ready += piece
        found = bytes(self._ready[:size])
        del self._ready[:size]
        return found

    def finish(self) -> None:
        """Read to the end, so that a lost end is noticed."""
        while self.read(PIECE):
            pass


def _pieces(file: BinaryIO, key: bytes) -> Iterator[bytes]:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (heavy)

    head = file.read(len(MAGIC) + SALT + CHECK)
    if not head.startswith(MAGIC) or len(head) < len(MAGIC) + SALT + CHECK:
        raise Damaged(what="it does not begin as a sealed file does")
    cipher, check = _cipher(key, head[len(MAGIC) : -CHECK])
    if head[-CHECK:] != check:
        raise WrongKey
    number, ahead = 0, file.read(PIECE + TAG)
    while ahead or not number:
        sealed, ahead = ahead, file.read(PIECE + TAG)
        try:
            piece = cipher.decrypt(_nonce(number, last=not ahead), sealed, head)
        except InvalidTag as error:
            raise Damaged(what=f"piece {number + 1} was changed, moved or cut off") from error
        yield piece
        number += 1


def _cipher(key: bytes, salt: bytes) -> "tuple[AESGCM, bytes]":
    """Return the cipher of this file, and the bytes by which its key is recognised."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (heavy)
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 (heavy)
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 (heavy)

    made = HKDF(SHA256(), length=KEY + CHECK, salt=salt, info=MAGIC).derive(key)
    return AESGCM(made[:KEY]), made[KEY:]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
