"""A wish for every act of paying, and of what a provider says."""

from dataclasses import replace

from tests.faults.samples_grocery import shop
from tests.faults.samples_orders import KEY, line, ordered, picked
from tests.faults.stage import sample
from townsquare.blocks import payments

ALL = 12_500  # What two milk cost.


def begun(stage):
    """Let a guest begin to pay online; return the payment's key at the provider."""
    stage.do("grocery.order.pay", by="guest", guest=KEY, number=ordered(stage).number, way="online")
    return stage.one("SELECT provider_key FROM payments_payment")


def provider(stage):
    return stage.town.engines.at(payments.PROVIDER)


def asked(stage):
    """Let the provider take the money of a payment that was begun; return its key."""
    key = begun(stage)
    provider(stage).authorise(key, amount_minor=ALL, currency="PHP", capture=True)
    return key


def paid(stage):
    """Let a guest pay online; return the number of the order."""
    wish = {"key": asked(stage), "state": "captured", "amount_minor": ALL}
    stage.do("grocery.payment.settle", **wish)
    return stage.one("SELECT number FROM ordering_order")


@sample("grocery.order.pay", by="guest")
def _(stage):
    number = ordered(stage).number
    return {"guest": KEY, "number": number, "way": "online", "amount": "25.00", "ask": True}


@sample("grocery.payment.settle")
def _(stage):
    return {"key": asked(stage), "state": "captured", "amount_minor": ALL, "ref": "T-1"}


@sample("grocery.payment.hear", by="guest")
def _(stage):
    asked(stage)
    ((body, signature),) = provider(stage).messages()
    return {"body": body, "signature": signature}


@sample("grocery.payment.return")
def _(stage):
    stage.do("grocery.order.cancel", by="guest", guest=KEY, number=paid(stage))
    return {"id": stage.one("SELECT public_id FROM ordering_order")}


@sample("grocery.refund.settle")
def _(stage):
    stage.do("grocery.order.cancel", by="guest", guest=KEY, number=paid(stage))
    order = stage.one("SELECT public_id FROM ordering_order")
    stage.do("grocery.payment.return", id=order)
    key = stage.one("SELECT provider_key FROM payments_refund")
    return {"key": key, "state": "done", "amount_minor": ALL}


def refused(stage):
    """Let the provider refuse what goes back; return the key of the refund."""
    stage.do("grocery.order.cancel", by="guest", guest=KEY, number=paid(stage))
    order = stage.one("SELECT public_id FROM ordering_order")
    stage.do("grocery.payment.return", id=order)
    key = stage.one("SELECT provider_key FROM payments_refund")
    told = {"state": "failed", "amount_minor": ALL, "reason": "Closed", "asked_at": stage.clock()}
    stage.do("grocery.refund.settle", key=key, **told)
    return key


@sample("grocery.refund.again")
def _(stage):
    return {"id": refused(stage)}


@sample("grocery.refund.otherwise")
def _(stage):
    return {"id": refused(stage), "way": "gift_card"}


def till(stage, *acts):
    """Set up a till, and do these acts at it; return its id."""
    shop(stage)
    found = stage.do("grocery.till.add", code="front", name="Front").id
    for act, told in acts:
        stage.do(f"grocery.till.{act}", id=found, **told)
    return found


OPEN, COUNT = ("open", {"opening": "100.00"}), ("count", {"counted": "99.00"})


@sample("grocery.till.add")
def _(stage):
    shop(stage)
    return {"code": "front", "name": "Front"}


@sample("grocery.till.open")
def _(stage):
    return {"id": till(stage), "opening": "100.00"}


@sample("grocery.till.move")
def _(stage):
    return {"id": till(stage, OPEN), "way": "out", "amount": "20.00", "reason": "To the bank"}


@sample("grocery.till.count")
def _(stage):
    return {"id": till(stage, OPEN), "counted": "99.00"}


@sample("grocery.till.close")
def _(stage):
    return {"id": till(stage, OPEN, COUNT), "why": "Wrong change"}


@sample("grocery.gift-card.sell")
def _(stage):
    shop(stage)
    return {"amount": "500.00", "name": "Carla Ruiz"}


@sample("grocery.gift-card.block")
def _(stage):
    shop(stage)
    return {"id": stage.do("grocery.gift-card.sell", amount="500.00").id, "reason": "lost"}


def handed(stage):
    """Let an order of two milk be picked, handed over and paid; return what is taken back."""
    order = picked(stage)
    told = {"id": order.id, "version": order.version, "received_by": "Carla Ruiz"}
    stage.do("grocery.order.hand-over", **told)
    version = stage.one("SELECT version FROM ordering_order")
    lines = [{"line": line(stage), "qty": 1}]
    return {"id": order.id, "version": version, "lines": lines, "reason": "Sour"}


def proposed(stage):
    """Let Dina propose a refund, and somebody else be there to decide; return the proposal."""
    wish = {**handed(stage), "amount_minor": 6250}
    stage.actors["boss"] = replace(stage.actors["dina"], id=8, name="Lena Cruz")
    return stage.do("grocery.refund.propose", **wish).id


@sample("grocery.refund.propose")
def _(stage):
    return {**handed(stage), "amount_minor": 6250}


@sample("grocery.refund.approve", by="boss")
def _(stage):
    return {"id": proposed(stage)}


@sample("grocery.refund.decline")
def _(stage):
    return {"id": proposed(stage)}


def asked_back(stage, *acts):
    """Let a guest bring one milk back, and do these acts with it; return the return."""
    wish = handed(stage)
    number = stage.one("SELECT number FROM ordering_order")
    told = {"guest": KEY, "number": number, "lines": wish["lines"], "reason": "spoiled"}
    found = stage.do("grocery.return.ask", by="guest", **told).id
    for act, how in acts:
        stage.do(f"grocery.return.{act}", id=found, **how)
    return found


APPROVED, RECEIVED = ("decide", {"approve": True}), ("receive", {"good": []})


@sample("grocery.return.ask", by="guest")
def _(stage):
    wish = handed(stage)
    number = stage.one("SELECT number FROM ordering_order")
    return {"guest": KEY, "number": number, "lines": wish["lines"], "reason": "spoiled"}


@sample("grocery.return.decide")
def _(stage):
    return {"id": asked_back(stage), "approve": False, "why": "It was opened"}


@sample("grocery.return.receive")
def _(stage):
    return {"id": asked_back(stage, APPROVED), "good": [line(stage)]}


@sample("grocery.return.refund")
def _(stage):
    return {"id": asked_back(stage, APPROVED, RECEIVED)}


@sample("grocery.return.propose")
def _(stage):
    return {"id": asked_back(stage, APPROVED, RECEIVED), "amount_minor": 6250}
