"""A wish for every act of delivery: areas, the week of the van, orders on their way."""

from datetime import time

from tests.faults.samples_orders import KEY, filled, line, placing, shelves
from tests.faults.stage import sample

AREA = {"code": "N", "name": "North", "postcodes": "4023, 4024", "fee": "49.00"}
DOOR = {"street": "12 Rizal Street", "postcode": "4023"}
WEEK = [{"weekday": day, "starts": time(9), "ends": time(19), "places": 12} for day in range(7)]


def area(stage):
    return stage.do("grocery.delivery.add-area", **AREA)


def packed(stage):
    """Let a guest order milk to their door, and pick it; return the order as it is then."""
    filled(stage)
    area(stage)
    stage.do("grocery.delivery.plan-van", week=WEEK)
    stage.do("grocery.cart.address", by="guest", guest=KEY, **DOOR)
    slots = stage.do("grocery.slot.list", by="guest").slots
    cart = stage.do("grocery.order.quote", by="guest", guest=KEY, slot=slots[-1].id)
    order = stage.do("grocery.order.place", by="guest", **placing(cart))
    return stage.do("grocery.order.pick", id=order.id, line=line(stage))


@sample("grocery.delivery.add-area")
def _(stage):
    shelves(stage)
    return AREA


@sample("grocery.delivery.revise-area")
def _(stage):
    shelves(stage)
    told = {"name": "North", "postcodes": "4025", "free_from": "1500.00"}
    return {"id": area(stage).id, "version": 1, **told}


@sample("grocery.delivery.set-fee")
def _(stage):
    shelves(stage)
    return {"id": area(stage).id, "fee": "59.00", "valid_from": "2030-01-01"}


@sample("grocery.delivery.plan-van")
def _(stage):
    shelves(stage)
    return {"week": WEEK}


@sample("grocery.delivery.plan-ahead")
def _(stage):
    shelves(stage)
    stage.do("grocery.delivery.plan-van", week=WEEK)
    stage.clock.advance(days=1)
    return {}


@sample("grocery.cart.address", by="guest")
def _(stage):
    filled(stage)
    area(stage)
    return {"guest": KEY, **DOOR}


@sample("grocery.order.send-out")
def _(stage):
    order = packed(stage)
    return {"id": order.id, "version": order.version}


@sample("grocery.order.bring-back")
def _(stage):
    order = packed(stage)
    out = stage.do("grocery.order.send-out", id=order.id, version=order.version)
    return {"id": out.id, "version": out.version, "reason": "Nobody was there"}
