"""What can go wrong with stock."""

from collections.abc import Sequence

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class Short:
    """A variant of which less is there than was wanted."""

    variant_id: int
    wanted: int
    available: int


class UnknownLocation(NotFound):
    """No such place in this shop."""

    code = "stock.unknown-location"
    message = translatable("There is no such place in this shop; look at the list of places.")


class UnknownLot(NotFound):
    """No such lot."""

    code = "stock.unknown-lot"
    message = translatable("There is no such lot; look at the list of lots.")


class UnknownMove(NotFound):
    """No such move in this shop."""

    code = "stock.unknown-move"
    message = translatable("There is no such move; look at what happened to these goods.")


class UnknownTransfer(NotFound):
    """No such transfer in this shop."""

    code = "stock.unknown-transfer"
    message = translatable("There is no such transfer; look at the list of transfers.")


class UnknownCount(NotFound):
    """No such count in this shop."""

    code = "stock.unknown-count"
    message = translatable("There is no such count; look at the list of counts.")


class NotEnough(Conflict):
    """Less is there than was wanted; `short` says of which variants, by their row ids."""

    code = "stock.not-enough"
    message = translatable("There is not enough left; take less or choose something else.")

    def __init__(self, short: Sequence[Short] = (), **facts: object) -> None:
        super().__init__(**facts)
        self.short = tuple(short)


class HoldLost(Conflict):
    """A hold has run out, was given up, or belongs to somebody else."""

    code = "stock.hold-lost"
    message = translatable("These goods are no longer held for you; choose them again.")


class LotBlocked(Conflict):
    """The lot was taken off sale."""

    code = "stock.lot-blocked"
    message = translatable("This lot is blocked and stays on its shelf; take another one.")


class LotExpired(Conflict):
    """The lot is past the day until which it is sold."""

    code = "stock.lot-expired"
    message = translatable("This lot is past its date and is no longer sold; take another one.")


class SerialKnown(Conflict):
    """A thing with this serial number has come in before."""

    code = "stock.serial-known"
    message = translatable("The serial number {serial} is known already; check the label.")


class AlreadyUndone(Conflict):
    """A move is undone once, and what undid it is not undone."""

    code = "stock.already-undone"
    message = translatable("This move was undone already; note a new one instead.")


class CountOpen(Conflict):
    """A place is counted by one count at a time."""

    code = "stock.count-open"
    message = translatable("This place is being counted; finish that count first.")


class CountClosed(Conflict):
    """The count was approved or rejected before."""

    code = "stock.count-closed"
    message = translatable("This count is closed; open a new one.")


class TransferArrived(Conflict):
    """The goods of a transfer arrive once."""

    code = "stock.transfer-arrived"
    message = translatable("This transfer has arrived already; note a new one.")


class SelfApproval(NotAllowed):
    """Who has counted does not approve the figures."""

    code = "stock.self-approval"
    message = translatable("You have counted here yourself; let somebody else approve it.")


class ReasonRequired(Invalid):
    """Goods do not vanish without a word."""

    code = "stock.reason-required"
    message = translatable("Say why; choose a reason from the list.")


class MoreThanSent(Conflict):
    """More would arrive than has left; goods that nobody has sent are found by a count."""

    code = "stock.more-than-sent"
    message = translatable("No more arrives than was sent; count what is there beyond it.")


class BadQuantity(Invalid):
    """Zero, less, or more than there can be."""

    code = "stock.bad-quantity"
    message = translatable("Enter a whole quantity above zero that fits what is there.")


class SerialRequired(Invalid):
    """Goods that are told apart by number come in one by one, each with its own."""

    code = "stock.serial-required"
    message = translatable("Enter each piece on its own, with its serial number.")
