"""A wish for every act of the shop."""

from base64 import b64encode

from tests.faults.stage import sample
from townsquare.core.imports.csvfiles import CsvRow
from townsquare.services.grocery.commands.imports import ChooseImport
from townsquare.services.grocery.jobs import carry_import

OPEN = {"name": "Community Shop", "zone": "Asia/Manila", "tax_percent": "12"}
MILK = {"code": "MILK-1L", "name": "Whole milk", "perishable": True}
CAME = {"product": "MILK-1L", "qty": 12, "lot": "L-1", "expires_on": "2026-04-10"}
TABLE = b"barcode,product_name\n4006381333931,Ink\n"
COLUMNS = {"columns": {"barcode": "barcode", "name": "product_name"}}


def shop(stage):
    """Open the shop."""
    stage.do("grocery.shop.open", **OPEN)


def milk(stage):
    """Open the shop and add milk; return it."""
    shop(stage)
    return stage.do("grocery.product.add", **MILK)


def lot(stage):
    """Take milk in; return the lot."""
    milk(stage)
    return stage.do("grocery.stock.receive", **CAME).id


def begun(stage):
    """Begin an import of products; return its run."""
    shop(stage)
    told = {"file_name": "goods.csv", "content": TABLE, "mapping": COLUMNS, "total": 1}
    return stage.do("grocery.import.start", **told).id


@sample("grocery.shop.open")
def _(_stage):
    return OPEN


@sample("grocery.product.add")
def _(stage):
    shop(stage)
    return {**MILK, "barcode": "4006381333931", "size": "1 L"}


@sample("grocery.product.revise")
def _(stage):
    found = milk(stage)
    return {"id": found.id, "version": found.version, "name": "Fresh milk", "size": "1 L"}


@sample("grocery.product.retire")
def _(stage):
    found = milk(stage)
    return {"id": found.id, "version": found.version}


@sample("grocery.product.return")
def _(stage):
    found = milk(stage)
    gone = stage.do("grocery.product.retire", id=found.id, version=found.version)
    return {"id": gone.id, "version": gone.version}


@sample("grocery.product.number")
def _(stage):
    return {"id": milk(stage).id, "value": "4006381333931"}


@sample("grocery.price.set")
def _(stage):
    return {"id": milk(stage).id, "price": "62.50"}


@sample("grocery.product.stop")
def _(stage):
    return {"id": milk(stage).id, "reason": "The fridge is broken"}


@sample("grocery.product.resume")
def _(stage):
    found = milk(stage)
    stage.do("grocery.product.stop", id=found.id)
    return {"id": found.id}


for kind in ("brand", "category"):

    def add(stage, kind=kind):
        shop(stage)
        return stage.do(f"grocery.{kind}.add", code="new", name="New").id

    sample(f"grocery.{kind}.add")(lambda stage: shop(stage) or {"code": "new", "name": "New"})
    sample(f"grocery.{kind}.revise")(
        lambda stage, add=add: {"id": add(stage), "version": 1, "name": "Newer"}
    )
    sample(f"grocery.{kind}.remove")(lambda stage, add=add: {"id": add(stage), "version": 1})


@sample("grocery.stock.receive")
def _(stage):
    milk(stage)
    return CAME


@sample("grocery.stock.block")
def _(stage):
    return {"id": lot(stage), "reason": "Glass found"}


@sample("grocery.stock.unblock")
def _(stage):
    found = lot(stage)
    stage.do("grocery.stock.block", id=found, reason="Glass found")
    return {"id": found}


@sample("grocery.import.start")
def _(stage):
    shop(stage)
    return {"file_name": "goods.csv", "content": TABLE, "mapping": COLUMNS, "total": 1}


PRICED = b"code,price\nMILK-1L,64.00\n"
PRICE_COLUMNS = {"columns": {"code": "code", "price": "price"}}


@sample("grocery.price.import")
def _(stage):
    milk(stage)
    told = {"file_name": "prices.csv", "content": PRICED}
    return {**told, "mapping": PRICE_COLUMNS, "total": 1}


@sample("grocery.price.take")
def _(stage):
    milk(stage)
    told = {"file_name": "prices.csv", "content": PRICED}
    run = stage.do("grocery.price.import", **told, mapping=PRICE_COLUMNS, total=1).id
    fields = {"code": "MILK-1L", "price": "64.00"}
    return {"run": run, "start": 0, "rows": ((CsvRow(2, fields), fields),), "last": True}


def sent(stage, **more):
    """Send a file of one product; return its run."""
    shop(stage)
    return stage.do("grocery.import.upload", file_name="a.csv", content=b64encode(TABLE), **more).id


def tried(stage, *, dry_run=True):
    """Try a file of one product, or take it in; return its run."""
    run = sent(stage, dry_run=dry_run)
    carry_import(stage.town, ChooseImport(id=run), "")
    return run


@sample("grocery.import.upload")
def _(stage):
    shop(stage)
    return {"file_name": "a.csv", "content": b64encode(TABLE)}


@sample("grocery.import.apply")
def _(stage):
    return {"id": tried(stage)}


@sample("grocery.import.resume")
def _(stage):
    return {"id": sent(stage)}


@sample("grocery.import.undo")
def _(stage):
    return {"id": tried(stage, dry_run=False)}


@sample("grocery.import.undo-rows")
def _(stage):
    run = tried(stage, dry_run=False)
    stage.do("grocery.import.undo", id=run)
    return {"id": run}


@sample("grocery.import.take")
def _(stage):
    fields = {"barcode": "4006381333931", "name": "Ink"}
    rows = ((CsvRow(2, fields), fields),)
    return {"run": begun(stage), "start": 0, "rows": rows, "last": True}
