"""Transcripts: what is hashed, written so that no two messages read the same."""

from hashlib import sha256, sha512

from tsv1.group import ORDER

_START = b"TSV1"
_MOST = 255
_LED = [size.to_bytes(4, "big") for size in range(_MOST + 1)]  # Nearly all fields are short.


def transcript(tag: str, *fields: bytes) -> bytes:
    """Return the bytes of a tag and its fields, each led by its length."""
    name = tag.encode()
    parts = [_START, _led(name), name, len(fields).to_bytes(2, "big")]
    for field in fields:
        parts.append(_led(field) if len(field) > _MOST else _LED[len(field)])
        parts.append(field)
    return b"".join(parts)


def _led(field: bytes) -> bytes:
    return len(field).to_bytes(4, "big")


def h32(tag: str, *fields: bytes) -> bytes:
    """Return the 32-byte hash of a transcript."""
    return sha256(transcript(tag, *fields)).digest()


def hs(tag: str, *fields: bytes) -> int:
    """Return the hash of a transcript as a scalar."""
    return int.from_bytes(sha512(transcript(tag, *fields)).digest(), "little") % ORDER
