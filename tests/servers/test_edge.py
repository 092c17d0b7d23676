"""A real nginx by the files of deploy/, before played web processes: whom it sends where."""

import shutil
import socket
from contextlib import closing

import pytest

from tests.kit.servers import HOST
from tests.kit.waiting import until
from tests.servers.deployment import WEB
from tests.servers.played import PATIENCE, Names, Process, edge_of

pytestmark = pytest.mark.skipif(
    shutil.which("nginx") is None, reason="nginx is not installed: apt-get install nginx-light"
)
ONE, TWO = WEB
AT_ONCE = 50  # What the files allow an address; meanwhile a little more drips in.
FORGOTTEN = "/account/forgotten"


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    """nginx as it stands in the files, but for shorter times."""
    shorter = [
        ("nginx.conf", "client_header_timeout 10s;", "client_header_timeout 1s;"),
        ("nginx.conf", "client_body_timeout 30s;", "client_body_timeout 1s;"),
    ]
    with edge_of(tmp_path_factory.mktemp("edge") / "nginx", changed=shorter) as made:
        yield made


def test_nobody_is_sent_to_a_process_that_is_away(edge):
    edge.heard()
    for away, told in ((ONE, [0, 8]), (TWO, [8, 0])):
        with edge.away(away):
            for method in ("GET", "POST", "PUT", "DELETE") * 2:
                assert edge.ask(method).status == 200
        assert edge.heard() == told
    with edge.away(ONE, TWO):  # Better to wait at the door than to find none.
        assert {edge.ask().status for _ in range(4)} == {200}
    assert sum(edge.heard()) == 4
    assert {edge.ask().status for _ in range(8)} == {200}
    assert min(edge.heard()) >= 1


def sent(edge, method):
    """Return what became of one request that every process hangs up on, and how often it came."""
    edge.heard()
    for process in edge.processes:
        process.hangs_up = True
    answer = edge.ask(method, body=b"x=1")
    for process in edge.processes:
        process.hangs_up = False
    return answer.status, sum(edge.heard())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_is_never_sent_twice(edge, method, measured):
    assert sent(edge, method) == (503, 1)
    measured(changes=1)
    assert sent(edge, "GET") == (503, 2)


@pytest.mark.parametrize(
    ("method", "name", "written", "fault"),
    [
        ("POST", "nginx.conf", "error timeout;", "error timeout non_idempotent;"),
        ("DELETE", "upstreams.conf", "(PUT|DELETE)", "(NONE)"),
    ],
)
def test_a_planted_second_sending_is_found(method, name, written, fault, tmp_path):
    with edge_of(tmp_path / "nginx", changed=[(name, written, fault)]) as edge:
        assert sent(edge, method) == (503, 2)


def test_who_finds_a_shut_door_is_taken_to_the_other_process(tmp_path):
    with edge_of(tmp_path / "nginx") as edge:
        edge.processes[0].leave()
        assert {edge.ask(method).status for method in ("GET", "POST") * 4} == {200}
        with edge.away(TWO):  # Its sign may have come after the choice.
            assert {edge.ask(method).status for method in ("GET", "POST")} == {200}
        assert len(edge.processes[1].heard) == 10


def test_an_address_that_comes_too_often_waits_and_the_others_do_not(edge):
    told = [edge.ask("POST", FORGOTTEN, by="127.0.0.9") for _ in range(AT_ONCE)]
    assert {answer.status for answer in told} == {200}
    more = (edge.ask("POST", FORGOTTEN, by="127.0.0.9") for _ in range(2 * AT_ONCE))
    page = next(answer for answer in more if answer.status != 200)
    asked = {"by": "127.0.0.9", "Accept": "application/json"}
    problem = edge.ask("POST", "/account/sign-in/passkey/ask", **asked)
    for answer in (page, problem):
        assert (answer.status, answer.headers["Retry-After"]) == (429, "10")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert page.headers["Content-Type"] == "text/plain"
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert '"code": "core.too-many"' in problem.text
    assert edge.ask("POST", FORGOTTEN, by="127.0.0.10").status == 200
    for path in ("/account", "/library/desk/loans"):  # What guards no secret is not counted here.
        assert edge.ask("POST", path, by="127.0.0.9").status == 200
    assert edge.ask("GET", FORGOTTEN, by="127.0.0.9").status == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /library HTTP/1.1\r\nHost: here\r\nX-Slow: ",
        b"POST /library HTTP/1.1\r\nHost: here\r\nContent-Length: 90\r\n\r\nx=",
    ],
    ids=["headers", "body"],
)
def test_who_says_half_of_it_is_let_go(edge, begun):
    edge.heard()
    with closing(socket.create_connection((HOST, edge.door), PATIENCE)) as line:
        line.sendall(begun)
        said = line.recv(1000)
    assert said == b"" or said.startswith(b"HTTP/1.1 408 ")
    assert edge.heard() == [0, 0]  # No thread of the town has waited with them.


def test_a_web_container_that_was_made_anew_is_found(tmp_path):
    old, names = Process("127.0.0.2"), Names("127.0.0.2")
    port = old.server_address[1]
    names.start()
    inside = [
        ("upstreams.conf", "127.0.0.11 valid=2s", f"{HOST}:{names.port} valid=1s"),
        ("upstreams.conf", ":8001", f":{port}"),
    ]
    with edge_of(tmp_path / "nginx", changed=inside, upstreams="upstreams-compose") as edge:
        assert {edge.ask(method).status for method in ("GET", "POST", "PUT")} == {200}
        with edge.away(ONE):
            assert edge.ask().status == 200
        assert set(names.asked) == {"web", "web1", "web2"}
        old.leave()
        new = Process("127.0.0.3", port)
        names.where = "127.0.0.3"
        until(lambda: edge.ask().status == 200, PATIENCE)
        assert new.heard[-1] == "GET"
        new.leave()
    names.leave()
