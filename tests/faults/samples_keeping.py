"""A wish for every act of those who keep the shelves: counts, waste, transfers."""

from tests.faults.samples_grocery import lot, milk, shop
from tests.faults.stage import sample


def counted(stage):
    """Let Dina count the shelf; return the count as it is then."""
    lot(stage)
    count = stage.do("grocery.count.open", place="SHELF")
    lines = [{"product": "MILK-1L", "qty": 10}]
    return stage.do("grocery.count.record", id=count.id, lines=lines)


def way(stage):
    """Add a cold room; return what carries two milk there."""
    lot(stage)
    stage.do("grocery.place.add", code="COLD", name="Cold room")
    lines = [{"product": "MILK-1L", "qty": 2}]
    return {"from_place": "SHELF", "to_place": "COLD", "lines": lines}


sample("grocery.stock.carry")(way)
sample("grocery.transfer.send")(way)


@sample("grocery.transfer.arrive")
def _(stage):
    sent = stage.do("grocery.transfer.send", **way(stage))
    return {"id": sent.id, "lines": [{"line": 1, "qty": 1, "reason": "Broken"}]}


@sample("grocery.place.add")
def _(stage):
    shop(stage)
    return {"code": "COLD", "name": "Cold room"}


@sample("grocery.count.open")
def _(stage):
    shop(stage)
    return {"place": "SHELF"}


@sample("grocery.count.record")
def _(stage):
    lot(stage)
    count = stage.do("grocery.count.open", place="SHELF")
    return {"id": count.id, "lines": [{"product": "MILK-1L", "qty": 10}]}


@sample("grocery.count.approve", by="maya")
def _(stage):
    count = counted(stage)
    return {"id": count.id, "version": count.version}


@sample("grocery.count.reject")
def _(stage):
    return {"id": counted(stage).id}


@sample("grocery.waste.discard")
def _(stage):
    return {"lot": lot(stage), "qty": 2, "reason": "waste_spilt"}


@sample("grocery.waste.undo")
def _(stage):
    thrown = stage.do("grocery.waste.discard", lot=lot(stage), qty=2, reason="waste_spilt")
    return {"id": thrown.id}


@sample("grocery.reorder.drop")
def _(stage):
    found = milk(stage).id
    stage.do("grocery.reorder.set", id=found, min_qty=6, max_qty=30)
    return {"id": found}


@sample("grocery.reorder.set")
def _(stage):
    return {"id": milk(stage).id, "min_qty": 6, "max_qty": 30}
