"""What belongs to several things at once, each with the id by which it was asked for."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Holding:
    """A copy that the library holds of a document, and where it stands."""

    document: str
    id: str
    barcode: str
    branch: str
    branch_name: str
    shelf: str
    shelf_mark: str
    item_type: str
    state: str
