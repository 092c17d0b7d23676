"""How often one account, token or network may ask, checked before anything sent is read.

Every address belongs to a class: what only reads is "read", what changes something "write", and
where it is otherwise `rated` says so at the page.
"""

from collections.abc import Callable
from functools import partial
from math import ceil
from typing import Literal, NamedTuple, TypeVar

from flask import Flask, Request, Response, g, request

from townsquare.core.errors import BusyForYou, TooMany
from townsquare.core.limits import COUNTERS, Counted, Counters
from townsquare.core.networks import network_of
from townsquare.core.rates import Limit, Rate, rates_of
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.core.web import GUEST, bare
from townsquare.core.web.security import FOR_PROGRAMS, HEALTH, SAFE

Page = TypeVar("Page", bound=Callable[..., object])
Name = Literal["sign-up", "mail", "expensive"]
FREE = HEALTH | {"static"}  # What costs nothing, and what must be answered in any case.
# Counted when one is opened (`Gate.stream`) and by their messages (`Gate.message`), not when their
# session is looked at.
STREAMS = ("/live/", "/ws/")
READ, WRITE, LIVE = "read", "write", "live"
# Whose network cannot be told share one count, so many times as large: one stranger among them
# must not shut the door for the others, and nobody asks without end.
CROWD = 10
SOON = 2  # Seconds after which one of those that go on may be done.


class Quota(NamedTuple):
    """One limit under the name by which answers tell it, and as RateLimit-Policy says it."""

    name: str
    limit: Limit
    policy: str


class _Class(NamedTuple):
    name: str
    account: Quota | None
    address: Quota | None
    crowd: Quota | None
    at_once: int


Wanted = list[tuple[Quota, str]]
Told = list[tuple[Quota, Counted]]


def rated(name: Name, *, reading: bool = False) -> Callable[[Page], Page]:
    """Put a page into another class; with `reading` also where it is only read."""

    def rate(page: Page) -> Page:
        page.rate = (name, reading)  # type: ignore[attr-defined]  # class_of() looks for it.
        return page

    return rate


def class_of(app: Flask, endpoint: str | None, method: str) -> str:
    """Return the class of an address; empty where nothing is counted."""
    if endpoint in FREE:
        return ""
    reads = method in SAFE
    name, reading = getattr(app.view_functions.get(endpoint or ""), "rate", ("", False))
    if name and (reading or not reads):
        return str(name)
    return READ if reads else WRITE


