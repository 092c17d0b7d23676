"""One town under seven servers, by the commands of docs/operate/servers.md: they answer alike."""

import http.client
import shutil
import signal
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress

import pytest

from tests.kit.demo import settings_of
from tests.kit.recipes import commands, started, until_closed, until_listening
from tests.kit.servers import HOST, NotInstalled
from tests.kit.visitors import PATIENCE, Visitor
from tests.servers.houses import lent

SERVERS = commands()
LIVE = [name for name in SERVERS if "townsquare.app:asgi" in " ".join(SERVERS[name])]
# What ends it in order, where that is not SIGTERM; servers.md says so too.
STOPS = {"waitress": signal.SIGINT}
ENDED = {0, 128 + signal.SIGTERM, -signal.SIGTERM}
AT_ONCE = 50
TELL = "INSERT INTO core_live (position, topic, message, at) VALUES (?, ?, ?, ?)"
LONG = b"title,authors,description\n" + b"".join(
    b"Book %d,Bob,%s\n" % (number, b"d" * 4000) for number in range(260)
)


@contextmanager
def serving(name, data, **more):
    settings = {**settings_of(data), "TOWNSQUARE_PROXIES": "1", **more}
    try:
        with started(SERVERS[name], settings, data / "server.log") as running:
            until_listening(running)
            yield running
    except NotInstalled as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module", params=SERVERS)
def house(request, demo_template, tmp_path_factory):
    """A town under each server."""
    data = shutil.copytree(demo_template, tmp_path_factory.mktemp("served") / "data")
    with lent(request.param, data, serving) as house:
        yield house


@pytest.fixture
def visitor(server, measured):
    """Somebody who has just come in; each of their requests is counted."""
    came = Visitor(server.port)
    yield came
    measured(requests=came.asked)


def test_a_page_is_the_same_with_and_without_its_body(visitor):
    page, head = visitor.get("/"), visitor.ask("HEAD", "/")
    assert (page.status, head.status, head.body) == (200, 200, b"")
    assert head.headers["Content-Length"] == str(len(page.body))
    assert page.headers["Content-Security-Policy"] == head.headers["Content-Security-Policy"]


def test_a_file_is_served_in_part(visitor):
    whole = visitor.get("/static/theme.css")
    part = visitor.get("/static/theme.css", Range="bytes=10-19")
    assert (part.status, part.body) == (206, whole.body[10:20])
    beyond = visitor.get("/static/theme.css", Range="bytes=9999999-")
    assert beyond.status == 416
    known = visitor.get("/static/theme.css", **{"If-None-Match": whole.headers["ETag"]})
    assert (known.status, known.body) == (304, b"")


def test_no_header_is_said_twice(visitor):
    for path in ("/", "/static/theme.css", "/readyz", "/nothing"):
        said = Counter(name.lower() for name in visitor.get(path).headers if name != "Set-Cookie")
        assert {name for name, times in said.items() if times > 1} == set(), path


def test_what_is_wrong_is_said_the_same_way(visitor):
    assert visitor.get("/nothing").status == 404
    for method in ("TRACE", "DELETE"):
        refused = visitor.ask(method, "/")
        assert refused.status == 405, method
        assert "GET" in refused.headers["Allow"]
    # httptools knows the methods of the standards alone, and takes another one for no request.
    assert visitor.ask("BREW", "/").status in {400, 405}
    assert visitor.get("/", Host="elsewhere.example").status == 400
    assert visitor.get("/search?q=%FF%00%E2%82").status == 422


def test_a_form_is_sent_and_a_session_is_kept(visitor):
    assert visitor.step_in("Dina Park").status == 303
    assert "Dina Park" in visitor.get("/").text
    assert visitor.post("/account/sign-out").status == 303
    assert visitor.get("/account").status != 200


def test_a_file_is_sent_and_taken_whole(visitor):
    visitor.step_in("Emil Novak")
    sent = visitor.send_file("/library/imports", "long.csv", LONG, dry_run="true")
    assert sent.status == 303
    assert visitor.get(sent.headers["Location"]).status == 200


