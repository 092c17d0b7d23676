"""Hostile files at every address that takes one: refused with a reason, and nothing is left.

What is true in a damaged file may be taken in, row by row; what is something else than it says may
not even be kept.
"""

import re
from base64 import b64encode
from itertools import product
from urllib.parse import urlsplit

import pytest
from flask import Request

from tests.access.walking import doors, send
from tests.uploads import files
from tests.uploads.conftest import FIGURES, GOODS, IMPORTS, REFUSED
from tests.uploads.files import PUBLISHED, benign, hostile
from townsquare.core.lending import desk_of
from townsquare.core.worker import Worker
from townsquare.services.library.commands import imports as wishes
from townsquare.services.library.rules import recordfiles
from townsquare.services.library.rules.recordfiles import Examined, entries_of
from townsquare.services.library.rules.records import Unreadable
from townsquare.services.library.usecases import imports

ADDRESSES = (IMPORTS, FIGURES, GOODS)
ALERT = re.compile(r'role="alert"[^>]*>(.*?)</div>', re.DOTALL)
EXPORTS = ("/library/export.csv", "/library/export.xml")
GROUPS = (*files.GROUPS, "bodies")
SHORTEST = 40  # Signs of a heading and a sentence.
# A body that breaks off leaves its nameless file to the collector, which complains of it.
BREAKS_OFF = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.Spooled:ResourceWarning")


def wrong_with(door, sent, address):
    """Return what is wrong with the answer to one upload, and with what is left of it."""
    before, kept, made = door.counted(), door.files(), door.made()
    answer = door.send(address, sent)
    said = []
    if answer.status_code == 303 and address != FIGURES:
        said += door.carried_out(answer.location)
        if sent.kept is None:
            said.append("kept")
        elif door.made() - made > sent.kept:
            said.append(f"{door.made() - made} records were made")
    elif answer.status_code in REFUSED:
        said += [] if tells(answer) else ["no sentence"]
        said += [] if door.counted() == before else ["rows were left"]
        said += [] if door.files() == kept else ["files were left"]
    else:
        said.append(f"answered {answer.status_code}")
    return [(sent.group, sent.label, address, *said)] if said else []


def tells(answer):
    """Tell whether an answer has a sentence for people."""
    return any(len(found) > SHORTEST for found in ALERT.findall(answer.text))


def wrong_with_all(door, sent_ones):
    return [
        told
        for sent, address in product(sent_ones, ADDRESSES)
        if not (sent.group == "figures" and address != FIGURES)
        for told in wrong_with(door, sent, address)
    ]


def test_these_are_the_addresses_that_take_files(app, door, monkeypatch):
    taking = set()

    def noting(request):
        taking.add(request.path)
        request._load_form_data()  # noqa: SLF001 (what the property does that stands here)
        return request.__dict__["files"]

    monkeypatch.setattr(Request, "files", property(noting, lambda _r, _v: None), raising=False)
    for one in doors(app, {}):
        send(door.person, one)
    assert taking == set(ADDRESSES)


@BREAKS_OFF
@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("group", GROUPS)
def test_hostile_files_are_refused_and_leave_nothing(door, group, measured):
    assert wrong_with_all(door, hostile(group)) == []
    assert door.unread("/library", IMPORTS, "/grocery/", GOODS, *EXPORTS) == []
    measured(hostile=len(hostile(group)))


def test_there_are_as_many_hostile_files_as_we_say():
    assert len(GROUPS) >= 8
    assert len({(group, sent.label) for group in GROUPS for sent in hostile(group)}) >= 200


@pytest.mark.engines("sqlite")
def test_harmless_files_are_taken(door, measured):
    refused = []
    for sent in benign():
        made, answer = door.made(), door.send(IMPORTS, sent)
        said = door.carried_out(answer.location) if answer.status_code == 303 else [answer.text]
        # The same record in other clothes makes nothing new.
        refused += [(sent.label, *said)] if said or door.made() - made > sent.kept else []
    for sent in PUBLISHED:
        answer = door.send(FIGURES, sent)
        refused += [] if "lines were summed" in answer.text else [sent.label]
    assert refused == []
    assert len(benign()) + len(PUBLISHED) >= 50
    measured(harmless=len(benign()) + len(PUBLISHED))


