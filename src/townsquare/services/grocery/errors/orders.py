"""What can be wrong with orders: their carts, buyers, picking and hand-over."""

from townsquare.core.errors import Conflict, Invalid, NotFound
from townsquare.core.words import translatable


class NoCart(NotFound):
    """Nobody has put anything into a cart here."""

    code = "grocery.no-cart"
    message = translatable("There is no cart yet; put something into it first.")


class UnknownCartKey(Invalid):
    """No cart and no order has this key."""

    code = "grocery.unknown-cart-key"
    message = translatable(
        "There is no cart with this key; put something into one without a key, and you get one."
    )


class CollectMissing(Invalid):
    """An order without the hour at which it is collected."""

    code = "grocery.collect-missing"
    message = translatable("Choose when you collect your order.")


class CollectShut(Invalid):
    """No hour at which the shop is open, or none that leaves it time."""

    code = "grocery.collect-shut"
    message = translatable("The shop has no collection at that hour; choose one of the list.")


class CollectOver(Conflict):
    """The hour that was chosen has come before the order."""

    code = "grocery.collect-over"
    message = translatable("The hour that you chose has begun; choose a later one.")


class NumberInUse(Conflict):
    """Another customer, or somebody else who works here, has the number."""

    code = "grocery.number-taken"
    message = translatable("The number {number} belongs to somebody else; leave it empty.")


class CustomerAlready(Conflict):
    """Somebody is a customer of the shop and would be one once more."""

    code = "grocery.already-enrolled"
    message = translatable("This person is a customer already, with the number {number}.")


class UnknownCustomer(NotFound):
    """No such customer."""

    code = "grocery.unknown-customer"
    message = translatable("There is no such customer; search by name or number.")


class AddressMissing(Invalid):
    """A delivery that has nowhere to go."""

    code = "grocery.address-missing"
    message = translatable("Say where we bring your order.")


class SlotMissing(Invalid):
    """A delivery without the hour in which it comes."""

    code = "grocery.slot-missing"
    message = translatable("Choose when we bring your order.")


class BadWeek(Invalid):
    """Hours of a week that end before they begin, or overlap."""

    code = "grocery.bad-week"
    message = translatable("Let each line end after it begins, and let no two of one day overlap.")


class NotPacked(Conflict):
    """Somebody would carry out what is not packed, or has left the house before."""

    code = "grocery.not-packed"
    message = translatable("This order is not packed for the van; look at it again.")


class NotOnItsWay(Conflict):
    """Somebody would bring back what is not on its way."""

    code = "grocery.not-on-its-way"
    message = translatable("This order is not on its way; look at it again.")


class AllRecalled(Conflict):
    """Somebody would hand over an order of which all was called back on its way."""

    code = "grocery.all-recalled"
    message = translatable("All of this order was called back; bring it back to the shop.")


class ContactMissing(Invalid):
    """A guest of whom nobody knows whom to call."""

    code = "grocery.contact-missing"
    message = translatable("Say your name and your phone, so that the shop can reach you.")


class NotReady(Conflict):
    """Somebody would hand over what is not picked yet, or was handed over before."""

    code = "grocery.not-ready"
    message = translatable("This order is not ready to be handed over; look at it again.")


class AlreadyPicked(Conflict):
    """A line has one outcome."""

    code = "grocery.already-picked"
    message = translatable("Somebody has picked this line already; go on with the next one.")


class NothingShort(Invalid):
    """As much was found as is due, and yet it is said to be short."""

    code = "grocery.nothing-short"
    message = translatable("All of it was found; press Picked.")


class WeightMissing(Invalid):
    """Something that is charged by its weight, and nobody has said what it weighs."""

    code = "grocery.weight-missing"
    message = translatable("Put it on the scale and say what it weighs.")


class NotWeighed(Invalid):
    """A weight for something that is sold by the piece."""

    code = "grocery.not-weighed"
    message = translatable("This is counted and not weighed; leave the weight out.")


class WrongItem(Invalid):
    """What was scanned is not what the line asks for."""

    code = "grocery.wrong-item"
    message = translatable("That is not {name}; put it back and scan what stands on the list.")


class NotFirstExpiring(Invalid):
    """Goods of a lot that is good for longer than the one that goes first."""

    code = "grocery.not-first-expiring"
    message = translatable("Other goods of {name} go first; take the lot that the list names.")


class InsteadMissing(Invalid):
    """Something else comes, and nobody has said what, or how much of it."""

    code = "grocery.instead-missing"
    message = translatable("Say what comes instead, and how much of it.")


class SameProduct(Invalid):
    """A product that would come instead of itself."""

    code = "grocery.same-product"
    message = translatable("That is the same product; say how much of it you found.")


class NothingToPick(Conflict):
    """An order that is picked, handed over or cancelled."""

    code = "grocery.nothing-to-pick"
    message = translatable("Nothing of this order is left to pick; look at the list of orders.")
