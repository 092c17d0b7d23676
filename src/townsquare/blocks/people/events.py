"""What happens to people."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class PersonRegistered(Event):
    """Somebody is known to the town."""

    sentence: ClassVar[str] = translatable("A person was registered.")
    subject: ClassVar[str] = "person"

    person: str


@dataclass(frozen=True)
class PersonChanged(Event):
    """What is known about somebody has changed."""

    sentence: ClassVar[str] = translatable("A person's details were changed.")
    subject: ClassVar[str] = "person"

    person: str
