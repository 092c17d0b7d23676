"""Sockets under every server that can have them, by the commands of servers.md, and nginx."""

import os
import shutil
import signal
import socket as sockets
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.kit.callers import calling
from tests.kit.demo import settings_of
from tests.kit.recipes import ROOT, commands, end, started, until_closed, until_listening
from tests.kit.servers import HOST, NotInstalled, free_port
from tests.kit.visitors import PATIENCE, Visitor
from tests.kit.waiting import until
from tests.servers.deployment import nginx_here
from tests.servers.houses import lent
from tests.servers.played import listens

OURS = "townsquare serve"
SERVERS = {
    OURS: ("townsquare", "serve", "--port", "8001", "--parts", "web,live"),
    **{name: told for name, told in commands().items() if "townsquare.app:asgi" in " ".join(told)},
}
GUEST = str(Path(__file__).parent / "guest")
PEOPLE = ("Dina Park", "Emil Novak")
LONGEST = 16 * 1024
ENDS = {"granian, ASGI": {1012, 1006}}  # It may cut a line off before it asks the town to stop.


@contextmanager
def serving(name, data):
    around = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{GUEST}"}
    try:
        with started(SERVERS[name], {**settings_of(data), **around}, data / "server.log") as told:
            until_listening(told)
            yield told
    except NotInstalled as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module", params=SERVERS)
def house(request, demo_template, tmp_path_factory):
    data = shutil.copytree(demo_template, tmp_path_factory.mktemp("served") / "data")
    with lent(request.param, data, serving) as house:
        yield house


def cookie_of(port, name="Dina Park"):
    visitor = Visitor(port)
    visitor.step_in(name)
    return visitor.carried()["Cookie"]


@pytest.fixture
def line(server):
    with calling(server.port, "/ws/belfry/rings", Cookie=cookie_of(server.port)) as line:
        yield line


def wish(client_id, **more):
    return {"type": "ring", "client_id": client_id, "times": 3, **more}


def test_a_wish_is_done_and_its_repeat_is_not(line):
    first = line.ask(wish("first"))
    assert first["type"] == "rung"
    assert line.ask(wish("first")) == first
    assert line.ask(wish("second"))["version"] == first["version"] + 1


def test_a_bad_message_is_answered_and_the_line_stays(line):
    assert line.ask("ring!")["code"] == "core.not-json"
    assert line.ask(b"\x00")["code"] == "core.not-json"
    assert line.ask(wish("a", times=0))["code"] == "core.invalid"
    assert line.ask("x" * (LONGEST + 1))["code"] == "core.message-too-long"
    assert line.ask(wish("good"))["type"] == "rung"


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("/ws/belfry/rings", {"Origin": "http://evil.example"}, 403, "core.foreign-origin"),
        ("/ws/belfry/rings", {"Cookie": ""}, 401, "core.not-identified"),
        ("/ws/belfry/rope", {}, 403, "core.not-allowed"),
        ("/ws/belfry/nothing", {}, 404, "core.not-found"),
    ],
)
def test_a_refusal_is_plain_http(server, path, headers, status, code):
    with calling(server.port, path, **{"Cookie": cookie_of(server.port), **headers}) as line:
        assert (line.status, line.problem["code"]) == (status, code)


def test_fifty_lines_are_served_at_once(server, measured):
    # Each session has five lines, so that fifty need ten of them.
    cookies = [cookie_of(server.port, PEOPLE[number % 2]) for number in range(10)]

    def talk(number):
        with calling(server.port, "/ws/belfry/rings", Cookie=cookies[number % 10]) as line:
            return line.ask(wish(f"crowd-{number}"))["version"]

    with ThreadPoolExecutor(50) as people:
        assert len(set(people.map(talk, range(50)))) == 50
    measured(lines=50)


def test_a_stop_closes_the_line_and_is_not_held_up(house, doomed, measured):
    with calling(doomed.port, "/ws/belfry/rings", Cookie=cookie_of(doomed.port)) as line:
        line.ask(wish("a"))
        doomed.process.send_signal(signal.SIGTERM)
        assert line.hear() is None
        assert line.closed in ENDS.get(house.name, {1012})
    until_closed(doomed.port)
    assert doomed.process.wait(PATIENCE) in {0, 128 + signal.SIGTERM, -signal.SIGTERM}
    measured(lines=1)


@pytest.fixture
def edge(demo_data, tmp_path):
    """nginx by the files of deploy/ before our own server, which has every part."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    with serving(OURS, demo_data) as running:
        door = free_port()
        ports = dict.fromkeys(("web@8001", "web@8004", "live"), running.port)
        command = nginx_here(tmp_path / "nginx", door, ports)
        with (tmp_path / "log").open("wb") as output:
            nginx = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        try:
            until(lambda: listens(door) or nginx.poll() is not None)
            yield door
        finally:
            end(nginx)


def test_nginx_passes_a_socket_on_and_upgrades_nothing_else(edge):
    cookie = cookie_of(edge)
    with calling(edge, "/ws/belfry/rings", Cookie=cookie) as line:
        assert line.ask(wish("through"))["type"] == "rung"
    with calling(edge, "/ws/belfry/rings", Cookie=cookie, Origin="http://evil.example") as line:
        assert (line.status, line.problem["code"]) == (403, "core.foreign-origin")
    upgrade = "GET / HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with closing(sockets.create_connection((HOST, edge), timeout=PATIENCE)) as line:
        line.sendall(upgrade.format(f"{HOST}:{edge}").encode())
        assert line.recv(20).startswith(b"HTTP/1.1 200")
