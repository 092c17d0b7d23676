"""Live topics: messages kept for a day, in the order of their positions, for whoever listens."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, Index, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context

BATCH = 500


class LiveMessage(Model):
    """One message of one topic; the relay gives it its position."""

    __tablename__ = "core_live"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int | None] = mapped_column(unique=True)
    topic: Mapped[str]
    message: Mapped[str]
    at: Mapped[datetime]


UNSTAMPED = Index(
    "ix_core_live_unstamped",
    LiveMessage.id,
    sqlite_where=LiveMessage.position.is_(None),
    postgresql_where=LiveMessage.position.is_(None),
)


@dataclass(frozen=True)
class Message:
    """A message as it is sent: its position is the id of the event stream."""

    position: int
    topic: str
    message: str


@dataclass(frozen=True)
class Since:
    """The newest position, and what a reader has missed; None if some of it is kept no longer."""

    newest: int
    missed: list[Message] | None


@dataclass(frozen=True)
class _Kept:
    oldest: int | None
    newest: int | None


_COLUMNS = (LiveMessage.position, LiveMessage.topic, LiveMessage.message)
_ALL = Prepared(
    select(*_COLUMNS)
    .where(LiveMessage.position > bindparam("after"))
    .order_by(LiveMessage.position)
    .limit(BATCH),
    Message,
)
_OF_TOPIC = Prepared(
    select(*_COLUMNS)
    .where(LiveMessage.position > bindparam("after"), LiveMessage.topic == bindparam("topic"))
    .order_by(LiveMessage.position)
    .limit(BATCH),
    Message,
)
# Each end by itself, because SQLite finds both in the index only when they are asked for alone.
_KEPT = Prepared(
    select(
        select(func.min(LiveMessage.position)).scalar_subquery().label("oldest"),
        select(func.max(LiveMessage.position)).scalar_subquery().label("newest"),
    ),
    _Kept,
)


def publish(ctx: Context, topic: str, message: object) -> None:
    """Tell everyone who listens to the topic, after the commit: a piece of HTML, or JSON."""
    text = message if isinstance(message, str) else msgspec.json.encode(message).decode()
    # Also a listener may publish, which has opened nothing: it only tells, it reads no data.
    db = ctx._db  # noqa: SLF001
    db.add(LiveMessage(topic=topic, message=text, at=ctx.now()))


def heard_until(ctx: Context) -> int:
    """Return the position from which a page goes on that is made of what this looks at.

    To be asked before the page is read: what is told meanwhile is then told again, not missed.
    """
    # As in `publish`: no data of the town are read.
    return _KEPT.rows(ctx._db)[0].newest or 0  # noqa: SLF001


def messages_after(connection: Connection, position: int) -> list[Message]:
    """Return the next messages of all topics."""
    return _ALL.rows(connection, after=position)


def since(connection: Connection, topic: str, position: int | None) -> Since:
    """Return where a reader of a topic begins who has seen this position, or none yet."""
    kept = _KEPT.rows(connection)[0]
    oldest, newest = kept.oldest or 0, kept.newest or 0
    if position is None:
        return Since(newest, [])
    if position > newest or oldest > position + 1:
        return Since(newest, None)
    found = _OF_TOPIC.rows(connection, after=position, topic=topic)
    return Since(newest, found if len(found) < BATCH else None)
