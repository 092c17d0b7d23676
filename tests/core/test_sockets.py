"""Sockets: who may open one, what a message does, and how a line ends."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from threading import Event

import pytest
from pydantic import Field
from sqlalchemy import delete, func, select

from tests.kit.callers import calling
from tests.kit.lines import serving
from tests.kit.waiting import until
from townsquare.app import assemble
from townsquare.core.errors import Conflict
from townsquare.core.health import Health
from townsquare.core.identity.models import SessionRow
from townsquare.core.live import sockets, wire
from townsquare.core.live.front import Front, Parts
from townsquare.core.live.sockets import LONGEST_MESSAGE, LONGEST_READ, Pace, Sockets
from townsquare.core.live.talks import Talks
from townsquare.core.manifest import Service, Socket
from townsquare.core.rates import table
from townsquare.core.realtime import LiveMessage, publish
from townsquare.core.usecase import Command, Context, query, use_case

pytestmark = pytest.mark.shown

MAY = "belfry.bell.ring"
RINGING = Event()  # What the bell waits for, where a test says so.
RINGING.set()


class Ring(Command):
    """A wish to ring a bell."""

    times: int = Field(title="Times", ge=1, le=12)


class Listen(Command):
    """A wish to hear how often a bell was rung."""

    bell: str = Field(title="Bell", max_length=20)


@dataclass(frozen=True)
class Rung:
    """How often it was rung, and for the how-manieth time."""

    times: int
    version: int


class BellIsBroken(Conflict):
    """No sound."""

    code = "belfry.broken"


@use_case(MAY)
def ring(ctx: Context, wish: Ring) -> Rung:
    """Ring the bell."""
    RINGING.wait(20)
    if wish.times == 12:
        raise BellIsBroken
    if wish.times == 11:
        raise RuntimeError
    publish(ctx, "belfry", str(wish.times))
    ctx.db.flush()
    return Rung(wish.times, ctx.db.scalar(select(func.count(LiveMessage.id))))


@query("belfry.bell.hear", permission="signed-in")
def listen(ctx: Context, wish: Listen) -> Rung:
    """Tell how often it was rung."""
    return Rung(0, ctx.db.scalar(select(func.count(LiveMessage.id))))


SERVICE = Service(
    name="belfry",
    title="Belfry",
    permissions={MAY: "Ring"},
    sockets=(
        Socket("rings", ring, MAY, hears="ring", says="rung", refuses="not_rung"),
        Socket("counts", listen, "signed-in"),
    ),
)


@pytest.fixture
def town(town):
    return replace(town, services=(*town.services, SERVICE))


@pytest.fixture
def port(app):
    with serving(app) as (_server, port):
        yield port


@pytest.fixture
def ringer(signed_in):
    return signed_in(MAY).cookie


@pytest.fixture
def line(port, ringer):
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        yield line


def rung(town):
    with town.sessions() as db:
        return db.scalar(select(func.count(LiveMessage.id)))


def wish(client_id="a", **more):
    return {"type": "ring", "client_id": client_id, "times": 3, **more}


def test_a_message_is_an_act_and_its_repeat_is_none(port, ringer, town):
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        told = {"type": "rung", "client_id": "a", "times": 3, "version": 1}
        assert line.ask(wish()) == told
        assert line.ask(wish()) == told
        assert line.ask(wish("b"))["version"] == 2
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        assert line.ask(wish()) == told
        assert line.ask(wish(times=4))["code"] == "core.key-reused"
    assert rung(town) == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ring the bell", "core.not-json"),
        ("", "core.not-json"),
        ('{"times": NaN}', "core.not-json"),
        ("[1]", "core.no-object"),
        ('{"type": "ring", "type": "ring"}', "core.repeated-field"),
        (b"\x00\x01", "core.not-json"),
        ({"type": "sing", "client_id": "a"}, "core.unknown-message"),
        ({"times": 3, "client_id": "a"}, "core.unknown-message"),
        ({"type": "ring", "times": 3}, "core.no-client-id"),
        (wish("a" * 256), "core.no-client-id"),
        (wish("\n"), "core.no-client-id"),
        (wish(7), "core.no-client-id"),
        (wish(times=13), "core.invalid"),
        (wish(times="3"), "core.invalid"),
        (wish(more=1), "core.unknown-field"),
        (wish(times=12), "belfry.broken"),
        (wish(times=11), "core.unforeseen"),
        ("x" * (LONGEST_MESSAGE + 1), "core.message-too-long"),
        ("é" * (LONGEST_MESSAGE // 2 + 1), "core.message-too-long"),
    ],
)
def test_a_bad_message_is_answered_and_the_line_stays(port, ringer, town, said, code):
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        told = line.ask(said)
        assert (told["type"], told["code"]) == ("not_rung", code)
        assert told["detail"].endswith(".")
        assert line.ask(wish("good"))["type"] == "rung"
    assert rung(town) == 1


def test_what_is_wrong_with_a_field_is_said_with_it(port, ringer):
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        told = line.ask(wish("mine", times=13))
    assert (told["client_id"], told["status"]) == ("mine", 422)
    assert told["fields"] == {"times": "Enter 12 or less."}


def test_a_message_leaves_a_line_of_the_log_without_who_and_what(port, ringer, caplog):
    caplog.set_level("INFO", "townsquare.requests")
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        line.ask(wish("secret-id"))
        line.ask(wish("other-id", times=13))
    lines = [entry.facts for entry in caplog.records if entry.name == "townsquare.requests"]
    told = [(one["method"], one["route"], one["status"]) for one in lines]
    assert told == [("message", "/ws/belfry/rings", 200), ("message", "/ws/belfry/rings", 422)]
    assert not any("127.0.0.1" in str(one) or "-id" in str(one.values()) for one in lines)


def test_what_only_reads_needs_no_client_id(port, ringer):
    with calling(port, "/ws/belfry/counts", Cookie=ringer) as line:
        assert line.ask({"bell": "great"}) == {"times": 0, "version": 0}
        assert line.ask({"bell": "great", "client_id": "x"})["client_id"] == "x"
        assert line.ask({})["type"] == "error"


def test_who_sends_without_end_is_let_go(port, ringer):
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        line.say("x" * (LONGEST_READ + 1))
        assert line.hear() is None
        assert line.closed == 1009


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("rings", {"Origin": "http://evil.example"}, 403, "core.foreign-origin"),
        ("rings", {"Origin": "null"}, 403, "core.foreign-origin"),
        ("rings", {"Origin": None}, 403, "core.foreign-origin"),
        ("rings", {"Cookie": ""}, 401, "core.not-identified"),
        ("rings", {"Cookie": "townsquare-session=guessed"}, 401, "core.not-identified"),
        ("nothing", {}, 404, "core.not-found"),
        ("rings", {"Host": "evil.example", "Origin": "http://evil.example"}, 400, "http.400"),
    ],
)
def test_a_socket_is_refused_as_plain_http(port, ringer, path, headers, status, code):
    with calling(port, f"/ws/belfry/{path}", **{"Cookie": ringer, **headers}) as line:
        assert (line.status, line.problem["code"]) == (status, code)
        assert line.headers["content-type"] == "application/problem+json"
        assert line.headers["cache-control"] == "no-store"


def test_who_lacks_the_permission_is_refused(port, signed_in):
    with calling(port, "/ws/belfry/rings", Cookie=signed_in().cookie) as line:
        assert (line.status, line.problem["code"]) == (403, "core.not-allowed")


def test_other_wishes_for_an_upgrade_are_requests(port, ringer):
    for headers in ({}, {"Connection": "Upgrade", "Upgrade": "websocket"}):
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/ws/belfry/rings", headers={**headers, "Cookie": ringer})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")
        assert b'"code":"http.426"' in answer.read()
        connection.close()


def test_a_permission_that_is_gone_and_a_session_that_is_over_count_at_once(port, ringer, town):
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        assert line.ask(wish())["type"] == "rung"
        with town.sessions.begin() as db:
            db.execute(delete(SessionRow))
        assert line.ask(wish("b"))["code"] == "core.not-identified"
        assert line.hear() is None
        assert line.closed == 1008
    assert rung(town) == 1


def test_a_silent_line_beats_and_ends_with_its_session(app, ringer, town):
    with (
        serving(app, SERVICE, heartbeat_seconds=0.1) as (_server, port),
        calling(port, "/ws/belfry/rings", Cookie=ringer) as line,
    ):
        assert line.hear() == {"type": "still-here"}
        with town.sessions.begin() as db:
            db.execute(delete(SessionRow))
        told = [line.hear()]
        while told[-1] is not None:
            told.append(line.hear())
        assert told[-2]["code"] == "core.not-identified"
        assert line.closed == 1008


def test_our_server_pings(app, ringer):
    with serving(app) as (server, port):
        server.config.ws_ping_interval = 0.1
        with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
            time.sleep(0.5)
            assert line.ask(wish())["type"] == "rung"
            assert line.pinged


def test_a_stop_lets_the_act_end_and_says_that_we_come_back(app, ringer, town):
    with serving(app) as (server, port), calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        RINGING.clear()
        try:
            line.say(wish())
            time.sleep(0.1)
            server.servers[0].get_loop().call_soon_threadsafe(server.front.stop)
            with calling(port, "/ws/belfry/rings", Cookie=ringer) as late:
                assert (late.status, late.headers["retry-after"]) == (503, "5")
        finally:
            RINGING.set()
        assert line.hear()["type"] == "rung"
        assert line.hear() is None
        assert line.closed == 1012
    assert rung(town) == 1


def test_a_server_that_ends_closes_every_line(app, ringer):
    with serving(app) as (server, port), calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        line.ask(wish())
        server.should_exit = True
        assert line.hear() is None
        assert line.closed == 1012


def test_fifty_lines_at_once(port, signed_in, town, measured):
    cookies = [signed_in(MAY).cookie for _ in range(10)]

    def talk(number):
        with calling(port, "/ws/belfry/rings", Cookie=cookies[number % 10]) as line:
            return line.status, line.ask(wish(f"w{number}"))["type"]

    with ThreadPoolExecutor(50) as people:
        assert set(people.map(talk, range(50))) == {(101, "rung")}
    assert rung(town) == 50
    measured(lines=50)


def test_the_same_wish_from_ten_lines_is_done_once(port, signed_in, town):
    ringer = signed_in(MAY).cookie

    def talk(_number):
        with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
            return line.ask(wish("same"))["type"]

    with ThreadPoolExecutor(5) as people:
        assert "rung" in set(people.map(talk, range(5)))
    assert rung(town) == 1


def test_one_session_has_five_lines_and_gives_them_back(port, ringer):
    with ExitStack() as stack:
        for _ in range(sockets.MOST_OF_ONE_SESSION):
            stack.enter_context(calling(port, "/ws/belfry/rings", Cookie=ringer))
        with calling(port, "/ws/belfry/rings", Cookie=ringer) as sixth:
            assert sixth.status == 503

    def let_in():
        with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
            return line.status == 101

    until(let_in)


def test_one_person_does_not_fill_a_town_by_other_cookies(port, ringer, monkeypatch):
    monkeypatch.setattr(sockets, "MOST_OF_ONE_PERSON", 2)
    with ExitStack() as stack:
        for number in range(2):
            cookie = f"n={number}; {ringer}"
            line = stack.enter_context(calling(port, "/ws/belfry/rings", Cookie=cookie))
            assert line.status == 101
        with calling(port, "/ws/belfry/rings", Cookie=f"n=2; {ringer}") as third:
            assert (third.status, third.problem["code"]) == (503, "http.503")

    def let_in():
        with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
            return line.status == 101

    until(let_in)


def test_a_full_town_opens_no_more(port, ringer, monkeypatch):
    monkeypatch.setattr(sockets, "MOST_SOCKETS", 0)
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        assert (line.status, line.problem["code"]) == (503, "http.503")


def test_messages_are_counted_as_calls_are(town, signed_in):
    limits = table("write=2/min,200/min live=2/min,200/min")
    narrow = replace(town, settings=replace(town.settings, limits=limits))
    ringer = signed_in(MAY).cookie
    with serving(assemble(narrow), SERVICE, pause_seconds=0.0) as (_server, port):
        with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
            kinds = [line.ask(wish(f"w{number}")) for number in range(3)]
            assert [told["type"] for told in kinds] == ["rung", "rung", "not_rung"]
            assert kinds[2]["code"] == "core.too-many"
        with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
            assert line.status == 101
        with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
            assert (line.status, line.problem["code"]) == (429, "core.too-many")
            assert int(line.headers["retry-after"]) > 0


def test_who_does_not_read_is_let_go(ringer, app):
    async def story():
        sent = []

        class Full:
            async def receive(self):
                return {"type": "websocket.receive", "text": "x"}

            async def send(self, message):
                sent.append(message["type"])
                if message["type"] == "websocket.send":
                    await asyncio.sleep(60)

        full = Full()
        kept_open = {"belfry/rings": SERVICE.sockets[0]}
        made = Sockets(kept_open, Talks(app), pace=Pace(unread_seconds=0.1))
        headers = {"cookie": ringer, "host": "localhost", "origin": "http://localhost"}
        told = [(name.encode(), text.encode()) for name, text in headers.items()]
        scope = {"type": "websocket", "path": "/ws/belfry/rings", "headers": told}
        await asyncio.wait_for(made.answer(scope, full.receive, full.send), 20)
        return sent

    assert asyncio.run(story()) == ["websocket.accept", "websocket.send"]


def test_a_process_is_not_over_before_its_lines_have_ended(app, ringer, town):
    """As under a server that stops its loop as soon as the application says that it is done."""
    happened = []

    async def story():
        made = Sockets({"belfry/rings": SERVICE.sockets[0]}, Talks(app))
        front = Front(Parts(Health(town), sockets=made))
        accepted, stopping = asyncio.Event(), asyncio.Event()

        async def silent():
            await (asyncio.sleep(60) if accepted.is_set() else asyncio.sleep(0))
            return {"type": "websocket.connect"}

        async def slowly(message):
            accepted.set()
            if message["type"] == "websocket.close":
                await asyncio.sleep(0.2)
                happened.append(message["code"])

        async def until_stopped():
            if happened:
                await stopping.wait()
            happened.append("lifespan")
            return {"type": "lifespan"}

        async def told(message):
            happened.append(message["type"])

        headers = {"cookie": ringer, "host": "localhost", "origin": "http://localhost"}
        named = [(name.encode(), text.encode()) for name, text in headers.items()]
        scope = {"type": "websocket", "path": "/ws/belfry/rings", "headers": named}
        line = asyncio.create_task(front(scope, silent, slowly))
        life = asyncio.create_task(front({"type": "lifespan"}, until_stopped, told))
        await accepted.wait()
        await asyncio.sleep(0)
        stopping.set()
        await asyncio.wait_for(asyncio.gather(line, life), 20)

    asyncio.run(story())
    assert happened[-2:] == [1012, "lifespan.shutdown.complete"]


def frame(opcode, payload=b"", *, final=True, masked=True):
    """Return one frame as a client sends it, which need not be right."""
    length = len(payload)
    size = bytes([length]) if length < 126 else bytes([126]) + length.to_bytes(2, "big")
    head = bytes([opcode | (0x80 if final else 0)]) + bytes([size[0] | 0x80 * masked]) + size[1:]
    return head + (bytes(4) if masked else b"") + payload


@pytest.mark.parametrize(
    "sent",
    [
        frame(1, b"{}", masked=False),
        frame(3),
        frame(0, b"goes on with nothing"),
        frame(1, b"\xff\xfe"),
        frame(9, b"x" * 126),
        frame(9, final=False),
        frame(8, b"\x00"),
        frame(8, (1005).to_bytes(2, "big")),
        frame(0x41, b"{}"),
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(range(256)) * 8,
    ],
)
def test_what_is_no_frame_ends_its_own_line_and_nothing_else(port, ringer, caplog, sent):
    with (
        calling(port, "/ws/belfry/rings", Cookie=ringer) as odd,
        calling(port, "/ws/belfry/rings", Cookie=ringer) as line,
    ):
        odd._line.sendall(sent)  # noqa: SLF001 (what no client would send)
        odd._line.settimeout(20)  # noqa: SLF001 (as above)
        while odd._line.recv(4096):  # noqa: SLF001 (as above)
            pass
        assert line.ask(wish())["type"] == "rung"
    assert [entry for entry in caplog.records if entry.levelname == "ERROR"] == []


def test_frames_in_pieces_are_one_message(port, ringer):
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line:
        told = json.dumps(wish()).encode()
        pieces = [frame(1, told[:5], final=False), frame(9), frame(0, told[5:])]
        line._line.sendall(b"".join(pieces))  # noqa: SLF001 (the client would send one frame)
        assert line.hear()["type"] == "rung"


def test_who_sends_pings_and_reads_nothing_is_let_go(port, ringer, monkeypatch):
    monkeypatch.setattr(wire, "UNREAD_SECONDS", 0.5)
    pings, most = frame(9, b"x" * 125) * 1000, 2**26
    with calling(port, "/ws/belfry/rings", Cookie=ringer) as line, suppress(OSError):
        line._line.settimeout(20)  # noqa: SLF001 (nobody reads the answers)
        for _ in range(most // len(pings)):
            line._line.sendall(pings)  # noqa: SLF001 (as above)
        pytest.fail("It was heard for as long as it liked.")
