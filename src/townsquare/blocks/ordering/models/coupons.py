"""Coupons, and the orders that used them; triggers count the uses."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded, same_wish

COUPONS = ("percent", "amount", "free_delivery")


class CouponRow(Recorded, Model):
    """A code that takes something off, so often and so often for each buyer."""

    __tablename__ = "ordering_coupon"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    kind: Mapped[str]
    value: Mapped[int]
    least_minor: Mapped[int] = mapped_column(default=0)
    max_uses: Mapped[int | None]
    per_party: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN " + str(COUPONS), name="kind"),
        CheckConstraint("value >= 0 AND (kind <> 'percent' OR value <= 1000000)", name="value"),
        CheckConstraint("uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name="uses"),
    )


class CouponUseRow(Model):
    """One order that used a coupon, as the n-th of its buyer."""

    __tablename__ = "ordering_coupon_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("ordering_coupon.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("ordering_order.id"), index=True)
    party: Mapped[str]
    use_no: Mapped[int]

    __table_args__ = (
        CheckConstraint("use_no > 0", name="use_no"),
        UniqueConstraint("coupon_id", "order_id"),
    )


ONE_CODE = Index("uq_ordering_coupon_code", CouponRow.shop_id, CouponRow.code_key, unique=True)
# Two orders of one buyer took the same turn: who comes second is run again and takes the next.
ONE_TURN = same_wish(
    Index(
        "uq_ordering_coupon_turn",
        CouponUseRow.coupon_id,
        CouponUseRow.party,
        CouponUseRow.use_no,
        unique=True,
    )
)
USES = "ck_ordering_coupon_uses"
PER_PARTY = "ordering_coupon_is_used_up_for_you"
