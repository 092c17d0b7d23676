"""What people can wish for at the desk, in the queue and at the counter."""

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from townsquare.blocks import people
from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import Line

Barcode = Annotated[Line, StringConstraints(min_length=1, max_length=32)]
Id = Annotated[Line, StringConstraints(min_length=1, max_length=26)]
Reason = Annotated[Line, StringConstraints(min_length=3, max_length=200)]
Name = Annotated[str, AfterValidator(people.tidied)]
Overridable = Literal["limit-reached", "blocked", "card-expired"]
OverridableRenewal = Literal["recalled", "renewals-spent", "hold-waiting", "too-early"]
Method = Literal["cash", "card", "transfer"]
Kind = Literal["student", "faculty", "staff", "visitor"]
MOST = 100
LONGEST_CURSOR = 40
A_FORTUNE = 100_000_000
FIRST_DAY = date(1900, 1, 1)  # Nothing of ours is older, and a report has a bounded length.
LAST_DAY = date(2999, 12, 31)
LAST = 2**63 - 1  # The largest number that a database keeps.


class BorrowCopy(Command):
    """A wish to lend a copy to a reader."""

    barcode: Barcode = Field(title=translatable("Barcode"))
    card: Barcode = Field(title=translatable("Card"))
    override: Overridable | None = Field(default=None, title=translatable("Override"))
    reason: Line = Field(default="", title=translatable("Why"), max_length=200)
    dry_run: bool = Field(default=False, title=translatable("Only try"))


class ReturnCopy(Command):
    """A wish to take a copy back."""

    barcode: Barcode = Field(title=translatable("Barcode"))
    branch: Line = Field(default="", title=translatable("Branch"), max_length=120)
    effective_at: AwareDatetime | None = Field(
        default=None,
        title=translatable("Returned at"),
        description=translatable("For a book drop: when the copy really came back"),
    )
    dropped_on: date | None = Field(
        default=None,
        title=translatable("From the book drop, on"),
        description=translatable("The day it came back, if that was not today"),
        le=LAST_DAY,
    )
    damaged: bool = Field(default=False, title=translatable("It is damaged"))
    note: Line = Field(default="", title=translatable("What is wrong with it"), max_length=300)


class ChooseLoan(Command):
    """One loan."""

    id: Id = Field(title=translatable("Loan"))


class RenewLoan(ChooseLoan):
    """A wish to keep a copy for longer."""

    override: OverridableRenewal | None = Field(default=None, title=translatable("Override"))
    reason: Line = Field(default="", title=translatable("Why"), max_length=200)


class ChooseCopy(Command):
    """One copy, by its barcode."""

    barcode: Barcode = Field(title=translatable("Barcode"))


class PlaceHold(Command):
    """A wish to have a document as soon as it is free."""

    document: Id = Field(title=translatable("Document"))
    branch: Line = Field(title=translatable("Collect at"), max_length=120)
    barcode: Line = Field(
        default="",
        title=translatable("Only this copy"),
        description=translatable("Empty for whichever copy comes first"),
        max_length=32,
    )
    recall: bool = Field(
        default=False,
        title=translatable("Ask for it back early"),
        description=translatable("Whoever has it gets an earlier date to return it"),
    )


class PlaceHoldFor(PlaceHold):
    """A hold for a reader at the desk."""

    card: Barcode = Field(title=translatable("Card"))


class ChooseHold(Command):
    """One hold, as it was read if the version is named."""

    id: Id = Field(title=translatable("Hold"))
    version: int | None = Field(default=None, title=translatable("Version"), ge=0, le=LAST)


class SuspendHold(ChooseHold):
    """A wish to be passed over until a day; no day means to take part again."""

    until: date | None = Field(default=None, title=translatable("Until"))


class RegisterPatron(Command):
    """A new reader."""

    given: Name = Field(title=translatable("Given name"), min_length=1, max_length=100)
    family: Name = Field(default="", title=translatable("Family name"), max_length=100)
    kind: Kind = Field(title=translatable("Class"))
    number: Line = Field(
        title=translatable("Number"),
        description=translatable("By which the school, the employer or the town knows them"),
        min_length=1,
        max_length=40,
    )
    card: Barcode = Field(title=translatable("Card"))
    branch: Line = Field(title=translatable("Home branch"), max_length=120)
    email: Line = Field(
        default="",
        title=translatable("E-mail"),
        max_length=254,
        json_schema_extra={"format": "email"},
    )
    birth_date: date | None = Field(default=None, title=translatable("Born on"))
    guardian: Line = Field(default="", title=translatable("Guardian's card"), max_length=32)


