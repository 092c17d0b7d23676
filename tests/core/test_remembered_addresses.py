"""Addresses that pages ask for again are built once, and are right for whoever asks."""

import pytest
from flask import url_for

pytestmark = pytest.mark.shown


@pytest.fixture
def built(app, monkeypatch):
    """Note each address that is really built."""
    seen = []
    build = type(app).__mro__[1].url_for

    def noting(self, /, endpoint, **how):
        seen.append(endpoint)
        return build(self, endpoint, **how)

    monkeypatch.setattr(type(app).__mro__[1], "url_for", noting)
    return seen


def test_an_address_without_a_place_is_built_once(app, built):
    for _request in range(3):
        with app.test_request_context("/nothing"):
            assert url_for("front.home") == "/"
            assert url_for("static", filename="theme.css", v="1") == "/static/theme.css?v=1"
    assert built == ["front.home", "static"]


def test_a_town_below_a_path_has_its_own_addresses(app):
    for _turn in range(2):
        for root, path in (
            ("http://localhost/", "/search"),
            ("http://localhost/town", "/town/search"),
        ):
            with app.test_request_context("/", base_url=root):
                assert url_for("front.search") == path


def test_an_address_for_elsewhere_has_the_name_of_its_request(app):
    for _turn in range(2):
        for name in ("one.example", "two.example"):
            with app.test_request_context("/", base_url=f"https://{name}/"):
                assert url_for("front.home", _external=True) == f"https://{name}/"
                told = {"filename": "theme.css", "v": "1", "_external": True}
                assert url_for("static", **told).startswith(f"https://{name}/static/")
                assert url_for("front.home") == "/"


def test_what_fills_a_place_or_a_query_is_never_remembered(app, built):
    with app.test_request_context("/"):
        assert [url_for("front.search", q=words) for words in "ab"] == [
            "/search?q=a",
            "/search?q=b",
        ]
    assert built == ["front.search", "front.search"]


def test_a_way_that_stands_beside_a_page_belongs_to_its_blueprint(app):
    for here, found in (("/search", "/"), ("/", "/")):
        with app.test_request_context(here):
            assert url_for(".home") == found


def test_outside_of_a_request_the_address_is_whole(app):
    app.config["SERVER_NAME"] = "town.example"
    with app.app_context():
        assert url_for("front.home") == "http://town.example/"
