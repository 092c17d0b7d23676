"""Addresses that pages ask for again are built once, and are right for whoever asks."""

import pytest
from flask import Flask, url_for
from werkzeug.routing import BuildError

pytestmark = pytest.mark.shown


@pytest.fixture
def built(app, monkeypatch):
    """Note each address that is really built."""
    seen = []
    build = Flask.url_for

    def noting(self, /, endpoint, **how):
        seen.append(endpoint)
        return build(self, endpoint, **how)

    monkeypatch.setattr(Flask, "url_for", noting)
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
    for _turn in range(2):
        for here, found in (("/preferences", "/preferences"), ("/nothing", None)):
            with app.test_request_context(here):
                if found:
                    assert url_for(".preferences") == found
                else:
                    with pytest.raises(BuildError):
                        url_for(".preferences")


def test_what_says_nothing_is_the_same_address(app, built):
    with app.test_request_context("/"):
        assert url_for("front.search") == url_for("front.search", q=None) == "/search"
    assert built == ["front.search"]


def test_an_address_that_hangs_on_the_verb_is_that_of_the_verb(app):
    app._got_first_request = False  # noqa: SLF001 (rules that nobody can add to a running town)
    for verb in ("GET", "POST"):
        app.add_url_rule(f"/by/{verb.lower()}", "by", methods=[verb])
    for _turn in range(2):
        for verb in ("GET", "POST"):
            with app.test_request_context("/", method=verb):
                assert url_for("by") == f"/by/{verb.lower()}"


def test_a_stranger_fills_no_memory_with_verbs_of_their_own(app, client):
    client.get("/preferences")
    kept = len(vars(app)["_addresses"])
    assert kept > 5
    for number in range(3):
        assert client.open("/preferences", method=f"BREW{number}").status_code == 405
    assert len(vars(app)["_addresses"]) == kept


def test_outside_of_a_request_the_address_is_whole(app):
    app.config["SERVER_NAME"] = "town.example"
    with app.app_context():
        assert url_for("front.home") == "http://town.example/"
