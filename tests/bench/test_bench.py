"""The bench must find a slow contestant, and must not believe one that errs."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from bench.measure import (
    SERVER_CORE,
    InvalidRound,
    Slice,
    cpu_seconds,
    load,
    on_the_core_of_servers,
    ratios,
)
from bench.run import Line, keep, measured
from bench.scenarios import Bench, Goal, Measured, UnequalAnswers, refuse_unequal
from tests.kit.servers import NotInstalled, free_port, running
from tests.kit.waiting import until

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
status, burn = int(sys.argv[2]), int(sys.argv[3])

class Page(BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

    def do_GET(self):
        sum(range(burn))
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_): ...

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
ASK = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2).close()"
BURN = "import time\nwhile time.process_time() < 0.5: pass"
LOAD = {"wrk": [], "script": [], "seconds": 1}
HALF = Goal("of the reference", 0.5)


@pytest.fixture
def served(tmp_path):
    """Run a server that answers so and burns this much until the end of a block."""
    if shutil.which("wrk") is None:
        pytest.skip("Install wrk to try the bench.")

    @contextmanager
    def run(status=200, burn=0):
        port = free_port()
        server = (sys.executable, "-c", SERVER, str(port), str(status), str(burn))
        question = (sys.executable, "-c", ASK, str(port))
        with running(server, question, tmp_path / f"server-{port}") as pid:
            yield pid, f"http://127.0.0.1:{port}/"

    return run


@pytest.fixture
def loaded(served):
    """Return what a second of load makes of such a server."""

    def run(**how):
        with served(**how) as (pid, url):
            return load(url, pid, **LOAD)

    return run


def test_the_work_of_children_counts():
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", parent + "\n"], stdin=subprocess.PIPE, text=True
    ) as process:
        process.stdin.flush()
        # Of the half second that it burns a tick or two may not be counted.
        until(lambda: process.poll() is not None or cpu_seconds(process.pid) >= 0.4)
        assert process.poll() is None
        process.stdin.write("\n")
        process.stdin.close()


def test_what_is_measured_here_stays_on_the_core_of_servers():
    before = os.sched_getaffinity(0)
    with on_the_core_of_servers():
        assert os.sched_getaffinity(0) == {int(SERVER_CORE)}
    assert os.sched_getaffinity(0) == before


def test_a_planted_slowdown_is_found(loaded):
    quick, slow = loaded(), loaded(burn=40_000)
    assert ratios([slow], [quick])[0] < 0.7
    assert not Line(HALF, Measured(ratios([slow], [Slice(1, quick.cpu_us / 2, 1.0)]))).holds


def test_the_work_of_a_proxy_before_it_counts(served):
    # Of a machine that others want as well one alone would get too little to be seen.
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _each in range(3)]
    try:
        with served() as (pid, url):
            began = cpu_seconds(pid)
            through = load(url, pid, *[one.pid for one in busy], **{**LOAD, "seconds": 3})
            own = cpu_seconds(pid) - began  # Looked at for a little longer than it was counted.
    finally:
        for one in busy:
            one.kill()
            one.wait()
    assert through.requests * through.cpu_us / 1e6 > own + 0.1


def test_a_goal_whose_program_is_missing_is_named_and_not_held(capsys):
    advice = "nginx is not installed: apt-get install nginx-light"

    def missing():
        raise NotInstalled(advice)

    lines = measured([(HALF, missing), (HALF, lambda: Measured([0.6]))])
    assert [line.holds for line in lines] == [True]
    assert f"NOT MEASURED  {advice}" in capsys.readouterr().out


def test_a_server_that_errs_proves_nothing(loaded):
    with pytest.raises(InvalidRound):
        loaded(status=500)


@pytest.mark.parametrize(
    ("values", "holds"), [([0.6, 0.5, 0.4], True), ([0.6, 0.49, 0.4], False), ([0.5], True)]
)
def test_the_median_decides(values, holds):
    assert Line(HALF, Measured(values)).holds is holds
    word = "holds" if holds else "BELOW"
    assert word in Line(HALF, Measured(values)).told()


def test_a_bound_from_above_holds_below_it():
    most = Goal("start", 2.0, at_least=False, unit=" s")
    assert Line(most, Measured([1.9])).holds
    assert not Line(most, Measured([2.1])).holds


@pytest.mark.parametrize(
    "other", [[{"title": "River"}], [], [{"title": "Sea"}, {"title": "River"}]]
)
def test_contestants_that_show_other_rows_are_not_compared(other):
    with pytest.raises(UnequalAnswers):
        refuse_unequal([[{"title": "Sea"}], other])


def test_nobody_is_compared_who_shows_nothing():
    with pytest.raises(UnequalAnswers):
        refuse_unequal([[], []])


def test_the_raw_figures_are_kept(tmp_path):
    bench = Bench(tmp_path, 1, 5, 50, {("ours", 5): [Slice(300, 410.5, 2.0)]})
    kept = json.loads(keep(bench, [Line(HALF, Measured([0.6]))], tmp_path / "results").read_text())
    assert kept["goals"][0]["values"] == [0.6]
    assert kept["slices"][0]["cpu_us"] == 410.5
