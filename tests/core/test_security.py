"""A change must show that it comes from our own page, whatever it shows instead."""

import pytest


@pytest.mark.parametrize("token", ["", "x", "é", "salt.é", "a.b.c", "\ud83d", "." * 5000])
@pytest.mark.parametrize("place", ["form", "header"])
def test_a_token_that_is_none_of_ours_is_refused(client, token, place):
    told = token.encode("utf-8", "replace").decode()
    sent = {"data": {"csrf_token": told}}
    if place == "header":
        sent = {"headers": {"X-CSRF-Token": told.encode().decode("latin-1")}}
    answer = client.post("/account/sign-out", **sent)
    assert answer.status_code == 400
