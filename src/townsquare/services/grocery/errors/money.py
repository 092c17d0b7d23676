"""What can be wrong with money: paying, paying back, coupons."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound
from townsquare.core.words import translatable


class NothingToPay(Conflict):
    """An order of which nothing is open."""

    code = "grocery.nothing-to-pay"
    message = translatable("Nothing of this order is to be paid any more.")


class PaymentWaits(Conflict):
    """The same money would be asked for twice."""

    code = "grocery.payment-waits"
    message = translatable(
        "A payment of this order is still on its way; go on with it, or wait until it is answered."
    )


class UnknownProposal(NotFound):
    """Nobody has proposed this refund."""

    code = "grocery.unknown-proposal"
    message = translatable("There is no such proposal; look at the list of them.")


class ProposalDecided(Conflict):
    """Somebody has decided it already."""

    code = "grocery.proposal-decided"
    message = translatable("This proposal no longer waits; look at the list of them.")


class RefundWaits(Conflict):
    """A refund of the same order waits."""

    code = "grocery.refund-waits"
    message = translatable("A refund of this order waits already; let it be decided first.")


class AnotherPays(NotAllowed):
    """Who let money go back pays it another way as well, more than one person may decide."""

    code = "grocery.another-pays"
    message = translatable("Above {limit_minor} a colleague of who gave it back has to pay it.")


class PeopleAgree(NotAllowed):
    """A program proposes a refund, or decides one."""

    code = "grocery.people-agree"
    message = translatable("Two people agree to a refund like this; a program is neither of them.")


class BadCoupon(Invalid):
    """A coupon that takes nothing off, more than all, or ends before it begins."""

    code = "grocery.bad-coupon"
    message = translatable("Say how much it takes off, and let it end after it begins.")


class EndsEarly(Invalid):
    """A price that ends before it begins."""

    code = "grocery.ends-early"
    message = translatable("Let the price end after it begins.")
