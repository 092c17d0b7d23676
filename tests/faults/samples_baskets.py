"""A wish for every act around past baskets."""

from tests.faults.samples_grocery import shop
from tests.faults.stage import sample
from townsquare.services.grocery.usecases.baskets import Basket

VISITS = b"milk,bread\nmilk\n"
FILE = {"file_name": "visits.csv", "content": VISITS, "source": "past", "total": 2}


def begun(stage):
    """Begin an import of baskets; return its run."""
    shop(stage)
    return stage.do("grocery.basket.import", **FILE).id


@sample("grocery.basket.import")
def _(stage):
    shop(stage)
    return FILE


@sample("grocery.basket.take")
def _(stage):
    rows = (Basket(1, ("milk", "bread")), Basket(2, ("milk",)))
    return {"run": begun(stage), "start": 0, "rows": rows, "last": True}


@sample("grocery.basket.learn")
def _(stage):
    rows = (Basket(1, ("milk", "bread")), Basket(2, ("milk",)))
    stage.do("grocery.basket.take", run=begun(stage), start=0, rows=rows, last=True)
    return {}
