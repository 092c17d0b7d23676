"""Live topics reach those who may listen, in order, with nothing missed after a break."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from townsquare.app import assemble
from townsquare.core.listening import may_listen, own
from townsquare.core.live.hub import LONGEST_QUEUE, Hub
from townsquare.core.live.parts import count
from townsquare.core.live.streams import Beat, Streams
from townsquare.core.manifest import Topic
from townsquare.core.outbox import Relay
from townsquare.core.ports import Engines
from townsquare.core.rates import table
from townsquare.core.realtime import publish
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker

PATIENCE = 30  # Seconds until what hangs is broken off; a busy machine takes a part of them.
DINA = Actor(1, "Dina Park", frozenset({"public", "signed-in", "desk.view"}), person="P1")
CARLA = Actor(0, "guest", frozenset({"public"}))
TOPICS = (
    Topic("desk.<branch>", "desk.view"),
    Topic("board", "public"),
    Topic("me.<person>", "signed-in", allow=own),
)


@pytest.mark.parametrize(
    ("topic", "actor", "may"),
    [
        ("board", CARLA, True),
        ("desk.MAIN", DINA, True),
        ("desk.MAIN", CARLA, False),
        ("me.P1", DINA, True),
        ("me.P2", DINA, False),
        ("me.", CARLA, None),
        ("desk.MAIN.x", DINA, None),
        ("deskxMAIN", DINA, None),
        ("nothing", DINA, None),
    ],
)
def test_who_may_listen_to_what(topic, actor, may):
    assert may_listen(TOPICS, topic, actor) is may


def say(town, *messages, topic="board"):
    for message in messages:
        with town.working(DINA) as ctx:
            publish(ctx, topic, message)
    while Relay(town, "test").step():
        pass


async def until(true):
    while not true():  # noqa: ASYNC110 (what is waited for has no event of its own)
        await asyncio.sleep(0.01)


class Reader:
    """A browser that listens to one topic."""

    def __init__(self, hub, who=lambda _headers: CARLA, beat=None, count=None):
        self.streams = Streams(hub, TOPICS, who, beat=beat, count=count)
        self.sent, self.status, self.gone = b"", 0, asyncio.Event()
        self.headers = []

    async def open(self, topic="board", method="GET", client="", *, extensions=None, **headers):
        told = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        scope = {"path": f"/live/{topic}", "method": method, "headers": told, "client": (client, 1)}
        scope["extensions"] = extensions
        await self.streams.answer(scope, self.receive, self.send)

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.status = message.get("status", self.status)
        self.headers = message.get("headers", self.headers)
        self.sent += message.get("body", b"")

    async def until(self, text):
        await until(lambda: text in self.sent)


def run(town, story, *, seconds=PATIENCE):
    async def told():
        hub = Hub(town)
        following = asyncio.create_task(hub.follow())
        try:
            return await asyncio.wait_for(story(hub), seconds)
        finally:
            following.cancel()

    return asyncio.run(told())


def test_a_message_reaches_the_reader_with_its_position(town):
    async def story(hub):
        reader = Reader(hub)
        stream = asyncio.create_task(reader.open())
        await reader.until(b"id: 0")
        await asyncio.to_thread(say, town, "<b>one</b>\nmore", {"two": 2})
        await reader.until(b"two")
        reader.gone.set()
        await stream
        return reader

    reader = run(town, story)
    assert reader.status == 200
    assert b'id: 1\ndata: <b>one</b>\ndata: more\n\nid: 2\ndata: {"two":2}\n\n' in reader.sent


def test_who_opens_before_the_log_is_followed_misses_nothing(town):
    async def told():
        hub = Hub(town)
        reader = Reader(hub)
        stream = asyncio.create_task(reader.open())
        await until(lambda: hub.streams)
        await asyncio.to_thread(say, town, "early")
        following = asyncio.create_task(hub.follow())
        await reader.until(b"id: 1")
        await asyncio.to_thread(say, town, "late")
        await reader.until(b"late")
        reader.gone.set()
        await stream
        following.cancel()
        return reader.sent

    assert asyncio.run(asyncio.wait_for(told(), PATIENCE)) == b"id: 1\n\nid: 2\ndata: late\n\n"


def test_other_topics_stay_elsewhere(town):
    async def story(hub):
        reader = Reader(hub)
        stream = asyncio.create_task(reader.open())
        await reader.until(b"id: 0")
        await asyncio.to_thread(say, town, "secret", topic="desk.MAIN")
        await asyncio.to_thread(say, town, "for all")
        await reader.until(b"for all")
        reader.gone.set()
        await stream
        return reader.sent

    assert b"secret" not in run(town, story)


def test_what_was_missed_is_sent_after_a_break(town):
    say(town, "one", "two", "three")

    async def story(hub):
        reader = Reader(hub)
        stream = asyncio.create_task(reader.open(last_event_id="1"))
        await reader.until(b"three")
        reader.gone.set()
        await stream
        return reader.sent

    assert run(town, story) == b"id: 2\ndata: two\n\nid: 3\ndata: three\n\n"


@pytest.mark.parametrize("last", ["99", "1"])
def test_who_has_missed_more_than_is_kept_is_told_to_load_again(town, clock, last):
    say(town, "one", "two")
    clock.advance(hours=25)
    say(town, "three", "four")
    clock.advance(seconds=11)
    Worker(town).drain()
    clock.advance(minutes=11)
    Worker(town).drain()

    async def story(hub):
        reader = Reader(hub)
        stream = asyncio.create_task(reader.open(last_event_id=last))
        await reader.until(b"resync")
        reader.gone.set()
        await stream
        return reader.sent

    assert b"event: resync" in run(town, story)


def test_a_reader_who_is_too_slow_is_let_go(town):
    async def story(hub):
        reader = Reader(hub)
        listening = hub.listen("board")
        for position in range(LONGEST_QUEUE + 1):
            listening.offer(position, b"x")
        hub.leave(listening)
        return listening.too_slow, len(listening.waiting), hub.streams, reader

    assert run(town, story)[:3] == (True, LONGEST_QUEUE, 0)


@pytest.mark.parametrize(
    ("topic", "actor", "method", "status"),
    [
        ("desk.MAIN", CARLA, "GET", 401),
        ("me.P2", DINA, "GET", 403),
        ("nothing", DINA, "GET", 404),
        ("board", DINA, "POST", 405),
    ],
)
def test_a_stream_that_is_not_opened_says_why(town, topic, actor, method, status):
    async def story(hub):
        reader = Reader(hub, lambda _headers: actor)
        await reader.open(topic, method)
        return reader

    reader = run(town, story)
    assert reader.status == status
    assert b'"detail"' in reader.sent


def test_one_session_has_at_most_five_streams(town):
    async def story(hub):
        reader, sixth = Reader(hub), Reader(hub)
        sixth.streams = reader.streams
        five = [asyncio.create_task(reader.open(cookie="a=1")) for _ in range(5)]
        await until(lambda: hub.streams == 5)
        await sixth.open(cookie="a=1")
        reader.gone.set()
        await asyncio.gather(*five)
        return sixth.status, hub.streams

    assert run(town, story) == (503, 0)


def test_who_opens_streams_too_often_is_told_when_to_come_back(town, app):
    settings = replace(town.settings, limits=table("live=9/min,2/min"))
    house = assemble(replace(town, settings=settings, engines=Engines(settings)))
    told = {"who": lambda _headers: CARLA, "count": partial(count, house)}

    async def story(hub):
        said = []
        for peer in ("9.9.9.9", "9.9.9.8", "9.9.9.7", "8.8.8.8"):
            reader = Reader(hub, **told)
            await reader.open("nothing", client=peer)
            said.append(reader)
        return [reader.status for reader in said], dict(said[2].headers), said[2].sent

    statuses, headers, body = run(town, story)
    assert statuses == [404, 404, 429, 404]
    assert int(headers[b"retry-after"]) >= 1
    assert b'"core.too-many"' in body


def test_a_stream_ends_when_the_session_has_ended(town):
    people = iter([DINA])

    async def story(hub):
        reader = Reader(hub, lambda _headers: next(people, CARLA), beat=Beat(0.05, 0.05))
        await reader.open("desk.MAIN")
        return reader.sent

    assert run(town, story).endswith(b"event: ended\ndata: sign in again\n\n")


def test_streams_end_when_the_process_stops(town):
    async def story(hub):
        reader = Reader(hub)
        stream = asyncio.create_task(reader.open())
        await reader.until(b"id: 0")
        reader.streams.stop()
        await stream
        return reader.sent

    assert run(town, story).endswith(b"retry: 1000\n\n")


def test_messages_are_kept_for_a_day(town, clock):
    say(town, "old")
    clock.advance(hours=24)
    Worker(town).drain()
    clock.advance(minutes=11)
    Worker(town).drain()
    with town.sessions() as db:
        assert db.connection().exec_driver_sql("SELECT count(*) FROM core_live").scalar() == 0


def test_two_hundred_readers_get_every_message(town):
    async def story(hub):
        readers = [Reader(hub) for _ in range(200)]
        streams = [asyncio.create_task(one.open(cookie=f"a={n}")) for n, one in enumerate(readers)]
        await until(lambda: all(b"id: 0" in one.sent for one in readers))
        await asyncio.to_thread(say, town, *map(str, range(20)))
        await asyncio.gather(*(one.until(b"data: 19\n") for one in readers))
        for one in readers:
            one.gone.set()
        await asyncio.gather(*streams)
        return {one.sent.count(b"data: ") for one in readers}

    assert run(town, story, seconds=2 * PATIENCE) == {20}
