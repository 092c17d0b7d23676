"""What people get to know about rules that are only proposed."""

from datetime import date

from townsquare.core.frozen import dataclass
from townsquare.services.library.rules.trying import Shift


@dataclass(frozen=True)
class Tried:
    """What proposed rules would change for the loans that are out, and for the next ones.

    A loan that is out keeps its rule: its line says what it would get if it were lent again. The
    numbers count loans in the first list, and copies that can be lent in the second.
    """

    valid_from: date
    open_loans: int
    loans: list[Shift]
    next_loans: list[Shift]
