"""What happens to styles, precincts and challenges of a roll."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class StylesChanged(Event):
    """A style was defined or dropped, or given to somebody."""

    sentence: ClassVar[str] = translatable("Who votes on what was changed: {style}.")
    subject: ClassVar[str] = "election"

    election: str
    style: str


@dataclass(frozen=True)
class PrecinctStyleSaid(Event):
    """It was said which style a precinct has, said otherwise, or taken back."""

    sentence: ClassVar[str] = translatable(
        "The precinct {precinct} votes so: {style}. Voters of whom it changes something: {many}."
    )
    subject: ClassVar[str] = "election"

    election: str
    precinct: str
    style: str
    many: int


@dataclass(frozen=True)
class VotersMoved(Event):
    """All voters of a precinct went to another one."""

    sentence: ClassVar[str] = translatable("{many} voters went from {precinct} to {to}.")
    subject: ClassVar[str] = "election"

    election: str
    precinct: str
    to: str
    many: int


@dataclass(frozen=True)
class RemovalProposed(Event):
    """Somebody proposes that a precinct goes off a roll, or takes that back."""

    sentence: ClassVar[str] = translatable("That {precinct} goes off the roll: {state}.")
    subject: ClassVar[str] = "election"

    election: str
    precinct: str
    state: str


@dataclass(frozen=True)
class VoterJudged(Event):
    """A voter was suspended, may vote again, was challenged, or that was decided."""

    sentence: ClassVar[str] = translatable("A voter on the roll: {state}.")
    subject: ClassVar[str] = "election"

    election: str
    state: str
