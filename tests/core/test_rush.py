"""A rush at the door: whoever signs in waits outside the threads, so that pages go on."""

import asyncio
import threading

import pytest

from townsquare.core.live import front
from townsquare.core.live.front import Front, Parts

THREADS, RUSH = 4, 20


class Pages:
    """An application whose POSTs take until they are let go, as a check of a password would."""

    def __init__(self):
        self.let_go, self.lock, self.inside, self.most = threading.Event(), threading.Lock(), 0, 0

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
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


async def ask(door, method, path):
    """Return the status of one request."""
    told = []
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    scope |= {"http_version": "1.1", "server": ("localhost", 80), "client": ("localhost", 1)}

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        told.append(message)

    await door(scope, receive, send)
    return told[0]["status"]


async def rush(pages, path):
    """Send many POSTs to the path; return what a page answers meanwhile, and what they get."""
    door = Front(Parts(health=None, pages=pages, threads=THREADS))
    crowd = [asyncio.create_task(ask(door, "POST", path)) for _ in range(RUSH)]
    await asyncio.sleep(0)
    try:
        page = await asyncio.wait_for(ask(door, "GET", "/library"), 5)
    except TimeoutError:
        page = None
    pages.let_go.set()
    return page, await asyncio.gather(*crowd)


def test_pages_go_on_while_a_crowd_signs_in(pages):
    page, entered = asyncio.run(rush(pages, "/account/sign-in"))
    assert (page, entered) == (200, [200] * RUSH)
    assert pages.most < THREADS


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
