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

from tests.concurrency.test_kill import BROKEN, PATIENCE, Desk, House, clock, lost_or_doubled
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


def forgetting(door, port, over):
    """Ask for a new password again and again; return how often that was acknowledged."""
    acknowledged = 0
    headers = {"Cookie": door.cookie, "X-CSRF-Token": door.token}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    while not over.is_set():
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
                line.request("POST", "/account/forgotten", urlencode({"email": ADDRESS}), headers)
                status = line.getresponse().status
        except BROKEN:
            status = 0
        acknowledged += status == 200
        time.sleep(0.02)
    return acknowledged


@pytest.fixture
def forgetful(town):
    """Somebody who forgets a password all the time."""
    with town.sessions.begin() as db:
        kept = {"person": new_id(), "public_id": new_id(), "created_at": town.now()}
        db.add(AccountRow(email=ADDRESS, name="Maya", confirmed_at=town.now(), **kept))


def until_lent(desk):
    """Wait until the server has lent something more, however slowly it starts here."""
    before, end = len(desk.told), time.monotonic() + PATIENCE
    while len(desk.told) <= before and time.monotonic() < end:
        time.sleep(0.01)


def day(library, door, settings):
    """Let a desk lend and somebody forget, while the server with its worker is killed."""
    house, over, chance = House(settings, free_port(), "yes"), Event(), Random(4)  # noqa: S311
    (card,) = library.readers(1)
    desk = Desk(door, house.port, card, library.copies(3), over)
    house.open()
    try:
        with ThreadPoolExecutor(2) as threads:
            lending = threads.submit(desk.work)
            asking = threads.submit(forgetting, door, house.port, over)
            for _cycle in range(CYCLES):
                until_lent(desk)
                time.sleep(chance.uniform(0.0, 0.4))
                house.kill()
                house.open()
            over.set()
            lending.result(PATIENCE)
            return desk, asking.result(PATIENCE)
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


@pytest.mark.usefixtures("forgetful")
def test_no_mail_and_no_event_is_lost_or_doubled(town, library, door, settings):
    desk, acknowledged = day(library, door, settings)
    finished(town)
    wished = [row[0] for row in library.rows("SELECT public_id FROM core_link")]
    assert lost_or_doubled(wished, mailed(town)) == []
    assert set(mailed(town)) == set(wished)
    assert 0 < acknowledged <= len(wished)
    assert library.rows("SELECT DISTINCT state FROM core_job") == [("done",)]
    ((count, least, most),) = library.rows(
        "SELECT count(position), min(position), max(position) FROM core_outbox"
    )
    assert library.rows("SELECT count(*) FROM core_outbox WHERE position IS NULL") == [(0,)]
    assert (least, most) == (1, count)
    lent = "SELECT count(*) FROM core_outbox WHERE name = 'library.CopyBorrowed'"
    assert library.rows(lent) == [(len(desk.lent),)]
    relay = library.rows("SELECT events, delivered FROM core_relay")
    assert relay == [(most, most)]
