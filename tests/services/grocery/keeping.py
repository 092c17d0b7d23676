"""Those who keep the shelves, on pages and by calls, and a counter that sells meanwhile."""

import pytest

from townsquare.blocks import catalogue, stock
from townsquare.core.ids import new_id

API = "/api/v1/grocery/stock"


class Desk:
    """Somebody of the staff, on pages and by calls."""

    def __init__(self, person):
        self.client, self.token = person.client, person.token

    def get(self, path, status=200):
        page = self.client.get(path)
        assert page.status_code == status, page.text
        return page

    def post(self, path, status=303, **told):
        answer = self.client.post(path, data={**told, "csrf_token": self.token})
        assert answer.status_code == status, answer.text
        return answer

    def call(self, path, verb="POST", **body):
        headers = {"X-CSRF-Token": self.token, "Idempotency-Key": new_id()}
        return self.client.open(f"{API}{path}", method=verb, json=body, headers=headers)


@pytest.fixture
def lena(manager):
    return Desk(manager)


@pytest.fixture
def tomas(signed_in):
    """Tomas Reyes, who keeps the shelves."""
    return Desk(signed_in("grocery.keeper", name="Tomas Reyes"))


def _sell(ctx, shop, code, qty):
    variant = catalogue.variant_of(ctx, shop, code)
    told = {"source_kind": "till", "source_id": "1", "key": new_id()}
    stock.take_now(ctx, shop, [stock.Wanted(variant.id, qty)], **told)


def _there(ctx, shop, code):
    return stock.available(ctx, shop, [catalogue.variant_of(ctx, shop, code).id]).popitem()[1]


@pytest.fixture
def sells(stepping):
    """Sell so much over the counter."""
    return lambda code, qty: stepping(_sell, code, qty)


@pytest.fixture
def there(stepping):
    """Return how much of a product may be sold."""
    return lambda code: stepping(_there, code)
