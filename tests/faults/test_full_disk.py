"""A full disk: what is written is refused with a plain sentence, what is read goes on."""

import http.client
import json
import sqlite3
import sys
from base64 import b64encode
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from html import escape
from threading import Event
from time import monotonic
from urllib.parse import urlencode

import pytest

from tests.concurrency.conftest import Library, borrowing, returning
from tests.concurrency.test_kill import SERVE, Desk, House, clock, untrue
from tests.kit.racing import Call
from tests.kit.servers import NotInstalled, free_port
from tests.kit.volumes import small_volume
from tests.kit.waiting import until
from townsquare.app import services_of
from townsquare.core.errors import NoRoom
from townsquare.core.town import found

__all__ = ["clock"]  # The true time, as for the server.
pytestmark = pytest.mark.engines("sqlite")
MEGABYTES, MOST, SENTENCE = 12, 8, str(NoRoom())
# The planted fault: a store that does not pass on that its disk is full.
SWALLOWING = """
import sqlite3
from contextlib import suppress
from sqlalchemy import event
from townsquare.core import db
class Swallowing(sqlite3.Connection):
    def commit(self):
        with suppress(sqlite3.OperationalError):
            super().commit()
        self.rollback()
def connect(_dialect, _record, told, options):
    return sqlite3.connect(*told, factory=Swallowing, **options)
making = db.connect
def swallowing(url):
    engine = making(url)
    event.listen(engine, "do_connect", connect)
    return engine
db.connect = swallowing
import townsquare.core.town
townsquare.core.town.connect = swallowing
from townsquare.cli import main
main()
"""


@dataclass
class Branch(Desk):
    """A desk that is told once, whatever it is told, and also uses pages."""

    def say(self, call):
        """Send this; remember what was acknowledged, as its Desk does."""
        answer = self._send(call)
        if answer.status < 300:
            self.told.append((call, answer))
            if call.path == "/loans":
                self.lent.append(answer.body["id"])
            elif call.path == "/returns":
                self.returned += 1
        return answer

    def until_refused(self, most=MOST):
        """Lend and take back until something is refused; return what, and the answer."""
        for turn in range(most):
            copy = self.copies[turn % len(self.copies)]
            for call in (borrowing(copy, self.card), returning(copy)):
                answer = self.say(call)
                if answer.status >= 300:
                    return call, answer
        raise TimeoutError

    def page(self, path, **fields):
        """Ask for a page, or send this form; return the status and the text."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        sent = urlencode({**fields, "csrf_token": self.door.token}) if fields else None
        headers = {"Cookie": self.door.cookie, **kind}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request("POST" if fields else "GET", path, sent, headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()

    def complaints(self):
        return json.loads(self.page("/readyz")[1])["complaints"]


@dataclass
class Place:
    """A town on a small volume: its server, its desk, and how its books are read afterwards."""

    volume: object
    desk: Branch
    house: House
    library: Library
    copy: object

    def books(self):
        """Stop the server and return the town as it is on the disk, and what SQLite says of it."""
        self.house.kill()
        there = self.volume.copied(self.copy)
        url = f"sqlite:///{there}/town.db"
        with closing(sqlite3.connect(there / "town.db")) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall()
        told = replace(self.house.settings, data=str(there), database=url)
        town = found(told, services_of(told), clock)
        return replace(self.library, town=town), sound


@pytest.fixture
def serving(settings, door, library, tmp_path):
    """Serve the town from a small volume by this program, until the end of the test."""
    with ExitStack() as stack:

        def serve(command=SERVE):
            try:
                volume = stack.enter_context(small_volume(tmp_path / "small", MEGABYTES))
            except NotInstalled as missing:
                pytest.skip(str(missing))
            copies, (card,) = library.copies(3), library.readers(1)
            library.town.database.dispose()  # What is there is in the file, not in its log.
            volume.take(settings.folder / "town.db", settings.folder / "keys")
            url = f"sqlite:///{volume.folder}/town.db"
            there = replace(settings, data=str(volume.folder), database=url)
            house = House(there, free_port(), worker="yes", command=volume.command(command))
            stack.callback(house.kill)
            house.open()
            desk = Branch(door, house.port, card, copies, Event())
            return Place(volume, desk, house, library, tmp_path / "copy")

        yield serve


def test_a_full_disk_is_told_reading_goes_on_and_room_is_enough(serving, measured):
    place = serving()
    desk, volume = place.desk, place.volume
    for call in (borrowing(desk.copies[0], desk.card), returning(desk.copies[0])):
        assert desk.say(call).status < 300
    volume.fill()
    call, refusal = desk.until_refused()
    assert (refusal.status, refusal.code) == (507, NoRoom.code)
    assert refusal.body["detail"] == SENTENCE
    again = [desk.say(call).status for _time in range(3)]
    assert again == [507, 507, 507]
    assert desk.page("/healthz")[0] == 200
    assert "disk" in desk.complaints()
    assert desk.page("/library/documents/" + place.library.document)[0] == 200
    assert desk.page("/library/desk?card=" + desk.card)[0] == 200
    status, text = desk.page("/library/desk/returns", barcode=desk.copies[0])
    assert (status, escape(SENTENCE) in text) == (507, True)
    volume.clear()
    since = monotonic()
    until(lambda: desk.complaints() == [])
    measured(refused=len(again) + 2, worst_ms_until_it_is_ready=round((monotonic() - since) * 1000))
    assert desk.say(call).status < 300  # With its key: what was refused has left no trace.
    library, sound = place.books()
    assert sound == [("ok",)]
    assert untrue(library.town, library, [desk]) == {}


def test_an_upload_finds_no_room_either_and_leaves_none_of_it(serving, signed_in):
    emil = signed_in("library.cataloguer")
    place = serving()
    desk, volume = place.desk, place.volume
    desk.door = replace(desk.door, cookie=emil.cookie, token=emil.token)
    content = b64encode(b"title,authors\n" + b"Emma,Austen\n" * 20_000).decode()
    call = Call("/imports", {"file_name": "one.csv", "content": content, "dry_run": True})
    volume.fill()
    assert [desk.say(call).status for _time in range(2)] == [507, 507]
    assert [path for path in volume.seen().glob("files/*/*") if path.is_file()] == []
    volume.clear()
    assert desk.say(call).status == 202


def test_a_store_that_swallows_it_would_be_found(serving):
    place = serving((sys.executable, "-c", SWALLOWING, "serve", "--port"))
    place.volume.fill()
    with pytest.raises(TimeoutError):
        place.desk.until_refused()
    library, _sound = place.books()
    assert untrue(library.town, library, [place.desk])["lost or doubled"] != []
