"""Who comes in, looks around and goes pays for nobody else, and neither does a worker."""

import pytest

from tests.kit.browsers import PASSWORD
from tests.kit.steps import cost, grown, live_on
from townsquare.core.worker import Worker

pytestmark = pytest.mark.engines("sqlite")
SHARED = ("core_role", "core_role_permission", "core_relay", "core_schedule", "core_outbox")
OWN = ("core_notification.person", "core_notification.account_id", "core_try.account_id")
OTHERS = 1000
PAGES = ("/", "/notifications", "/account", "/account/sign-ins", "/search?q=maya")
DOOR = "/account/sign-in"


def test_a_visit_costs_the_same_among_a_thousand(town, maya):
    worker = Worker(town)

    def day():
        for _look in range(3):  # What was there before it a worker looks at, until nothing moves.
            worker.drain()
        told = {"email": "maya@example.org", "password": PASSWORD}
        told |= {"csrf_token": maya.token_of(DOOR)}  # The door of a demo shows everybody.
        seen = {DOOR: cost(town, lambda: maya.client.post(DOOR, data=told))}
        seen |= {page: cost(town, lambda page=page: maya.client.get(page)) for page in PAGES}
        seen["out"] = cost(town, lambda: maya.send("/account", {}, to="/account/sign-out"))
        return seen | {"work": cost(town, worker.drain)}

    day()
    before = day()
    rows = live_on(town, range(1, OTHERS), SHARED, OWN)
    assert min(rows[name] for name in ("core_account", "core_session", "core_audit")) >= OTHERS
    assert grown(before, day()) == {}
