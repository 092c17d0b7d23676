"""The board: entries that each hold the hash of the one before, and checkpoints of its head."""

from dataclasses import dataclass
from typing import Any

from tsv1.canonical import Message, write
from tsv1.encoding import encode_number, encode_text
from tsv1.transcript import h32

START = bytes(32)  # What the first entry holds as the hash of the one before.


@dataclass(frozen=True)
class Entry:
    """What is entered, as the board tells it."""

    seq: int
    kind: str
    prev: bytes
    body: Message
    hash: bytes

    def told(self) -> dict[str, Any]:
        """Return the entry as archives hold it."""
        return {
            "seq": self.seq,
            "kind": self.kind,
            "prev": self.prev.hex(),
            "body": self.body,
            "hash": self.hash.hex(),
        }


def body_hash(body: Message) -> bytes:
    """Return the hash of the body of an entry."""
    return text_hash(write(body))


def text_hash(text: bytes) -> bytes:
    """Return the hash of the body of an entry from its canonical text."""
    return h32("body", text)


def entry_hash(election: str, seq: int, kind: str, *, prev: bytes, body: bytes) -> bytes:
    """Return the hash of an entry from the hashes of the one before and of its body."""
    return h32("board", encode_text(election), encode_number(seq), kind.encode(), prev, body)


def append(election: str, head: Entry | None, kind: str, *, body: Message) -> Entry:
    """Return the entry that follows the head of a board."""
    seq, prev = (head.seq + 1, head.hash) if head else (0, START)
    hashed = entry_hash(election, seq, kind, prev=prev, body=body_hash(body))
    return Entry(seq, kind, prev, body, hashed)


def checkpoint_text(checkpoint: Message) -> bytes:
    """Return what the log key signs: the checkpoint without key and signature."""
    left_out = {"key", "signature"}
    return write({name: value for name, value in checkpoint.items() if name not in left_out})