class ChoosePatron(Command):
    """One reader."""

    id: Id = Field(title=translatable("Reader"))


class ClosePatron(ChoosePatron):
    """A reader who leaves, as they were read if the version is named."""

    version: int | None = Field(default=None, title=translatable("Version"), ge=0, le=LAST)


class ChangePatron(ChoosePatron):
    """New details of a reader."""

    version: int = Field(title=translatable("Version"), ge=0, le=LAST)
    expires_on: date = Field(title=translatable("Card expires on"))
    state: Literal["active", "suspended"] = Field(title=translatable("State"))
    block_reason: Line = Field(default="", title=translatable("Why blocked"), max_length=200)
    note: Line = Field(
        default="",
        title=translatable("Note"),
        description=translatable("For the desk; the reader does not see it"),
        max_length=500,
    )
    guardian: Line = Field(
        default="",
        title=translatable("Guardian's card"),
        description=translatable("For minors; empty leaves it as it is"),
        max_length=32,
    )


class ReplaceCard(ChoosePatron):
    """A new card in the place of one that was lost, stolen or worn out."""

    version: int = Field(title=translatable("Version"), ge=0, le=LAST)
    card: Barcode = Field(title=translatable("New card"))
    reason: Reason = Field(title=translatable("Why"))


class FindPatrons(Command):
    """A look at the readers."""

    words: Line = Field(default="", title=translatable("Name or card"), max_length=100)
    state: Literal["active", "suspended", "expired", "left"] | None = Field(
        default=None, title=translatable("State")
    )
    sort: Literal["name", "newest"] = Field(default="name", title=translatable("Sort by"))
    after: Line = Field(default="", title=translatable("After"), max_length=LONGEST_CURSOR)
    limit: int = Field(default=20, title=translatable("How many"), ge=1, le=MOST)


class FindLoans(Command):
    """A look at the loans that are out."""

    words: Line = Field(default="", title=translatable("Reader, title or barcode"), max_length=100)
    branch: Line = Field(default="", title=translatable("Branch"), max_length=120)
    late: bool = Field(default=False, title=translatable("Only late ones"))
    sort: Literal["lent", "due"] = Field(default="lent", title=translatable("Sort by"))
    after: Line = Field(default="", title=translatable("After"), max_length=LONGEST_CURSOR)
    limit: int = Field(default=20, title=translatable("How many"), ge=1, le=MOST)


class FindHolds(Command):
    """A look at the queue."""

    words: Line = Field(default="", title=translatable("Reader, title or barcode"), max_length=100)
    branch: Line = Field(default="", title=translatable("Collect at"), max_length=120)
    state: Literal["waiting", "suspended", "transit", "ready"] | None = Field(
        default=None, title=translatable("State")
    )
    sort: Literal["queue", "newest"] = Field(default="queue", title=translatable("Sort by"))
    after: Line = Field(default="", title=translatable("After"), max_length=LONGEST_CURSOR)
    limit: int = Field(default=20, title=translatable("How many"), ge=1, le=MOST)


class FindOnShelves(Command):
    """A look at what to bring from the shelves."""

    branch: Line = Field(default="", title=translatable("Branch"), max_length=120)
    after: Line = Field(default="", title=translatable("After"), max_length=LONGEST_CURSOR)
    limit: int = Field(default=20, title=translatable("How many"), ge=1, le=MOST)


class Nothing(Command):
    """A wish without words."""


class Ids(Command):
    """Some things at once."""

    ids: tuple[Id, ...] = Field(title=translatable("Ids"), max_length=200)


class PayCharges(Command):
    """Money that a reader brings."""

    card: Barcode = Field(title=translatable("Card"))
    amount_minor: int = Field(title=translatable("Amount"), ge=1, le=A_FORTUNE)
    method: Method = Field(default="cash", title=translatable("How"))
    charge: Line = Field(default="", title=translatable("Only this charge"), max_length=26)
    reference: Line = Field(default="", title=translatable("Slip number"), max_length=20)
    request_key: Line = Field(default="", title=translatable("Key"), max_length=100)


