"""A whole town by the files of deploy/: nginx, two web processes, streams, jobs, PostgreSQL, Redis.

Every command is the one of its unit, every address goes through nginx; only ports, folders and the
database are this machine's.
"""

import os
import shutil
import signal
from contextlib import contextmanager
from inspect import signature
from threading import Event, Thread

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.browser import test_library_journeys as library
from tests.browser import test_live_pages as live
from tests.browser.coming import comers
from tests.browser.conftest import browser, running_chromium
from tests.kit.demo import once
from tests.kit.engines import COPY
from tests.kit.recipes import end, until_closed
from tests.kit.servers import HOST, NotInstalled
from tests.kit.visitors import PATIENCE, Visitor
from tests.kit.waiting import until
from tests.servers.deployment import WEB
from tests.servers.whole import found_town, whole_town
from townsquare.core.ids import new_id

__all__ = ["browser", "running_chromium"]
READERS, A_MOMENT = 3, 0.05
LIKE = "town_demo"  # The database that those of whole towns are copies of.
# What people do in the library, as it is tried without nginx too.
JOURNEYS = (
    library.test_a_librarian_lends_and_takes_back_with_the_keyboard_alone,
    library.test_a_reader_keeps_a_book_for_longer_unless_somebody_waits,
    library.test_a_reader_waits_and_leaves_the_queue_without_a_script,
    live.test_the_queue_follows_what_another_desk_does,
)


@pytest.fixture(scope="module")
def template(postgresql_server, shared_redis, tmp_path_factory):
    """The folder of a demo town of this run, whose database goes with its server."""

    def make(folder):
        with psycopg.connect(postgresql_server.dsn("postgres"), autocommit=True) as connection:
            for told in ("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}"):
                connection.execute(SQL(told).format(Identifier(LIKE)))
        found_town(folder, postgresql_server.url(LIKE), shared_redis.url)

    return once(tmp_path_factory, "whole-town", make)


