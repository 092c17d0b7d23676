"""The rules, hours and tariffs of the library: never edited; a loan keeps its own."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import get_args

from sqlalchemy import delete, func, or_, select, update

from townsquare.core.db import insert_new
from townsquare.core.errors import StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.catalogue import Material
from townsquare.services.library.commands.lending import (
    A_FORTUNE,
    FIRST_DAY,
    LAST_DAY,
    Kind,
    PublishRules,
    SetCalendar,
    SetHours,
)
from townsquare.services.library.commands.tariffs import SetTariff
from townsquare.services.library.errors import (
    BadHours,
    BadRule,
    NoFallback,
    PastDate,
    UnknownBranch,
)
from townsquare.services.library.events import (
    CalendarChanged,
    HoursSet,
    RulesPublished,
    TariffSet,
)
from townsquare.services.library.models.catalogue import BranchRow
from townsquare.services.library.models.circulating import (
    EDITION,
    Edition,
    current_edition,
    policy_facts,
    policy_from,
)
from townsquare.services.library.models.lending import (
    CalendarDayRow,
    CounterRow,
    OpeningRow,
    RuleRow,
    RulesetRow,
)
from townsquare.services.library.models.tariffs import TariffRow
from townsquare.services.library.results.lending import Settled
from townsquare.services.library.results.tariffs import TariffLine
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import FINE_MODES, NEGATED, Policy, Rule, has_fallback
from townsquare.services.library.rules.tariffs import AMOUNT, priced, tariffs_on

TEN_YEARS = 3650  # Days; more would lead out of the calendar.
# What rules can ask for, each with all that it can be; empty where the library's own words count.
CONDITIONS: dict[str, tuple[str, ...]] = {
    "class": get_args(Kind),
    "item_type": (),
    "branch": (),
    "material": get_args(Material),
}
KNOWN = {told.name: told.type for told in fields(Policy) if told.name != "tariffs"}
MISTYPED = "{name} has the wrong type"
AMOUNTS = frozenset(name for name in KNOWN if name.endswith(AMOUNT))


@use_case("library.rule.publish")
def publish_rules(ctx: Context, wish: PublishRules) -> Settled:
    """Put a new edition of the rules in force, now or later; loans that are out keep theirs."""
    in_force = current_edition(ctx.db)
    begins = first_day(in_force, wish.valid_from, now=ctx.now())
    rules = priced_rules(ctx, in_force, wish, day=begins)
    edition = (ctx.db.scalar(select(func.max(RulesetRow.edition))) or 0) + 1
    head = RulesetRow(
        edition=edition,
        valid_from=begins,
        published_at=ctx.now(),
        published_by=ctx.actor.name,
    )
    ctx.db.add(head)
    ctx.db.flush()
    ctx.db.add_all(
        RuleRow(
            ruleset_id=head.id,
            priority=rule.priority,
            conditions=dict(rule.conditions),
            policy=policy_facts(rule.policy),
        )
        for rule in rules
    )
    _next_edition(ctx)
    ctx.emit(RulesPublished(edition))
    return Settled(str(edition), 0, 0)


@use_case("library.calendar.set")
def set_calendar(ctx: Context, wish: SetCalendar) -> Settled:
    """Close a house on a day, or let it close at another time; days that are over stay."""
    branch = _branch(ctx, wish.branch)
    if wish.day < Calendar(branch.zone).local(ctx.now()):
        raise PastDate(day=wish.day.isoformat())
    usual = select(OpeningRow.opens).filter_by(branch_id=branch.id, weekday=wish.day.weekday())
    opens = ctx.db.scalar(usual)
    if wish.closes and opens and wish.closes <= opens:
        raise BadHours
    row = ctx.db.scalar(select(CalendarDayRow).filter_by(branch_id=branch.id, day=wish.day))
    if row is None:
        row = CalendarDayRow(branch_id=branch.id, day=wish.day)
        ctx.db.add(row)
    row.closes, row.reason = wish.closes, wish.reason
    _next_edition(ctx)
    ctx.emit(CalendarChanged(branch.code, wish.day.isoformat()))
    return Settled(branch.public_id, 0, 0)


@use_case("library.calendar.week", permission="library.calendar.set")
def set_hours(ctx: Context, wish: SetHours) -> Settled:
    """Give a house its usual week; loans that are out keep their due dates."""
    branch = _branch(ctx, wish.branch)
    week = {line.weekday: line for line in wish.week}
    if len(week) < len(wish.week) or any(line.closes <= line.opens for line in wish.week):
        raise BadHours
    ctx.db.execute(delete(OpeningRow).where(OpeningRow.branch_id == branch.id))
    ctx.db.add_all(OpeningRow(branch_id=branch.id, **line.model_dump()) for line in wish.week)
    _next_edition(ctx)
    ctx.emit(HoursSet(branch.code))
    return Settled(branch.public_id, 0, 0)


@use_case("library.tariff.set", permission="library.calendar.set")
def set_tariff(ctx: Context, wish: SetTariff) -> TariffLine:
    """Let an amount apply from a day on; charges and loans from before keep theirs."""
    begins = first_day(current_edition(ctx.db), wish.valid_from, now=ctx.now())
    _next_edition(ctx)  # First: whoever sets the same tariff at this moment waits for this one.
    row = TariffRow(
        created_at=ctx.now(),
        code=wish.code,
        name=wish.name,
        amount_minor=wish.amount_minor,
        valid_from=begins,
        valid_to=_make_room(ctx, wish.code, begins),
        set_by=ctx.actor.name,
    )
    ctx.db.add(row)
    ctx.db.flush()
    ctx.emit(TariffSet(row.public_id, row.code, row.amount_minor, begins.isoformat()))
    return _line(row)


def priced_rules(
    ctx: Context, edition: Edition, wish: PublishRules, *, day: date
) -> tuple[Rule, ...]:
    """Return the rules that are proposed with the amounts of their first day, or refuse them."""
    if wish.based_on not in {None, edition.newest}:
        raise StaleVersion
    rules, known = _proposed(ctx, wish), tariffs_on(edition.tariffs, day)
    for rule in rules:
        for name, code in rule.policy.tariffs.items():
            if code not in known:
                why = f"there is no tariff {code} on {day}"
                raise BadRule(priority=rule.priority, why=why, field=name)
    return priced(rules, edition.tariffs, day)


def _proposed(ctx: Context, wish: PublishRules) -> list[Rule]:
    rules = [_rule(line.priority, line.conditions, line.policy) for line in wish.rules]
    _refuse_unknown_houses(ctx, rules)
    times = Counter(rule.priority for rule in rules)
    if twice := [priority for priority, number in times.items() if number > 1]:
        raise BadRule(priority=twice[0], why="its priority stands twice", field="priority")
    if not has_fallback(rules):
        raise NoFallback
    return rules


def first_day(edition: Edition, wished: date | None, *, now: datetime) -> date:
    """Return the day from which rules apply: the one that is wished, else today in every house."""
    houses = edition.calendars.values() or (Calendar("UTC"),)
    today = min(house.local(now) for house in houses)
    if wished and wished < today:
        raise PastDate(day=wished.isoformat())
    return wished or today


def _branch(ctx: Context, code: str) -> BranchRow:
    branch = ctx.db.scalar(select(BranchRow).where(BranchRow.code == code))
    if branch is None:
        raise UnknownBranch(branch=code)
    return branch


def _rule(priority: int, conditions: dict[str, list[str]], policy: dict[str, object]) -> Rule:
    for name, values in conditions.items():
        if why := _wrong_condition(name, values, conditions):
            raise BadRule(priority=priority, why=why, field=name.removeprefix(NEGATED))
    plain, codes = _split(policy)
    for name, value in plain.items():
        why = WRONG[KNOWN[name]](name, value) if name in KNOWN else f"there is no field {name}"
        if why:
            raise BadRule(priority=priority, why=why, field=name)
    return Rule(priority, conditions, policy_from({**plain, "tariffs": codes}))


def _split(policy: dict[str, object]) -> tuple[dict[str, object], dict[str, str]]:
    """Return what a rule says itself, and for which amounts it names a tariff instead."""
    codes = {n: v for n, v in policy.items() if n in AMOUNTS and isinstance(v, str)}
    return {name: value for name, value in policy.items() if name not in codes}, codes


def _make_room(ctx: Context, code: str, day: date) -> date | None:
    """End the amount that applies on a day; return until when the new one is to apply."""
    ahead = select(TariffRow).where(TariffRow.code == code)
    ahead = ahead.where(or_(TariffRow.valid_to.is_(None), TariffRow.valid_to > day))
    row = ctx.db.scalar(ahead.order_by(TariffRow.valid_from, TariffRow.id).limit(1))
    if row is None or row.valid_from > day:
        return row.valid_from if row else None
    until, row.valid_to, row.version = row.valid_to, day, row.version + 1
    ctx.db.flush()
    return until


def _line(row: TariffRow) -> TariffLine:
    said = (row.code, row.name, row.amount_minor, row.valid_from, row.valid_to, False, row.set_by)
    return TariffLine(row.public_id, *said)


def _wrong_condition(name: str, values: list[str], conditions: Mapping[str, list[str]]) -> str:
    """Return why a condition can never be met, or is always; empty if it makes a difference."""
    about = name.removeprefix(NEGATED)
    if about not in CONDITIONS:
        return f"there is no condition {name}"
    if not values:
        return f"{name} names nothing"
    if name != about and about in conditions:
        return f"{about} and {name} stand together"
    known = CONDITIONS[about]
    strange = [value for value in values if value not in known] if known else []
    return f"there is no {about} {strange[0]}" if strange else ""


def _refuse_unknown_houses(ctx: Context, rules: list[Rule]) -> None:
    named = {
        code: rule.priority
        for rule in rules
        for name, codes in rule.conditions.items()
        if name.removeprefix(NEGATED) == "branch"
        for code in codes
    }
    if named:
        known = set(ctx.db.scalars(select(BranchRow.code).where(BranchRow.code.in_(named))))
        for code in sorted(named.keys() - known):
            raise BadRule(priority=named[code], why=f"there is no branch {code}", field="branch")


def _wrong_number(name: str, value: object) -> str:
    most = A_FORTUNE if name.endswith("_minor") else TEN_YEARS
    if type(value) is not int:  # True is no number here.
        return MISTYPED.format(name=name)
    return "" if 0 <= value <= most else f"{name} must be between 0 and {most}"


def _wrong_answer(name: str, value: object) -> str:
    return "" if isinstance(value, bool) else MISTYPED.format(name=name)


def _wrong_mode(name: str, value: object) -> str:
    if not isinstance(value, str):
        return MISTYPED.format(name=name)
    return "" if value in FINE_MODES else f"{name} {value!r} is none of {', '.join(FINE_MODES)}"


def _wrong_day(name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return MISTYPED.format(name=name)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:  # There are more forms than the one that we keep.
        return f"{name} is no day; write it as year-month-day"
    within = FIRST_DAY <= day <= LAST_DAY
    return "" if within else f"{name} must be between {FIRST_DAY} and {LAST_DAY}"


# Why a value cannot stand in a field, by what the field holds; empty if it can.
WRONG: dict[object, Callable[[str, object], str]] = {
    int: _wrong_number,
    bool: _wrong_answer,
    str: _wrong_mode,
    date | None: _wrong_day,
}


def _next_edition(ctx: Context) -> None:
    """Move the counter by which every process notices that its memory is old."""
    ctx.db.flush()
    ctx.db.execute(insert_new(CounterRow).values(name=EDITION, value=0))
    ctx.db.execute(
        update(CounterRow).where(CounterRow.name == EDITION).values(value=CounterRow.value + 1)
    )
