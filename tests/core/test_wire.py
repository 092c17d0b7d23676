"""The wire: whoever talks for too long, or too slowly, before asking is let go."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from townsquare.core.live import front, wire
from townsquare.core.live.answers import told
from townsquare.core.live.front import BUSY, LONG_HEADERS, Front, Parts
from townsquare.core.live.wire import LONGEST_HEADERS, Wire
from townsquare.core.web.security import FOR_FILES

DATE = (b"date", b"Sun, 29 Nov 2026 01:30:00 GMT")
HELLO = b"GET / HTTP/1.1\r\nHost: town\r\n"


async def app(_scope, receive, send):
    """Answer with the length of the body."""
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    said = str(length).encode()
    headers = [(b"content-length", str(len(said)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})


@asynccontextmanager
async def serving(answering):
    """Yield a port at which the wire listens for this application."""
    config = uvicorn.Config(answering, log_config=None, http=Wire)
    config.load()
    state = ServerState()
    state.default_headers = [DATE]
    server = await asyncio.get_running_loop().create_server(
        lambda: Wire(config, state, {}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


def say(*pieces, to=app):
    """Return all that the server answers until it hangs up."""

    async def story():
        async with serving(to) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.02)
                if reader._buffer:  # noqa: SLF001 (answered: whoever goes on is cut off)
                    break
            told = await asyncio.wait_for(reader.read(), 20)
            writer.close()
        return told

    return asyncio.run(story())


def test_a_request_in_pieces_is_read(monkeypatch):
    monkeypatch.setattr(wire, "HEADERS_WITHIN_SECONDS", 0.5)
    body = b"Content-Length: 3\r\nConnection: close\r\n\r\na"
    assert say(b"POST / HT", HELLO[8:], body, b"bc").endswith(b"\r\n3")


@pytest.mark.parametrize("pieces", [3, 40])
def test_headers_without_end_are_refused(pieces):
    long = b"X-Long: " + b"x" * (LONGEST_HEADERS * 2 // pieces) + b"\r\n"
    told = say(HELLO, *[long] * pieces)
    assert told.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"http.431"' in told


@pytest.mark.parametrize(
    "said", [b"HELLO TOWN\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01", b"BREW / HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_request_is_refused_in_our_words(said):
    head, _, body = say(said).partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    assert status == "HTTP/1.1 400 Bad Request"
    told = dict(line.split(": ", 1) for line in headers)
    assert {name.lower(): text for name, text in FOR_FILES}.items() <= told.items()
    assert told["content-type"] == "application/problem+json"
    assert int(told["content-length"]) == len(body)
    assert b'"code":"http.400"' in body


@pytest.mark.parametrize("pieces", [(), (HELLO,), (HELLO, b"X-Slow: y\r\n")])
def test_whoever_never_asks_is_let_go(monkeypatch, pieces):
    monkeypatch.setattr(wire, "HEADERS_WITHIN_SECONDS", 0.3)
    assert say(*pieces) == b""


def test_a_long_body_is_no_header():
    body = b"x" * LONGEST_HEADERS * 2
    head = b"POST / HTTP/1.1\r\nHost: town\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    assert say(head % len(body), body).endswith(str(len(body)).encode())


class Seen:
    """An application that answers this path at once, and keeps which requests it had to do."""

    def __init__(self, path="/full"):
        self.path, self.done = path, []

    def at_once(self, _method, path, _headers):
        return told(503, "full") if path == self.path else None

    async def __call__(self, scope, receive, send):
        self.done.append(scope["path"])
        await app(scope, receive, send)


def asking(path, *more, method="GET"):
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: town", *more, "", "")).encode()


def test_what_is_answered_at_once_is_no_work_and_ends_the_line():
    seen = Seen()
    first, _, rest = say(asking("/full?page=2"), to=seen).partition(b"\r\n")
    assert first == b"HTTP/1.1 503 Service Unavailable"
    assert b": ".join(DATE) in rest
    assert (b"connection: close" in rest, rest.partition(b"\r\n\r\n")[2]) == (True, b'"full"')
    assert seen.done == []


def test_nothing_is_done_for_what_was_sent_after_it():
    seen = Seen()
    answered = say(
        asking("/full") + asking("/other", "Content-Length: 1", method="POST") + b"x", to=seen
    )
    assert (answered.count(b"HTTP/1.1"), seen.done) == (1, [])


@pytest.mark.parametrize(
    "asked",
    [
        asking("/full", "Connection: close", method="POST"),
        asking("/full", "Connection: close", "Content-Length: 1") + b"x",
        asking("/other", "Connection: close"),
    ],
    ids=["other method", "with a body", "other path"],
)
def test_all_else_is_answered_by_the_application(asked):
    seen = Seen()
    assert say(asked, to=seen).startswith(b"HTTP/1.1 200 ")
    assert len(seen.done) == 1


def test_an_answer_is_not_given_before_the_one_that_was_asked_for_first():
    seen = Seen()
    told_both = say(asking("/other") + asking("/full", "Connection: close"), to=seen)
    assert told_both.count(b"HTTP/1.1 200 ") == 2
    assert seen.done == ["/other", "/full"]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (("GET", "/healthz"), b'{"status":"alive"}'),
        (("GET", "/library"), BUSY.answer.body),
        (("POST", "/healthz"), b"Health is only asked for"),
        (("GET", "/readyz"), None),
        (("GET", "/live/library"), None),
        (("GET", "/account/sign-in"), None),
        (("POST", "/account/sign-in"), None),
    ],
)
def test_a_full_house_sends_away_whoever_wants_a_page(monkeypatch, asked, answered):
    monkeypatch.setattr(front, "QUEUE_FACTOR", 0)
    full = Front(Parts(health=None, pages=app)).at_once(*asked, [])
    assert full is None if answered is None else answered in full.body


def test_a_house_with_room_sends_nobody_away():
    roomy = Front(Parts(health=None, pages=app))
    assert roomy.at_once("GET", "/library", []) is None
    assert roomy.at_once("GET", "/library", [(b"x", b"y" * LONGEST_HEADERS)]) is LONG_HEADERS.answer
