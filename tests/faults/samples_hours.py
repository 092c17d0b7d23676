"""A wish for every act by which the shop says when it is open."""

from datetime import time

from tests.faults.samples_delivery import area
from tests.faults.samples_orders import shelves
from tests.faults.stage import sample

WEEK = [{"weekday": day, "starts": time(8), "ends": time(20)} for day in range(6)]
VAN = [{"weekday": day, "starts": time(9), "ends": time(11), "places": 3} for day in range(7)]
CLOSED = {"day": "2030-12-25", "reason": "Christmas Day"}


def delivering(stage):
    """Let the van go out, which follows the closed days."""
    shelves(stage)
    area(stage)
    stage.do("grocery.delivery.plan-van", week=VAN)


@sample("grocery.hours.set")
def _(stage):
    shelves(stage)
    stage.do("grocery.hours.set", week=WEEK[:1])
    return {"week": WEEK}


@sample("grocery.hours.close-day")
def _(stage):
    delivering(stage)
    return CLOSED


@sample("grocery.hours.open-day")
def _(stage):
    delivering(stage)
    closed = stage.do("grocery.hours.close-day", **CLOSED)
    return {"id": closed.id, "version": closed.version}
