"""A rush at the door: whoever signs in waits outside the threads, so that pages go on."""

import asyncio
import threading

import pytest

from tests.kit.waiting import until
from townsquare.core.live import front
from townsquare.core.live.front import Front, Parts

THREADS, RUSH = 4, 20


class Pages:
    """An application that reads a form, and takes until it is let go, as a check would."""

    slow = "POST"

    def __init__(self):
        self.let_go, self.lock, self.inside, self.most = threading.Event(), threading.Lock(), 0, 0
        self.read = []

    def __call__(self, environ, start_response):
        self.read.append(environ["wsgi.input"].read())
        if f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}".startswith(self.slow):
            with self.lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            self.let_go.wait()
            with self.lock:
                self.inside -= 1
        start_response("200 OK", [])
        return [b"a page"]


@pytest.fixture
def pages():
    made = Pages()
    yield made
    made.let_go.set()


async def ask(door, method, path, body=(b"",)):
    """Return the status of one request whose body comes in these pieces; None never comes."""
    told = []
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    scope |= {"http_version": "1.1", "server": ("localhost", 80), "client": ("localhost", 1)}

    pieces = list(body)

    async def receive():
        piece = pieces.pop(0)
        if piece is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message):
        told.append(message)

    await door(scope, receive, send)
    return told[0]["status"]


async def rush(pages, path, *, method="POST", asked="/library", inside=1, **chosen):
    """Send a crowd to the path; return what a page answers meanwhile, and what they get.

    Nobody is let go before so many of the crowd are inside.
    """
    door = Front(Parts(health=None, pages=pages, **{"threads": THREADS, **chosen}))
    crowd = [asyncio.create_task(ask(door, method, path)) for _ in range(RUSH)]
    await asyncio.sleep(0)
    try:
        page = await asyncio.wait_for(ask(door, "GET", asked), 5)
    except TimeoutError:
        page = None
    await asyncio.to_thread(until, lambda: pages.inside >= inside)
    pages.let_go.set()
    return page, await asyncio.gather(*crowd)


def test_pages_go_on_while_a_crowd_signs_in(pages):
    page, entered = asyncio.run(rush(pages, "/account/sign-in"))
    assert (page, entered) == (200, [200] * RUSH)
    assert pages.most < THREADS


@pytest.mark.parametrize("asked", ["/account/sign-in", "/account/sessions"])
def test_whoever_only_looks_does_not_wait_for_passwords(pages, asked):
    page, entered = asyncio.run(rush(pages, "/account/sign-in", asked=asked))
    assert (page, entered) == (200, [200] * RUSH)


def test_forms_are_shown_one_after_the_other(pages):
    pages.slow = "GET /account/sign-in"
    page, shown = asyncio.run(rush(pages, "/account/sign-in", method="GET"))
    assert (page, shown, pages.most) == (200, [200] * RUSH, 1)


@pytest.mark.parametrize(("places", "most"), [(1, 1), (2, 2), (64, 2)])
def test_no_more_go_in_than_can_be_checked_and_never_most_threads(pages, places, most):
    chosen = {"threads": 8, "at_the_door": places, "inside": most}
    told = asyncio.run(rush(pages, "/account/sign-in", **chosen))
    assert told == (200, [200] * RUSH)
    assert pages.most == most


def test_whoever_sends_slowly_keeps_no_place_and_is_told_so(pages, monkeypatch):
    monkeypatch.setattr(front, "BODY_SECONDS", 0.2)
    pages.let_go.set()

    async def beside_slow_ones():
        door = Front(Parts(health=None, pages=pages, threads=THREADS))
        slow = (b"email=", None)
        crowd = [asyncio.create_task(ask(door, "POST", "/account/x", slow)) for _ in range(3)]
        await asyncio.sleep(0)
        quick = await ask(door, "POST", "/account/sign-in", (b"email=", b"maya"))
        return quick, [task.done() for task in crowd], await asyncio.gather(*crowd)

    assert asyncio.run(beside_slow_ones()) == (200, [False] * 3, [408] * 3)


def test_a_body_arrives_as_it_was_sent(pages):
    pages.let_go.set()
    pieces = (b"a" * front.FORM_BYTES, b"b" * 10, b"c" * front.FORM_BYTES, b"d")

    async def sent():
        door = Front(Parts(health=None, pages=pages, threads=THREADS))
        return await ask(door, "POST", "/account/data", pieces)

    assert asyncio.run(sent()) == 200
    assert pages.read == [b"".join(pieces)]


def test_a_crowd_that_takes_every_thread_would_be_noticed(pages):
    page, entered = asyncio.run(rush(pages, "/library"))
    assert page != 200
    assert 503 in entered


def test_whoever_waits_too_long_is_told_so(pages, monkeypatch):
    monkeypatch.setattr(front, "PATIENCE_AT_THE_DOOR", 0.01)

    async def crowded():
        door = Front(Parts(health=None, pages=pages, threads=THREADS))
        crowd = [asyncio.create_task(ask(door, "POST", "/account/sign-in")) for _ in range(RUSH)]
        done, _waiting = await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED)
        pages.let_go.set()
        return [task.result() for task in done], await asyncio.gather(*crowd)

    first, all_of_them = asyncio.run(crowded())
    assert set(first) == {503}
    assert sorted(set(all_of_them)) == [200, 503]
