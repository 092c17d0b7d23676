"""What people wish of the catalogue."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.rules.texts import control_sign, plain

Material = Literal["book", "periodical", "audio", "video", "map", "kit", "electronic"]
Condition = Literal["new", "good", "worn", "damaged"]
State = Literal["draft", "published", "withdrawn"]
CopyState = Literal[
    "in_process",
    "available",
    "on_loan",
    "reading_room",
    "hold_shelf",
    "in_transit",
    "repair",
    "missing",
    "lost",
    "withdrawn",
]
Sort = Literal["relevance", "title", "newest", "year"]
LONGEST_ID = 26
EARLIEST_YEAR = -5000
LATEST_YEAR = 2200
MOST = 100
USUAL = 20
YEARS = ("from_year", "to_year")
NARROWING = ("words", "language", "material", "category", "branch", "available", *YEARS)
HIGHEST_PRICE_MINOR = 100_000_000


def _line(text: str) -> str:
    if sign := control_sign(text):
        message = f"The character {sign} cannot be used here; remove it."
        raise ValueError(message)
    return plain(text)


def _lines(text: str) -> str:
    if sign := control_sign(text, "\t\n\r"):
        message = f"The character {sign} cannot be used here; remove it."
        raise ValueError(message)
    return plain(text)


Line = Annotated[str, AfterValidator(_line)]
Lines = Annotated[str, AfterValidator(_lines)]
Id = Annotated[Line, Field(min_length=1, max_length=LONGEST_ID)]


class Described(Command):
    """What can be said of a document."""

    title: Line = Field(title=translatable("Title"), min_length=1, max_length=1000)
    subtitle: Line = Field("", title=translatable("Subtitle"), max_length=200)
    authors: Lines = Field(
        "",
        title=translatable("Authors"),
        description=translatable(
            "In the order of the title page; each on a line or with semicolons between."
        ),
        max_length=2000,
    )
    editors: Lines = Field("", title=translatable("Editors"), max_length=1000)
    translators: Lines = Field("", title=translatable("Translators"), max_length=1000)
    original_title: Line = Field("", title=translatable("Original title"), max_length=200)
    isbn: Line = Field(
        "",
        title=translatable("ISBN"),
        description=translatable("10 or 13 digits; several with semicolons between."),
        max_length=200,
    )
    issn: Line = Field("", title=translatable("ISSN"), max_length=20)
    edition: Line = Field("", title=translatable("Edition"), max_length=100)
    published_year: int | None = Field(
        None,
        title=translatable("Year"),
        description=translatable("Years before Christ are negative."),
        ge=EARLIEST_YEAR,
        le=LATEST_YEAR,
    )
    publisher: Line = Field("", title=translatable("Publisher"), max_length=200)
    category: Line = Field("", title=translatable("Category"), max_length=60)
    language: Line = Field(
        "",
        title=translatable("Language"),
        description=translatable("A code of three letters, such as eng."),
        max_length=3,
        pattern=r"^([a-z]{3})?$",
    )
    material: Material = Field("book", title=translatable("Kind"))
    series: Line = Field("", title=translatable("Series"), max_length=200)
    volume: Line = Field("", title=translatable("Volume"), max_length=60)
    subjects: Lines = Field(
        "",
        title=translatable("Subjects"),
        description=translatable("With semicolons between."),
        max_length=2000,
    )
    description: Lines = Field("", title=translatable("Description"), max_length=5000)
    contents: Lines = Field("", title=translatable("Contents"), max_length=10_000)


class AddDocument(Described):
    """A wish to describe a document that the catalogue does not have."""

    publish: bool = Field(default=True, title=translatable("Show it to everybody at once"))


class ChangeDocument(Described):
    """A wish to describe a document anew; what is not named stays."""

    title: Line = Field("", title=translatable("Title"), max_length=1000)
    id: Id = Field(title=translatable("Document"))
    version: int = Field(title=translatable("Version"), ge=0)


class ChooseDocument(Command):
    """A wish about one document."""

    id: Id = Field(title=translatable("Document"))


class MoveDocument(Command):
    """A wish to publish or withdraw a document."""

    id: Id = Field(title=translatable("Document"))
    version: int = Field(title=translatable("Version"), ge=0)


class SearchDocuments(Command):
    """A wish to find documents; without words it is the whole catalogue, page by page."""

    words: Line = Field("", title=translatable("Title, author, subject or number"), max_length=200)
    language: Line = Field("", title=translatable("Language"), max_length=3)
    material: Material | None = Field(None, title=translatable("Kind"))
    category: Line = Field("", title=translatable("Category"), max_length=60)
    branch: Line = Field("", title=translatable("Branch"), max_length=120)
    available: bool = Field(default=False, title=translatable("Available now"))
    from_year: int | None = Field(
        None, title=translatable("From year"), ge=EARLIEST_YEAR, le=LATEST_YEAR
    )
    to_year: int | None = Field(
        None, title=translatable("To year"), ge=EARLIEST_YEAR, le=LATEST_YEAR
    )
    state: State = Field("published", title=translatable("State"))
    sort: Sort | None = Field(
        None,
        title=translatable("Order"),
        description=translatable("How well the title fits the words, or by title without words"),
    )
    after: Line = Field("", title=translatable("After"), max_length=400)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)

    @property
    def order(self) -> Sort:
        """Return the order that is wished, or the usual one; without words nothing fits better."""
        usual: Sort = "relevance" if self.words else "title"
        return usual if self.sort in {None, "relevance"} else self.sort

    @property
    def narrowed(self) -> bool:
        """Tell whether more than the plain, published catalogue is wished."""
        wished = [getattr(self, name) for name in NARROWING]
        return self.state != "published" or any(value not in {"", None, False} for value in wished)


class SuggestWords(Command):
    """A wish for what may have been meant by words that find nothing."""

    words: Line = Field(title=translatable("Words"), min_length=1, max_length=200)


class CiteDocument(Command):
    """A wish for the citation of a document."""

    id: Id = Field(title=translatable("Document"))
    style: Literal["bibtex", "ris", "csl"] = Field("bibtex", title=translatable("Format"))


class DescribeCopy(Command):
    """What a new copy is and where it stands, but for its price, which pages ask for in coins."""

    document: Id = Field(title=translatable("Document"))
    barcode: Line = Field(
        title=translatable("Barcode"),
        description=translatable("Exactly as on the label: capitals and zeros count."),
        min_length=1,
        max_length=32,
        pattern=r"^[!-~]+$",
    )
    branch: Line = Field(title=translatable("Branch"), min_length=1, max_length=120)
    shelf: Line = Field("", title=translatable("Shelf"), max_length=60)
    shelf_mark: Line = Field("", title=translatable("Shelf mark"), max_length=60)
    item_type: Line = Field(
        "book", title=translatable("Type of copy"), max_length=30, pattern=r"^[a-z][a-z0-9_]*$"
    )
    condition: Condition = Field("good", title=translatable("Condition"))
    acquired_on: date | None = Field(None, title=translatable("Acquired on"))


class AddCopy(DescribeCopy):
    """A wish to put a copy of a document on a shelf."""

    price_minor: int = Field(
        0,
        title=translatable("Price"),
        description=translatable("In the smallest unit of the currency; for replacement."),
        ge=0,
        le=HIGHEST_PRICE_MINOR,
    )


class AddCopies(Command):
    """A wish for one numbered copy of each document that has none, as after an import."""

    branch: Line = Field(title=translatable("Branch"), min_length=1, max_length=120)
    prefix: Line = Field("TS", title=translatable("Prefix"), max_length=8, pattern=r"^[A-Z]*$")
    most: int = Field(100_000, title=translatable("At most"), ge=1, le=100_000)


class PlaceCopy(Command):
    """Where a copy stands now and what it is like, but for its price."""

    id: Id = Field(title=translatable("Copy"))
    version: int = Field(title=translatable("Version"), ge=0)
    branch: Line = Field("", title=translatable("Branch"), max_length=120)
    shelf: Line = Field("", title=translatable("Shelf"), max_length=60)
    shelf_mark: Line = Field("", title=translatable("Shelf mark"), max_length=60)
    condition: Condition = Field("good", title=translatable("Condition"))
    note: Line = Field("", title=translatable("Note on its condition"), max_length=300)


class MoveCopy(PlaceCopy):
    """A wish to give a copy another place or description; what is not named stays."""

    price_minor: int = Field(0, title=translatable("Price"), ge=0, le=HIGHEST_PRICE_MINOR)


class ChooseCopy(Command):
    """A wish about one copy."""

    id: Id = Field(title=translatable("Copy"))


class WithdrawCopy(Command):
    """A wish to take a copy out of the collection."""

    id: Id = Field(title=translatable("Copy"))
    version: int = Field(title=translatable("Version"), ge=0)


class FindCopies(Command):
    """A wish to look through the copies of one branch or all."""

    barcode: Line = Field("", title=translatable("Barcode begins with"), max_length=32)
    branch: Line = Field("", title=translatable("Branch"), max_length=120)
    document: Line = Field("", title=translatable("Document"), max_length=LONGEST_ID)
    state: CopyState | None = Field(None, title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=400)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class PrintLabels(Command):
    """A wish for the labels of copies."""

    barcodes: Lines = Field(
        title=translatable("Barcodes"),
        description=translatable("One on each line, at most 240."),
        min_length=1,
        max_length=8000,
    )


class WriteWords(Command):
    """A wish for the words of the next documents behind this one."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
