"""A wish for every act with suppliers, from the first entry to the paid invoice."""

from tests.faults.samples_grocery import milk, shop
from tests.faults.stage import sample

FARMS = {"number": "SUP-01", "company": "Batangas Farms", "email": "farms@example.org"}
CASES = {"product": "MILK-1L", "pack_qty": 12, "price": "600.00"}


def applied(stage):
    """Enter a supplier; return its id."""
    return stage.do("grocery.supplier.add", **FARMS).id


def approved(stage):
    """Let somebody else than who entered a supplier approve it; return its id."""
    found = applied(stage)
    stage.do("grocery.supplier.approve", by="maya", id=found)
    return found


def offering(stage):
    """Let a supplier sell milk in cases of twelve; return its id."""
    milk(stage)
    found = approved(stage)
    stage.do("grocery.supplier.offer", id=found, **CASES)
    return found


@sample("grocery.supplier.add")
def _(stage):
    shop(stage)
    return {**FARMS, "bank_account": "123456789012"}


@sample("grocery.supplier.revise")
def _(stage):
    shop(stage)
    return {"id": applied(stage), "version": 1, "bank_account": "123456789012"}


@sample("grocery.supplier.approve", by="maya")
def _(stage):
    shop(stage)
    return {"id": applied(stage)}


@sample("grocery.supplier.refuse")
def _(stage):
    shop(stage)
    return {"id": applied(stage)}


@sample("grocery.supplier.suspend")
def _(stage):
    shop(stage)
    return {"id": approved(stage)}


@sample("grocery.supplier.offer")
def _(stage):
    milk(stage)
    return {"id": applied(stage), **CASES}


def ordered(stage):
    """Write an order for ten cases of milk; return its id."""
    line = {"product": "MILK-1L", "packs": 10}
    return stage.do("grocery.purchase.order", supplier=offering(stage), lines=[line]).id


def sent(stage):
    """Send an order for ten cases of milk; return its id."""
    found = ordered(stage)
    stage.do("grocery.purchase.send", id=found)
    return found


def came(position=1, **more):
    """Return what came with a delivery note."""
    line = {"position": position, "qty": 108, "expires_on": "2026-04-10"}
    return {"note": "DN-77", "lines": [line], **more}


def received(stage):
    """Take in nine of ten cases; return the order."""
    found = sent(stage)
    stage.do("grocery.purchase.receive", id=found, **came())
    return found


@sample("grocery.request.add")
def _(stage):
    milk(stage)
    return {"code": "INVR-1", "product": "MILK-1L", "qty": 120}


@sample("grocery.request.withdraw")
def _(stage):
    milk(stage)
    asked = stage.do("grocery.request.add", code="INVR-1", product="MILK-1L", qty=120)
    return {"id": asked.id}


@sample("grocery.purchase.order")
def _(stage):
    line = {"product": "MILK-1L", "packs": 10}
    return {"supplier": offering(stage), "lines": [line]}


@sample("grocery.purchase.send")
def _(stage):
    return {"id": ordered(stage)}


@sample("grocery.purchase.confirm")
def _(stage):
    return {"id": sent(stage), "expected_on": "2026-03-09"}


@sample("grocery.purchase.cancel")
def _(stage):
    return {"id": sent(stage)}


@sample("grocery.purchase.close")
def _(stage):
    return {"id": received(stage)}


@sample("grocery.purchase.receive")
def _(stage):
    return {"id": sent(stage), **came()}


def billed(amount="5400.00", **more):
    """Return an invoice for nine cases of milk."""
    line = {"position": 1, "qty": 108, "amount": amount}
    days = {"issued_on": "2026-03-05", "due_on": "2026-04-04"}
    return {"number": "R-2026-9", "lines": [line], **days, **more}


@sample("grocery.invoice.enter")
def _(stage):
    return {"id": received(stage), **billed()}


@sample("grocery.invoice.accept")
def _(stage):
    told = billed("5500.00", id=received(stage))
    return {"id": stage.do("grocery.invoice.enter", **told).id, "reason": "New price list"}


@sample("grocery.freight.enter")
def _(stage):
    found = stage.do("grocery.purchase.receive", id=sent(stage), **came())
    told = {"number": "F-1", "amount": "300.00", "tax": "36.00"}
    days = {"issued_on": "2026-03-05", "due_on": "2026-04-04"}
    seller = stage.one("SELECT public_id FROM purchasing_supplier")
    return {"id": found.order, "delivery": found.id, "supplier": seller, **told, **days}


@sample("grocery.invoice.pay")
def _(stage):
    told = billed(id=received(stage))
    invoice = stage.do("grocery.invoice.enter", **told).id
    stage.do("grocery.books.fund", amount="9000.00", memo="Capital")
    return {"invoices": [invoice]}


@sample("grocery.books.fund")
def _(stage):
    shop(stage)
    return {"amount": "9000.00", "memo": "Capital"}


@sample("grocery.value.tell")
def _(stage):
    received(stage)
    return {"lots": 10}
