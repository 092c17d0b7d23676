"""When the shop is open: everybody reads it, and those who run the shop say it."""

from collections.abc import Sequence
from datetime import time, timedelta

from babel.dates import format_time
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.moments import day as day_word
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Line, Nothing
from townsquare.services.grocery.commands.hours import CloseDay, OpenDay, SetHours
from townsquare.services.grocery.errors import BadWeek
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.hours import read_hours, read_hours_desk
from townsquare.services.grocery.results.hours import ShopHours, Span
from townsquare.services.grocery.rules.hours import FURTHEST
from townsquare.services.grocery.rules.weeks import DAYS, Hours, fits, line_read
from townsquare.services.grocery.usecases.hours import close_day, open_day, set_hours

EDIT = "grocery.shop.edit"
LONGEST_DAY = 100
NAMES = (
    translatable("Monday"),
    translatable("Tuesday"),
    translatable("Wednesday"),
    translatable("Thursday"),
    translatable("Friday"),
    translatable("Saturday"),
    translatable("Sunday"),
)
UNREAD = translatable("Write two times such as 9:00-13:00, and a comma between two pairs of them.")


class WeekHere(Command):
    """A week as the page asks for it: the times of each day, with commas between them."""

    monday: Line = Field("", title=NAMES[0], max_length=LONGEST_DAY)
    tuesday: Line = Field("", title=NAMES[1], max_length=LONGEST_DAY)
    wednesday: Line = Field("", title=NAMES[2], max_length=LONGEST_DAY)
    thursday: Line = Field("", title=NAMES[3], max_length=LONGEST_DAY)
    friday: Line = Field("", title=NAMES[4], max_length=LONGEST_DAY)
    saturday: Line = Field("", title=NAMES[5], max_length=LONGEST_DAY)
    sunday: Line = Field("", title=NAMES[6], max_length=LONGEST_DAY)


@bp.app_template_filter("spans")
def spans_word(spans: Sequence[Span]) -> str:
    """Return in words from when until when, for all spans of a day."""
    told = [f"{_clock(one.starts)}\u00a0\u2013\u00a0{_clock(one.ends)}" for one in spans]
    return ", ".join(told) or str(_("closed"))


@bp.app_template_filter("open_today")
def open_today(hours: ShopHours) -> str:
    """Return in a sentence whether the shop is open today, and why it is not."""
    if hours.open_today:
        return str(_("Open today %(hours)s.", hours=spans_word(hours.open_today)))
    why = next((one.reason for one in hours.closings if one.day == hours.today), "")
    return str(_("Closed today: %(reason)s.", reason=why) if why else _("Closed today."))


@bp.app_template_filter("closed_soon")
def closed_soon(hours: ShopHours) -> list[str]:
    """Return in sentences on which of the next days the shop is closed, and why."""
    last = hours.today + timedelta(days=FURTHEST)
    near = [one for one in hours.closings if hours.today < one.day <= last]
    return [
        str(_("Closed on %(day)s: %(reason)s.", day=day_word(one.day), reason=one.reason))
        for one in near
    ]


@bp.app_template_filter("days_of_week")
def days_of_week(hours: ShopHours) -> list[tuple[str, list[Span]]]:
    """Return each day of the week by name, with from when until when the shop is open on it."""
    return [
        (_(name), [one for one in hours.week if one.weekday == number])
        for number, name in enumerate(NAMES)
    ]


@bp.get("/hours")
@needs("public")
def hours() -> ResponseReturnValue:
    """Show when the shop is open."""
    with looking() as ctx:
        found = read_hours(ctx, Nothing())
    return render_template("grocery/hours.html", hours=found)


@bp.get("/staff/hours")
@needs(EDIT)
def staff_hours() -> ResponseReturnValue:
    """Show the week, the closed days, and the orders that keep another time."""
    with looking() as ctx:
        found = read_hours_desk(ctx, Nothing())
    return render_template("grocery/staff_hours.html", hours=found.hours, outside=found.outside)


@bp.route("/staff/hours/week", methods=["GET", "POST"])
@needs(EDIT)
def week() -> ResponseReturnValue:
    """Show the week of the shop, to be changed."""
    with looking() as ctx:
        found = read_hours(ctx, Nothing())
    form = CommandForm(WeekHere, values=_typed(found))
    if request.method == "GET":
        return _week(form)
    typed = form.read()
    kept, status = attempt(form, set_hours, wish=_wished(form, typed) if typed else None)
    if kept is None:
        return _week(form), status
    flash(_("The shop is open at the new hours."), "success")
    return redirect(url_for("grocery.staff_hours"), 303)


@bp.route("/staff/hours/closings", methods=["GET", "POST"])
@needs(EDIT)
def new_closing() -> ResponseReturnValue:
    """Ask for a day on which the shop is closed."""
    form = CommandForm(CloseDay)
    if request.method == "GET":
        return _closing(form)
    made, status = attempt(form, close_day, wish=form.read())
    if made is None:
        return _closing(form), status
    flash(_("The shop is closed on %(day)s.", day=day_word(made.day)), "success")
    return redirect(url_for("grocery.staff_hours"), 303)


@bp.post("/staff/hours/closings/<id>/drop")
@needs(EDIT)
def drop_closing(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Let a closed day be one like others again."""
    with acting() as ctx:
        open_day(ctx, posted(OpenDay, id=id))
    flash(_("The day is one like others again."), "success")
    return redirect(url_for("grocery.staff_hours"), 303)


def _wished(form: CommandForm[WeekHere], typed: WeekHere) -> SetHours | None:
    """Return the week that was typed; what cannot be read is said at its day."""
    found: list[Hours] = []
    for day in DAYS:
        parts = [part.strip() for part in getattr(typed, day).split(",") if part.strip()]
        spans = [line_read(f"{day} {part}") for part in parts]
        known = [one for one in spans if one is not None and one.places is None]
        if len(known) < len(spans):
            form.refuse({day: _(UNREAD)})
        elif not fits(known):
            form.refuse({day: _(BadWeek.message)})
        found += known
    if not found and not form.failed:
        form.refuse({"": _("Say for at least one day when the shop is open.")})
    if form.failed:
        return None
    told = [{"weekday": one.weekday, "starts": one.starts, "ends": one.ends} for one in found]
    return read(SetHours, {"week": told})


def _typed(found: ShopHours) -> dict[str, object]:
    """Return the week as it can be typed again."""
    return {
        day: ", ".join(
            f"{one.starts:%H:%M}-{one.ends:%H:%M}" for one in found.week if one.weekday == number
        )
        for number, day in enumerate(DAYS)
    }


def _clock(when: time) -> str:
    return str(format_time(when, "short", locale=get_locale()))


def _week(form: CommandForm[WeekHere]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("The week of the shop"),
        action=url_for("grocery.week"),
        act=_("Save"),
        back=url_for("grocery.staff_hours"),
        about=_(
            "From when until when, such as 9:00-13:00, 15:00-19:00; an empty day is closed. People"
            " collect in whole hours from the first minute on. Orders that were placed keep their"
            " time."
        ),
    )


def _closing(form: CommandForm[CloseDay]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Close the shop on a day"),
        action=url_for("grocery.new_closing"),
        act=_("Close it"),
        back=url_for("grocery.staff_hours"),
        about=_(
            "Nobody can choose this day any more, and the van stays. Orders that were placed keep"
            " their time."
        ),
    )
