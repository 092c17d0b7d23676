"""The same wish twice is one wish: keys kept with the answer, in the transaction of the effect."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Index, bindparam, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model
from townsquare.core.errors import KeyReused
from townsquare.core.prepared import Prepared


class OnceEntry(Model):
    """One key that was used, and what was answered."""

    __tablename__ = "core_once"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]
    key_hash: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    done_at: Mapped[datetime]


# One effect for each key: a second one is rolled back whole, and the first answer is given again.
ONE_EFFECT = Index("uq_core_once_key", OnceEntry.scope, OnceEntry.key_hash, unique=True)


@dataclass(frozen=True)
class Once:
    """A key as the client sent it: who and what it belongs to, and a digest of the wish."""

    scope: str
    key: str
    request: bytes = b""

    @property
    def hashes(self) -> tuple[str, str]:
        """Return the digests of the key and of the wish."""
        return sha256(self.key.encode()).hexdigest(), sha256(self.request).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What was answered the first time."""

    request_hash: str
    status: int
    body: str


@dataclass(frozen=True)
class _Kept:
    id: int


_FIELDS = ("scope", "key_hash", "request_hash", "status", "body", "done_at")
_KEEP = Prepared(
    insert(OnceEntry).values({name: bindparam(name) for name in _FIELDS}).returning(OnceEntry.id),
    _Kept,
)
_FIND = Prepared(
    select(OnceEntry.request_hash, OnceEntry.status, OnceEntry.body).where(
        OnceEntry.scope == bindparam("scope"), OnceEntry.key_hash == bindparam("key_hash")
    ),
    Answer,
)


def keep(db: Session, once: Once, answer: tuple[int, str], *, now: datetime) -> None:
    """Note the key with its answer; the database refuses the second one (ONE_EFFECT)."""
    key_hash, request_hash = once.hashes
    _KEEP.rows(
        db,
        scope=once.scope,
        key_hash=key_hash,
        request_hash=request_hash,
        status=answer[0],
        body=answer[1],
        done_at=now,
    )


def answered(db: Session, once: Once) -> Answer | None:
    """Return the answer that this key has had; refuse a key that belongs to another wish."""
    key_hash, request_hash = once.hashes
    answer = _FIND.first(db, scope=once.scope, key_hash=key_hash)
    if answer and answer.request_hash != request_hash:
        raise KeyReused
    return answer
