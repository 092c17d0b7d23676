"""What can go wrong with an order."""

from townsquare.blocks.stock import HoldLost
from townsquare.core.errors import Conflict, Invalid, NotFound
from townsquare.core.words import translatable


class UnknownOrder(NotFound):
    """No such order, or somebody else's."""

    code = "ordering.unknown-order"
    message = translatable("There is no such order; look at the list of your orders.")


class UnknownLine(NotFound):
    """No such line in this order."""

    code = "ordering.unknown-line"
    message = translatable("There is no such line; look at the order again.")


class UnknownFulfilment(NotFound):
    """No such hand-over or delivery of this shop."""

    code = "ordering.unknown-fulfilment"
    message = translatable("There is no such delivery; look at the order again.")


class UnknownReturn(NotFound):
    """No such return, or somebody else's."""

    code = "ordering.unknown-return"
    message = translatable("There is no such return; look at the list of your returns.")


class BadQuantity(Invalid):
    """No quantity above zero."""

    code = "ordering.bad-quantity"
    message = translatable("Enter a whole quantity above zero.")


class Limit(Invalid):
    """More than one customer may have."""

    code = "ordering.limit"
    message = translatable("One order may have {most} of {name}; take that or less.")


class Empty(Invalid):
    """Nothing is in the cart."""

    code = "ordering.empty"
    message = translatable("The cart is empty; put something into it first.")


class BadTime(Invalid):
    """The wish for a time has no beginning, or ends before it begins."""

    code = "ordering.bad-time"
    message = translatable("The time ends before it begins; choose it again.")


class CouponUnknown(Invalid):
    """No such coupon here."""

    code = "ordering.coupon-unknown"
    message = translatable("There is no coupon {code} here; check how it is spelt.")


class UnknownCoupon(NotFound):
    """No coupon with this id in this shop."""

    code = "ordering.unknown-coupon"
    message = translatable("There is no such coupon; look at the list of them.")


class CouponNotApplicable(Invalid):
    """The coupon is not for this order."""

    code = "ordering.coupon-not-applicable"
    message = translatable("The coupon {code} does not suit this order; take it out or add to it.")


class CouponUsedUp(Conflict):
    """The coupon has been used as often as it may be."""

    code = "ordering.coupon-used-up"
    message = translatable("The coupon {code} is used up; take it out and go on.")


class CouponTaken(Conflict):
    """Another coupon has this code."""

    code = "ordering.coupon-taken"
    message = translatable("Another coupon has the code {code}; choose another one.")


class AlreadyPlaced(Conflict):
    """The cart has become an order, by another tab perhaps."""

    code = "ordering.already-placed"
    message = translatable("This order was placed already; look at the list of your orders.")


class NotACart(Conflict):
    """The order has ended without ever being placed, or can no longer be changed."""

    code = "ordering.not-a-cart"
    message = translatable("This can no longer be changed; begin a new cart.")


class Changed(Conflict):
    """Somebody has changed the order since it was shown."""

    code = "ordering.changed"
    message = translatable("The order has changed since you saw it; look at it again.")


class QuoteExpired(Conflict):
    """The prices were shown too long ago, or the cart has changed since."""

    code = "ordering.quote-expired"
    message = translatable("Look at the prices once more, then place the order.")


class PriceChanged(Conflict):
    """Something costs more than was shown; `lines` tells the old and the new price of each."""

    code = "ordering.price-changed"
    message = translatable("{names} costs more than you saw; look at the order and agree to it.")


class TotalMismatch(Invalid):
    """The order costs something else than its sender expects."""

    code = "ordering.total-mismatch"
    message = translatable("The order costs {total_minor}; look at it again before you agree.")


class NoSuchStep(Conflict):
    """That does not happen to something in this state."""

    code = "ordering.no-such-step"
    message = translatable("This is {state} and cannot be changed that way; look at it again.")


class TooLateToCancel(Conflict):
    """The work on the order has gone too far."""

    code = "ordering.too-late-to-cancel"
    message = translatable("The order is being worked on already; ask the shop.")


class OverFulfilled(Conflict):
    """More than is left to hand over."""

    code = "ordering.over-fulfilled"
    message = translatable("That is more than is left of {name}; look at the order again.")


class OverLimit(Conflict):
    """More was weighed than the buyer has agreed to."""

    code = "ordering.over-limit"
    message = translatable("At most {most} {unit} of {name} was agreed to; take some out.")


class SubstitutionRefused(Invalid):
    """The buyer does not want that instead."""

    code = "ordering.substitution-refused"
    message = translatable("The buyer wants nothing else instead of {name}; leave the line short.")


class OverReturned(Conflict):
    """More comes back than was handed over."""

    code = "ordering.over-returned"
    message = translatable("That is more than was handed over of {name}; look at the order again.")


class GoodsLost(HoldLost):
    """Goods of an order that it holds no more, as when their lot was blocked."""

    code = "ordering.goods-lost"
    message = translatable(
        "Some of {names} is not there any more, as its lot was blocked; say how much was found, or"
        " call it off."
    )


class RefusalReason(Invalid):
    """A return that is refused without a word why."""

    code = "ordering.refusal-reason"
    message = translatable("Say why they do not come back; who asked for it reads this.")


class ReturnWindow(Conflict):
    """The time for bringing things back is over."""

    code = "ordering.return-window"
    message = translatable("The time for returns is over; ask the shop.")


class OrderOpen(Conflict):
    """Somebody who would leave and still waits for an order."""

    code = "ordering.order-open"
    message = translatable("An order is still open; wait for it or cancel it first.")
