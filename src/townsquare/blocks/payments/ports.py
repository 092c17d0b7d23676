"""What the block needs of whoever takes money online."""

from typing import Protocol, runtime_checkable

from townsquare.core.frozen import dataclass
from townsquare.core.ports import Port


class Silent(Exception):
    """The provider did not answer; whether it has done what we asked is not known."""


class Forged(Exception):
    """A message that claims to come from the provider and is not signed by it."""


@dataclass(frozen=True)
class Said:
    """What a provider says of one wish of ours.

    `state` is authorised, captured, failed, cancelled or unknown for a payment, done, failed or
    unknown for a refund; `amount_minor` is how much of it, `reason` why one has failed.
    """

    state: str
    amount_minor: int = 0
    ref: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class ProviderEvent:
    """What a provider tells of its own accord; `key` is our own key of the payment or refund."""

    id: str
    kind: str
    key: str
    said: Said


class PaymentProvider(Protocol):
    """Takes money online; the same key is the same wish, however often it is asked.

    Every call may raise Silent. None is made while a unit of work is open.
    """

    @property
    def name(self) -> str:
        """Return its name, under which its money is kept until it arrives."""

    def authorise(self, key: str, *, amount_minor: int, currency: str, capture: bool) -> Said:
        """Ask for money: taken at once, or only set aside until it is captured."""

    def capture(self, key: str, *, amount_minor: int) -> Said:
        """Take what was set aside, or a part of it; the rest is free again."""

    def refund(self, key: str, *, refund_key: str, amount_minor: int) -> Said:
        """Give money back."""

    def cancel(self, key: str) -> Said:
        """Give up a wish, also one that the provider has not heard of: it never takes it then."""

    def fetch(self, key: str) -> Said | None:
        """Return what has become of a payment; None if the provider has not heard of it."""

    def verify_event(self, body: bytes, signature: str) -> ProviderEvent:
        """Return what a message says, or raise Forged."""


@runtime_checkable
class ScriptedProvider(Protocol):
    """A provider that does what it is told to, for demonstrations."""

    def follow(self, *words: str) -> None:
        """Do this at the next calls, one word for each."""

    def catch_up(self) -> None:
        """Do now what was to happen late."""

    def messages(self) -> list[tuple[bytes, str]]:
        """Return the messages that have not been fetched yet, each with its signature."""


PROVIDER: Port[PaymentProvider] = Port(
    "payments.provider", "townsquare.adapters.embedded.payments:Scripted"
)
