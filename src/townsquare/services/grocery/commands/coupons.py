"""What people wish of coupons."""

from datetime import date
from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Chosen, Line, Typed
from townsquare.services.grocery.commands.orders import OfCart

CouponKind = Literal["percent", "amount", "free_delivery"]
MOST_USES, LONGEST_COUPON = 1_000_000, 20


class AddCoupon(Command):
    """A wish for one more coupon."""

    code: Line = Field(
        title=translatable("Code"),
        description=translatable("As people type it; capitals do not matter."),
        min_length=1,
        max_length=LONGEST_COUPON,
    )
    kind: CouponKind = Field(title=translatable("What it takes off"))
    value: Typed | None = Field(
        None,
        title=translatable("How much"),
        description=translatable("Percent such as 10, or an amount such as 25.00."),
    )
    least: Typed = Field(
        "0",
        title=translatable("Least order"),
        description=translatable("For goods of this amount and more."),
    )
    valid_from: date | None = Field(
        None, title=translatable("From"), description=translatable("Empty for at once.")
    )
    valid_to: date | None = Field(
        None,
        title=translatable("Until"),
        description=translatable("The last day; empty for no end."),
    )
    max_uses: int | None = Field(None, title=translatable("How often in all"), ge=1, le=MOST_USES)
    per_party: int | None = Field(
        None, title=translatable("How often for each buyer"), ge=1, le=MOST_USES
    )


class EndCoupon(Chosen):
    """A wish that a coupon counts no longer."""


class ApplyCoupon(OfCart):
    """A wish to use a coupon for one's cart."""

    code: Line = Field(title=translatable("Coupon"), min_length=1, max_length=LONGEST_COUPON)
