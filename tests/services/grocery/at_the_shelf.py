"""Those who stand at the shelf, and orders for them to pick."""

import re

import pytest

from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_orders_api import asks
from townsquare.services.grocery.rules.hours import next_hours

__all__ = ["asks"]
PICK = re.compile(r"/grocery/staff/pick/(\w+)")


@pytest.fixture
def staff(manager):
    """Somebody at the shelf with a phone."""
    return Browser(manager.client)


@pytest.fixture
def tells(manager):
    """Say as a program what came of a line: `tells(order, line=…, outcome=…)`."""

    def run(order, status=200, **told):
        path = f"/api/v1/grocery/staff/orders/{order}/picks"
        answer = manager.client.post(path, json=told, headers={"X-CSRF-Token": manager.token})
        if answer.status_code != status:
            pytest.fail(answer.text)
        return answer.get_json()

    return run


@pytest.fixture
def bought(asks, town):
    """Let Rosa buy by program: `bought({"product": "MILK", "qty": 2})`; return her order."""

    def run(*lines):
        for line in lines:
            asks("POST", "/carts/current/lines", line, 201)
        hour = next_hours(town.now(), "Asia/Manila")[-1].isoformat()
        cart = asks("POST", "/carts/current/quote", {"starts": hour})
        wish = {"version": cart["version"], "expected_minor": cart["total_minor"]}
        number = asks("POST", "/orders", wish, 201)["number"]
        return asks("GET", f"/orders/{number}")

    return run


def order_of(staff):
    """Return the id of the order that is to be picked."""
    return PICK.search(staff.get("/grocery/staff/orders").text).group(1)
