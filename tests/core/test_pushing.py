"""Messages are pushed past the task of their stream where a server offers it, and else sent."""

import asyncio
import re
import socket
import threading
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest
import uvicorn
from uvicorn.server import ServerState

from tests.core.test_live import CARLA, DINA, TOPICS, Reader, run, say, until
from townsquare.core.live.hub import LONGEST_QUEUE, PUSH, Hub, Listening
from townsquare.core.live.streams import Beat, Streams
from townsquare.core.live.wire import Wire
from townsquare.core.realtime import Message, Since

MESSAGES, AT_A_TIME = 60, 16
ROOM = 16 * 1024  # Bytes that the kernel keeps for a slow reader, at either end.
NUMBER = re.compile(rb"id: (\d+)\n")


class Lost(AssertionError):
    """A reader did not see every message once, in order."""


class Log(Hub):
    """A hub whose log is a list, so that a test can fill it quickly."""

    def __init__(self):
        super().__init__(None)
        self.kept = []

    def tell(self, *texts):
        for text in texts:
            self.kept.append(Message(len(self.kept) + 1, "board", text))
        self.ring()

    def _after(self, position):
        return self.kept[position : position + 500]

    def _since(self, _topic, position):
        return Since(len(self.kept), [] if position is None else self.kept[position:])


def pushed(scope):
    """Leave what our own server offers."""
    scope["extensions"] = {PUSH: scope["extensions"][PUSH]}


def sent(scope):
    """Offer nothing, as other servers do."""
    del scope["extensions"]


def forgetful(scope):
    """Say that the fifth message was written, and write nothing."""
    write = scope["extensions"][PUSH]["write"]
    scope["extensions"] = {PUSH: {"write": lambda piece: b"id: 5\n" in piece or write(piece)}}


@asynccontextmanager
async def serving(hub, offer=pushed):
    """Yield a port at which the wire hands streams of this hub to anybody; it buffers little."""
    streams = Streams(hub, TOPICS, lambda _headers: CARLA, beat=Beat(3600, 3600))

    async def answer(scope, receive, send):
        offer(scope)
        await streams.answer(scope, receive, send)

    config = uvicorn.Config(answer, log_config=None, http=Wire)
    config.load()
    state = ServerState()
    door = socket.create_server(("127.0.0.1", 0))
    door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Wire(config, state, {}), sock=door)
    try:
        yield door.getsockname()[1]
    finally:
        server.close()
        streams.stop()


class Browser:
    """Somebody at the other end of a socket, and the numbers of the messages that came."""

    def __init__(self, port, name, room=0):
        self.port, self.name, self.room = port, name, room
        self.came, self.told, self.writer = [], b"", None

    async def open(self):
        line = socket.socket()
        if self.room:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.room)
        line.connect(("127.0.0.1", self.port))
        self.reader, self.writer = await asyncio.open_connection(sock=line)
        last = self.came[-1] if self.came else 0
        asked = f"GET /live/board HTTP/1.1\r\nHost: town\r\nCookie: a={self.name}\r\n"
        self.writer.write(f"{asked}Last-Event-ID: {last}\r\n\r\n".encode())
        self.told = await self.reader.readuntil(b"\r\n\r\n")

    async def read(self, enough):
        """Read on until the last number is this one, or the server has said that it is over."""
        while not (self.came and self.came[-1] >= enough) and b"\r\n0\r\n\r\n" not in self.told:
            piece = await self.reader.readuntil(b"\n")
            self.told += piece
            self.came += map(int, NUMBER.findall(piece))

    async def leave(self):
        if self.writer:
            self.writer.transport.abort()
            with suppress(OSError):
                await self.writer.wait_closed()

    def complete(self, how_many):
        if self.came != list(range(1, how_many + 1)):
            raise Lost(self.name, self.came)


async def coming_and_going(browser, dice):
    """Listen to all messages, and hang up every now and then in the middle."""
    while not browser.came or browser.came[-1] < MESSAGES:
        seen = browser.came[-1] if browser.came else 0
        try:
            await browser.open()
            await browser.read(min(MESSAGES, seen + dice.randint(1, 20)))
        finally:
            await browser.leave()
    browser.complete(MESSAGES)