def test_a_body_that_is_too_long_is_refused(visitor):
    visitor.get("/")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = visitor.ask("POST", "/preferences", b"theme=" + b"x" * 1024 * 1024, form)
    assert sent.status == 413


def test_a_body_in_chunks_is_read_or_refused(visitor):
    token = visitor.token()
    sent = f"csrf_token={token}&theme=dark&text=large&keys=off".encode()
    with closing(http.client.HTTPConnection(HOST, visitor.port, timeout=PATIENCE)) as line:
        headers = {**visitor.carried(), "Content-Type": "application/x-www-form-urlencoded"}
        with suppress(BrokenPipeError, ConnectionResetError):  # Who refuses may hang up early.
            line.request("POST", "/preferences", iter([sent[:20], sent[20:]]), headers)
        assert line.getresponse().status in {303, 400, 411}


def test_fifty_at_once_are_answered_or_told_when_to_come_back(visitor):
    def ask(_number):
        asked = 0
        while True:
            came = Visitor(visitor.port).get("/library")
            asked += 1
            if came.status == 200:
                return asked
            assert (came.status, bool(came.headers["Retry-After"])) == (503, True)

    with ThreadPoolExecutor(AT_ONCE) as people:
        assert len(list(people.map(ask, range(AT_ONCE)))) == AT_ONCE


def test_one_line_serves_for_many_requests(visitor):
    with closing(http.client.HTTPConnection(HOST, visitor.port, timeout=PATIENCE)) as line:
        for path in ("/", "/static/theme.css", "/nothing", "/readyz", "/"):
            line.request("GET", path)
            came = line.getresponse()
            came.read()
            assert came.headers.get("Connection", "").lower() != "close"
            assert line.sock is not None


def test_who_calls_is_what_one_proxy_says(visitor, house):
    def networks():
        with closing(sqlite3.connect(house.data / "town.db")) as database:
            return database.execute("SELECT count(*) FROM core_failure").fetchone()[0]

    def be_wrong(email, forwarded):
        told = {"email": email, "password": "wrong"}
        assert (
            visitor.post("/account/sign-in", told, **{"X-Forwarded-For": forwarded}).status == 422
        )

    be_wrong("a@a.example", "203.0.113.9")
    known = networks()
    be_wrong("a@a.example", "203.0.113.9")
    be_wrong("a@a.example", "8.8.8.8, 203.0.113.10")  # The same network, whatever they claim.
    assert networks() == known
    be_wrong("a@a.example", "198.51.100.7")
    assert networks() == known + 1


def test_who_is_served_while_it_stops_gets_the_answer(house, doomed, measured):
    visitor = Visitor(doomed.port)
    visitor.step_in("Dina Park")
    token = visitor.token()
    with closing(sqlite3.connect(house.data / "town.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")  # Whoever writes now, waits.
        with visitor.posting("/account/sign-out", {"csrf_token": token}) as line:
            for _ in range(10):  # Who came after it is answered: it is being served.
                assert visitor.get("/healthz").status == 200
            doomed.process.send_signal(STOPS.get(house.name, signal.SIGTERM))
            until_closed(doomed.port)
            database.execute("ROLLBACK")
            assert line.getresponse().status == 303
    assert doomed.process.wait(PATIENCE) in ENDED
    measured(finished=1)


@pytest.mark.parametrize("name", LIVE)
def test_a_stream_hears_and_does_not_hold_up_the_stop(name, demo_data, measured):
    with serving(name, demo_data) as running:
        visitor = Visitor(running.port)
        visitor.step_in("Dina Park")
        with visitor.asking("GET", "/live/library.desk") as stream:
            assert stream.getheader("Content-Type") == "text/event-stream; charset=utf-8"
            assert stream.readline().startswith(b"id: ")
            said = (1_000_000, "library.desk", "a book is back", "2026-03-02 10:00:00.000000")
            with closing(sqlite3.connect(demo_data / "town.db")) as database:
                database.execute(TELL, said)
                database.commit()
            assert b"data: a book is back\n" in iter(stream.readline, b"")
            running.process.send_signal(signal.SIGTERM)
            assert stream.read().endswith(b"retry: 1000\n\n")
        assert running.process.wait(PATIENCE) in ENDED
    measured(streams=1)
