"""Keys are changed while people sign in and programs are told: nobody notices, and it is done.

A real server under traffic: sign-ins with a second step, pages and forms of somebody who came
before, webhooks. Meanwhile the key of protected values is rotated and, as the server is killed in
the middle of it and started again, the key that signs. Whatever goes on is paced by its answers,
so that a slow machine has less traffic and not a longer queue.
"""

import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hmac import new as signed
from threading import Event
from urllib.parse import urlencode

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text, update

from tests.concurrency.test_kill import BROKEN, PATIENCE, House, clock
from tests.core.test_outgoing import receiver
from tests.core.test_webhooks import Ear
from tests.kit.servers import free_port
from townsquare.cli import townsquare
from townsquare.core.clock import clock as true_time
from townsquare.core.columns import COLUMNS, Place, Sealer, UnknownKey
from townsquare.core.db import reading, writing
from townsquare.core.identity.codes import new_secret
from townsquare.core.identity.factors import FactorRow
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.passwords import hashed
from townsquare.core.ids import new_id
from townsquare.core.jobs import JobRow
from townsquare.core.jobs.rotating import BATCH, RetiredKeyRow, values_by_key
from townsquare.core.usecase import Actor
from townsquare.core.webhooks.desk import (
    MANAGE,
    AddWebhook,
    SwitchWebhook,
    add_webhook,
    switch_webhook,
)
from townsquare.core.worker import Worker

__all__ = ["clock"]  # The true time, as for the server that is killed.
PASSWORD = "seven red bicycles"  # noqa: S105 (the secret of nobody)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PEOPLE = 4 * BATCH
UNHEARD = 3  # So much at most is on its way to the receiver.
NEW_KEY = "another-one-and-as-long-as-it-must-be"


class Interrupted(Exception):
    """The plug was pulled in the middle of something that is not simply asked again."""


@dataclass(frozen=True)
class Member:
    """Somebody with a second step: the secret of their app, and how it was sealed at first."""

    email: str
    secret: str
    sealed: bytes
    place: Place


@dataclass
class Visitor:
    """A browser at a real server, with its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, verb, path, form=None):
        """Return status and text; raise Interrupted where nobody answers."""
        headers = {"Cookie": "; ".join(f"{name}={told}" for name, told in self.cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as line:
                line.request(verb, path, urlencode(form) if form else None, headers)
                answer = line.getresponse()
                for said in answer.headers.get_all("Set-Cookie", []):
                    name, _, value = said.partition(";")[0].partition("=")
                    self.cookies[name] = value
                return answer.status, answer.read().decode()
        except BROKEN as error:
            raise Interrupted from error

    def send(self, path, **form):
        """Fill in the form of this page and send it; return the status."""
        _status, page = self.ask("GET", path)
        return self.ask("POST", path, {**form, "csrf_token": TOKEN.search(page)[1]})[0]


@dataclass
class Day:
    """What people were told in the course of the traffic."""

    town: object
    port: int
    ear: object
    traffic: list[tuple[object, ...]] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    restarted: Event = field(default_factory=Event)
    wrong: list[object] = field(default_factory=list)
    entered: list[Visitor] = field(default_factory=list)
    since: list[Visitor] = field(default_factory=list)
    reads: int = 0
    told: int = 0

    def enter(self, people):
        """Let one after the other sign in with password and code."""
        for member in people:
            if self.over.is_set():
                break
            visitor, later = Visitor(self.port), self.restarted.is_set()
            try:
                visitor.send("/account/sign-in", email=member.email, password=PASSWORD)
                visitor.send("/account/sign-in/code", code=pyotp.TOTP(member.secret).now())
                status, _page = visitor.ask("GET", "/account")
            except Interrupted:  # The code may be used up: it is the turn of the next one.
                time.sleep(0.5)
                continue
            self.note("sign-in", status == 200, (member.email, status))
            if status == 200:
                (self.since if later else self.entered).append(visitor)

    def look(self, cookie, token):
        """Let somebody who came before look, and send a form whose proof is old."""
        name, _, value = cookie.partition("=")
        visitor = Visitor(self.port, {name: value})
        while not self.over.is_set():
            try:
                status, _page = visitor.ask("GET", "/account")
                self.note("page", status == 200, status)
                status, _page = visitor.ask("POST", "/notifications/read", {"csrf_token": token})
                self.note("form", status == 303, status)
                self.reads += 2
            except Interrupted:
                time.sleep(0.05)

    def tell(self, dina, hook):
        """Let things happen of which a receiver is told, while it hears of them."""
        while not self.over.is_set():
            if self.told < len(self.ear.heard) + UNHEARD:
                with self.town.working(dina) as ctx:
                    switch_webhook(ctx, SwitchWebhook(id=hook, on=True))
                self.told += 1
            time.sleep(0.05)

    def note(self, what, well, told):
        if not well:
            self.wrong.append((what, told))


@pytest.fixture
def ear():
    return Ear()


@pytest.fixture
def near(ear, monkeypatch):
    with receiver(ear) as address:
        monkeypatch.setenv("TOWNSQUARE_OUTGOING_NEAR", address)
        yield address


@pytest.fixture
def settings(settings, near):
    return replace(settings, outgoing_near=(near,))


@pytest.fixture
def people(town):
    """Members with a second step each."""
    sealer, digest, now = town.engines.at(COLUMNS), hashed(PASSWORD, demo=True), town.now()
    found = []
    with town.sessions.begin() as db:
        for number in range(PEOPLE):
            email, secret = f"{number}@example.org", new_secret()
            told = {"name": email, "person": new_id(), "public_id": new_id(), "created_at": now}
            account = AccountRow(email=email, password_hash=digest, confirmed_at=now, **told)
            db.add(account)
            db.flush()
            row = FactorRow(public_id=new_id(), account_id=account.id, created_at=now)
            row.secret, row.confirmed_at = sealer.seal(secret.encode(), row.place), now
            db.add(row)
            found.append(Member(email, secret, row.secret, row.place))
    return found


def until(town, wished):
    """Wait until what the keys hold is so."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with reading(town.database) as connection:
            if wished(connection):
                return
        time.sleep(0.02)
    raise TimeoutError(wished)


