"""What the shop promises to programs, beside what its OpenAPI document offers."""

import re

import pytest

pytestmark = pytest.mark.engines("sqlite")
HERE = "/api/v1/grocery"
# Path and verbs; one act of a thing is an address below it, such as "end" of a promotion.
PROMISED = {
    "/brands": "GET POST",
    "/brands/{id}": "GET PATCH DELETE",
    "/categories": "GET POST",
    "/categories/{id}": "GET PATCH DELETE",
    "/customers": "GET POST",
    "/customers/{id}": "GET PATCH DELETE",
    "/promotions": "GET POST",
    "/promotions/{id}/end": "POST",
    "/products": "GET POST",
    "/products/{id}": "GET PATCH DELETE",
    "/products/{id}/prices": "GET POST",
    "/products/{id}/identifiers": "POST",
    "/suppliers": "GET POST",
    "/suppliers/{id}": "GET PATCH",
    "/suppliers/{id}/approve": "POST",
    "/suppliers/{id}/suspend": "POST",
    "/purchase-requests": "GET POST",
    "/purchase-requests/{id}/withdraw": "POST",
    "/purchase-orders": "GET POST",
    "/purchase-orders/{id}": "GET",
    "/purchase-orders/{id}/receipts": "POST",
    "/purchase-orders/{id}/invoices": "POST",
    "/purchase-orders/{id}/freight": "POST",
    "/receipts": "GET POST",
    "/supplier-invoices": "GET",
    "/supplier-invoices/{id}": "GET",
    "/payables/payments": "POST",
    "/stock/levels": "GET",
    "/stock/lots": "GET",
    "/stock/lots/{id}": "GET",
    "/stock/lots/{id}/orders": "GET",
    "/stock/moves": "POST",
    "/stock/moves/{id}": "GET",
    "/stock/counts": "GET POST",
    "/stock/counts/{id}": "GET",
    "/stock/transfers": "GET POST",
    "/stock/transfers/{id}": "GET",
    "/stock/reorder": "GET",
    "/stock/reorder/{id}": "GET PUT DELETE",
    "/carts/current": "GET PATCH",
    "/carts/current/lines": "POST",
    "/carts/current/lines/{id}": "PATCH DELETE",
    "/carts/current/coupon": "PUT DELETE",
    "/orders": "GET POST",
    "/orders/{number}": "GET",
    "/orders/{number}/cancel": "POST",
    "/orders/{number}/return": "GET POST",
    "/orders/{number}/payments": "GET POST",
    "/staff/orders": "GET",
    "/staff/orders/{id}": "GET",
    "/staff/orders/{id}/pick-list": "GET",
    "/staff/orders/{id}/picks": "POST",
    "/staff/orders/{id}/hand-over": "POST",
    "/staff/orders/{id}/payments": "GET",
    "/staff/orders/{id}/refunds": "POST",
    "/refunds/proposals": "GET POST",
    "/gift-cards": "POST",
    "/gift-cards/check": "POST",
    "/slots": "GET",
    "/staff/people": "GET POST",
    "/staff/people/{id}": "GET PATCH DELETE",
    "/hours": "GET",
    "/hours/week": "PUT",
    "/hours/closings": "POST",
    "/hours/closings/{id}": "DELETE",
    "/reports/{name}": "GET",
    "/imports": "GET POST",
    "/imports/{id}": "GET",
    "/imports/{id}/reversal": "POST",
}
# What the table of the shop names besides, and why no call of ours answers there.
NOT_OURS = {
    "/accounts": "accounts are made and closed on the pages of the town, by people",
    "/me/password": "a program has a token, and no password of its owner",
    "/products/{id}/images": "products have no pictures yet",
    "/orders/{number}/lines": "an order is called off as a whole; staff takes lines back",
    "/pick-lists": "what is to be picked belongs to its order",
    "/payments": "what was paid belongs to its order",
    "/repeat-baskets": "a later stage",
    "/rounds": "a later stage",
    "/handhelds/batches": "a later stage",
}


@pytest.fixture
def offered(client):
    """Return the verbs of each address that the OpenAPI document tells of the shop."""
    paths = client.get("/api/v1/openapi.json").get_json()["paths"]
    return {
        path.removeprefix(HERE): {verb.upper() for verb in verbs}
        for path, verbs in paths.items()
        if path.startswith(HERE)
    }


def missing(offered, promised):
    """Return what is promised and not offered."""
    told = {(verb, path) for path, verbs in promised.items() for verb in verbs.split()}
    return sorted(told - {(verb, path) for path, verbs in offered.items() for verb in verbs})


def test_every_promise_to_programs_is_kept(offered):
    assert missing(offered, PROMISED) == []
    assert missing(offered, {"/brands": "PUT"}) == [("PUT", "/brands")]


def unnamed(paths):
    """Return these addresses whatever the names of what stands in them are."""
    return {re.sub(r"\{\w+\}", "{}", path) for path in paths}


def test_what_is_said_to_be_elsewhere_is_not_here(offered):
    assert sorted(unnamed(offered) & unnamed(NOT_OURS)) == []
    assert unnamed(["/orders/{id}/lines"]) & unnamed(NOT_OURS) == {"/orders/{}/lines"}


def test_what_has_happened_is_never_changed_by_a_program(offered):
    kept = [path for path in offered if path.startswith(("/stock/moves", "/receipts"))]
    assert {verb for path in kept for verb in offered[path]} == {"GET", "POST"}
