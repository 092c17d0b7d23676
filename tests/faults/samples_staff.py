"""A wish for every act with the records of those who work in the shop."""

from tests.faults.samples_orders import shelves
from tests.faults.stage import sample

TOMAS = {"given": "Tomas", "family": "Lindqvist", "position": "Picker"}


@sample("grocery.staff.enrol")
def _(stage):
    shelves(stage)
    return TOMAS


def enrolled(stage):
    """Let Tomas work in the shop; return whom to change as they were read."""
    shelves(stage)
    found = stage.do("grocery.staff.enrol", **TOMAS)
    return {"id": found.id, "version": found.version}


@sample("grocery.staff.revise")
def _(stage):
    return {**enrolled(stage), "given": "Thomas", "position": "Keeper"}


sample("grocery.staff.end")(enrolled)
