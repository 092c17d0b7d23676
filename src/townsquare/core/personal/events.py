"""What happens to the data of people."""

from dataclasses import dataclass
from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.words import translatable


@dataclass(frozen=True)
class DataTaken(Event):
    """Somebody has fetched what is kept about them."""

    sentence: ClassVar[str] = translatable("All data of an account was fetched by its owner.")
    subject: ClassVar[str] = "account"

    account: str


@dataclass(frozen=True)
class AccountErased(Event):
    """Somebody has left for good, and nothing names them any more."""

    sentence: ClassVar[str] = translatable("An account was erased; its owner has left for good.")
    subject: ClassVar[str] = "account"

    account: str
