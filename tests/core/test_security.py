"""A change must show that it comes from our own page, whatever it shows instead."""

from dataclasses import replace

import pytest

from townsquare.app import assemble, create_app, services_of
from townsquare.core.identity.links import Signer
from townsquare.core.settings import SAMPLE_KEY, BadSettings, Settings
from townsquare.core.town import found
from townsquare.core.web.security import FOR_FILES, FOR_PAGES

pytestmark = pytest.mark.shown


@pytest.mark.parametrize("token", ["", "x", "é", "salt.é", "a.b.c", "\ud83d", "." * 5000])
@pytest.mark.parametrize("place", ["form", "header"])
def test_a_token_that_is_none_of_ours_is_refused(client, token, place):
    told = token.encode("utf-8", "replace").decode()
    sent = {"data": {"csrf_token": told}}
    if place == "header":
        sent = {"headers": {"X-CSRF-Token": told.encode().decode("latin-1")}}
    answer = client.post("/account/sign-out", **sent)
    assert answer.status_code == 400


def test_what_an_older_key_has_signed_is_taken_until_it_is_given_up(town, signed_in):
    maya, before = signed_in(), town.settings.secret_key
    link = Signer(town.settings).token("L")
    for older, status in ((("x" * 20, before), 303), ((), 400)):
        changed = replace(town.settings, secret_key="n" * 20, secret_keys_before=older)
        client = assemble(replace(town, settings=changed)).test_client(use_cookies=False)
        sent = {"Cookie": maya.cookie, "X-CSRF-Token": maya.token}
        assert client.post("/notifications/read", headers=sent).status_code == status
        assert client.get("/account", headers=sent).status_code == 200  # Nobody is signed out.
        assert Signer(changed).read(link) == ("L" if older else None)
        assert Signer(changed).token("L") != link


def test_the_key_of_the_demo_is_refused_among_older_ones_too(settings):
    told = replace(settings, demo=False, secret_keys_before=(SAMPLE_KEY,))
    with pytest.raises(BadSettings):
        create_app(told)


@pytest.fixture
def serious(settings, clock):
    """A client of a town that is no demonstration and has a name."""
    told = {"data": settings.data, "database": settings.database, "secret_key": "x" * 40}
    settings = Settings(**told, public_url="https://Town.example:8443")
    made = found(settings, services_of(settings), clock)
    yield assemble(made).test_client()
    made.database.dispose()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("town.example", 200),
        ("TOWN.example:8443", 200),
        ("evil.example", 400),
        ("town.example.evil.example", 400),
        ("town.example@evil.example", 400),
        ("localhost", 400),
        ("127.0.0.1:8000", 400),
        ("", 400),
        ("a b", 400),
    ],
)
def test_a_town_answers_to_its_own_name_only(serious, host, status):
    for path in ("/", "/preferences", "/api/v1/openapi.json", "/static/theme.css"):
        with serious.get(path, headers={"Host": host}) as answer:
            assert answer.status_code == status, path
    refused = serious.get("/nowhere", headers={"Host": host})
    assert refused.status_code == (404 if status == 200 else 400)
    assert dict(FOR_PAGES).items() <= dict(refused.headers).items()


def test_a_balancer_asks_for_health_by_any_name(serious):
    for path in ("/healthz", "/readyz"):
        answer = serious.get(path, headers={"Host": "10.0.0.7:8000"})
        assert answer.status_code == 200
        assert dict(FOR_FILES).items() <= dict(answer.headers).items()


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:8000", 200), ("evil.example", 400)],
)
def test_a_demonstration_is_at_home_on_its_machine(client, host, status):
    assert client.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/static/theme.css", 200),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/search", 405),
        ("TRACE", "/", 405),
        ("PUT", "/api/v1/openapi.json", 405),
        ("POST", "/account/sign-out", 400),
    ],
)
def test_every_kind_of_answer_carries_the_policy(client, verb, path, status):
    with client.open(path, method=verb) as answer:
        expected = FOR_PAGES if answer.mimetype == "text/html" else FOR_FILES
        assert answer.status_code == status
        assert dict(expected).items() <= dict(answer.headers).items()
        assert ("Allow" in answer.headers) is (status == 405)
