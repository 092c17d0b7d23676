"""What an invariant answers."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Breach:
    """Something that must never be true, found to be true: which rule, which rows."""

    rule: str
    rows: tuple[str, ...]
