"""A small shop of San Roque: open, with goods on its shelves, and those who look after it."""

from datetime import UTC, datetime

import pytest

from tests.services.grocery.shelves import filling_up, shelves
from tests.services.grocery.supplying import (
    applied,
    arriving,
    billing,
    farms,
    ordering,
    pages,
    people,
    reads,
    sent,
)
from townsquare.core.ids import new_id
from townsquare.core.usecase import REGISTRY, Command, use_case
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.usecases.shop import open_grocery

__all__ = [
    "applied",
    "arriving",
    "billing",
    "farms",
    "filling_up",
    "ordering",
    "pages",
    "people",
    "reads",
    "sent",
    "shelves",
]
EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = {"name": "San Roque Community Shop", "zone": "Asia/Manila", "tax_percent": "12"}


class Anything(Command):
    """A wish that runs a step."""


@pytest.fixture
def manager(signed_in):
    """Lena Cruz, who runs the shop."""
    return signed_in("grocery.manager", name="Lena Cruz")


@pytest.fixture
def managing(acting_as):
    """Open a unit of work of Lena's."""
    return lambda: acting_as(*MANAGING)


@pytest.fixture
def ogs(managing):
    """The shop, open and empty."""
    with managing() as ctx:
        return open_grocery(ctx, OpenShop.model_validate(OPEN))


@pytest.fixture
def stepping(acting_as):
    """Run a step of a block for the open shop inside a declared use case."""

    def run(step, *args, **facts):
        name = f"test.grocery.{new_id()}"

        @use_case(name, permission="public")
        def act(ctx, wish: Anything) -> None:
            """Run a step."""
            return step(ctx, our_shop(ctx), *args, **facts)

        del REGISTRY[name]
        with acting_as() as ctx:
            return act(ctx, Anything())

    return run
