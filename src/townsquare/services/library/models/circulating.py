"""Statements that use cases and queries of lending share, and the policies kept in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from townsquare.blocks import payments, people
from townsquare.core.prepared import Prepared, Silent
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import (
    KEPT_HOLDS,
    LIVE_HOLDS,
    CalendarDayRow,
    CounterRow,
    HoldRow,
    LoanEventRow,
    LoanRow,
    OpeningRow,
    PatronLoadRow,
    PatronRow,
    RuleRow,
    RulesetRow,
    StateChangeRow,
    is_one_of,
)
from townsquare.services.library.models.tariffs import TariffRow
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import FIRST_RULES, Policy, Rule
from townsquare.services.library.rules.tariffs import Tariff, priced

SHOP = "library"
EDITION = "edition"  # The counter that moves with every change of rules, hours or tariffs.
AT, OWN = aliased(BranchRow), aliased(PatronRow)


@dataclass(frozen=True)
class OnDesk:
    """A copy as the desk needs it: what it is, where it stands, for whom it waits."""

    id: int
    public_id: str
    version: int
    state: str
    barcode: str
    title: str
    document_id: int
    document: str
    item_type: str
    material: str
    price_minor: int
    branch_id: int
    branch: str
    waits_for: int | None
    hold_id: int | None
    edition: int | None


@dataclass(frozen=True)
class Reader:
    """A reader as the desk needs them: who, in which state, what they owe."""

    id: int
    public_id: str
    person: str
    card: str
    name: str
    kind: str
    state: str
    block_reason: str
    expires_on: Any
    birth_date: Any
    guardian_id: int | None
    open_minor: int
    earliest_due: Any
    waits_as: int | None


@dataclass(frozen=True)
class OpenLoan:
    """The open loan of a copy, with its reader."""

    id: int
    public_id: str
    patron_id: int
    patron: str
    person: str
    reader: str
    card: str
    out_at: Any
    out_branch_id: int
    due_at: Any
    renewals: int
    lifted: bool
    limit_group: str
    policy: Any


@dataclass(frozen=True)
class Changed:
    """The id of a row that a guarded statement has changed."""

    id: int


EDITION_NUMBER = select(CounterRow.value).where(CounterRow.name == EDITION).scalar_subquery()
ON_DESK = Prepared(
    select(
        CopyRow.id,
        CopyRow.public_id,
        CopyRow.version,
        CopyRow.state,
        CopyRow.barcode,
        DocumentRow.title,
        DocumentRow.id.label("document_id"),
        DocumentRow.public_id.label("document"),
        CopyRow.item_type,
        DocumentRow.material,
        CopyRow.price_minor,
        BranchRow.id.label("branch_id"),
        BranchRow.code.label("branch"),
        HoldRow.patron_id.label("waits_for"),
        HoldRow.id.label("hold_id"),
        EDITION_NUMBER.label("edition"),
    )
    .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
    .outerjoin(
        HoldRow,
        (HoldRow.copy_id == CopyRow.id) & is_one_of(*KEPT_HOLDS),
    )
    .where(CopyRow.barcode == bindparam("barcode")),
    OnDesk,
)
_EARLIEST = (
    select(func.min(LoanRow.due_at))
    .where(LoanRow.patron_id == PatronRow.id, LoanRow.closed_reason.is_(None))
    .scalar_subquery()
)
# A reader stands at most once in the queue of a document.
_OWN_HOLD = (
    select(HoldRow.id)
    .where(
        HoldRow.patron_id == PatronRow.id,
        HoldRow.document_id == bindparam("document"),
        is_one_of(*LIVE_HOLDS),
    )
    .correlate(PatronRow)
    .scalar_subquery()
)
READER = Prepared(
    select(
        PatronRow.id,
        PatronRow.public_id,
        PatronRow.person,
        PatronRow.card,
        people.PERSON.name,
        PatronRow.kind,
        PatronRow.state,
        PatronRow.block_reason,
        PatronRow.expires_on,
        people.PERSON.birth_date,
        people.PERSON.guardian_id,
        payments.open_amount(PatronRow.person, SHOP).label("open_minor"),
        _EARLIEST.label("earliest_due"),
        _OWN_HOLD.label("waits_as"),
    )
    .join(people.PERSON, people.PERSON.public_id == PatronRow.person)
    .where(PatronRow.card == bindparam("card")),
    Reader,
)
_OPEN = (
    select(
        LoanRow.id,
        LoanRow.public_id,
        PatronRow.id.label("patron_id"),
        PatronRow.public_id.label("patron"),
        PatronRow.person,
        people.PERSON.name.label("reader"),
        PatronRow.card,
        LoanRow.out_at,
        LoanRow.out_branch_id,
        LoanRow.due_at,
        LoanRow.renewals,
        LoanRow.lifted,
        LoanRow.limit_group,
        LoanRow.policy,
    )
    .join(PatronRow, PatronRow.id == LoanRow.patron_id)
    .join(people.PERSON, people.PERSON.public_id == PatronRow.person)
    .where(LoanRow.closed_reason.is_(None))
)
OPEN_LOAN_OF_COPY = Prepared(_OPEN.where(LoanRow.copy_id == bindparam("copy")), OpenLoan)
# Finds and changes in one statement: whoever comes second finds another state.
MOVE_COPY = Prepared(
    update(CopyRow)
    .where(CopyRow.id == bindparam("copy"), CopyRow.version == bindparam("seen"))
    .where(CopyRow.state == bindparam("from_state"))
    .values(
        state=bindparam("to_state"),
        version=CopyRow.version + 1,
        at_branch_id=bindparam("branch"),
    )
    .returning(CopyRow.id),
    Changed,
)
_CHANGE = ("thing", "thing_id", "from_state", "to_state", "at", "by", "why")
NOTE_CHANGE = Silent(insert(StateChangeRow).values({name: bindparam(name) for name in _CHANGE}))


_KEPT = select(PatronRow.keep_history).where(PatronRow.id == LoanRow.patron_id).scalar_subquery()
CLOSE_LOAN = Prepared(
    update(LoanRow)
    .where(LoanRow.id == bindparam("loan"), LoanRow.closed_reason.is_(None))
    .values(
        returned_at=bindparam("at"),
        return_branch_id=bindparam("branch"),
        closed_reason="returned",
        kept=_KEPT,  # As the reader wishes now; whoever wishes it later learns nothing older.
        version=LoanRow.version + 1,
    )
    .returning(LoanRow.id),
    Changed,
)
UNLOAD = Silent(
    update(PatronLoadRow)
    .where(
        PatronLoadRow.patron_id == bindparam("patron"),
        PatronLoadRow.limit_group == bindparam("loan_group"),
    )
    .values(
        open_loans=PatronLoadRow.open_loans - 1,
        lifted=PatronLoadRow.lifted - bindparam("less", type_=PatronLoadRow.lifted.type),
    )
)
_EVENT = ("loan_id", "kind", "at", "effective_at", "by", "facts")
NOTE_LOAN = Silent(insert(LoanEventRow).values({name: bindparam(name) for name in _EVENT}))


@dataclass(frozen=True)
class RuleSet:
    """The rules as they were published once, and from which day they apply."""

    number: int
    rules: tuple[Rule, ...]
    valid_from: date | None = None
    published_at: datetime | None = None
    published_by: str = ""


@dataclass(frozen=True)
class Edition:
    """All rules, hours and tariffs, as one edition; nothing in it ever changes."""

    number: int
    sets: tuple[RuleSet, ...]
    calendars: dict[int, Calendar]
    houses: dict[str, int]
    tariffs: tuple[Tariff, ...] = ()
    _priced: dict[date, RuleSet] = field(default_factory=dict, compare=False)  # Worked out once.

    def calendar_of(self, branch: str) -> Calendar | None:
        """Return the hours of the house with this code; None where there is none."""
        return self.calendars.get(self.houses.get(branch, 0))

    @property
    def newest(self) -> int:
        """Return the number of the rules that were published last; 0 for the first ones."""
        return max((each.number for each in self.sets), default=0)

    def begun(self, day: date) -> list[RuleSet]:
        """Return what was published and has begun by a day, the last to begin first."""
        return [each for each in self.sets if each.valid_from is None or each.valid_from <= day]

    def rules_on(self, day: date) -> RuleSet:
        """Return the rules that apply on a day, the latest that have begun, with its amounts."""
        known = self._priced.get(day)
        if known is None:
            found = next(iter(self.begun(day)), RuleSet(0, FIRST_RULES))
            known = replace(found, rules=priced(found.rules, self.tariffs, day))
            self._priced[day] = known
        return known

    def today(self, now: datetime) -> date:
        """Return the day on which the first houses of the town are."""
        houses = self.calendars.values() or (Calendar("UTC"),)
        return max(house.local(now) for house in houses)


_kept: WeakKeyDictionary[Engine, Edition] = WeakKeyDictionary()
_keeping = Lock()


def edition_in_force(db: Session, number: int | None) -> Edition:
    """Return the edition of this number, from memory where it was read before.

    The number comes from the unit's own statements, so that memory is never older than the unit.
    """
    engine = db.get_bind()
    bound = engine if isinstance(engine, Engine) else engine.engine
    kept = _kept.get(bound)
    if kept is not None and kept.number == (number or 0):
        return kept
    houses = db.scalars(select(BranchRow)).all()
    codes = {house.code: house.id for house in houses}
    read = Edition(number or 0, _rule_sets(db), _calendars(db, houses), codes, _tariffs(db))
    with _keeping:
        _kept[bound] = read
    return read


def current_edition(db: Session) -> Edition:
    """Return the edition in force, for those who have not read its number already."""
    return edition_in_force(
        db, db.scalar(select(CounterRow.value).where(CounterRow.name == EDITION))
    )


def policy_from(facts: dict[str, Any]) -> Policy:
    """Return the policy kept with a loan; fields that later releases add have their defaults."""
    known = {told.name for told in fields(Policy)}
    told = {name: value for name, value in facts.items() if name in known}
    if end := told.get("term_ends_on"):
        told["term_ends_on"] = date.fromisoformat(end)
    return Policy(**told)


def policy_facts(policy: Policy) -> dict[str, Any]:
    """Return a policy as plain values that JSON can keep; a day is written as year-month-day."""
    end = policy.term_ends_on
    return {**vars(policy), "term_ends_on": end.isoformat() if end else None}


def _rule_sets(db: Session) -> tuple[RuleSet, ...]:
    """Return what is published, the last to begin first."""
    lines: dict[int, list[Rule]] = {}
    for row in db.scalars(select(RuleRow).order_by(RuleRow.priority)):
        rule = Rule(row.priority, row.conditions, policy_from(row.policy))
        lines.setdefault(row.ruleset_id, []).append(rule)
    heads = db.scalars(select(RulesetRow)).all()
    return tuple(
        RuleSet(
            head.edition,
            tuple(lines[head.id]),
            head.valid_from,
            head.published_at,
            head.published_by,
        )
        for head in sorted(
            heads, key=lambda head: (head.valid_from or date.min, head.edition), reverse=True
        )
    )


def _tariffs(db: Session) -> tuple[Tariff, ...]:
    return tuple(row.told() for row in db.scalars(select(TariffRow)))


def _calendars(db: Session, houses: Iterable[BranchRow]) -> dict[int, Calendar]:
    closing: dict[int, dict[int, time]] = {}
    for row in db.scalars(select(OpeningRow)):
        closing.setdefault(row.branch_id, {})[row.weekday] = row.closes
    days: dict[int, dict[Any, time | None]] = {}
    for day in db.scalars(select(CalendarDayRow)):
        days.setdefault(day.branch_id, {})[day.day] = day.closes
    return {
        row.id: Calendar(row.zone, closing.get(row.id, {}), days.get(row.id, {})) for row in houses
    }
