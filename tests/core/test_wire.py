"""The wire: whoever talks for too long, or too slowly, before asking is let go."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from townsquare.core.live import wire
from townsquare.core.live.wire import LONGEST_HEADERS, Wire
from townsquare.core.web.security import FOR_FILES

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
async def serving():
    """Yield a port at which the wire listens for this application."""
    config = uvicorn.Config(app, log_config=None, http=Wire)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Wire(config, state, {}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


def say(*pieces):
    """Return all that the server answers until it hangs up."""

    async def story():
        async with serving() as port:
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
