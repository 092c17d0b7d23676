"""Whoever is wrong too often at the door waits: at one account, and from one network."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import event, select, update

from townsquare.app import assemble, services_of
from townsquare.core.identity import throttle
from townsquare.core.identity.commands import TrySignIn
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.passwords import FOR_DEMOS
from townsquare.core.identity.sessions import GUEST
from townsquare.core.identity.throttle import FailureRow
from townsquare.core.identity.usecases import signing
from townsquare.core.networks import network_of
from townsquare.core.pruning import Prune, prune
from townsquare.core.town import found

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PASSWORD = "seven red bicycles"  # noqa: S105 (the secret of nobody)
MAYA, NOBODY = "maya@example.org", "nobody@example.org"
FAR, AWAY = "9.9.9.9", "2620:fe::9"


@pytest.fixture
def maya(town):
    """An account that may enter."""
    with town.sessions.begin() as db:
        kept = {"created_at": town.now(), "confirmed_at": town.now()}
        digest = FOR_DEMOS.hash(PASSWORD)
        db.add(AccountRow(email=MAYA, name="Maya", person="M", password_hash=digest, **kept))


@pytest.fixture
def enter(app, maya):
    """Try to sign in; return the answer."""

    def run(email=MAYA, password="wrong", *, peer="127.0.0.1", house=app, **headers):  # noqa: S107
        client = house.test_client()
        token = TOKEN.search(client.get("/account/sign-in").text)[1]
        sent = {"email": email, "password": password, "csrf_token": token}
        at = {"environ_base": {"REMOTE_ADDR": peer}, "headers": headers}
        return client.post("/account/sign-in", data=sent, **at)

    return run


def failures(town):
    with town.sessions() as db:
        return sorted(db.scalars(select(FailureRow.failures)))


@pytest.mark.parametrize("email", [MAYA, NOBODY, "disabled"])
def test_the_fifth_failure_costs_a_second_and_each_further_one_twice_as_much(
    enter, town, clock, email
):
    if email == "disabled":
        email = MAYA
        with town.sessions.begin() as db:
            db.execute(update(AccountRow).values(disabled_at=clock()))
    for _number in range(5):
        assert enter(email).status_code == 422
    for wait in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        answer = enter(email.upper())
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(wait))
        assert f"try again in {wait} seconds" in answer.text
        clock.advance(seconds=wait)
        assert enter(email).status_code == 422


def test_the_right_password_waits_too_and_then_opens_and_forgets(enter, town, clock):
    for _number in range(6):
        enter()
        clock.advance(seconds=1)
    assert enter(password=PASSWORD).status_code == 429
    clock.advance(seconds=1)
    assert enter(password=PASSWORD).status_code == 303
    assert failures(town) == []


def test_nobody_waits_for_somebody_else(enter):
    for _number in range(6):
        enter(NOBODY)
    assert enter(password=PASSWORD).status_code == 303


def test_what_waits_costs_no_digest_and_counts_no_failure(enter, town, monkeypatch):
    for _number in range(5):
        enter()
    monkeypatch.setattr(throttle.InTheDatabase, "count", None)
    monkeypatch.setattr("townsquare.core.identity.entrance.fits", None)
    assert enter().status_code == 429
    assert failures(town) == [5]


def test_a_restart_forgets_nothing(enter, town, settings, clock):
    for _number in range(5):
        enter()
    again = found(settings, services_of(settings), clock)
    assert enter(house=assemble(again)).status_code == 429
    again.database.dispose()


def test_a_day_without_a_failure_is_a_fresh_start(enter, town, clock):
    for _number in range(5):
        enter()
    clock.advance(days=1, seconds=1)
    enter()
    assert failures(town) == [1]
    clock.advance(days=1, seconds=1)
    with town.working(GUEST) as ctx:
        prune(ctx, Prune())
    assert failures(town) == []


def test_a_network_has_twenty_failures_a_minute_whoever_it_tries(enter, clock):
    for number in range(20):
        assert enter(f"nobody{number}@example.org", peer=f"9.9.9.{number}").status_code == 422
    answer = enter(password=PASSWORD, peer="9.9.9.200")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert enter("nobody@example.org", peer="9.9.8.9").status_code == 422
    clock.advance(minutes=1)
    assert enter(password=PASSWORD, peer="9.9.9.200").status_code == 303


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "network"),
    [
        (FAR, "", 0, "9.9.9.0/24"),
        (AWAY, "", 0, "2620:fe::/64"),
        (f"::ffff:{FAR}", "", 0, "9.9.9.0/24"),
        (FAR, "8.8.8.8", 0, "9.9.9.0/24"),  # Anybody can say so.
        ("127.0.0.1", FAR, 0, ""),  # A proxy that we were not told of.
        ("10.0.0.7", "", 0, ""),
        ("10.0.0.7", f"8.8.8.8, {FAR}", 1, "9.9.9.0/24"),
        ("10.0.0.7", f"{FAR}, 10.0.0.8", 2, "9.9.9.0/24"),
        ("10.0.0.7", "192.168.1.20", 1, "192.168.1.0/24"),
        (FAR, "", 2, ""),
        ("", "", 0, ""),
        ("10.0.0.7", "unknown", 1, ""),
    ],
)
def test_where_a_request_comes_from(peer, forwarded, proxies, network):
    assert network_of(peer, forwarded, proxies) == network


def test_behind_a_proxy_those_before_it_are_told_apart(town, enter):
    house = assemble(replace(town, settings=replace(town.settings, proxies=1)))
    forwarded = {"house": house, "X-Forwarded-For": FAR}
    for number in range(20):
        enter(f"nobody{number}@example.org", **forwarded)
    assert enter(password=PASSWORD, **forwarded).status_code == 429
    assert (
        enter(password=PASSWORD, **{**forwarded, "X-Forwarded-For": "8.8.8.8"}).status_code == 303
    )


def test_neither_people_nor_machines_are_named(enter, town, caplog):
    for _number in range(6):
        enter(peer=FAR)
    with town.database.connect() as db:
        kept = str(db.exec_driver_sql("SELECT * FROM core_failure").all())
    assert "maya" not in kept + caplog.text
    assert "9.9.9" not in kept + caplog.text


@pytest.mark.engines("sqlite")
def test_who_is_not_recognised_costs_the_same_whatever_is_wrong(enter, town, clock):
    def work(email):
        asked = []
        town.database.dispose()
        listener = lambda raw, _: raw.set_trace_callback(asked.append)  # noqa: E731
        event.listen(town.database, "connect", listener)
        answer = enter(email)
        event.remove(town.database, "connect", listener)
        page = TOKEN.sub("", answer.text).replace(email, "")
        told = [line.partition("WHERE")[0].partition("VALUES")[0] for line in asked]
        return answer.status_code, re.sub(r'name="once" value="[^"]+"', "", page), told

    enter(MAYA)
    enter(NOBODY)
    wrong, unknown = work(MAYA), work(NOBODY)
    with town.sessions.begin() as db:
        db.execute(update(AccountRow).values(disabled_at=clock()))
    assert wrong == unknown == work(MAYA)
    assert len(wrong[2]) > 4


@pytest.mark.engines("sqlite", "postgresql")
def test_of_fifty_failures_at_once_none_is_lost(town):
    def fail(_number):
        with town.working(GUEST) as ctx:
            signing.count_failure(ctx, TrySignIn(email=MAYA, network="9.9.9.0/24"))

    with ThreadPoolExecutor(50) as crowd:
        list(crowd.map(fail, range(50)))
    assert failures(town) == [50, 50]


def test_a_guess_that_is_right_after_the_fifth_failure_opens_nothing(enter, town, monkeypatch):
    for _number in range(4):
        enter()

    def meanwhile(*_given, **_told):
        with town.working(GUEST) as ctx:
            signing.count_failure(ctx, TrySignIn(email=MAYA))
        return True

    monkeypatch.setattr("townsquare.core.identity.entrance.fits", meanwhile)
    assert enter(password=PASSWORD).status_code == 429


@pytest.mark.engines("sqlite", "postgresql")
def test_a_crowd_that_guesses_is_shut_out_from_the_fifth_failure_on(enter, town):
    with ThreadPoolExecutor(50) as crowd:
        told = [answer.status_code for answer in crowd.map(lambda _: enter(), range(50))]
    assert set(told) <= {422, 429, 503}  # 503: more than the machine can check at once.
    assert failures(town) == [told.count(422)]
    assert failures(town)[0] >= 5
    assert enter(password=PASSWORD).status_code == 429