class Gate:
    """Counts the requests of one application, and refuses those that are too many."""

    def __init__(self, app: Flask) -> None:
        here: Town = app.extensions["townsquare"]
        self._app, self._proxies = app, here.settings.proxies
        self._counters: Counters = here.engines.at(COUNTERS)
        self._classes = {
            rate.name: _class(rate) for rate in rates_of(here.settings.limits).values()
        }
        self._known: dict[tuple[str | None, bool], _Class | None] = {}

    def meet(self) -> None:
        """Count who comes with a token for their network, before anybody looks for the token."""
        asked = bare(request)
        if "HTTP_AUTHORIZATION" in asked.environ and asked.path.startswith(FOR_PROGRAMS):
            found = self._class_of(asked)
            if found:
                told = g.quotas = self._take(_address(found, "program", self._network(asked)))
                refuse_full(told)

    def admit(self) -> None:
        """Count a request for its account or token and for its network, or refuse it."""
        asked, kept = bare(request), bare(g)
        found = self._class_of(asked)
        if found is None:
            return
        met: Told = kept.get("quotas", [])
        network = None if met else self._network(asked)
        who = kept.get("actor", GUEST)
        told = kept.quotas = met + self._take(_wanted(found, who, network))
        refuse_full(told)
        if found.at_once and who.known:
            kept.place = self._enter(f"{found.name} {who.id} at once", found.at_once)

    def stream(self, who: Actor, network: str) -> None:
        """Count a stream that is about to be opened, or refuse it."""
        refuse_full(self._take(_wanted(self._classes[LIVE], who, network)))

    def message(self, who: Actor, network: str, *, reads: bool) -> None:
        """Count a message of a socket as a request that would ask for the same, or refuse it."""
        found = self._classes[READ if reads else WRITE]
        refuse_full(self._take(_wanted(found, who, network)))

    def tell(self, answer: Response) -> Response:
        """Say on the answer what was counted and what is left."""
        if told := bare(g).get("quotas"):
            for name, text in headers_of(told):
                answer.headers.add(name, text)
        # What is sent piece by piece is worked on until its last piece; the rest is done now.
        if answer.is_streamed and not answer.direct_passthrough and (place := bare(g).get("place")):
            bare(g).place = None
            answer.call_on_close(partial(self._counters.leave, *place))
        return answer

    def leave(self, _error: BaseException | None) -> None:
        """Give the place of a request back, however it has ended."""
        if place := bare(g).get("place"):
            self._counters.leave(*place)

    def _enter(self, key: str, most: int) -> tuple[str, str]:
        note = self._counters.enter(key, most)
        if not note:
            raise BusyForYou(most=most, seconds=SOON)
        return key, note

    def _class_of(self, asked: Request) -> _Class | None:
        if asked.path.startswith(STREAMS):  # Counted when it is opened, not at each look.
            return None
        key = asked.endpoint, asked.method in SAFE
        try:
            return self._known[key]
        except KeyError:
            name = class_of(self._app, asked.endpoint, asked.method)
            return self._known.setdefault(key, self._classes.get(name))

    def _network(self, asked: Request) -> str:
        told = asked.environ.get("HTTP_X_FORWARDED_FOR", "") if self._proxies else ""
        return network_of(asked.environ.get("REMOTE_ADDR", ""), told, self._proxies)

    def _take(self, wanted: Wanted) -> Told:
        counted = self._counters.add([(key, quota.limit) for quota, key in wanted])
        return [(quota, count) for (quota, _), count in zip(wanted, counted, strict=True)]


def refuse_full(told: Told) -> None:
    """Raise TooMany with the longest wait of those that are full."""
    wait = max([count.wait for _, count in told], default=0.0)
    if wait:
        raise TooMany(seconds=max(1, ceil(wait)))


def headers_of(told: Told) -> list[tuple[str, str]]:
    """Return what was counted as the headers RateLimit and RateLimit-Policy."""
    left = [f'"{quota.name}";r={count.left};t={count.seconds}' for quota, count in told]
    policies = [quota.policy for quota, _ in told]
    return [("RateLimit-Policy", ", ".join(policies)), ("RateLimit", ", ".join(left))]


def _wanted(found: _Class, who: Actor, network: str | None) -> Wanted:
    if not who.known:
        return _address(found, "guest", network) if network is not None else []
    wanted = [(found.account, f"{found.name} {who.id}")] if found.account else []
    # People who read are counted one by one; a house full of them may share a network.
    if network is not None and (network or not found.account) and found.name != READ:
        wanted += _address(found, "person", network)
    return wanted


def _address(found: _Class, kind: str, network: str) -> Wanted:
    # Apart from each other: strangers in a network take nothing from those who are known.
    quota = found.address if network else found.crowd
    return [(quota, f"{found.name} {kind} {network}")] if quota else []


def _class(rate: Rate) -> _Class:
    crowd = rate.address and Limit(rate.address.most * CROWD, rate.address.seconds)
    account, address = _quota(rate, "account", rate.account), _quota(rate, "address", rate.address)
    everybody = _quota(rate, "everybody", crowd)
    return _Class(rate.name, account, address, everybody, rate.at_once)


def _quota(rate: Rate, kind: str, limit: Limit | None) -> Quota | None:
    if limit is None:
        return None
    name = f"{rate.name}-{kind}"
    return Quota(name, limit, f'"{name}";q={limit.most};w={limit.seconds}')
