"""What people get to know about what things cost."""

from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class TariffLine:
    """An amount in minor units, from a day until the day on which the next one begins.

    Who has set it is told to those who may set it themselves.
    """

    id: str
    code: str
    name: str
    amount_minor: int
    valid_from: date
    valid_to: date | None
    from_the_beginning: bool
    set_by: str


@dataclass(frozen=True)
class Tariffs:
    """One page of tariffs by code, in the order of their days; `after` asks for the next one.

    It is empty on the last.
    """

    items: list[TariffLine]
    after: str