def followed(town, offer):
    async def story(hub):
        dice = Random(0)  # noqa: S311 (when somebody leaves is no secret)
        async with serving(hub, offer) as port:
            readers = [coming_and_going(Browser(port, n), dice) for n in range(8)]
            telling = asyncio.to_thread(say, town, *map(str, range(MESSAGES)))
            outcomes = await asyncio.gather(telling, *readers, return_exceptions=True)
            await until(lambda: hub.streams == 0)
        for outcome in outcomes:
            if outcome:
                raise outcome

    run(town, story, seconds=60)


@pytest.mark.parametrize("offer", [pushed, sent])
def test_nothing_is_lost_and_nothing_comes_twice_across_breaks(town, offer):
    followed(town, offer)


def test_a_message_that_was_not_written_is_found(town):
    with pytest.raises(Lost):
        followed(town, forgetful)


@pytest.mark.parametrize("offer", [pushed, sent])
def test_a_slow_reader_is_let_go_and_slows_nobody(offer):
    many, page = LONGEST_QUEUE * 2, "x" * 1500

    async def story():
        hub = Log()
        following = asyncio.create_task(hub.follow())
        async with serving(hub, offer) as port:
            slow, quick = Browser(port, 1, ROOM), Browser(port, 2)
            await slow.open()
            await quick.open()
            await until(lambda: hub.streams == 2)
            for number in range(AT_A_TIME, many + 1, AT_A_TIME):
                hub.tell(*[page] * AT_A_TIME)
                await quick.read(number)
            quick.complete(many)
            await slow.read(many)
            slow.complete(len(slow.came))  # Nothing after the gap: who comes back misses nothing.
            assert slow.came[-1] < many
            assert b"event: resync" in slow.told
            await slow.leave()
            await quick.leave()
            await until(lambda: hub.streams == 0)
        following.cancel()

    asyncio.run(asyncio.wait_for(story(), 60))


def test_no_message_overtakes_another():
    written = []
    answers = iter([True, False, True])
    listening = Listening("board", push=lambda piece: next(answers) and not written.append(piece))
    listening.offer(1, b"before it rests")
    listening.at_rest = True
    listening.offer(2, b"two")
    assert (written, [at for at, _ in listening.waiting]) == ([b"two"], [1])
    listening.offer(2, b"two again")
    listening.waiting.clear()
    listening.at_rest = True
    listening.offer(3, b"three")  # The reader's buffer is full…
    listening.offer(4, b"four")  # …and has room again, but three waits.
    assert (written, [at for at, _ in listening.waiting]) == ([b"two"], [3, 4])


def test_whoever_was_too_slow_gets_nothing_after_the_gap():
    listening = Listening("board")
    for position in range(LONGEST_QUEUE + 1):
        listening.offer(position, b"x")
    listening.waiting.popleft()
    listening.offer(LONGEST_QUEUE + 1, b"after the gap")
    assert listening.waiting[-1] == (LONGEST_QUEUE - 1, b"x")


def test_nothing_is_pushed_while_the_session_is_looked_at(town):
    asked, answered, people = threading.Event(), threading.Event(), iter([DINA])

    def who(_headers):
        if person := next(people, None):
            return person
        asked.set()
        answered.wait(5)
        return CARLA

    async def story(hub):
        reader, written = Reader(hub, who, beat=Beat(0.05, 0.05)), []
        offers = {PUSH: {"write": lambda piece: not written.append(piece)}}
        stream = asyncio.create_task(reader.open("desk.MAIN", extensions=offers))
        await asyncio.to_thread(asked.wait, 5)
        await asyncio.to_thread(say, town, "secret", topic="desk.MAIN")
        await until(lambda: hub._position == 1)  # noqa: SLF001 (handed out, to nobody that may)
        answered.set()
        await stream
        return reader.sent, written

    told, written = run(town, story)
    assert told.endswith(b"event: ended\ndata: sign in again\n\n")
    assert (written, b"secret" in told) == ([], False)
