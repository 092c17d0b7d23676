"""How often somebody may be wrong at the door; rows of the database, so no restart forgets.

Rows stand under digests made with the key of the town: they name neither people nor machines.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Protocol

from sqlalchemy import ColumnElement, case, delete, insert, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model
from townsquare.core.dialects import Otherwise
from townsquare.core.errors import TooOften
from townsquare.core.frozen import dataclass
from townsquare.core.ports import Port
from townsquare.core.settings import Settings

FREE = 4  # So many failures in a row cost nothing; each one after them doubles the wait.
LONGEST_WAIT = timedelta(seconds=900)
FORGOTTEN_AFTER = timedelta(days=1)
MOST_IN_A_MINUTE = 20
MINUTE = timedelta(minutes=1)


class FailureRow(Model):
    """How often somebody was wrong: in a row at one account, in this minute from one network."""

    __tablename__ = "core_failure"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    failures: Mapped[int]
    since: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Try:
    """Who somebody says that they are, and the network that they call from, if it is known."""

    email: str
    network: str


class Throttle(Protocol):
    """Something that remembers failures for all processes of the town."""

    def refuse(self, db: Session, tried: Try, now: datetime) -> None:
        """Raise TooOften while somebody has to wait."""

    def count(self, db: Session, tried: Try, now: datetime) -> None:
        """Remember a failure."""

    def forget(self, db: Session, tried: Try) -> None:
        """Forget the failures at an account, which somebody has entered."""


class InTheDatabase:
    """Keeps failures beside the accounts; every failure is one row that counts up by itself."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secret_key.encode()

    def refuse(self, db: Session, tried: Try, now: datetime) -> None:
        """Raise TooOften while somebody has to wait."""
        account, network = self._keys(tried)
        rows = db.scalars(select(FailureRow).where(FailureRow.key_hash.in_([account, network])))
        free = max((_free_at(row, own=row.key_hash == account) for row in rows), default=now)
        if free > now:
            raise TooOften(seconds=ceil((free - now).total_seconds()))

    def count(self, db: Session, tried: Try, now: datetime) -> None:
        """Remember a failure."""
        account, network = self._keys(tried)
        _count(db, account, now, fresh=FailureRow.last_at < now - FORGOTTEN_AFTER)
        if tried.network:
            _count(db, network, now, fresh=FailureRow.since <= now - MINUTE)

    def forget(self, db: Session, tried: Try) -> None:
        """Forget the failures at an account, which somebody has entered."""
        db.execute(delete(FailureRow).where(FailureRow.key_hash == self._keys(tried)[0]))

    def _keys(self, tried: Try) -> tuple[str, str]:
        told = (f"account {tried.email.casefold()}", f"network {tried.network}")
        account, network = (hmac.new(self._key, one.encode(), sha256).hexdigest() for one in told)
        return account, network


def _count(db: Session, key: str, now: datetime, *, fresh: ColumnElement[bool]) -> None:
    """Count one failure up by a single statement, so that none is lost among many at once."""
    at = literal(now, FailureRow.since.type)
    row = insert(FailureRow).values(key_hash=key, failures=1, since=now, last_at=now)
    again = {
        "failures": case((fresh, 1), else_=FailureRow.failures + 1),
        "since": case((fresh, at), else_=FailureRow.since),
        "last_at": at,
    }
    db.execute(row.ext(Otherwise(index_elements=["key_hash"], set_=again)))


def _free_at(row: FailureRow, *, own: bool) -> datetime:
    """Return from when on this row lets somebody try again."""
    if not own:
        return row.since + MINUTE if row.failures >= MOST_IN_A_MINUTE else row.since
    if row.failures <= FREE:
        return row.last_at
    doubled = timedelta(seconds=2 ** min(row.failures - FREE - 1, 10))
    return row.last_at + min(doubled, LONGEST_WAIT)


THROTTLE: Port[Throttle] = Port(
    "identity.throttle", "townsquare.core.identity.throttle:InTheDatabase"
)
