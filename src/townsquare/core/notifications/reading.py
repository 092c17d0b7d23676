"""What a person reads of their notifications."""

from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update

from townsquare.core.frozen import dataclass
from townsquare.core.notifications.telling import NotificationRow
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Command, Context, query, use_case

PAGE = 20
LAST = "Z" * 26


class MyNotices(Command):
    """A wish to see one's own notifications, older than one of them."""

    before: str = Field("", max_length=26)


class CountUnread(Command):
    """A wish to know how many notifications are new."""


class MarkRead(Command):
    """A wish to mark one notification as read, or all of them if none is named."""

    id: str = Field("", max_length=26)


@dataclass(frozen=True)
class Notice:
    """A notification as it is kept; its words are made when somebody reads it."""

    public_id: str
    kind: str
    template: str
    facts: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class _Count:
    unread: int


_MINE = and_(
    or_(
        NotificationRow.account_id == bindparam("my_account"),
        and_(NotificationRow.person == bindparam("me"), NotificationRow.person != ""),
    ),
    NotificationRow.created_at <= bindparam("now"),  # Quiet hours hold back what is new.
)
_NOTICES = Prepared(
    select(
        NotificationRow.public_id,
        NotificationRow.kind,
        NotificationRow.template,
        NotificationRow.facts,
        NotificationRow.created_at,
        NotificationRow.read_at,
    )
    .where(_MINE, NotificationRow.public_id < bindparam("before"))
    .order_by(NotificationRow.public_id.desc())
    .limit(PAGE),
    Notice,
)
_UNREAD = Prepared(
    select(func.count().label("unread"))
    .select_from(NotificationRow)
    .where(_MINE, NotificationRow.read_at.is_(None)),
    _Count,
)


@query("core.notification.list", permission="signed-in")
def my_notices(ctx: Context, wish: MyNotices) -> list[Notice]:
    """Return the person's notifications, the newest first, page by page."""
    return _NOTICES.rows(ctx.db, **_me(ctx), before=wish.before or LAST)


@query("core.notification.count", permission="signed-in")
def unread(ctx: Context, _wish: CountUnread) -> int:
    """Return how many notifications the person has not read."""
    return _UNREAD.rows(ctx.db, **_me(ctx))[0].unread


@use_case("core.notification.read", permission="signed-in")
def mark_read(ctx: Context, wish: MarkRead) -> None:
    """Mark one of the person's notifications as read, or all; an unknown one changes nothing."""
    which: list[ColumnElement[bool]] = [_MINE, NotificationRow.read_at.is_(None)]
    if wish.id:
        which.append(NotificationRow.public_id == wish.id)
    ctx.db.execute(update(NotificationRow).where(*which).values(read_at=ctx.now()), _me(ctx))


def _me(ctx: Context) -> dict[str, object]:
    return {"my_account": ctx.actor.id, "me": ctx.actor.person, "now": ctx.now()}
