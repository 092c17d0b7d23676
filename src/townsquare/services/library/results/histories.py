"""What people get to know of what happened to a copy."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class CopyEvent:
    """One thing that happened to a copy, and by whose hands.

    Of a loan it names the reader to those who may see loans; of a state, from which to which.
    """

    at: datetime
    kind: str
    by: str
    from_state: str
    to_state: str
    reader: str