@pytest.fixture
def turns(door, monkeypatch):
    """Return, for each file that is read, whether somebody had the turn to write meanwhile."""
    found, read = [], recordfiles.unpacked

    def watched(content):
        desk = desk_of(door.town.database)
        found.append(desk is not None and desk.turn.locked())
        return read(content)

    monkeypatch.setattr(recordfiles, "unpacked", watched)
    return found


@pytest.mark.engines("sqlite")
def test_nobody_waits_to_write_while_a_page_reads_a_file(door, turns):
    assert door.send(IMPORTS, hostile("bombs")[0]).status_code == 413
    assert turns
    assert not any(turns)


@pytest.mark.engines("sqlite")
def test_nobody_waits_to_write_while_a_program_sends_a_file(door, turns):
    sent = hostile("bombs")[0]
    told = {"file_name": sent.name, "content": b64encode(sent.content).decode()}
    headers = {"X-CSRF-Token": door.person.token, "Idempotency-Key": "k"}
    answer = door.person.client.post(f"/api/v1{IMPORTS}", json=told, headers=headers)
    assert answer.json["code"] == "core.file-too-large"
    assert turns
    assert not any(turns)


def asking(door):
    """Return the address of a table that waits until its columns are chosen."""
    table = files.Sent("", "books.csv", b"Name,By\nEmma,Austen\n")
    address = urlsplit(door.send(IMPORTS, table).headers["Location"]).path
    entries_of.cache_clear()  # As far as another process would know.
    return address


@pytest.mark.engines("sqlite")
def test_nobody_waits_to_write_while_columns_are_chosen_and_rows_taken_in(door, turns):
    address = asking(door)
    turns.clear()
    told = {"csrf_token": door.person.token, "column-title": "Name"}
    assert door.person.client.post(f"{address}/columns", data=told).status_code == 303
    assert turns
    entries_of.cache_clear()
    door.apply(address)
    Worker(door.town).drain()
    assert not any(turns)
    assert door.made() == 1


@pytest.mark.engines("sqlite")
def test_nobody_waits_to_write_while_a_program_chooses_columns(door, turns):
    address = asking(door)
    turns.clear()
    headers = {"X-CSRF-Token": door.person.token}
    told = {"columns": {"title": "Name"}}
    answer = door.person.client.put(f"/api/v1{address}/columns", json=told, headers=headers)
    assert answer.status_code == 202, answer.text
    assert turns
    assert not any(turns)


@pytest.mark.engines("sqlite")
def test_a_file_that_is_read_in_a_turn_would_be_found(door, turns, monkeypatch):
    def late(wish):
        return recordfiles.examined(wish.file_name, wish.content, None, ask=False)

    monkeypatch.setattr(imports, "_found_in", late)
    door.send(IMPORTS, benign()[0])
    assert any(turns)


@pytest.mark.engines("sqlite")
def test_a_check_that_trusts_the_name_would_be_found(door, monkeypatch):
    def by_name(name, *_told, **_how):
        good = name.endswith(".csv")
        return Examined(total=1) if good else Examined(refused=Unreadable("its name"))

    monkeypatch.setattr(wishes, "examined", by_name)
    kept = [told for told in wrong_with_all(door, hostile("polyglots")[:4]) if "kept" in told]
    assert [label for _group, label, *_ in kept] == [
        "GIF and script as .csv",
        "PDF and HTML as .csv",
    ]


@BREAKS_OFF
@pytest.mark.engines("sqlite")
def test_a_file_that_is_left_would_be_found(door, monkeypatch):
    def leaving(*_told, **_how):
        (door.temporary / "left").write_bytes(b"x")
        return Examined(refused=Unreadable("it is planted"))

    monkeypatch.setattr(wishes, "examined", leaving)
    (told,) = wrong_with(door, benign()[0], IMPORTS)[:1]
    assert "files were left" in told
