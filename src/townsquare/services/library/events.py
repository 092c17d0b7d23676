"""What happens in the library, in plain values."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class DocumentAdded(Event):
    """The catalogue has a new document."""

    sentence: ClassVar[str] = translatable("A document was added to the catalogue.")
    subject: ClassVar[str] = "document_id"

    document_id: str


@dataclass(frozen=True)
class DocumentChanged(Event):
    """A document says something else than before."""

    sentence: ClassVar[str] = translatable("A document was changed.")
    subject: ClassVar[str] = "document_id"

    document_id: str


@dataclass(frozen=True)
class DocumentMoved(Event):
    """A document went from one state to another."""

    sentence: ClassVar[str] = translatable("A document went from {before} to {after}.")
    subject: ClassVar[str] = "document_id"

    document_id: str
    before: str
    after: str


@dataclass(frozen=True)
class DocumentRemoved(Event):
    """A document that an import had made is gone, as if it had never come."""

    sentence: ClassVar[str] = translatable("A document was removed together with its import.")
    subject: ClassVar[str] = "document_id"

    document_id: str


@dataclass(frozen=True)
class ImportUndone(Event):
    """What an import has made is being taken back."""

    sentence: ClassVar[str] = translatable("An import was taken back.")
    subject: ClassVar[str] = "import_id"

    import_id: str


@dataclass(frozen=True)
class CopyAdded(Event):
    """A copy stands on a shelf for the first time."""

    sentence: ClassVar[str] = translatable("Copy {barcode} was added.")
    subject: ClassVar[str] = "copy_id"

    copy_id: str
    document_id: str
    barcode: str


@dataclass(frozen=True)
class CopyChanged(Event):
    """A copy was described anew or moved to another shelf."""

    sentence: ClassVar[str] = translatable("Copy {barcode} was changed.")
    subject: ClassVar[str] = "copy_id"

    copy_id: str
    document_id: str
    barcode: str


@dataclass(frozen=True)
class CopyWithdrawn(Event):
    """A copy left the collection."""

    sentence: ClassVar[str] = translatable("Copy {barcode} was withdrawn, having been {before}.")
    subject: ClassVar[str] = "copy_id"

    copy_id: str
    document_id: str
    barcode: str
    before: str


@dataclass(frozen=True)
class CopiesAdded(Event):
    """Many copies were numbered in one go."""

    sentence: ClassVar[str] = translatable("{added} copies were added, {first} to {last}.")
    subject: ClassVar[str] = "branch_id"

    branch_id: str
    added: int
    first: str
    last: str


@dataclass(frozen=True)
class NameChanged(Event):
    """A heading is spelt differently from now on."""

    sentence: ClassVar[str] = translatable("A heading was changed.")
    subject: ClassVar[str] = "name_id"

    name_id: str


@dataclass(frozen=True)
class NamesMerged(Event):
    """Two headings have become one."""

    sentence: ClassVar[str] = translatable(
        "A heading was merged into another one; {documents} documents follow."
    )
    subject: ClassVar[str] = "name_id"

    name_id: str
    into_id: str
    documents: int


@dataclass(frozen=True)
class AuthorityChanged(Event):
    """A branch, category, publisher, subject or name was added or changed."""

    sentence: ClassVar[str] = translatable("A {kind} was added or changed.")
    subject: ClassVar[str] = "authority_id"

    kind: str
    authority_id: str


@dataclass(frozen=True)
class AuthorityRemoved(Event):
    """A branch that an import had made is gone."""

    sentence: ClassVar[str] = translatable("A {kind} was removed together with its import.")
    subject: ClassVar[str] = "authority_id"

    kind: str
    authority_id: str


@dataclass(frozen=True)
class CopyBorrowed(Event):
    """A reader has taken a copy home."""

    sentence: ClassVar[str] = translatable("The copy {copy} was lent until {due_at}.")
    subject: ClassVar[str] = "loan"

    loan: str
    copy: str
    patron: str
    branch: str
    due_at: str
    override: str = ""
    reason: str = ""


@dataclass(frozen=True)
class CopyReturned(Event):
    """A copy is back."""

    sentence: ClassVar[str] = translatable("The copy {copy} came back; {charged_minor} charged.")
    subject: ClassVar[str] = "copy"

    copy: str
    branch: str
    patron: str
    goes_to: str
    charged_minor: int


@dataclass(frozen=True)
class LoanRenewed(Event):
    """A reader keeps a copy for longer."""

    sentence: ClassVar[str] = translatable("A loan was renewed until {due_at}.")
    subject: ClassVar[str] = "loan"

    loan: str
    patron: str
    due_at: str
    override: str = ""
    reason: str = ""


@dataclass(frozen=True)
class LoanRecalled(Event):
    """A reader is asked to bring a copy back early."""

    sentence: ClassVar[str] = translatable("A loan was recalled; it is due {due_at}.")
    subject: ClassVar[str] = "loan"

    loan: str
    patron: str
    due_at: str


@dataclass(frozen=True)
class CopyLost(Event):
    """A copy on loan is lost."""

    sentence: ClassVar[str] = translatable("The copy {copy} was declared lost.")
    subject: ClassVar[str] = "copy"

    copy: str
    patron: str
    charged_minor: int


@dataclass(frozen=True)
class CopyFound(Event):
    """A lost copy has turned up."""

    sentence: ClassVar[str] = translatable("The copy {copy} was found; {refunded_minor} paid back.")
    subject: ClassVar[str] = "copy"

    copy: str
    refunded_minor: int


@dataclass(frozen=True)
class HoldPlaced(Event):
    """A reader waits for a document."""

    sentence: ClassVar[str] = translatable("A hold was placed.")
    subject: ClassVar[str] = "hold"

    hold: str
    document: str
    patron: str
    branch: str


@dataclass(frozen=True)
class HoldReady(Event):
    """A copy waits for its reader."""

    sentence: ClassVar[str] = translatable("A hold is ready until {ready_until}.")
    subject: ClassVar[str] = "hold"

    hold: str
    patron: str
    branch: str
    ready_until: str


@dataclass(frozen=True)
class HoldEnded(Event):
    """A hold was filled, cancelled, or nobody came."""

    sentence: ClassVar[str] = translatable("A hold has ended: {how}.")
    subject: ClassVar[str] = "hold"

    hold: str
    patron: str
    how: str


@dataclass(frozen=True)
class PatronRegistered(Event):
    """The library has a new reader."""

    sentence: ClassVar[str] = translatable("A reader was registered.")
    subject: ClassVar[str] = "patron"

    patron: str


@dataclass(frozen=True)
class PatronChanged(Event):
    """A reader's card was changed."""

    sentence: ClassVar[str] = translatable("A reader's card was changed.")
    subject: ClassVar[str] = "patron"

    patron: str


