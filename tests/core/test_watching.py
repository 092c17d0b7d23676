"""What the town tells of its work: figures by pattern and code, and never anything of a person."""

import re
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from sqlalchemy import select, text

from townsquare.core.db import reading, run_again, writing
from townsquare.core.identity.models import AccountRow
from townsquare.core.jobs.queue import JobRow, put
from townsquare.core.metrics import Metrics, board_for
from townsquare.core.town import found
from townsquare.core.watching import (
    MOST_SHAPES,
    OTHERS,
    WATCHERS,
    Piece,
    Slowest,
    Watcher,
    parent_in,
    shape_of,
)
from townsquare.core.watchtower import watch

pytestmark = pytest.mark.shown

CANARY = "canary-4711"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def watched():
    """Let somebody watch, and nobody after the test."""
    yield WATCHERS.extend
    WATCHERS.clear()


@pytest.fixture
def figures(town, watched):
    """Count, and return the figures as a dictionary when they are asked for."""
    metrics = Metrics(town)
    watched([metrics])

    def now():
        lines = [line for line in metrics.text().decode().splitlines() if line[0] != "#"]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    now.metrics = metrics
    return now


def test_requests_are_counted_by_the_pattern_of_their_route(client, figures):
    client.get(f"/problems/{CANARY}?name={CANARY}")
    client.get(f"/nowhere/{CANARY}")
    client.open("/problems/core.busy", method="CANARY-4711")
    found = figures()
    counted = "townsquare_request_seconds_count"
    assert found[f'{counted}{{method="GET",route="/problems/<code>",status="4xx"}}'] == 1
    assert found[f'{counted}{{method="GET",route="-",status="4xx"}}'] == 1
    assert found[f'{counted}{{method="other",route="-",status="4xx"}}'] == 1
    assert not [name for name in found if "canary" in name.lower()]


def test_an_unknown_address_stays_unknown_while_somebody_watches(client, figures):
    assert client.get("/nowhere").status_code == 404
    assert client.get("/metrics").status_code == 404
    assert client.post("/nowhere").status_code == 404


def test_a_sign_in_that_fails_is_counted_without_the_one_who_tried(client, guest, figures, app):
    page = client.get("/account/sign-in").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    sent = {"csrf_token": token, "email": f"{CANARY}@b.c", "password": f"{CANARY}-secret"}
    client.post("/account/sign-in", data=sent)
    found = figures()
    assert found["townsquare_sign_in_failures_total"] == 1
    labels = 'kind="use case",name="identity.session.fail",outcome="ok"'
    assert found[f"townsquare_work_total{{{labels}}}"] == 1
    assert not [name for name in found if CANARY in name]


def test_a_refusal_counts_as_a_denial(client, figures):
    client.get("/admin/jobs")
    found = figures()
    assert found['townsquare_refusals_total{code="core.not-allowed"}'] == 1
    assert found["townsquare_denials_total"] == 1


def test_statements_waits_and_retries_are_counted(town, client, figures, signed_in):
    somebody = signed_in()
    before = figures()["townsquare_statements_total"]
    somebody.client.get("/notifications")
    found = figures()
    assert found["townsquare_statements_total"] >= before + 2
    for seconds in (0.0009, 0.001, 2.0):  # What is shorter than a millisecond is no wait.
        figures.metrics.waited("turn", seconds)
    assert figures()['townsquare_wait_seconds_sum{kind="turn"}'] == 2.001
    tries = []

    def lose_once():
        tries.append(1)
        if len(tries) == 1:
            with writing(town.database) as connection, reading(town.database) as other:
                connection.execute(text("SELECT 1"))
                raise lost(other)
        return "done"

    assert run_again(lose_once) == "done"
    assert figures()['townsquare_retries_total{reason="lost-race"}'] == 1


def lost(connection):
    """Return the error of a race that was lost, as the driver would raise it."""
    from sqlalchemy.exc import OperationalError

    return OperationalError("UPDATE", {}, Exception("database is locked"))


def test_work_that_nobody_knows_has_no_name_of_its_own(town, figures):
    with town.sessions.begin() as db:
        for name in ("core.prune", CANARY, f"{CANARY}-2"):
            put(db, name, {}, run_at=town.now(), asked=(0, town.now()))
    found = figures()
    assert found['townsquare_jobs{job="core.prune",state="waiting"}'] == 1
    assert found['townsquare_jobs{job="unknown",state="waiting"}'] == 2
    assert not [name for name in found if CANARY in name]


def test_figures_are_shown_while_the_database_is_gone(town, figures):
    with town.sessions.begin() as db:
        db.execute(text("ALTER TABLE core_job RENAME TO core_gone"))
    assert figures()["townsquare_database_up"] == 0
    with town.sessions.begin() as db:
        db.execute(text("ALTER TABLE core_gone RENAME TO core_job"))
    assert figures()["townsquare_database_up"] == 1