class WaiveCharge(Command):
    """A charge, or part of it, that need not be paid."""

    charge: Id = Field(title=translatable("Charge"))
    amount_minor: int | None = Field(default=None, title=translatable("Amount"), ge=1, le=A_FORTUNE)
    percent: int | None = Field(default=None, title=translatable("Per cent"), ge=1, le=100)
    reason: Reason = Field(title=translatable("Why"))


class RefundPayment(Command):
    """Money that goes back."""

    payment: Id = Field(title=translatable("Payment"))
    amount_minor: int = Field(title=translatable("Amount"), ge=1, le=A_FORTUNE)
    reason: Reason = Field(title=translatable("Why"))
    drop_charges: bool = Field(
        default=False,
        title=translatable("Take the charges back too"),
        description=translatable("Otherwise what was paid with it is open again"),
    )


class Deposit(Command):
    """A deposit that a visitor brings."""

    card: Barcode = Field(title=translatable("Card"))
    amount_minor: int = Field(title=translatable("Amount"), ge=1, le=A_FORTUNE)
    request_key: Line = Field(default="", title=translatable("Key"), max_length=100)


class ReturnDeposit(Command):
    """A deposit that goes back."""

    card: Barcode = Field(title=translatable("Card"))
    set_off: bool = Field(default=True, title=translatable("Set open charges off against it"))
    request_key: Line = Field(default="", title=translatable("Key"), max_length=100)


class ExplainRule(Command):
    """A question: which rule would apply, and why."""

    kind: Line = Field(title=translatable("Class"), max_length=40)
    item_type: Line = Field(default="book", title=translatable("Type of copy"), max_length=40)
    material: Line = Field(default="book", title=translatable("Material"), max_length=40)
    branch: Line = Field(default="", title=translatable("Branch"), max_length=120)


class RuleLine(Command):
    """One line of new rules."""

    priority: int = Field(title=translatable("Priority"), ge=1, le=9999)
    conditions: dict[Line, list[Line]] = Field(
        default_factory=dict, title=translatable("Conditions")
    )
    policy: dict[str, Any] = Field(default_factory=dict, title=translatable("Policy"))


class PublishRules(Command):
    """A new edition of the rules."""

    rules: tuple[RuleLine, ...] = Field(title=translatable("Rules"), min_length=1, max_length=200)
    valid_from: date | None = Field(
        default=None,
        title=translatable("In force from"),
        description=translatable("Empty for at once"),
        le=LAST_DAY,
    )
    based_on: int | None = Field(
        default=None,
        title=translatable("Made from edition"),
        description=translatable("Refused if a newer one was published; 0 is the first rules"),
        ge=0,
        le=LAST,
    )


class OpenHours(Command):
    """When a house opens and closes on one weekday; 0 is Monday."""

    weekday: int = Field(title=translatable("Weekday"), ge=0, le=6)
    opens: time = Field(title=translatable("Opens at"))
    closes: time = Field(title=translatable("Closes at"))


class SetHours(Command):
    """The usual week of a house; weekdays that are not named are closed."""

    branch: Line = Field(title=translatable("Branch"), max_length=120)
    week: tuple[OpenHours, ...] = Field(title=translatable("Week"), min_length=1, max_length=7)


class SetCalendar(Command):
    """A day on which a house differs; no closing time means that it is closed."""

    branch: Line = Field(title=translatable("Branch"), max_length=120)
    day: date = Field(title=translatable("Day"))
    closes: time | None = Field(default=None, title=translatable("Closes at"))
    reason: Line = Field(default="", title=translatable("Why"), max_length=100)


class ReadCalendar(Command):
    """A look at the hours of a house."""

    branch: Line = Field(default="", title=translatable("Branch"), max_length=120)


class Report(Command):
    """A look at figures between two days."""

    since: date | None = Field(default=None, title=translatable("From"), ge=FIRST_DAY, le=LAST_DAY)
    until: date | None = Field(default=None, title=translatable("Until"), ge=FIRST_DAY, le=LAST_DAY)
