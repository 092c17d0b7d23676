"""How pages name the stages of an order, its steps, and the hour at which it is collected."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_time
from flask_babel import get_locale
from flask_babel import gettext as _

from townsquare.core.web.moments import day, moment
from townsquare.core.words import translatable
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.results.orders import OrderTold
from townsquare.services.grocery.rules.hours import HOUR
from townsquare.services.grocery.rules.stages import HANDED, still_to_come

STAGES = {
    "placed": (translatable("Placed"), "info"),
    "picking": (translatable("Being picked"), "info"),
    "ready": (translatable("Ready to collect"), "success"),
    "packed": (translatable("Packed"), "success"),
    "on-way": (translatable("On the way"), "info"),
    "handed": (translatable("Handed over"), ""),
    "cancelled": (translatable("Cancelled"), "danger"),
}
OUTCOMES = {
    "picked": (translatable("picked"), "success"),
    "short": (translatable("short"), "warning"),
    "substituted": (translatable("replaced"), "warning"),
}
STEPS = {
    "placed": translatable("The order was placed."),
    "picking": translatable("The shop picks it from the shelves."),
    "ready": translatable("It is ready to be collected."),
    "packed": translatable("It is packed."),
    "on-way": translatable("It is on its way."),
    "missed": translatable("Nobody could take it; it came back."),
    "handed": translatable("It was handed over."),
    "cancelled": translatable("It was cancelled."),
    "refunded": translatable("Goods went back, and the money for them."),
}
EXPECTED = {
    "picking": translatable("The shop picks it from the shelves."),
    "ready": translatable("It is ready to be collected."),
    "packed": translatable("It is packed."),
    "on-way": translatable("It is on its way."),
    "handed": translatable("It is handed over, and paid for."),
}


@bp.app_template_filter("stage_word")
def stage_word(stage: str) -> tuple[str, str]:
    """Return in words how far an order is, and the tone of the tag."""
    word, tone = STAGES[stage]
    return _(word), tone


@bp.app_template_filter("outcome_word")
def outcome_word(outcome: str) -> tuple[str, str]:
    """Return in words what came of a line at its shelf, and the tone of the tag."""
    word, tone = OUTCOMES[outcome]
    return _(word), tone


@bp.app_template_filter("collect_hour")
def collect_hour(starts: datetime, zone: str = "") -> str:
    """Return the day and the hour of a collection in the zone of the shop."""
    return f"{day(starts, zone)}, {hours_of(starts, zone)}" if zone else moment(starts)


@bp.app_template_filter("slot_hours")
def hours_of(starts: datetime, zone: str) -> str:
    """Return from when until when an hour goes on the clock of the shop."""
    return f"{_clock(starts, zone)} \u2013 {_clock(starts + HOUR, zone)}"


def timeline_of(order: OrderTold) -> list[tuple[str, str, str]]:
    """Return what has happened to an order and what is still to come, for the macro."""
    past = [(moment(step.at), _(STEPS[step.what]), "") for step in order.steps]
    if past:
        past[-1] = (*past[-1][:2], "now")
    return past + [(_due(order, stage), _(EXPECTED[stage]), "expected") for stage in _ahead(order)]


def _ahead(order: OrderTold) -> tuple[str, ...]:
    return still_to_come(order.stage, delivered=order.delivered) if order.collect_from else ()


def _due(order: OrderTold, stage: str) -> str:
    """Return when a stage is expected: collected within the hour, and ready before it begins."""
    if order.collect_from is None:
        return ""
    if stage == HANDED:
        return collect_hour(order.collect_from, order.zone)
    return str(_("before %(moment)s", moment=moment(order.collect_from)))


def _clock(when: datetime, zone: str) -> str:
    here = when.astimezone(ZoneInfo(zone))
    told = str(format_time(here.time(), "short", locale=get_locale()))
    # The clock that is put back shows an hour twice.
    return _("%(time)s (second)", time=told) if here.fold else told
