"""What can go wrong before somebody stands at the door."""

from townsquare.core.errors import Conflict, Invalid, NotFound
from townsquare.core.words import translatable


class SlotFull(Conflict):
    """Every place of the slot is taken."""

    code = "ordering.slot-full"
    message = translatable("No place is left at {slot}; choose another time.")


class OutOfArea(Invalid):
    """Nobody delivers there."""

    code = "ordering.out-of-area"
    message = translatable(
        "We do not deliver to this address; enter a street in our area or collect it at the shop."
    )


class BelowMinimum(Invalid):
    """The order is too small for the way to its zone."""

    code = "ordering.below-minimum"
    message = translatable(
        "This is too little for a delivery to {zone}; put more into the cart, or collect it."
    )


class SlotClosed(Conflict):
    """The slot begins too soon for another delivery."""

    code = "delivery.slot-closed"
    message = translatable("It is too late for {slot}; choose a later time.")


class ClaimLost(Conflict):
    """The place was held for a while, and then given to somebody else."""

    code = "delivery.claim-lost"
    message = translatable("Your time is no longer held for you; choose a time again.")


class UnknownSlot(NotFound):
    """No such slot in this shop."""

    code = "delivery.unknown-slot"
    message = translatable("There is no such time; look at the times that are offered.")


class UnknownZone(NotFound):
    """No such zone in this shop."""

    code = "delivery.unknown-zone"
    message = translatable("There is no such zone; look at the list of zones.")


class ZoneTaken(Conflict):
    """Another zone has the code."""

    code = "delivery.zone-taken"
    message = translatable("There is a zone {zone} already; choose another code.")


class PostcodeTaken(Conflict):
    """Another zone has a postcode."""

    code = "delivery.postcode-taken"
    message = translatable(
        "One of these postcodes belongs to another zone; take it out there first."
    )


class RateTaken(Conflict):
    """The rates of that day are set."""

    code = "delivery.rate-taken"
    message = translatable(
        "The rate up to {up_to_g} g from {valid_from} is set; let a new one begin on another day."
    )


class NoRate(Conflict):
    """A zone without a price."""

    code = "delivery.no-rate"
    message = translatable("Nobody has set what a delivery to {zone} costs; set a rate first.")


class BadPlan(Invalid):
    """Windows that no clock shows."""

    code = "delivery.bad-plan"
    message = translatable("Let each window end after it begins, and give it minutes and places.")
