"""A wish for what a cart says of things that are missing, and for what comes instead."""

from tests.faults.samples_orders import KEY, filled
from tests.faults.stage import sample


@sample("grocery.cart.allow", by="guest")
def _(stage):
    filled(stage)
    return {"guest": KEY, "substitution": "similar"}
