"""The queue and the hours, as the staff see them."""

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import (
    ChooseHold,
    FindHolds,
    FindLoans,
    Nothing,
    ReadCalendar,
    SetCalendar,
    SetHours,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.queries.calendars import read_calendar
from townsquare.services.library.queries.holds import find_holds
from townsquare.services.library.queries.loans import find_loans
from townsquare.services.library.results.lending import CalendarShown, Holds, Loans
from townsquare.services.library.usecases import holds as queue
from townsquare.services.library.usecases.policies import set_calendar, set_hours

DAY = re.compile(r"(\w+)[ ,:]+(\d{1,2}:\d{2}) ?[-\u2013] ?(\d{1,2}:\d{2})")
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Week(Command):
    """A week as people write it, one day in each line."""

    week: str = Field(title=translatable("The week"), min_length=1, max_length=400)


@bp.get("/loans")
@needs("library.loan.view")
def loans() -> ResponseReturnValue:
    """List what is out, or what is late."""
    wish = read(FindLoans, _asked(FindLoans))
    with looking() as ctx:
        found = find_loans(ctx, wish)
    return _list_page("loans", wish, found)


@bp.get("/holds")
@needs("library.hold.manage")
def holds() -> ResponseReturnValue:
    """Show the queue, or the hold shelf."""
    wish = read(FindHolds, _asked(FindHolds))
    with looking() as ctx:
        found = find_holds(ctx, wish)
    return _list_page("holds", wish, found)


@bp.post("/holds/expiry")
@needs("library.hold.manage")
def expire() -> ResponseReturnValue:
    """End the holds that nobody has fetched."""
    with acting() as ctx:
        done = queue.expire_holds(ctx, posted(Nothing))
    told = ngettext(
        "%(num)s hold has ended; its copy goes on.",
        "%(num)s holds have ended; their copies go on.",
        done.open_minor,
    )
    flash(told)
    return redirect(url_for("library.holds"), 303)


@bp.post("/holds/<id>/cancellation")
@needs("library.hold.manage")
def cancel_hold(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take a reader out of the queue."""
    with acting() as ctx:
        queue.cancel_hold(ctx, posted(ChooseHold, id=id))
    flash(_("The hold has ended."))
    return redirect(url_for("library.holds"), 303)


@bp.get("/calendar")
@needs("public")
def calendar() -> ResponseReturnValue:
    """Show the hours of the houses."""
    return _calendar_page(*_day_to_change())


@bp.post("/calendar")
@needs("library.calendar.set")
def save_day() -> ResponseReturnValue:
    """Change one day of a house."""
    form, houses = _day_to_change()
    done, status = attempt(form, set_calendar, wish=form.read())
    if done is None:
        return _calendar_page(form, houses), status
    flash(_("The calendar is changed; new loans follow it."))
    return redirect(url_for("library.calendar"), 303)


@bp.route("/calendar/<branch>", methods=["GET", "POST"])
@needs("library.calendar.set")
def hours(branch: str) -> ResponseReturnValue:
    """Show the usual week of a house, to be changed."""
    with looking() as ctx:
        house = read_calendar(ctx, read(ReadCalendar, {"branch": branch}))[0]
    form = CommandForm(Week, values={"week": "\n".join(house.usual)})
    form["week"].kind = "textarea"
    if request.method == "GET":
        return render_template("library/hours.html", form=form, house=house)
    wish = form.read()
    done, status = attempt(form, set_hours, wish=_week(form, wish, branch) if wish else None)
    if done is None:
        return render_template("library/hours.html", form=form, house=house), status
    flash(_("The usual week is changed; new loans follow it."))
    return redirect(url_for("library.calendar"), 303)


def _day_to_change() -> tuple[CommandForm[SetCalendar], list[CalendarShown]]:
    with looking() as ctx:
        houses = read_calendar(ctx, ReadCalendar())
    choices = [(house.branch, house.name) for house in houses]
    return CommandForm(SetCalendar, choices={"branch": choices}), houses


def _calendar_page(form: CommandForm[SetCalendar], houses: list[CalendarShown]) -> str:
    return render_template("library/calendar.html", houses=houses, form=form)


def _week(form: CommandForm[Week], wish: Week, branch: str) -> SetHours | None:
    """Return the week of these lines; a line that cannot be read is named on the form."""
    found = []
    for line in filter(None, map(str.strip, wish.week.splitlines())):
        parts = DAY.fullmatch(line)
        day = next((n for n, d in enumerate(WEEK) if parts and d == parts[1].lower()), None)
        if parts is None or day is None:
            form.refuse({"week": _("“%(line)s” cannot be read as a day and two times.", line=line)})
            return None
        found.append({"weekday": day, "opens": _time(parts[2]), "closes": _time(parts[3])})
    return read(SetHours, {"branch": branch, "week": found})


def _time(text: str) -> str:
    return text.rjust(5, "0")


def _asked(command: type[Command]) -> dict[str, str]:
    """Return what the address asks of a list; what it leaves empty is not asked."""
    return {n: t for n, t in request.args.items() if n in command.model_fields and t}


def _list_page(name: str, wish: FindLoans | FindHolds, found: Loans | Holds) -> str:
    """Show one page of a list, with addresses that keep what was asked."""
    kept = {k: v for k, v in _asked(type(wish)).items() if k != "after"}

    def address(**changed: str | None) -> str:
        asked = {k: v for k, v in {**kept, **changed}.items() if v}
        return _address(f"library.{name}", **asked)

    return render_template(
        f"library/{name}.html",
        found=found,
        wish=wish,
        kept=kept,
        address=address,
        next_url=address(after=found.after) if found.after else None,
        first_url=address() if wish.after else None,
        now=town().now(),
    )


def _address(endpoint: str, **places: str | int | None) -> str:
    return url_for(endpoint, _anchor=None, _method=None, _scheme=None, _external=None, **places)