def test_the_address_shows_figures_and_nothing_else(town):
    board = board_for("127.0.0.1:0", Metrics(town))
    place = f"http://127.0.0.1:{board.port}"
    try:
        with urlopen(f"{place}/metrics") as answer:  # noqa: S310 (our own)
            assert b"townsquare_build_info" in answer.read()
            assert answer.headers["Server"].split("/")[0] == "townsquare"
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{place}/{CANARY}")  # noqa: S310 (our own)
        assert board_for(f"127.0.0.1:{board.port}", Metrics(town)) is None  # It goes on without.
    finally:
        board.stop()


def test_nobody_watches_unless_the_settings_say_so(town):
    begun = watch(town)
    assert WATCHERS == []
    begun.stop()


def test_watching_begins_and_ends_with_the_process(settings, clock):
    from dataclasses import replace

    town = found(replace(settings, metrics="127.0.0.1:0"), (), clock)
    begun = watch(town)
    try:
        assert {type(one).__name__ for one in WATCHERS} == {"Metrics", "Slowest"}
        with town.sessions() as db:
            db.scalars(select(AccountRow).where(AccountRow.name == CANARY)).all()
        (slow,) = WATCHERS[1].statements(5)
        assert slow.times == 1
        assert "core_account" in slow.name
        assert CANARY not in slow.name
    finally:
        begun.stop()
        town.database.dispose()
    assert WATCHERS == []


@pytest.mark.parametrize(
    ("said", "shape"),
    [
        ("SELECT  a\nFROM b", "SELECT a FROM b"),
        ("UPDATE a SET b = 'it''s Olga' WHERE c = 4711", "UPDATE a SET b = ? WHERE c = ?"),
        ("SELECT a WHERE b IN (?, ?, ?)", "SELECT a WHERE b IN (…)"),
        ("INSERT INTO a (b) VALUES (%s, %s), (%s, %s)", "INSERT INTO a (b) VALUES (…)"),
    ],
)
def test_a_statement_is_named_by_its_shape(said, shape):
    assert shape_of(said) == shape


def test_the_tables_of_what_is_slow_are_bounded():
    slow = Slowest()
    for number in range(3 * MOST_SHAPES):
        slow.stated(f"SELECT a{number}", 0.001 * number)
    every = slow.statements(10 * MOST_SHAPES)
    assert len(every) == MOST_SHAPES + 1
    assert {row.name: row.times for row in every}[OTHERS] == 2 * MOST_SHAPES
    assert slow.statements(3)[0].name == OTHERS


class Heard(Watcher):
    """Keeps every piece of work."""

    def __init__(self):
        self.pieces = []

    def ended(self, piece):
        self.pieces.append(piece)


@pytest.fixture
def heard(watched):
    made = Heard()
    watched([made])
    return made


def test_use_cases_are_parts_of_their_request_and_know_their_statements(heard, signed_in):
    somebody = signed_in("operations.job.view")
    heard.pieces.clear()
    answer = somebody.client.get("/admin/jobs")
    acts = {piece.name: piece for piece in heard.pieces}
    request, act = acts["/admin/jobs"], acts["operations.job.view"]
    assert (act.trace, act.above) == (request.trace, request.id)
    assert request.trace == answer.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", request.trace)
    assert act.statements == 1
    assert request.statements > act.statements  # It has also asked who this is.


def test_a_piece_that_fails_says_with_which_code(heard, acting_as, town):
    from townsquare.core.errors import NotAllowed
    from townsquare.core.jobs.desk import DeadJobs, dead_jobs

    with pytest.raises(NotAllowed), acting_as(reads=True) as ctx:
        dead_jobs(ctx, DeadJobs(before=""))
    with pytest.raises(ZeroDivisionError), Piece("job", "test.bake"):
        raise ZeroDivisionError(CANARY)
    assert [piece.outcome for piece in heard.pieces] == ["core.not-allowed", "core.unforeseen"]


@pytest.mark.parametrize(
    ("header", "parent"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", (TRACE, 0x00F067AA0BA902B7)),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"01-{TRACE}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-00f067aa0ba902b7-01-{CANARY}", None),
        (f"00-{TRACE}-00f067aa0ba902b7-01\n", None),
        ("", None),
    ],
)
def test_a_traceparent_is_read_strictly(header, parent):
    assert parent_in(header) == parent


def test_a_trace_from_outside_counts_only_where_it_is_trusted(app, client):
    told = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    assert client.get("/", headers=told).headers["X-Request-Id"] != TRACE
    app.config["TRUST_TRACEPARENT"] = True
    assert client.get("/", headers=told).headers["X-Request-Id"] == TRACE
    assert client.get("/", headers={"traceparent": CANARY}).headers["X-Request-Id"] != CANARY


def test_what_a_request_sets_off_carries_its_id(acting_as, town, clock):
    from townsquare.core.operations.checking import CheckInvariants
    from townsquare.core.operations.desk import ask_for_check
    from townsquare.core.usecase import Actor

    who = Actor(1, "Dina", frozenset({"operations.job.retry"}))
    with town.working(who, request_id=TRACE) as ctx:
        ask_for_check(ctx, CheckInvariants())
    with town.sessions() as db:
        assert db.scalars(select(JobRow.request_id)).one() == TRACE
