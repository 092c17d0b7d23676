"""What people get to know about loans, holds, readers and money."""

from datetime import date, datetime
from typing import Any

from townsquare.core.frozen import dataclass
from townsquare.services.library.rules.policy import Passed


@dataclass(frozen=True)
class PassedRule:
    """A rule that did not apply, and why: in words, and the condition that was not met."""

    priority: int
    because: str
    condition: str
    value: str
    wanted: list[str]

    @classmethod
    def told(cls, passed: Passed) -> "PassedRule":
        """Return what people get to know about a rule that was passed over."""
        unmet = passed.unmet
        asked = (unmet.condition, unmet.value, list(unmet.wanted))
        return cls(passed.priority, unmet.because, *asked)


@dataclass(frozen=True)
class Explained:
    """Which rule applies, what it grants, why not an earlier one, and when the loan is due.

    There is no due moment where nobody said in which house, or where the copy stays there.
    """

    edition: int
    priority: int
    policy: dict[str, Any]
    passed: list[PassedRule]
    due_at: datetime | None = None


@dataclass(frozen=True)
class Loan:
    """A copy in the hands of a reader, just lent, with the rule that was followed.

    The due day is that of the branch, hence its zone.
    """

    id: str
    version: int
    barcode: str
    title: str
    document: str
    card: str
    due_at: datetime
    renewals: int
    zone: str
    rule: Explained | None = None


@dataclass(frozen=True)
class LoanLine:
    """A loan in a list; the due day is that of the branch, hence its zone."""

    id: str
    version: int
    barcode: str
    title: str
    document: str
    card: str
    reader: str
    out_at: datetime
    due_at: datetime
    renewals: int
    recalled: bool
    zone: str


@dataclass(frozen=True)
class Loans:
    """One page of loans; `after` asks for the next one and is empty on the last."""

    items: list[LoanLine]
    after: str


@dataclass(frozen=True)
class Return:
    """A copy that is back: what its lateness costs, and where it goes now.

    `tried_minor` would have been charged if its rule did not only try the fines.
    """

    barcode: str
    title: str
    already_returned: bool
    goes_to: str
    branch: str
    reader: str
    charged_minor: int
    ready_until: datetime | None = None
    found: bool = False
    paid_back_minor: int = 0
    tried_minor: int = 0


@dataclass(frozen=True)
class Hold:
    """A place in the queue for a document; the days to collect it are those of the branch."""

    id: str
    version: int
    document: str
    title: str
    card: str
    reader: str
    branch: str
    branch_name: str
    zone: str
    state: str
    position: int
    suspended_until: date | None
    ready_until: datetime | None
    barcode: str
    recall: bool
    wanted: str = ""


@dataclass(frozen=True)
class Holds:
    """One page of the queue; `after` asks for the next one and is empty on the last."""

    items: list[Hold]
    after: str


@dataclass(frozen=True)
class OnShelf:
    """A copy that somebody should bring from its shelf."""

    barcode: str
    title: str
    document: str
    branch: str
    branch_name: str
    shelf: str
    shelf_mark: str


@dataclass(frozen=True)
class House:
    """A branch that can be asked for."""

    code: str
    name: str


@dataclass(frozen=True)
class Shelves:
    """One page of what to bring; `after` asks for the next one and is empty on the last."""

    items: list[OnShelf]
    after: str
    houses: list[House]


@dataclass(frozen=True)
class Placed:
    """A hold that was just placed, and what to expect."""

    id: str
    version: int
    position: int
    expected_on: date


@dataclass(frozen=True)
class Patron:
    """A reader, as the desk sees them."""

    id: str
    version: int
    person: str
    card: str
    name: str
    kind: str
    branch: str
    expires_on: date
    state: str
    block_reason: str
    open_loans: int
    open_minor: int
    branch_name: str
    note: str = ""


@dataclass(frozen=True)
class OldCard:
    """A card that was replaced."""

    number: str
    replaced_at: datetime
    replaced_by: str
    why: str


@dataclass(frozen=True)
class Patrons:
    """One page of readers; `after` asks for the next one and is empty on the last."""

    items: list[Patron]
    after: str


@dataclass(frozen=True)
class ChargeLine:
    """A charge in a list; a fine says how many days counted, at what rate, by which rule.

    What was counted with a tariff says its code, and from when the amount applied if the charge
    does not follow from a rule.
    """

    id: str
    card: str
    reader: str
    reason: str
    memo: str
    amount_minor: int
    open_minor: int
    currency: str
    raised_at: datetime
    counted_days: int | None = None
    rate_minor: int | None = None
    cap_minor: int | None = None
    edition: int | None = None
    priority: int | None = None
    tariff: str | None = None
    tariff_from: date | None = None


@dataclass(frozen=True)
class Charges:
    """One page of charges, newest first; `before` asks for the next one."""

    items: list[ChargeLine]
    before: str


@dataclass(frozen=True)
class Paid:
    """Money that was taken, with the number of its receipt and where the receipt is."""

    id: str
    number: str
    method: str
    amount_minor: int
    currency: str
    paid_at: datetime
    receipt: str


@dataclass(frozen=True)
class Settled:
    """What has changed of a charge or a deposit, in minor units."""

    id: str
    open_minor: int
    paid_back_minor: int


@dataclass(frozen=True)
class RuleShown:
    """One line of the rules in force, as it is written, and what its amounts are today."""

    priority: int
    conditions: dict[str, Any]
    policy: dict[str, Any]
    amounts: dict[str, int]


@dataclass(frozen=True)
class RulesComing:
    """Rules that are published for a later day."""

    edition: int
    valid_from: date
    published_by: str


@dataclass(frozen=True)
class Rules:
    """The edition of the rules in force, and what is published for later."""

    edition: int
    published_at: datetime | None
    published_by: str
    lines: list[RuleShown]
    coming: list[RulesComing]


@dataclass(frozen=True)
class DayShown:
    """A day on which a house differs from its usual hours."""

    day: date
    closes: str
    reason: str


@dataclass(frozen=True)
class CalendarShown:
    """The hours of a house."""

    branch: str
    name: str
    zone: str
    usual: list[str]
    days: list[DayShown]


@dataclass(frozen=True)
class Figures:
    """A table of figures: what people read, and what a chart is drawn from.

    `money` numbers the columns, from 0, that are amounts in minor units.
    """

    title: str
    columns: list[str]
    rows: list[list[str | int]]
    money: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class MyLibrary:
    """Everything that a reader sees of themselves."""

    patron: Patron | None
    loans: list[LoanLine]
    holds: list[Hold]
    charges: list[ChargeLine]
    deposit_minor: int
    currency: str
    fines_minor: dict[str, int]
    test_fines_minor: dict[str, int]