@pytest.fixture(scope="module")
def database(postgresql_server, template):
    """A copy of the database of the demo town; it goes with its server."""
    name = f"town_{new_id().lower()}"
    with psycopg.connect(postgresql_server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(COPY.format(Identifier(name), Identifier(LIKE)))
    return postgresql_server.url(name)


@pytest.fixture(scope="module")
def town_here(database, template, shared_redis, tmp_path_factory):
    """A whole demo town behind nginx; who stops a part of it starts it again."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("recipe") / "town"
    try:
        with whole_town(folder, database, shared_redis.url, like=template) as made:
            yield made
    except NotInstalled as missing:
        pytest.skip(str(missing))


@pytest.fixture
def come_as(town_here, browser):
    """Open a page through nginx as this person."""
    return comers(browser, f"http://{HOST}:{town_here.door}", {})


def lend(dina, barcode="TS000001", card="LC-2001"):
    return dina.post("/library/desk/loans", {"card": card, "barcode": barcode})


def take_back(dina, barcode="TS000001"):
    return dina.post("/library/desk/returns", {"barcode": barcode})


def heard(stream, word):
    """Read a stream until this word has come."""
    return any(word in line for line in iter(stream.readline, b""))


def test_a_library_lives_behind_nginx(town_here, measured):
    guest, dina, emil = (Visitor(town_here.door) for _ in range(3))
    assert [guest.get(path).status for path in ("/", "/healthz")] == [200] * 2
    until(lambda: guest.get("/readyz").status == 200)  # What the demo told has been handed on.
    assert "Norwegian Wood" in guest.get("/library?words=norwegian").text
    assert dina.step_in("Dina Park").status == 303
    with dina.asking("GET", "/live/library.desk") as stream:
        assert stream.readline().startswith(b"id: ")
        assert lend(dina).status == 303
        assert heard(stream, b'"what":"lent"')
        assert take_back(dina).status == 303
        assert heard(stream, b'"what":"returned"')
    emil.step_in("Emil Novak")
    export = emil.get("/library/export.csv")
    assert export.headers["Content-Disposition"].startswith("attachment")
    assert export.body.count(b"\n") > 100
    sent = emil.send_file(
        "/library/imports", "one.csv", b"title,authors\nA Book,Bob\n", dry_run="true"
    )
    assert sent.status == 303
    until(lambda: "A Book" in emil.get(sent.headers["Location"]).text or done(emil, sent))
    measured(requests=guest.asked + dina.asked + emil.asked, events=2)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.__name__.removeprefix("test_"))
def test_a_browser_journey_goes_through_nginx(journey, town_here, come_as, measured):
    given = {"come_as": come_as, "town_address": f"http://{HOST}:{town_here.door}"}
    journey(**{name: given[name] for name in signature(journey).parameters})
    measured(journeys=1)


def done(emil, sent):
    return "Take it in" in emil.get(sent.headers["Location"]).text


def test_nginx_says_with_a_file_what_the_town_says(town_here):
    path = "/static/theme.css"
    out, inside = Visitor(town_here.door).get(path), Visitor(town_here.ports[WEB[0]]).get(path)
    assert out.body == inside.body
    same = (
        *(
            n
            for n in inside.headers
            if n.lower().startswith(("cross-", "content-security", "permissions", "referrer"))
        ),
    )
    for name in (*same, "X-Content-Type-Options", "Cache-Control"):
        assert out.headers[name] == inside.headers[name], name
    assert len(same) == 4
    assert out.headers["Content-Type"].startswith("text/css")


def test_the_edge_refuses_what_it_should(town_here):
    guest = Visitor(town_here.door)
    assert guest.ask("TRACE", "/").status == 405
    assert guest.get("/metrics").status == 404
    assert guest.get("/", Cookie="a" * 9000).status == 400
    assert guest.ask("POST", "/preferences", b"x" * 22 * 1024 * 1024).status == 413
    assert "nginx/" not in guest.get("/").headers["Server"]


def kill_at_once(pid, _sign):
    os.killpg(pid, signal.SIGKILL)


class Crowd:
    """People who go on asking until they are sent home, and what went wrong with them."""

    def __init__(self, door):
        self._door, self._over = door, Event()
        self.wrong, self.asked = [], 0
        works = (self._at_the_desk, *[self._at_the_shelves] * READERS)
        self._people = [Thread(target=self._stay, args=(work,)) for work in works]

    def __enter__(self):
        for person in self._people:
            person.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for person in self._people:
            person.join()

    def _stay(self, work):
        visitor = Visitor(self._door)
        visitor.step_in("Dina Park")
        while not self._over.is_set():
            answers = [(answer.status, answer.text[:200]) for answer in work(visitor)]
            self.wrong += [answer for answer in answers if answer[0] not in {200, 303}]
            self._over.wait(A_MOMENT)
        self.asked += visitor.asked

    @staticmethod
    def _at_the_shelves(visitor):
        return [visitor.get(path) for path in ("/library?words=wood", "/static/theme.css")]

    @staticmethod
    def _at_the_desk(visitor):
        return [lend(visitor), take_back(visitor)]


def test_streams_and_jobs_are_started_anew_and_no_page_fails(town_here, measured):
    with Crowd(town_here.door) as crowd:
        for name in ("worker", "live"):
            assert town_here.stop(name) == 0
            town_here.start(name)
    assert crowd.wrong == []
    measured(restarts=2, asked_meanwhile=crowd.asked)


def test_a_stream_goes_on_where_it_ended(town_here):
    dina = Visitor(town_here.door)
    dina.step_in("Dina Park")
    with dina.asking("GET", "/live/library.desk") as stream:
        last = stream.readline().split()[1].decode()
        assert town_here.stop("live") == 0
        assert stream.read().endswith(b"retry: 1000\n\n")
    assert dina.get("/live/library.desk").status in {502, 503}
    assert town_here.stop("worker") == 0
    assert lend(dina).status == 303  # Pages need neither of them.
    town_here.start("worker")
    town_here.start("live")
    with dina.asking("GET", "/live/library.desk", headers={"Last-Event-ID": last}) as stream:
        assert heard(stream, b'"what":"lent"')
    assert take_back(dina).status == 303
    assert take_back(dina).status == 303


def test_web_workers_are_exchanged_and_nobody_is_turned_away(town_here, measured):
    with Crowd(town_here.door) as crowd:
        for name in WEB:
            assert town_here.stop(name) == 0
            town_here.start(name)
    assert crowd.wrong == []
    measured(exchanges=2, asked_meanwhile=crowd.asked)


@pytest.mark.parametrize(("by", "told"), [(os.kill, 303), (kill_at_once, 503)])
def test_who_is_served_while_a_worker_stops_gets_the_answer(
    by, told, town_here, database, measured
):
    """The planted fault is a worker that does not finish; the other one does not do it again."""
    here, other = WEB
    process = town_here.parts[here].process
    dina = Visitor(town_here.door)
    dina.step_in("Dina Park")
    form = {"csrf_token": dina.token(), "card": "LC-2001", "barcode": "TS000001"}
    town_here.sign(other).touch()
    posting = dina.posting("/library/desk/loans", form)
    with somebody_else_has(database, "TS000001") as held, posting as line:
        until(held.is_wanted)
        town_here.sign(other).unlink()
        town_here.sign(here).touch()
        by(process.pid, signal.SIGTERM)
        until_closed(town_here.ports[here])
        assert Visitor(town_here.door).get("/library").status == 200
        held.let_go()
        assert line.getresponse().status == told
    process.wait(PATIENCE)
    town_here.start(here)
    back = dina.get(take_back(dina).headers["Location"]).text
    assert ("is back" in back, "was not on loan" in back) == (told == 303, told == 503)
    measured(finished=int(told == 303))


class Held:
    """The row of a copy, locked by a transaction of our own."""

    def __init__(self, line, looking):
        self._line, self._looking = line, looking

    def is_wanted(self):
        here = "datname = current_database() AND wait_event_type = 'Lock'"
        asked = f"SELECT 1 FROM pg_stat_activity WHERE {here}"
        return self._looking.execute(asked).fetchone() is not None

    def let_go(self):
        self._line.rollback()


@contextmanager
def somebody_else_has(database, barcode):
    address = database.replace("+psycopg", "")
    with psycopg.connect(address) as line, psycopg.connect(address, autocommit=True) as looking:
        line.execute("SELECT 1 FROM library_copy WHERE barcode = %s FOR UPDATE", (barcode,))
        yield Held(line, looking)


def test_without_web_workers_people_are_told_when_to_come_back(town_here):
    for name in WEB:
        end(town_here.parts[name].process)
    away = Visitor(town_here.door).get("/")
    town_here.start(*WEB)
    assert (away.status, away.headers["Retry-After"]) == (503, "5")
    assert "try again" in away.text
