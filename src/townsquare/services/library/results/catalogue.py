"""What people get to know of the catalogue."""

from dataclasses import field
from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class DocumentLine:
    """A document in a list, with how many of its copies can be had now."""

    id: str
    title: str
    subtitle: str
    names: str
    published_year: int | None
    language: str
    material: str
    state: str
    copies: int
    available: int


@dataclass(frozen=True)
class Documents:
    """One page of documents; `after` asks for the next one and is empty on the last."""

    documents: list[DocumentLine]
    after: str = ""


@dataclass(frozen=True)
class Facet:
    """One value by which a list can be narrowed, and how many hits have it."""

    kind: str
    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Facets:
    """By what the hits can be narrowed; `total` stops at a thousand, `available` are on a shelf."""

    languages: list[Facet]
    materials: list[Facet]
    branches: list[Facet]
    categories: list[Facet]
    available: int
    total: int


@dataclass(frozen=True)
class Suggestion:
    """Words that somebody may have meant; empty if none would find more."""

    words: str


@dataclass(frozen=True)
class Maker:
    """Who made a document, in which role."""

    heading: str
    role: str
    kind: str


@dataclass(frozen=True)
class Identifier:
    """A number that a document carries."""

    scheme: str
    value: str
    qualifier: str
    as_given: str


@dataclass(frozen=True)
class CopyLine:
    """A copy of a document, where it belongs and what is with it."""

    id: str
    barcode: str
    branch: str
    branch_name: str
    shelf: str
    shelf_mark: str
    item_type: str
    condition: str
    state: str


@dataclass(frozen=True)
class Document:
    """A document with its makers, numbers and copies."""

    id: str
    version: int
    title: str
    names: str
    subtitle: str
    original_title: str
    edition: str
    published_year: int | None
    publisher: str
    category: str
    language: str
    material: str
    series: str
    volume: str
    description: str
    contents: str
    state: str
    makers: list[Maker] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    copies: list[CopyLine] = field(default_factory=list)

    @property
    def available(self) -> int:
        """Return how many copies can be had now."""
        return sum(copy.state == "available" for copy in self.copies)

    def of_role(self, role: str) -> str:
        """Return the makers of one role, as a form shows them."""
        return "; ".join(maker.heading for maker in self.makers if maker.role == role)

    def of_scheme(self, scheme: str) -> str:
        """Return the numbers of one scheme, as a form shows them."""
        return "; ".join(n.value for n in self.identifiers if n.scheme == scheme)


@dataclass(frozen=True)
class Citation:
    """A document as a program for references reads it."""

    style: str
    file_name: str
    mime_type: str
    text: str


@dataclass(frozen=True)
class Copy:
    """A copy with all that its label and its replacement need."""

    id: str
    version: int
    document: str
    title: str
    barcode: str
    branch: str
    at_branch: str
    shelf: str
    shelf_mark: str
    item_type: str
    condition: str
    state: str
    price_minor: int
    acquired_on: date | None
    branch_name: str
    at_branch_name: str
    note: str = ""


@dataclass(frozen=True)
class Copies:
    """One page of copies; `after` asks for the next one and is empty on the last."""

    copies: list[Copy]
    after: str = ""


@dataclass(frozen=True)
class CopiesMade:
    """How many copies were added, and the first and last of their barcodes."""

    added: int
    first: str = ""
    last: str = ""


@dataclass(frozen=True)
class Branch:
    """A house of the library."""

    id: str
    version: int
    code: str
    name: str
    kind: str
    address: str
    postcode: str
    area: str
    lon: float | None
    lat: float | None
    mail: str
    website: str
    zone: str


@dataclass(frozen=True)
class Branches:
    """One page of branches; `after` asks for the next one and is empty on the last."""

    branches: list[Branch]
    after: str = ""


@dataclass(frozen=True)
class Coded:
    """A category or publisher."""

    id: str
    version: int
    code: str
    name: str
    description: str = ""


@dataclass(frozen=True)
class CodedPage:
    """One page of categories or publishers; `after` asks for the next one."""

    entries: list[Coded]
    after: str = ""


@dataclass(frozen=True)
class Name:
    """A person or body; `merged_into` names the heading that took its place."""

    id: str
    version: int
    heading: str
    kind: str
    dates: str
    variants: list[str]
    merged_into: str
    documents: int


@dataclass(frozen=True)
class Names:
    """One page of names; `after` asks for the next one and is empty on the last."""

    names: list[Name]
    after: str = ""


@dataclass(frozen=True)
class Written:
    """What was written down: its id, its version, its state."""

    id: str
    version: int
    state: str


@dataclass(frozen=True)
class Registered:
    """An entry that was written down: its id and its version."""

    id: str
    version: int
