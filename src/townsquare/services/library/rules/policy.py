"""Which rule a loan follows, and what the rule says; everything can be checked by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from townsquare.services.library.rules.calendar import Calendar, due_at, due_on, late_days

NEGATED = "not_"
FINE_MODES = ("off", "test", "on")
NAMES = {"class": "class of the reader", "item_type": "type of copy"}


@dataclass(frozen=True)
class Policy:
    """What a rule grants; amounts in minor units, times in days.

    Where a term ends on a fixed day, loans before that day end with it and not after so many days.
    """

    days: int = 7
    renewals: int = 0
    limit: int = 2
    fine_minor: int = 0
    cap_minor: int = 500
    grace_days: int = 0
    grace_included: bool = True
    cap_at_price: bool = False
    pickup_days: int = 7
    block_at_minor: int = 1000
    block_after_days: int = 30
    deposit_minor: int = 0
    tariffs: Mapping[str, str] = field(default_factory=dict, hash=False)  # Amount: code.
    reading_room_only: bool = False
    renew_within_days: int = 7
    recall_after_days: int = 7
    recall_notice_days: int = 3
    lost_after_days: int = 45
    hold_limit: int = 20
    fine_mode: str = "on"
    term_ends_on: date | None = None


@dataclass(frozen=True)
class Rule:
    """One line of the rules: conditions on class, item type, branch and material."""

    priority: int
    conditions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    policy: Policy = Policy()


@dataclass(frozen=True)
class Unmet:
    """A condition that these facts do not meet: what it is about, what is so, what was asked."""

    condition: str
    value: str
    wanted: tuple[str, ...]

    @property
    def because(self) -> str:
        """Return the same in words, for programs and the audit."""
        about = self.condition.removeprefix(NEGATED)
        is_so = f"the {NAMES.get(about, about)} is {self.value or 'not known'}"
        negated = self.condition.startswith(NEGATED)
        return is_so if negated else f"{is_so}, not {' or '.join(self.wanted)}"


@dataclass(frozen=True)
class Passed:
    """A rule that did not apply, and its first condition that failed."""

    priority: int
    unmet: Unmet


@dataclass(frozen=True)
class Chosen:
    """The rule that applies, and the earlier ones that did not."""

    rule: Rule
    passed: tuple[Passed, ...]


@dataclass(frozen=True)
class Fine:
    """What lateness costs, and how it was counted; amounts in minor units."""

    amount_minor: int
    late_days: int
    counted_days: int
    rate_minor: int
    cap_minor: int
    mode: str = "on"

    @property
    def charged_minor(self) -> int:
        """Return what the reader owes: nothing while the library only tries its fines."""
        return self.amount_minor if self.mode == "on" else 0

    @property
    def tried_minor(self) -> int:
        """Return what the reader would owe if the library did more than try its fines."""
        return self.amount_minor if self.mode == "test" else 0


def choose(rules: Iterable[Rule], facts: Mapping[str, str]) -> Chosen:
    """Return the rule of the lowest priority number whose conditions all match.

    Raises LookupError where no rule matches, which a published set of rules cannot bring about.
    """
    passed: list[Passed] = []
    for rule in sorted(rules, key=lambda rule: rule.priority):
        failed = first_failed(rule, facts)
        if failed is None:
            return Chosen(rule, tuple(passed))
        passed.append(Passed(rule.priority, failed))
    message = "No rule matches; the last one must have no conditions."
    raise LookupError(message)


def first_failed(rule: Rule, facts: Mapping[str, str]) -> Unmet | None:
    """Return the first condition that these facts do not meet; None if they meet all."""
    for name, values in rule.conditions.items():
        value = facts.get(name.removeprefix(NEGATED), "")
        if (value in values) == name.startswith(NEGATED):
            return Unmet(name, value, tuple(values))
    return None


def has_fallback(rules: Sequence[Rule]) -> bool:
    """Tell whether the last rule has no conditions, so that every loan finds one."""
    return bool(rules) and not max(rules, key=lambda rule: rule.priority).conditions


def fine_of(
    policy: Policy, calendar: Calendar, *, due: datetime, returned: datetime, price_minor: int = 0
) -> Fine:
    """Return the fine for a late return, by the open days of the lending house.

    Within the grace nothing; beyond it all late days, or only those beyond if grace is excluded.
    Where fines are off no day is late; in a test the amount is what it would be.
    """
    late = 0 if policy.fine_mode == "off" else late_days(calendar, due, returned)
    cap = price_minor if policy.cap_at_price and price_minor else policy.cap_minor
    if late <= policy.grace_days:
        return Fine(0, late, 0, policy.fine_minor, cap, policy.fine_mode)
    counted = late if policy.grace_included else late - policy.grace_days
    amount = min(counted * policy.fine_minor, cap)
    return Fine(amount, late, counted, policy.fine_minor, cap, policy.fine_mode)


def fine_minor(
    policy: Policy, calendar: Calendar, *, due: datetime, returned: datetime, price_minor: int = 0
) -> int:
    """Return the amount of a fine alone."""
    fine = fine_of(policy, calendar, due=due, returned=returned, price_minor=price_minor)
    return fine.amount_minor


def due_by(policy: Policy, calendar: Calendar, since: datetime) -> datetime:
    """Return when a loan is due that counts from this moment.

    A new loan counts from now, a renewal from its due moment or, when late, from now. A term that
    is over, or ends that day, counts days: it must not make a loan due in the past.
    """
    end = policy.term_ends_on
    if end and calendar.local(since) < end:
        return due_on(calendar, end)
    return due_at(calendar, since, policy.days)


def may_renew_from(policy: Policy, calendar: Calendar, due: datetime) -> date:
    """Return the day from whose beginning a loan may be renewed; in a term it is the last one."""
    last = calendar.local(due)
    start = last - timedelta(days=policy.renew_within_days)
    end = policy.term_ends_on
    # A loan that ends before the term was asked for early: a renewal does give it time.
    return max(start, end) if end and end <= last else start


def recalled_due(
    policy: Policy, calendar: Calendar, *, out_at: datetime, due: datetime, now: datetime
) -> datetime:
    """Return the due moment after a recall: a fair minimum, never later than before."""
    least = calendar.local(out_at) + timedelta(days=policy.recall_after_days)
    notice = calendar.local(now) + timedelta(days=policy.recall_notice_days)
    return min(due, due_on(calendar, max(least, notice)))


def expected_wait_days(
    position: int, copies: int, *, loan_days: int = 12, shelf_days: int = 2
) -> int:
    """Return in how many days a reader at this place of the queue can expect a copy."""
    rounds = -(-position // max(copies, 1))
    return rounds * (loan_days + shelf_days)


# The rules that a new library begins with; amounts in minor units.
FIRST_RULES = (
    Rule(10, {"item_type": ["reference"]}, Policy(days=0, limit=0, reading_room_only=True)),
    Rule(20, {"class": ["faculty"], "item_type": ["book"]}, Policy(28, 3, 20, 0, 0)),
    Rule(
        30,
        {"class": ["student"], "item_type": ["book"]},
        Policy(14, 2, 5, 25, 500, 2, tariffs={"fine_minor": "late-day", "cap_minor": "late-most"}),
    ),
    Rule(
        40,
        {"class": ["visitor"], "item_type": ["book"]},
        Policy(
            *(7, 0, 2, 25, 500),
            deposit_minor=2000,
            tariffs={
                "fine_minor": "late-day",
                "cap_minor": "late-most",
                "deposit_minor": "deposit",
            },
        ),
    ),
    Rule(
        99,
        {},
        Policy(
            *(7, 1, 2, 50, 500),
            tariffs={"fine_minor": "late-day-other", "cap_minor": "late-most"},
        ),
    ),
)
