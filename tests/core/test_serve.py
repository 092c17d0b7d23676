"""The whole process: ready soon, streams open, stops in order, and at once when asked twice."""

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest

from tests.kit.servers import free_port

pytestmark = pytest.mark.shown

COMMAND = (sys.executable, "-c", "from townsquare.cli import main; main()")
PATIENCE = 60  # Seconds in which even a busy machine starts or stops one process.


def environment(settings):
    chosen = {"DATA": settings.data, "DATABASE": settings.database, "DEMO": "yes"}
    return {**os.environ, **{f"TOWNSQUARE_{name}": value for name, value in chosen.items()}}


@contextmanager
def opened(port, path, verb="GET"):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request(verb, path)
        with connection.getresponse() as answer:
            yield answer


def ask(port, path):
    with opened(port, path) as answer:
        return answer.status, answer.read()


@contextmanager
def served(settings, *options, log=subprocess.DEVNULL):
    port = free_port()
    command = (*COMMAND, "serve", "--port", str(port), *options)
    process = subprocess.Popen(command, env=environment(settings), stderr=log)
    try:
        until_answered(port, process)
        yield process, port
    finally:
        process.kill()
        process.wait()


def until_answered(port, process):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            return ask(port, "/healthz")
        except OSError:
            time.sleep(0.05)
    raise TimeoutError


def test_it_is_ready_streams_and_stops_in_order(settings, tmp_path):
    with (tmp_path / "log").open("wb") as log, served(settings, log=log) as (process, port):
        assert ask(port, "/readyz") == (200, b'{"status":"ready","complaints":[]}')
        assert ask(port, "/api/v1/openapi.json")[0] == 200
        assert ask(port, "/live/nothing")[0] == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert b"Traceback" not in (tmp_path / "log").read_bytes()


GUEST = """
from townsquare.core.manifest import Service, Topic
service = Service("chess", "Chess", topics=(Topic("chess.board", "public"),))
"""


@pytest.fixture
def with_a_guest(settings, tmp_path, monkeypatch):
    """A package of somebody else, installed beside the town, with a public topic."""
    card = tmp_path / "chess_club-1.0.dist-info"
    card.mkdir()
    (card / "METADATA").write_text("Name: chess-club\nVersion: 1.0\n")
    (card / "entry_points.txt").write_text("[townsquare.services]\nchess = chess_club:service\n")
    (tmp_path / "chess_club.py").write_text(GUEST)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return settings


def test_an_open_stream_does_not_hold_up_the_stop(with_a_guest):
    with served(with_a_guest) as (process, port), opened(port, "/live/chess.board") as stream:
        assert stream.getheader("content-type") == "text/event-stream; charset=utf-8"
        assert stream.readline().startswith(b"id: ")
        process.send_signal(signal.SIGTERM)
        assert stream.read().endswith(b"retry: 1000\n\n")
        assert process.wait(PATIENCE) == 0


def test_a_second_signal_stops_it_at_once(settings):
    with served(settings, "--drain", "600") as (process, port):
        process.send_signal(signal.SIGTERM)
        until_unready(port)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE / 2) == 128 + signal.SIGTERM


def until_unready(port):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if ask(port, "/readyz")[0] == 503:
            return
        time.sleep(0.02)
    raise TimeoutError


def test_the_live_part_alone_shows_no_pages(settings):
    with served(settings, "--parts", "live") as (_process, port):
        assert ask(port, "/")[0] == 404
        assert ask(port, "/readyz")[0] == 200


def test_without_its_schema_it_does_not_start(settings, tmp_path):
    bare = {**environment(settings), "TOWNSQUARE_DATABASE": f"sqlite:///{tmp_path}/bare.db"}
    run = subprocess.run((*COMMAND, "serve"), env=bare, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "run townsquare migrate first" in run.stderr


def test_a_worker_stops_in_order(settings):
    command = (*COMMAND, "worker")
    told = {"env": environment(settings), "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **told) as process:
        assert b"worker started" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_a_stream_knows_whom_a_page_would_know(app, signed_in):
    from townsquare.core.live.parts import who

    person = signed_in("operations.operator", name="Dina Park")
    actor = who(app, {"cookie": person.cookie, "host": "localhost"})
    assert (actor.name, actor.person) == ("Dina Park", person.person)
    assert "operations.job.view" in actor.permissions
    assert not who(app, {"cookie": "townsquare-session=forged"}).signed_in
