"""What happens to the data of people."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class DataTaken(Event):
    """Somebody has fetched what is kept about them."""

    sentence: ClassVar[str] = translatable("All data of an account was fetched by its owner.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class AccountErased(Event):
    """Somebody has left for good, by themselves or by two others, and nothing names them."""

    sentence: ClassVar[str] = translatable("An account was erased; nothing names its owner.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class ErasureProposed(Event):
    """An administrator wants somebody to be erased; a second one has to agree."""

    sentence: ClassVar[str] = translatable("It was proposed to erase an account.")
    subject: ClassVar[str] = "account"

    account: str
    proposal: str
