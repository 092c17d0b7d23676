"""The page of notifications, and how many of them are new."""

import logging
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from jinja2 import TemplateError

from townsquare.core.frozen import dataclass
from townsquare.core.manifest import Task
from townsquare.core.notifications.mails import words
from townsquare.core.notifications.reading import (
    PAGE,
    CountUnread,
    MarkRead,
    MyNotices,
    Notice,
    mark_read,
    my_notices,
    unread,
)
from townsquare.core.usecase import Context
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.forms import posted
from townsquare.core.web.places import local_path
from townsquare.core.web.reading import read

bp = Blueprint("notifications", __name__, url_prefix="/notifications", template_folder="templates")
log = logging.getLogger("townsquare.notifications")


def tasks_for(ctx: Context) -> list[Task]:
    """Return one line for the home page if somebody has not read all messages."""
    count = unread(ctx, CountUnread())
    if not count:
        return []
    title = ngettext("One new message", "%(num)s new messages", count)
    return [Task(title, "", url_for("notifications.mine"), "mail", _("New"))]


@dataclass(frozen=True)
class Told:
    """A notification in words."""

    public_id: str
    title: str
    text: str
    url: str
    created_at: datetime
    is_new: bool


@bp.get("")
@needs("signed-in")
def mine() -> str:
    """Show the person's notifications."""
    wish = read(MyNotices, {"before": request.args.get("before", "")})
    with looking() as ctx:
        notices = my_notices(ctx, wish)
    told = [_told(notice) for notice in notices]
    older = url_for("notifications.mine", before=told[-1].public_id) if len(told) == PAGE else None
    return render_template(
        "notifications/mine.html", notices=told, older=older, first=not wish.before
    )


@bp.post("/read")
@needs("signed-in")
def mark() -> ResponseReturnValue:
    """Mark one notification, or all, as read."""
    wish = posted(MarkRead)
    with acting() as ctx:
        mark_read(ctx, wish)
    flash(_("Marked as read."))
    return redirect(url_for("notifications.mine"), 303)


def _told(notice: Notice) -> Told:
    try:
        title, text = words(town(), notice.template, notice.facts)
    except TemplateError:  # Next year's release may have renamed what is kept here.
        log.exception("notification without words", extra={"facts": {"kind": notice.kind}})
        title, text = notice.kind, ""
    # Only a place of this town: what was stored must not lead people elsewhere.
    here = local_path(str(notice.facts.get("url", "")))
    is_new = notice.read_at is None
    return Told(notice.public_id, title, text.strip(), here, notice.created_at, is_new)