def change_all_keys(day, house, monkeypatch):
    """Rotate; in the middle of it the server is killed, and comes back with another key to sign."""
    told = rotate(house.settings)
    until(day.town, lambda now: day.entered and values_by_key(now).get(2, 0) >= BATCH)
    house.kill()
    with writing(day.town.database) as connection:  # The leases of the killed worker have run out.
        connection.execute(text("UPDATE core_job SET run_at = enqueued_at WHERE state = 'running'"))
    monkeypatch.setenv("TOWNSQUARE_SECRET_KEYS_BEFORE", house.settings.secret_key)
    house.settings = replace(house.settings, secret_key=NEW_KEY)
    house.open()
    day.restarted.set()
    retired = select(RetiredKeyRow.number)
    until(day.town, lambda now: day.since and now.scalar(retired) == 1)
    return told


def rotate(settings):
    """Do what an operator does; return what they are told."""
    here = {
        "TOWNSQUARE_DATA": settings.data,
        "TOWNSQUARE_DATABASE": settings.database,
        "TOWNSQUARE_SECRET_KEY": settings.secret_key,
    }
    return CliRunner().invoke(townsquare, ["keys", "rotate"], env=here).output


def worked(house, day, change):
    """Run a day of traffic through this change, and finish what the killed workers left."""
    house.open()
    try:
        with ThreadPoolExecutor(len(day.traffic)) as threads:
            running = [threads.submit(*part) for part in day.traffic]
            try:
                change()
            finally:
                day.over.set()
            for one in running:
                one.result(PATIENCE)
        still = [visitor.ask("GET", "/account")[0] for visitor in day.entered + day.since]
    finally:
        house.kill()
    Worker(replace(day.town, now=lambda: true_time() + timedelta(minutes=5))).drain()
    return still


@pytest.fixture
def hook(acting_as, near):
    """A receiver that is told of receivers."""
    kinds = "webhooks.WebhookChanged"
    with acting_as(MANAGE) as ctx:
        return add_webhook(ctx, AddWebhook(name="Lamps", address=f"http://{near}/", events=kinds))


@pytest.fixture
def day(town, people, hook, signed_in, ear):
    """Four kinds of traffic, ready to begin."""
    olga, dina = signed_in(), Actor(1, "Dina Park", frozenset({MANAGE}))
    made = Day(town, free_port(), ear)
    made.traffic = [
        (made.enter, people[::2]),
        (made.enter, people[1::2]),
        (made.look, olga.cookie, olga.token),
        (made.tell, dina, hook.id),
    ]
    return made


@pytest.fixture
def still_in(day, settings, monkeypatch):
    """Run the day through the change of all keys; return what those are told who had entered."""
    house = House(settings, day.port, "yes")
    return worked(house, day, lambda: change_all_keys(day, house, monkeypatch))


@pytest.mark.engines("sqlite", "postgresql")
def test_all_keys_are_changed_under_traffic(still_in, day, town, hook, people, measured):
    assert day.wrong == []
    assert min(len(day.entered), len(day.since), day.reads, day.told) > 0
    assert set(still_in) == {200}
    heard = {headers["Townsquare-Delivery"]: (headers, body) for headers, body in day.ear.heard}
    assert len(heard) == day.told + 1  # One more for the moment when the receiver was named.
    assert [headers for headers, body in heard.values() if not proven(hook, headers, body)] == []
    with reading(town.database) as connection:
        assert values_by_key(connection) == {2: PEOPLE + 1}
        assert connection.scalar(select(func.count()).where(JobRow.state != "done")) == 0
    with pytest.raises(UnknownKey):
        Sealer(town.settings).open(people[0].sealed, people[0].place)
    measured(sign_ins=len(still_in), reads=day.reads, webhooks=len(heard))


def proven(hook, headers, body):
    """Tell whether the receiver finds that this message is ours."""
    moment, proof = (part.partition("=")[2] for part in headers["Townsquare-Signature"].split(","))
    return proof == signed(hook.secret.encode(), f"{moment}.".encode() + body, "sha256").hexdigest()


def badly_changed(day, house):
    """Forget the old key to sign, and mix up what was sealed: each row gets that of another."""
    until(day.town, lambda _now: day.entered)
    house.kill()
    house.settings = replace(house.settings, secret_key=NEW_KEY)
    with writing(day.town.database) as connection:
        one = select(FactorRow.secret).order_by(FactorRow.id).limit(1).scalar_subquery()
        connection.execute(update(FactorRow).values(secret=one))
    house.open()
    end = time.monotonic() + PATIENCE
    while len({what for what, _told in day.wrong}) < 2 and time.monotonic() < end:
        time.sleep(0.02)


@pytest.mark.engines("sqlite")
def test_keys_that_are_badly_changed_are_found(day, settings):
    """Forms of yesterday and sign-ins fail then: the harness sees both."""
    del day.traffic[-1]
    house = House(settings, day.port)
    worked(house, day, lambda: badly_changed(day, house))
    assert {what for what, _told in day.wrong} == {"form", "sign-in"}
