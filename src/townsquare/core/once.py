"""The same wish twice is one wish: keys kept with the answer, in the transaction of the effect."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from threading import Lock

from sqlalchemy import Index, bindparam, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model
from townsquare.core.errors import KeyReused
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared, Silent


class OnceEntry(Model):
    """One key that was used, and what was answered."""

    __tablename__ = "core_once"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]
    key_hash: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int]
    headers: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    done_at: Mapped[datetime]


FIELDS = ("scope", "key_hash", "request_hash", "status", "headers", "body", "done_at")
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
class Kept:
    """A key with its answer (status, headers, body), to be kept with the effect."""

    once: Once
    answer: tuple[int, str, str]
    now: datetime

    def row(self) -> dict[str, object]:
        """Return what is written of it."""
        key_hash, request_hash = self.once.hashes
        told = (self.once.scope, key_hash, request_hash, *self.answer, self.now)
        return dict(zip(FIELDS, told, strict=True))


@dataclass(frozen=True)
class Answer:
    """What was answered the first time."""

    request_hash: str
    status: int
    headers: str
    body: str


_KEEP = Silent(insert(OnceEntry).values({name: bindparam(name) for name in FIELDS}))
_FIND = Prepared(
    select(OnceEntry.request_hash, OnceEntry.status, OnceEntry.headers, OnceEntry.body).where(
        OnceEntry.scope == bindparam("scope"), OnceEntry.key_hash == bindparam("key_hash")
    ),
    Answer,
)


_at_work: Counter[tuple[str, str]] = Counter()
_counting = Lock()


@contextmanager
def at_work(once: Once) -> Iterator[bool]:
    """Note that this wish is being worked on; tell whether this process has begun it already."""
    wish = once.scope, once.key
    with _counting:
        others = _at_work[wish]
        _at_work[wish] += 1
    try:
        yield others > 0
    finally:
        with _counting:
            _at_work[wish] -= 1
            if not _at_work[wish]:
                del _at_work[wish]


def keep(db: Session, once: Once, answer: tuple[int, str, str], *, now: datetime) -> None:
    """Note the key with its answer (status, headers, body); the database refuses a second one."""
    _KEEP.run(db, **Kept(once, answer, now).row())


def answered(db: Session, once: Once) -> Answer | None:
    """Return the answer that this key has had; refuse a key that belongs to another wish."""
    key_hash, request_hash = once.hashes
    answer = _FIND.first(db, scope=once.scope, key_hash=key_hash)
    if answer and answer.request_hash != request_hash:
        raise KeyReused
    return answer
