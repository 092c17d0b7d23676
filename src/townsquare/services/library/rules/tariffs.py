"""What things cost from which day on; a rule may name a tariff instead of keeping an amount."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from townsquare.services.library.rules.policy import Policy, Rule

AMOUNT = "_minor"  # How the name of an amount ends.

LOST_PRICE, PROCESSING = "lost-price", "processing"  # What a lost copy costs, besides its price.


@dataclass(frozen=True)
class Tariff:
    """An amount in minor units, from a day until the day on which the next one begins."""

    id: int
    code: str
    name: str
    amount_minor: int
    valid_from: date
    valid_to: date | None = None


def tariffs_on(tariffs: Iterable[Tariff], day: date) -> dict[str, Tariff]:
    """Return the tariffs that apply on a day, by their codes."""
    return {
        each.code: each
        for each in tariffs
        if each.valid_from <= day and (each.valid_to is None or day < each.valid_to)
    }


def priced(rules: Sequence[Rule], tariffs: Iterable[Tariff], day: date) -> tuple[Rule, ...]:
    """Return the rules with the amounts that their tariffs have on this day.

    Raises KeyError where a tariff has no amount yet; published rules that have begun have all.
    """
    today = tariffs_on(tariffs, day) if any(rule.policy.tariffs for rule in rules) else {}
    return tuple(_priced(rule, today) if rule.policy.tariffs else rule for rule in rules)


def as_written(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a policy as people write it: for an amount stands what it follows."""
    plain = {name: value for name, value in facts.items() if name != "tariffs"}
    return {**plain, **facts["tariffs"]}


def amounts_of(policy: Policy) -> dict[str, int]:
    """Return what the amounts of a policy are."""
    return {name: value for name, value in vars(policy).items() if name.endswith(AMOUNT)}


def _priced(rule: Rule, today: dict[str, Tariff]) -> Rule:
    codes = rule.policy.tariffs.items()
    amounts: dict[str, Any] = {name: today[code].amount_minor for name, code in codes}
    return replace(rule, policy=replace(rule.policy, **amounts))