@dataclass(frozen=True)
class CardChanged(Event):
    """A reader has another card."""

    sentence: ClassVar[str] = translatable("A reader's card was replaced: {why}.")
    subject: ClassVar[str] = "patron"

    patron: str
    why: str


@dataclass(frozen=True)
class RulesPublished(Event):
    """A new edition of the rules is in force."""

    sentence: ClassVar[str] = translatable("Edition {edition} of the rules was published.")
    subject: ClassVar[str] = "edition"

    edition: int


@dataclass(frozen=True)
class HoursSet(Event):
    """A house has a new usual week."""

    sentence: ClassVar[str] = translatable("The usual hours of {branch} were changed.")
    subject: ClassVar[str] = "branch"

    branch: str


@dataclass(frozen=True)
class RefundProposed(Event):
    """Somebody asks for a second person to pay money back."""

    sentence: ClassVar[str] = translatable("It was proposed to pay back {amount_minor}: {reason}.")
    subject: ClassVar[str] = "payment"

    proposal: str
    payment: str
    amount_minor: int
    reason: str


@dataclass(frozen=True)
class RefundDeclined(Event):
    """A proposed refund does not take place."""

    sentence: ClassVar[str] = translatable("It was declined to pay back {amount_minor}.")
    subject: ClassVar[str] = "payment"

    proposal: str
    payment: str
    amount_minor: int


@dataclass(frozen=True)
class TariffSet(Event):
    """Something costs another amount from a day on."""

    sentence: ClassVar[str] = translatable("The tariff {code} is {amount_minor} from {day} on.")
    subject: ClassVar[str] = "tariff"

    tariff: str
    code: str
    amount_minor: int
    day: str


@dataclass(frozen=True)
class CalendarChanged(Event):
    """The hours of a house have changed for one day."""

    sentence: ClassVar[str] = translatable("The hours of {branch} on {day} were changed.")
    subject: ClassVar[str] = "branch"

    branch: str
    day: str
