"""Open screens hear of what happens, and only of what they may hear."""

import json
from dataclasses import replace

import pytest
from flask import g
from sqlalchemy import select

from townsquare.core.listening import may_listen
from townsquare.core.realtime import LiveMessage
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.library.live import TOPICS

GUEST = Actor(0, "guest", frozenset({"public"}))
CAST_NAMES = ("Maya", "Santos", "Ben", "Okafor", "LC-")


@pytest.fixture
def heard(town):
    """Return the newest message of a topic, and forget nothing."""

    def run(topic):
        Worker(town).drain()
        with town.database.begin() as connection:
            kept = select(LiveMessage.message).where(LiveMessage.topic == topic)
            return [json.loads(text) for text in connection.scalars(kept.order_by(LiveMessage.id))]

    return run


@pytest.mark.parametrize(
    ("topic", "guest", "reader", "librarian"),
    [
        ("library.desk.central", False, False, True),
        ("library.holds.central", False, False, True),
        ("library.document.D1", True, True, True),
        ("library.me.P-OTHER", False, False, False),
        ("library.nothing.central", None, None, None),
    ],
)
def test_who_may_listen(topic, guest, reader, librarian, readers):
    desk = {"library.loan.create", "library.hold.manage"} | readers.Maya.actor.permissions
    dina = replace(readers.Maya.actor, permissions=frozenset(desk))
    who = (GUEST, readers.Maya.actor, dina)
    assert [may_listen(TOPICS, topic, actor) for actor in who] == [guest, reader, librarian]


def test_readers_listen_to_their_own_topic_only(readers):
    mine = f"library.me.{readers.Maya.person}"
    assert may_listen(TOPICS, mine, readers.Maya.actor)
    assert not may_listen(TOPICS, mine, readers.Ben.actor)


def test_the_page_of_a_document_says_what_is_left(copies, wood, lend, take_back, heard):
    copies("TS2")
    lend()
    take_back()
    page = heard(f"library.document.{wood.id}")
    assert [said["available"] for said in page][-1] == 2
    lend()
    assert heard(f"library.document.{wood.id}")[-1] == {"copies": 2, "available": 1}


def test_the_desk_sees_what_leaves_and_where_it_goes(wood, lend, take_back, wait, heard):
    lend()
    wait("LC-2001")
    take_back()
    lent, returned = heard("library.desk.central")
    assert (lent["what"], lent["copy"]) == ("lent", "TS1")
    assert returned == {"what": "returned", "copy": "TS1", "goes_to": "hold_shelf"}


def test_the_queue_and_the_reader_see_whose_turn_it_is(readers, lend, take_back, wait, heard):
    lend()
    wait("LC-2001")
    heard("")
    take_back()
    assert [said["state"] for said in heard("library.holds.central")] == ["waiting", "ready"]
    assert heard(f"library.me.{readers.Ben.person}")[-1]["state"] == "ready"


def test_no_message_names_a_person(town, lend, take_back, wait, heard):
    lend()
    wait("LC-2001")
    take_back()
    heard("")
    with town.database.begin() as connection:
        said = " ".join(connection.scalars(select(LiveMessage.message)))
    assert said
    assert not [name for name in CAST_NAMES if name in said]


def test_only_those_who_are_signed_in_hold_a_stream_open_on_a_documents_page(app, readers, wood):
    who = {"actor": GUEST}
    app.before_request(lambda: g.__setattr__("actor", who["actor"]))
    client, path = app.test_client(), f"/library/documents/{wood.id}"
    assert "/live/" not in client.get(path).text
    who["actor"] = readers.Maya.actor
    assert f"/live/library.document.{wood.id}" in client.get(path).text
