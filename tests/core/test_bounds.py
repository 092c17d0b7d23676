"""How large a request may be, tried over the wire: what just fits, and one byte more."""

import socket
from contextlib import closing, suppress

import pytest

from tests.core.test_serve import PATIENCE, ask, opened, served

KIB = 1024
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"


@pytest.fixture
def port(settings):
    with served(settings) as (_process, port):
        yield port


def said(port, verb, path, body=b"", **headers):
    """Return the status that the server answers to this request, as it stands on the wire."""
    told = {"Host": "localhost", "Connection": "close", **headers}
    if body:
        told["Content-Length"] = str(len(body))
    lines = [f"{verb} {path} HTTP/1.1", *(f"{n.replace('_', '-')}: {v}" for n, v in told.items())]
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE)) as line:
        first = b""
        with suppress(OSError):  # It was told enough, and has hung up on the rest.
            line.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            first = line.makefile("rb").readline()
    return int(first.split()[1]) if first else 0


def longer(kind, size):
    """Return headers that announce one byte more than this size: nobody waits for the body."""
    return {**kind, "Content_Length": str(size + 1)}


def headers_of(size):
    """Return headers of so many bytes altogether, names and values counted."""
    rest = sum(map(len, ("Host", "localhost", "Connection", "close", "X-Filler")))
    return {"X_Filler": "x" * (size - rest)}


def parts_of(count):
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    return part * count + b"--b--\r\n"


def json_of(size):
    """Return a document for GraphQL in so many bytes."""
    frame = b'{"query": "%s"}'
    return frame % (b" " * (size - len(frame) + 2))


def form_of(size):
    return b"a=" + b"x" * (size - 2)


def test_what_just_fits_is_read_and_no_more(port):
    form, parts, json = ({"Content_Type": kind} for kind in (FORM, PARTS, "application/json"))
    tries = {
        "headers of 32 KiB": ({200}, "GET", "/", b"", headers_of(32 * KIB)),
        "headers, one byte more": ({431}, "GET", "/", b"", headers_of(32 * KIB + 1)),
        "headers for health": ({431}, "GET", "/healthz", b"", headers_of(32 * KIB + 1)),
        "headers of 1 MiB": ({0, 400, 431}, "GET", "/", b"", headers_of(KIB * KIB)),
        # What was read is refused for what it says: it asks for too much, or has no token.
        "JSON of 1 MiB": ({200}, "POST", "/graphql", json_of(KIB * KIB), json),
        "JSON, one byte more": ({413}, "POST", "/graphql", b"", longer(json, KIB * KIB)),
        "a form of 64 KiB": ({400}, "POST", "/account/sign-in", form_of(64 * KIB), form),
        "a form, one byte more": ({413}, "POST", "/account/sign-in", b"", longer(form, 64 * KIB)),
        "1,000 parts": ({400}, "POST", "/preferences", parts_of(1000), parts),
        "one part more": ({413}, "POST", "/preferences", parts_of(1001), parts),
        "TRACE for a page": ({405}, "TRACE", "/", b"", {}),
        "TRACE for health": ({405}, "TRACE", "/healthz", b"", {}),
        "TRACE for a stream": ({405}, "TRACE", "/live/nothing", b"", {}),
        "TRACE for a file": ({405}, "TRACE", "/static/theme.css", b"", {}),
        "TRACE for a program": ({405}, "TRACE", "/api/v1/library/loans", b"", {}),
    }
    wrong = {}
    for name, (allowed, verb, path, body, headers) in tries.items():
        status = said(port, verb, path, body, **headers)
        if status not in allowed:
            wrong[name] = status
    assert wrong == {}
    assert ask(port, "/readyz")[0] == 200
    for path in ("/healthz", "/live/nothing", "/"):
        with opened(port, path, "TRACE") as answer:
            assert "GET" in answer.getheader("Allow"), path
