"""A wish for every act with coupons."""

from tests.faults.samples_orders import KEY, filled, shelves
from tests.faults.stage import sample

SPRING = {"code": "SPRING", "kind": "amount", "value": "25.00"}


def coupon(stage):
    return stage.do("grocery.coupon.add", **SPRING).id


@sample("grocery.coupon.add")
def _(stage):
    shelves(stage)
    return SPRING


@sample("grocery.coupon.end")
def _(stage):
    shelves(stage)
    return {"id": coupon(stage)}


@sample("grocery.cart.coupon", by="guest")
def _(stage):
    filled(stage)
    coupon(stage)
    return {"guest": KEY, "code": "spring"}


@sample("grocery.cart.coupon-out", by="guest")
def _(stage):
    filled(stage)
    coupon(stage)
    stage.do("grocery.cart.coupon", by="guest", guest=KEY, code="spring")
    return {"guest": KEY}
