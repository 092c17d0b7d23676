"""A wish for every act of buying, picking and handing over."""

from datetime import date

from tests.faults.stage import sample
from townsquare.services.grocery.rules.hours import next_hours

KEY, ZONE = "the-key-of-a-guest-of-the-community-shop", "Asia/Manila"
PERSON = {"name": "Carla Ruiz", "phone": "+639171234567"}


def shelves(stage):
    """Open the shop with ten milk on its shelf."""
    stage.do("grocery.shop.open", name="Shop", zone=ZONE, tax_percent="12")
    milk = stage.do("grocery.product.add", code="MILK", name="Milk", perishable=True)
    stage.do("grocery.price.set", id=milk.id, price="62.50")
    stage.do("grocery.stock.receive", product="MILK", qty=10, expires_on=date(2030, 1, 1))


def filled(stage, by="guest"):
    """Let a guest, or somebody who is signed in, put two milk into the cart; return it."""
    shelves(stage)
    guest = KEY if by == "guest" else ""
    cart = stage.do("grocery.cart.put", by=by, guest=guest, product="MILK", qty=2)
    if guest:
        stage.do("grocery.cart.describe", by=by, guest=guest, **PERSON)
    return cart


def quoted(stage, by="guest"):
    """Let them ask what it costs; return the cart."""
    filled(stage, by)
    starts = next_hours(stage.clock(), ZONE)[-1]
    guest = KEY if by == "guest" else ""
    return stage.do("grocery.order.quote", by=by, guest=guest, starts=starts)


def placing(cart, by="guest"):
    told = {"version": cart.version, "expected_minor": cart.total_minor}
    return {"guest": KEY if by == "guest" else "", **told}


def ordered(stage, by="guest"):
    """Let them order it; return the order."""
    return stage.do("grocery.order.place", by=by, **placing(quoted(stage, by), by))


def line(stage):
    return stage.one("SELECT public_id FROM ordering_line")


def picked(stage):
    """Let it be picked; return the order as it is then."""
    order = ordered(stage)
    return stage.do("grocery.order.pick", id=order.id, line=line(stage))


@sample("grocery.cart.put", by="guest")
def _(stage):
    shelves(stage)
    return {"guest": KEY, "product": "MILK", "qty": 2}


@sample("grocery.cart.change", by="guest")
def _(stage):
    return {"guest": KEY, "id": filled(stage).lines[0].id, "qty": 3}


@sample("grocery.cart.remove", by="guest")
def _(stage):
    return {"guest": KEY, "id": filled(stage).lines[0].id}


@sample("grocery.cart.describe", by="guest")
def _(stage):
    filled(stage)
    return {"guest": KEY, **PERSON}


@sample("grocery.cart.merge", by="maya")
def _(stage):
    filled(stage)
    return {"guest": KEY}


@sample("grocery.order.quote", by="guest")
def _(stage):
    filled(stage)
    return {"guest": KEY, "starts": next_hours(stage.clock(), ZONE)[-1]}


@sample("grocery.order.place", by="guest")
def _(stage):
    return placing(quoted(stage))


@sample("grocery.order.cancel", by="guest")
def _(stage):
    return {"guest": KEY, "number": ordered(stage).number}


@sample("grocery.order.pick")
def _(stage):
    return {"id": ordered(stage).id, "line": line(stage)}


@sample("grocery.order.hand-over")
def _(stage):
    order = picked(stage)
    return {"id": order.id, "version": order.version, "received_by": "Carla Ruiz"}


@sample("grocery.order.refund")
def _(stage):
    order = picked(stage)
    told = {"id": order.id, "version": order.version, "received_by": "Carla Ruiz"}
    stage.do("grocery.order.hand-over", **told)
    version = stage.one("SELECT version FROM ordering_order")
    lines = [{"line": line(stage), "qty": 1}]
    return {"id": order.id, "version": version, "lines": lines, "reason": "Sour"}


@sample("grocery.notice.order")
def _(stage):
    return {"order": ordered(stage, by="maya").id, "kind": "placed"}
