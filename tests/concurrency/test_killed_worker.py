"""A server killed while it relays and sends: each mail is there once, no event is lost."""

import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from random import Random
from threading import Event
from urllib.parse import urlencode

import pytest

from tests.concurrency.test_kill import BROKEN, PATIENCE, Desk, Forked, clock, lost_or_doubled
from tests.kit.servers import free_port
from townsquare.core.clock import clock as true_time
from townsquare.core.identity.models import AccountRow
from townsquare.core.ids import new_id
from townsquare.core.worker import Worker

__all__ = ["clock"]  # The true time, as for the server that is killed.
pytestmark = pytest.mark.engines("sqlite", "postgresql")
LINK = re.compile(r"/account/reset/(\w+)\.")
CYCLES = 4
ADDRESS = "forgetful@example.org"


def forgetting(door, port, over, acknowledged):
    """Ask for a new password again and again; note each time that this was acknowledged."""
    headers = {"Cookie": door.cookie, "X-CSRF-Token": door.token}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    while not over.is_set():
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
                line.request("POST", "/account/forgotten", urlencode({"email": ADDRESS}), headers)
                status = line.getresponse().status
        except BROKEN:
            status = 0
        if status == 200:
            acknowledged.append(port)
        time.sleep(0.02)


@pytest.fixture
def forgetful(town):
    """Somebody who forgets a password all the time."""
    with town.sessions.begin() as db:
        kept = {"person": new_id(), "public_id": new_id(), "created_at": town.now()}
        db.add(AccountRow(email=ADDRESS, name="Maya", confirmed_at=town.now(), **kept))


def until(done):
    """Wait until the server has done something, however slowly it starts here."""
    end = time.monotonic() + PATIENCE
    while not done() and time.monotonic() < end:
        time.sleep(0.01)


def day(library, door, settings):
    """Let a desk lend and somebody forget, while the server with its worker is killed."""
    house, over, chance = Forked(settings, free_port(), "yes"), Event(), Random(4)  # noqa: S311
    (card,) = library.readers(1)
    desk, acknowledged = Desk(door, house.port, card, library.copies(3), over), []
    house.open()
    try:
        with ThreadPoolExecutor(2) as threads:
            lending = threads.submit(desk.work)
            asking = threads.submit(forgetting, door, house.port, over, acknowledged)
            for _cycle in range(CYCLES):
                before = len(desk.told)
                until(lambda before=before: len(desk.told) > before and acknowledged)
                time.sleep(chance.uniform(0.0, 0.4))
                house.kill()
                house.open()
            over.set()
            lending.result(PATIENCE)
            asking.result(PATIENCE)
            return desk, len(acknowledged)
    finally:
        house.kill()


def finished(town):
    """Do what the killed workers left, at a time when their leases have run out."""
    Worker(replace(town, now=lambda: true_time() + timedelta(minutes=5))).drain()


def mailed(town):
    """Return the link in each mail that was sent."""
    letters = [path.read_bytes() for path in (town.settings.folder / "mail").glob("*.eml")]
    texts = [message_from_bytes(letter, policy=SMTP).get_content() for letter in letters]
    return [LINK.search(said)[1] for said in texts]


def untrue(town, library, desk):
    """Return what of this day was lost, doubled or left lying; nothing if all of it is true."""
    wished = [row[0] for row in library.rows("SELECT public_id FROM core_link")]
    lent = "SELECT count(*) FROM core_outbox WHERE name = 'library.CopyBorrowed'"
    places = "SELECT count(*), count(position), coalesce(max(position), 0),"
    places += " coalesce(min(position), 1) FROM core_outbox"
    ((events, placed, last, first),) = library.rows(places)
    return {
        "mails": lost_or_doubled(wished, mailed(town)),
        "mails asked by nobody": sorted(set(mailed(town)) - set(wished)),
        "jobs": library.rows("SELECT public_id FROM core_job WHERE state <> 'done'"),
        "loans told": library.rows(lent)[0][0] - len(desk.lent),
        "places": (events - placed, last - placed, first - 1),
        "relayed": [
            last - told for told in library.rows("SELECT events, delivered FROM core_relay")[0]
        ],
    }


TRUE = {
    "mails": [],
    "mails asked by nobody": [],
    "jobs": [],
    "loans told": 0,
    "places": (0, 0, 0),
    "relayed": [0, 0],
}


@pytest.mark.usefixtures("forgetful")
def test_no_mail_and_no_event_is_lost_or_doubled(town, library, door, settings, measured):
    desk, acknowledged = day(library, door, settings)
    finished(town)
    assert untrue(town, library, desk) == TRUE
    assert 0 < acknowledged <= len(mailed(town))
    measured(kills=CYCLES, mails=len(mailed(town)), loans=len(desk.lent))


def lose_a_mail(town, _change):
    next((town.settings.folder / "mail").glob("*.eml")).unlink()


def double_a_mail(town, _change):
    letter = next((town.settings.folder / "mail").glob("*.eml"))
    letter.with_name(f"{new_id()}.eml").write_bytes(letter.read_bytes())


def send_what_nobody_asked_for(_town, change):
    change("UPDATE core_link SET public_id = 'ANOTHER'")


def leave_a_job(_town, change):
    change("UPDATE core_job SET state = 'running'")


def lose_an_event(_town, change):
    change("DELETE FROM core_outbox WHERE name = 'library.CopyBorrowed'")


def skip_a_place(_town, change):
    last = "(SELECT max(position) FROM core_outbox)"
    change(f"UPDATE core_outbox SET position = position + 1 WHERE position = {last}")


def forget_to_deliver(_town, change):
    change("UPDATE core_relay SET delivered = delivered - 1")


@pytest.fixture
def quiet_day(town, library, door, app, signed_in, forgetful):
    """A day without any kill: one loan, and one new password that somebody asks for."""
    (card,), (copy,) = library.readers(1), library.copies(1)
    desk = Desk(door, 0, card, [copy], Event())
    desk.lent.append(library.lend(copy, card).body["id"])
    maya = signed_in()
    asked = {"email": ADDRESS, "csrf_token": maya.token}
    maya.client.post("/account/forgotten", data=asked)
    finished(town)
    return desk


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (lose_a_mail, {"mails"}),
        (double_a_mail, {"mails"}),
        (send_what_nobody_asked_for, {"mails", "mails asked by nobody"}),
        (leave_a_job, {"jobs"}),
        (lose_an_event, {"loans told", "relayed"}),
        (skip_a_place, {"places", "relayed"}),
        (forget_to_deliver, {"relayed"}),
    ],
)
def test_what_a_careless_worker_leaves_is_found(town, library, quiet_day, fault, found):
    assert untrue(town, library, quiet_day) == TRUE
    assert len(mailed(town)) == len(quiet_day.lent) == 1
    fault(town, library.run)
    told = untrue(town, library, quiet_day)
    assert {name for name in told if told[name] != TRUE[name]} == found
