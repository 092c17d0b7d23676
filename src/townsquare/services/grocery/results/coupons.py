"""Coupons as staff sees them; amounts in minor units, parts in millionths."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class ShopCoupon:
    """A coupon: what it takes off, for whom, how often it may be used and was."""

    id: str
    code: str
    kind: str
    value: int
    least_minor: int
    max_uses: int | None
    per_party: int | None
    uses: int
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass(frozen=True)
class ShopCoupons:
    """All coupons of the shop, the newest first, and its currency."""

    currency: str
    coupons: list[ShopCoupon]
