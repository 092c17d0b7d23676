"""What open screens get to know."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Availability:
    """How many copies a document has, and how many of them stand on a shelf."""

    document: str
    copies: int
    available: int


@dataclass(frozen=True)
class Turn:
    """Where a hold stands: the house, the document, the copy that was found, whose it is."""

    hold: str
    state: str
    branch: str
    document: str
    barcode: str
    person: str
