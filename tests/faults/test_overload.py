"""Five times as many people as a server can serve: it serves on, and sends the others away."""

import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.crowds import LONG, SHORT, Crowd, day_of, on_the_first_core
from tests.kit.demo import load_demo, settings_of
from tests.kit.recipes import started, until_listening

MAIN = "from townsquare.cli import main; main()"
THREADS, PAGE = 8, "/library"
ROUNDS, LONG_ROUNDS = 5, 10
# What must hold: so much of its best for the same work, some of which goes to those it sends away;
# for a release, tried for long on a machine that does nothing else, so much by the clock, and so
# many seconds until it says that it is alive, beyond what a bare server beside it takes.
AT_LEAST, RELEASE, ALIVE_WITHIN = 0.7, 0.8, 0.1
# The planted faults: a front that lets everybody wait, and one for which a refusal is work.
PATIENT = f"from townsquare.core.live import front; front.QUEUE_FACTOR = 10**6; {MAIN}"
LABORIOUS = f"""
from townsquare.core.live import front
at_once = front.Front.at_once
def slowly(self, *told):
    answer = at_once(self, *told)
    if answer is front.BUSY.answer:
        sum(range(2_000_000))
    return answer
front.Front.at_once = slowly
{MAIN}
"""


def pytest_generate_tests(metafunc):
    """Look at SQLite alone, and before a release at both databases."""
    if "demo" in metafunc.fixturenames:
        long = metafunc.config.getoption("--long")
        metafunc.parametrize(
            "demo", ["sqlite", "postgresql"] if long else ["sqlite"], indirect=True
        )


@pytest.fixture
def demo(request, demo_data):
    """The settings of a demo town of this test's own."""
    if request.param == "sqlite":
        return settings_of(demo_data)
    database = request.getfixturevalue("bare_postgresql_url")
    told = {**settings_of(demo_data), "TOWNSQUARE_DATABASE": database}
    load_demo(told)
    return told


@contextmanager
def serving(told, program=MAIN, turns=SHORT):
    command = (sys.executable, "-c", program, "serve", "--threads", str(THREADS), "--port", "8001")
    log = Path(told["TOWNSQUARE_DATA"], "server.log")
    with started(on_the_first_core(command), told, log) as running:
        until_listening(running)
        yield Crowd(running.port, running.process.pid, PAGE, THREADS, turns)
        running.process.kill()  # Whoever still waits there has gone.


def test_a_rush_is_sent_away_and_others_are_served_as_ever(demo, measured, pytestconfig):
    long = pytestconfig.getoption("--long")
    with serving(demo, turns=LONG if long else SHORT) as crowd:
        day = day_of(crowd, LONG_ROUNDS if long else ROUNDS)
    measured(
        served=day.rush.answers["200"],
        sent_away=day.rush.sent_away,
        pulses=len(day.beats),
        worst_ms_of_a_pulse=round(max(day.beats) * 1000),
        worst_ms_beyond_a_bare_server=round(day.slowest * 1000),
        worst_percent_lost=max(0, round((1 - day.goodput) * 100)),
        worst_percent_more_work=max(0, round((1 - day.thrift) * 100)),
    )
    assert day.complaints(AT_LEAST) == []
    assert not long or (day.goodput >= RELEASE and day.slowest < ALIVE_WITHIN)


@pytest.mark.parametrize(
    ("program", "found"),
    [(PATIENT, {"nobody was sent away"}), (LABORIOUS, {"of its best", "late"})],
    ids=["patient", "laborious"],
)
def test_a_front_that_is_no_help_would_be_found(demo, program, found):
    with serving(demo, program) as crowd:
        day = day_of(crowd, 1)
    said = " and ".join(day.complaints(AT_LEAST))
    assert [words for words in found if words in said] != []
