"""A rush at the door: people sign in while somebody else reads lists, and waits for them."""

import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from time import perf_counter
from urllib.parse import urlencode
from urllib.request import Request

RUSH, REFUSED = 20, 422
DOOR = "/account/sign-in"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class NobodyTried(Exception):
    """The door answered hardly anybody, so that there was no rush."""


@dataclass(frozen=True)
class Storm:
    """The 95th of a hundred waits of other requests, in milliseconds: alone, and in the rush."""

    idle_ms: float
    rush_ms: float
    signed_in: int

    @property
    def times(self) -> float:
        """Return how many times as long others wait in the rush."""
        return self.rush_ms / self.idle_ms


def weather(asked: Request, times: int) -> Storm:
    """Read this so often alone, and so often again while 20 sign-ins are queued."""
    idle = _waits(asked, times)
    answered = count()
    with _rush(asked.host, answered):
        rush = _waits(asked, times)
    tried = next(answered)
    if tried < RUSH // 2:
        raise NobodyTried(tried)
    return Storm(_percentile(idle), _percentile(rush), tried)


def _waits(asked: Request, times: int) -> list[float]:
    line = HTTPConnection(asked.host)
    told = []
    for _ in range(times):
        began = perf_counter()
        line.request("GET", asked.selector, headers=asked.headers)
        answer = line.getresponse()
        answer.read()
        told.append((perf_counter() - began) * 1000)
        if answer.status != 200:  # noqa: PLR2004 (whatever else proves nothing)
            raise NobodyTried(answer.status)
    line.close()
    return told


@contextmanager
def _rush(place: str, answered: "count[int]") -> Iterator[None]:
    """Keep 20 people at the door; each one who was answered comes again."""
    over = threading.Event()
    visitors = [
        threading.Thread(
            target=_visit, args=(place, _names(who), over), kwargs={"answered": answered}
        )
        for who in range(RUSH)
    ]
    for visitor in visitors:
        visitor.start()
    over.wait(1)  # Until they stand there.
    try:
        yield
    finally:
        over.set()
        for visitor in visitors:
            visitor.join()


def _names(who: int) -> Iterator[str]:
    """Yield a new name for each try of a visitor, so that nobody has to wait."""
    for turn in count():
        yield f"storm-{who}-{turn}@bench.example"


def _visit(
    place: str, names: Iterator[str], over: threading.Event, *, answered: "count[int]"
) -> None:
    """Try to sign in again and again."""
    line = HTTPConnection(place)
    for name in names:
        if over.is_set():
            return line.close()
        line.request("GET", DOOR)
        page = line.getresponse()
        cookie = page.headers.get("Set-Cookie", "").partition(";")[0]
        token = TOKEN.search(page.read().decode())
        told = {
            "csrf_token": token[1] if token else "",
            "email": name,
            "password": "not the right one",
        }
        own = {"Cookie": cookie, "Origin": f"http://{place}"}
        line.request("POST", DOOR, urlencode(told), {**FORM, **own})
        answer = line.getresponse()
        answer.read()
        if answer.status == REFUSED:
            next(answered)
    return None


def _percentile(waits: list[float]) -> float:
    return sorted(waits)[math.ceil(0.95 * len(waits)) - 1]
