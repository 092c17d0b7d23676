"""Every answer carries exactly what its kind carries, and nothing that tells or allows more."""

import pytest
from flask import Response, abort

from tests.access.walking import doors, send
from tests.core.test_serve import opened, served
from townsquare.core.live import streams
from townsquare.core.web.security import FOR_FILES, FOR_PAGES, TO_NOBODY

pytestmark = pytest.mark.engines("sqlite")  # No header depends on the database.
# What an answer may carry besides its policy, where it has a reason to.
MAY = {
    *("content-type", "content-length", "cache-control", "x-request-id", "location", "set-cookie"),
    *("etag", "allow", "www-authenticate", "retry-after", "vary", "content-disposition"),
    *(
        "accept-ranges",
        "last-modified",
        "date",
        "content-language",
        "deprecation",
        "link",
        "connection",
    ),
    *("ratelimit", "ratelimit-policy"),  # How often one may ask, and how often still.
    "x-accel-buffering",  # Of streams: what stands before us should pass them on at once.
    *("transfer-encoding", "hx-redirect", "hx-trigger", "hx-location", "hx-refresh"),
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")


def wrong_headers(headers, *, secret=False, token=False):
    """Return what is wrong with these headers, given as pairs; secret: somebody was signed in."""
    told = {}
    for name, value in headers:
        told.setdefault(name.lower(), []).append(value)
    html = told.get("content-type", [""])[0].startswith("text/html")
    expected = {name.lower(): value for name, value in (FOR_PAGES if html else FOR_FILES)}
    expected |= {TO_NOBODY[0].lower(): TO_NOBODY[1]} if token else {}
    found = [
        f"{name}: {told.get(name)}" for name, value in expected.items() if told.get(name) != [value]
    ]
    found += [f"{name} does not belong here" for name in told.keys() - expected.keys() - MAY]
    if secret and "no-store" not in "".join(told.get("cache-control", [])):
        found.append(f"cache-control: {told.get('cache-control')}")
    return found


def walked(person, rules, *, secret):
    """Open every door as this person; return how many, and what is wrong where."""
    wrong = {}
    for door in rules:
        with send(person, door) as answer:
            told = {"secret": secret, "token": "<token>" in door.rule}
            if found := wrong_headers(answer.headers, **told):
                wrong[door.verb, door.rule, answer.status_code] = found
    return wrong


@pytest.mark.parametrize("kind", ["guest", "session", "program"])
def test_every_answer_has_the_headers_of_its_kind(
    app, library, stranger, signs_in, carrying, measured, kind
):
    rules = doors(app, library)
    person = {"guest": lambda: stranger, "session": signs_in, "program": lambda: carrying("write")}
    assert walked(person[kind](), rules, secret=kind != "guest") == {}
    measured(answers=len(rules))


@pytest.fixture
def failing(app):
    """Let addresses of this town fail as they should not."""
    for status in (400, 403, 404, 405, 409, 413, 422, 429, 503):
        app.add_url_rule(f"/fails/{status}", f"fails{status}", lambda s=status: abort(s))
        app.add_url_rule(f"/api/fails/{status}", f"apifails{status}", lambda s=status: abort(s))
    for path in ("/fails/500", "/api/fails/500"):
        app.add_url_rule(path, path, lambda: 1 / 0)


def test_every_error_has_the_headers_of_its_kind(failing, signs_in):
    person, found = signs_in(), {}
    for status in (400, 403, 404, 405, 409, 413, 422, 429, 500, 503):
        for path in (f"/fails/{status}", f"/api/fails/{status}"):
            answer = person.client.get(path)
            assert answer.status_code == status
            assert answer.mimetype == (
                "text/html" if path.startswith("/f") else "application/problem+json"
            )
            if wrong := wrong_headers(answer.headers, secret=True):
                found[path] = wrong
    assert found == {}


def test_what_an_address_does_not_take_is_405_and_says_what_it_takes(app, library, anybody):
    wrong, tried = [], 0
    adapter = app.url_map.bind("localhost")
    for path in {door.path() for door in doors(app, library)}:
        allowed = set(adapter.allowed_methods(path))
        for method in set(METHODS) - allowed:
            answer = anybody.client.open(path, method=method)
            said = {name.strip() for name in answer.headers.get("Allow", "").split(",")}
            tried += 1
            if answer.status_code != 405 or said != allowed or wrong_headers(answer.headers):
                wrong.append((method, path, answer.status_code, said))
    assert wrong == []
    assert tried > 500


def test_the_door_of_the_process_says_the_same(settings, measured):
    paths = ("/", "/healthz", "/readyz", "/live/nothing", "/live/library.desk.central")
    paths += ("/static/theme.css", "/static/nothing", "/nothing", "/api/v1/nothing", "/graphql")
    found = {}
    with served(settings) as (_process, port):
        for path in paths:
            with opened(port, path) as answer:
                if wrong := wrong_headers(answer.getheaders()):
                    found[path, answer.status] = wrong
    assert found == {}
    assert wrong_headers([(n.decode(), v.decode()) for n, v in streams.HEADERS]) == []
    measured(answers=len(paths))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Server", "town/1.0"),
        ("X-Powered-By", "Flask"),
        ("Access-Control-Allow-Origin", "*"),
        ("Content-Security-Policy", "default-src *"),
        ("Cache-Control", "public, max-age=60"),
    ],
)
def test_a_header_that_tells_or_allows_more_would_be_found(app, signs_in, name, value):
    app.add_url_rule("/planted", "planted", lambda: Response("hello", headers={name: value}))
    rules = [door for door in doors(app, {}) if door.rule == "/planted"]
    (wrong,) = walked(signs_in(), rules, secret=True).values()
    assert [line for line in wrong if line.startswith(name.lower())] != []
