"""Days and moments as readers write them: one form for each, on every page."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from flask import Flask
from flask_babel import get_locale, to_user_timezone
from markupsafe import Markup

DAY = "yMMMEd"


def init_app(app: Flask) -> None:
    """Let templates write days and moments."""
    app.jinja_env.filters["day"] = lambda when, zone="": _marked(when, day(when, zone))
    app.jinja_env.filters["moment"] = lambda when: _marked(when, moment(when))
    app.jinja_env.filters["month"] = month


def day(when: date | datetime, zone: str = "") -> str:
    """Return a day with its weekday; of a moment, the day that it is in this zone or the town's."""
    return str(format_skeleton(DAY, _here(when, zone), locale=get_locale()))


def short_day(when: date) -> str:
    """Return a day without its year and weekday, such as stands under a bar of a chart."""
    return str(format_skeleton("MMMd", when, locale=get_locale()))


def month(when: str) -> str:
    """Return a month that is written as 2026-03 in words."""
    first = date.fromisoformat(f"{when}-01")
    return str(format_skeleton("yMMM", first, locale=get_locale()))


def moment(when: datetime) -> str:
    """Return a day and the time of this town, to the minute."""
    return f"{day(when)}, {format_time(_here(when).time(), 'short', locale=get_locale())}"


def _here(when: date | datetime, zone: str = "") -> datetime:
    if isinstance(when, datetime):
        here: datetime = when.astimezone(ZoneInfo(zone)) if zone else to_user_timezone(when)
        return here.replace(tzinfo=None)
    return datetime(when.year, when.month, when.day)  # noqa: DTZ001 (a day has no zone)


def _marked(when: date | datetime, written: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(when.isoformat(), written)
