"""Webhooks: signed, once for each event, again until they are heard, to those who asked for it."""

import hmac
import json
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest
from sqlalchemy import select, text

from tests.core.test_outgoing import receiver
from townsquare.core.events import Event
from townsquare.core.jobs import JobRow
from townsquare.core.jobs.desk import RetryJob, retry_job
from townsquare.core.jobs.running import ATTEMPTS
from townsquare.core.usecase import Actor, Command, Context, use_case
from townsquare.core.webhooks.desk import (
    MANAGE,
    AddressTaken,
    AddWebhook,
    ChooseWebhook,
    SendAgain,
    SwitchWebhook,
    UnknownCall,
    UnknownEvents,
    UnknownWebhook,
    add_webhook,
    calls_of,
    remove_webhook,
    send_again,
    switch_webhook,
)
from townsquare.core.worker import Worker


@dataclass(frozen=True)
class LampLit(Event):
    """A lamp of the square was lit."""

    lamp: int


class LightLamp(Command):
    """A wish for light."""

    lamp: int


@use_case("test.lamp.light", permission="public")
def light(ctx: Context, wish: LightLamp) -> None:
    """Light a lamp."""
    ctx.emit(LampLit(wish.lamp))


LIT = "core.LampLit"


class Ear:
    """A receiver that keeps what it hears and answers what it is told to."""

    def __init__(self):
        self.heard, self.status = [], 204

    def __call__(self, request):
        self.heard.append((request.headers, request.body))
        request.send_response(self.status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    @property
    def lamps(self):
        return [json.loads(body)["facts"]["lamp"] for _headers, body in self.heard]


@pytest.fixture
def ear():
    return Ear()


@pytest.fixture
def near(ear):
    with receiver(ear) as address:
        yield address


@pytest.fixture
def settings(settings, near):
    return replace(settings, outgoing_near=(near,))


@pytest.fixture
def hook(acting_as, near):
    """A receiver of lamps, with its secret."""
    with acting_as(MANAGE) as ctx:
        return add_webhook(ctx, AddWebhook(name="Lamps", address=f"http://{near}/", events=LIT))


@pytest.fixture
def lit(acting_as, town):
    """Light a lamp and let the worker do all that is due."""

    def run(lamp):
        with acting_as() as ctx:
            light(ctx, LightLamp(lamp=lamp))
        Worker(town).drain()

    return run


@pytest.fixture
def jobs(town):
    def found():
        with town.sessions() as db:
            mine = select(JobRow).where(JobRow.name == "core.webhook.call")
            return db.scalars(mine.order_by(JobRow.id)).all()

    return found


def test_a_receiver_can_check_that_a_message_is_ours(hook, lit, ear, clock):
    lit(7)
    ((headers, body),) = ear.heard
    moment, proof = (part.partition("=")[2] for part in headers["Townsquare-Signature"].split(","))
    told = hmac.new(hook.secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    assert proof == told
    assert int(moment) == int(clock().timestamp())
    assert json.loads(body)["event"] == LIT


def test_each_event_is_told_once_and_only_to_who_wants_it(hook, lit, ear, acting_as, town):
    lit(1)
    lit(2)
    with acting_as(MANAGE) as ctx:  # An event of its own, which nobody asked to hear.
        switch_webhook(ctx, SwitchWebhook(id=hook.id, on=True))
    Worker(town).drain()
    assert ear.lamps == [1, 2]


def test_who_does_not_hear_is_told_again(hook, lit, ear, jobs, clock, town):
    ear.status = 500
    lit(1)
    assert [(job.state, job.attempt) for job in jobs()] == [("waiting", 1)]
    assert "500" in jobs()[0].reason
    ear.status = 204
    clock.advance(minutes=1)
    Worker(town).drain()
    assert [(job.state, job.attempt) for job in jobs()] == [("done", 2)]
    assert ear.lamps == [1, 1]
    assert len({headers["Townsquare-Delivery"] for headers, _body in ear.heard}) == 1


def test_who_never_hears_is_given_up_and_may_be_told_again(hook, lit, ear, jobs, clock, acting_as):
    ear.status = 503
    lit(1)
    for lamp in range(2, ATTEMPTS + 1):
        clock.advance(hours=1)
        lit(lamp)
    first, *_later = jobs()
    assert (first.state, first.attempt) == ("dead", ATTEMPTS)
    ear.status, ear.heard = 204, []
    with acting_as("operations.job.retry") as ctx:
        retry_job(ctx, RetryJob(id=first.public_id))
    clock.advance(hours=1)
    lit(99)
    assert {1, 99} <= set(ear.lamps)


def test_nobody_is_told_who_was_switched_off_or_let_go(hook, lit, ear, acting_as):
    with acting_as(MANAGE) as ctx:
        switch_webhook(ctx, SwitchWebhook(id=hook.id, on=False))
    lit(1)
    with acting_as(MANAGE) as ctx:
        remove_webhook(ctx, ChooseWebhook(id=hook.id))
    lit(2)
    assert ear.heard == []
    with pytest.raises(UnknownWebhook), acting_as(MANAGE) as ctx:
        remove_webhook(ctx, ChooseWebhook(id=hook.id))


def test_a_call_that_was_left_out_is_not_shown_as_heard(hook, lit, ear, clock, town, signed_in):
    operator = signed_in("operations.operator")
    ear.status = 500
    lit(1)
    with town.working(Actor(1, "Dina Park", frozenset({MANAGE}))) as ctx:
        switch_webhook(ctx, SwitchWebhook(id=hook.id, on=False))
    clock.advance(minutes=1)
    Worker(town).drain()
    assert ear.lamps == [1]
    page = operator.client.get(f"/admin/webhooks/{hook.id}").text
    assert "Not sent" in page
    assert "was switched off or let go meanwhile" in page
    assert "Heard" not in page


def test_what_was_told_can_be_told_again(hook, lit, ear, acting_as, town):
    lit(1)
    with acting_as(MANAGE, reads=True) as ctx:
        (call,) = calls_of(ctx, ChooseWebhook(id=hook.id))
    assert (call.event, call.state, call.attempt) == (LIT, "done", 1)
    with acting_as(MANAGE) as ctx:
        send_again(ctx, SendAgain(id=hook.id, position=call.position))
    Worker(town).drain()
    assert ear.lamps == [1, 1]
    with pytest.raises(UnknownCall), acting_as(MANAGE) as ctx:
        send_again(ctx, SendAgain(id=hook.id, position=9_999))


def test_an_address_is_named_once_and_only_for_what_happens(hook, acting_as, near):
    again = AddWebhook(name="Again", address=f"http://{near}/")
    with pytest.raises(AddressTaken), acting_as(MANAGE) as ctx:
        add_webhook(ctx, again)
    odd = AddWebhook(name="Odd", address="https://odd.example/", events="library.Nothing")
    with pytest.raises(UnknownEvents, match=r"library\.Nothing"), acting_as(MANAGE) as ctx:
        add_webhook(ctx, odd)


def test_a_copy_of_the_database_does_not_give_the_secret_away(hook, town):
    with town.database.connect() as connection:
        (kept,) = connection.scalars(text("SELECT secret FROM core_webhook"))
    assert hook.secret.encode() not in bytes(kept)
    assert hook.secret.removeprefix("whsec_").encode() not in bytes(kept)


def test_where_nobody_listens_the_relay_hands_nothing_over(lit, jobs, town):
    lit(1)
    with town.database.connect() as connection:
        known = connection.scalars(text("SELECT consumer FROM core_inbox")).all()
    assert (jobs(), known) == ([], [])


def test_the_pages_name_show_and_let_go(signed_in, near, lit, ear):
    operator = signed_in("operations.operator")
    sent = {
        "csrf_token": operator.token,
        "name": "Lamps",
        "address": f"http://{near}/",
        "events": LIT,
    }
    made = operator.client.post("/admin/webhooks/new", data=sent)
    assert made.status_code == 201
    assert "whsec_" in made.text
    listed = operator.client.get("/admin/webhooks").text
    place = listed.partition('href="/admin/webhooks/0')[2].partition('"')[0]
    lit(3)
    page = operator.client.get(f"/admin/webhooks/0{place}").text
    assert "Heard" in page
    assert "whsec_" not in page
    off = {
        "csrf_token": operator.token,
        "on": page.partition('name="on" value="')[2].partition('"')[0],
    }
    operator.client.post(f"/admin/webhooks/0{place}/switch", data=off)
    assert "Switch on" in operator.client.get(f"/admin/webhooks/0{place}").text
    operator.client.post(f"/admin/webhooks/0{place}/remove", data={"csrf_token": operator.token})
    assert "Nobody is told anything." in operator.client.get("/admin/webhooks").text


@pytest.mark.parametrize("address", ["https://127.0.0.1/", "http://example.org/", "https://a:8/"])
def test_the_page_refuses_an_address_inside(signed_in, address):
    operator = signed_in("operations.operator")
    sent = {"csrf_token": operator.token, "name": "Inside", "address": address}
    answer = operator.client.post("/admin/webhooks/new", data=sent)
    assert answer.status_code == 422
    assert 'href="#f-address">' in answer.text
    assert answer.text.count("This address cannot be called") == 2  # On top, and at the field.
