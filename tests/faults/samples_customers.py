"""A wish for every act with customers."""

from tests.faults.samples_orders import shelves
from tests.faults.stage import sample

ROSA = {"name": "Rosa Dizon", "email": "rosa@sanroque.example"}


@sample("grocery.customer.register")
def _(stage):
    shelves(stage)
    return ROSA


def registered(stage):
    """Let Rosa be a customer; return whom to change as they were read."""
    shelves(stage)
    found = stage.do("grocery.customer.register", **ROSA)
    return {"id": found.id, "version": found.version}


@sample("grocery.customer.revise")
def _(stage):
    return {**registered(stage), "name": "Rosa Dizon-Cruz"}


sample("grocery.customer.end")(registered)
