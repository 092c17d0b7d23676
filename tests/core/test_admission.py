"""A town with any way into it that does not say who may come does not start."""

from dataclasses import dataclass

import pytest
from flask import Blueprint

from townsquare import app as application
from townsquare.core.manifest import Job, Listener, OwnIndex, Service, Socket, Topic
from townsquare.core.usecase import REGISTRY, Command, UseCase
from townsquare.core.web import needs
from townsquare.core.web.admission import FILES, UndeclaredAddress, UndeclaredWay, needed
from townsquare.core.web.api import offer
from townsquare.core.web.graph import Graph, Link

pytestmark = pytest.mark.shown

NOBODYS = frozenset({"street.see"})  # No manifest explains it.


class Walk(Command):
    """A wish to walk along the street."""


@dataclass(frozen=True)
class Seen:
    """What was seen."""

    houses: int


def walk(ctx, wish):
    """Walk along the street."""
    return Seen(1)


def page():
    return ""


def act(name="street.walk", permission="street.see"):
    return UseCase(name, permission, Walk, Seen, reads=True, call=walk)


def settle(settings, monkeypatch, **told):
    """Let a service settle in the town whose manifest tells this."""
    ours = application.services_of(settings)
    stranger = Service("street", "Street", **told)
    monkeypatch.setattr(application, "services_of", lambda _settings: (*ours, stranger))


def street(settings, monkeypatch, view):
    bp = Blueprint("street", __name__, url_prefix="/street")
    bp.get("/door")(view)
    settle(settings, monkeypatch, blueprints=(bp,))


@pytest.mark.parametrize("permission", ["public", "signed-in", "audit.view"])
def test_a_page_that_says_who_may_come_is_served(settings, monkeypatch, permission):
    street(settings, monkeypatch, needs(permission)(page))
    assert application.create_app(settings)


@pytest.mark.parametrize("view", [page, needs("street.see")(page)])
def test_a_page_that_does_not_say_it_stops_the_start(settings, monkeypatch, view):
    street(settings, monkeypatch, view)
    with pytest.raises(UndeclaredAddress) as refused:
        application.create_app(settings)
    assert refused.value.facts == {"addresses": "/street/door (street.page)"}


def test_a_call_of_programs_that_nobody_may_make_stops_the_start(settings, monkeypatch):
    bp = Blueprint("street", __name__, url_prefix="/api/v1/street")
    monkeypatch.setattr(walk, "act", act(), raising=False)
    offer(bp, "GET /walks", walk)
    settle(settings, monkeypatch, blueprints=(bp,))
    with pytest.raises(UndeclaredAddress) as refused:
        application.create_app(settings)
    assert refused.value.facts == {"addresses": "/api/v1/street/walks (street.street_walk)"}


WAYS = {
    "role street.sweeper": {"roles": {"street.sweeper": NOBODYS}},
    "topic street.cars": {"topics": (Topic("street.cars", "street.see"),)},
    "topic street.trams": {"topics": (Topic("street.trams", None),)},
    "socket sweeps": {"sockets": (Socket("sweeps", print, "street.see"),)},
    "socket clearings": {"sockets": (Socket("clearings", print, ""),)},
    "job street.sweep": {"jobs": (Job("street.sweep", print, Walk, NOBODYS),)},
    "job street.clear": {"jobs": (Job("street.clear", print, Walk, None),)},
    "listener street to library.LoanMade": {
        "listeners": (Listener("library.LoanMade", print, NOBODYS),)
    },
    "listener street to library.CopyReturned": {
        "listeners": (Listener("library.CopyReturned", print, None),)
    },
    "index street": {"indexes": (OwnIndex("street", print, NOBODYS),)},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_that_does_not_say_who_may_stops_the_start(settings, monkeypatch, way):
    settle(settings, monkeypatch, **WAYS[way])
    with pytest.raises(UndeclaredWay) as refused:
        application.create_app(settings)
    assert refused.value.facts == {"ways": way}


GRAPHS = {
    "walks": Graph(queries={"walks": walk}),
    "walk": Graph(mutations={"walk": walk}),
    "Loan.walks": Graph(links={"Loan.walks": Link(walk, "id", "id")}),
}
graph = Graph()


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("of", [None, act()])
def test_a_field_of_the_graph_that_nobody_declared_stops_the_start(settings, monkeypatch, name, of):
    monkeypatch.setattr(walk, "act", of, raising=False)
    monkeypatch.setitem(globals(), "graph", GRAPHS[name])
    settle(settings, monkeypatch, graphql=f"{__name__}:graph")
    with pytest.raises(UndeclaredWay) as refused:
        application.create_app(settings)
    assert refused.value.facts == {"ways": f"graph {name}"}


def test_a_use_case_that_nobody_may_do_stops_the_start(settings, monkeypatch):
    settle(settings, monkeypatch)
    monkeypatch.setitem(REGISTRY, "street.walk", act())
    with pytest.raises(UndeclaredWay) as refused:
        application.create_app(settings)
    assert refused.value.facts == {"ways": "use case street.walk"}


def test_ways_that_say_it_are_open(settings, monkeypatch):
    monkeypatch.setattr(walk, "act", act(), raising=False)
    monkeypatch.setitem(REGISTRY, "street.walk", act())
    monkeypatch.setitem(globals(), "graph", GRAPHS["walks"])
    told = {name: each for way in WAYS.values() for name, each in way.items()}
    told |= {
        "jobs": WAYS["job street.sweep"]["jobs"],
        "topics": WAYS["topic street.cars"]["topics"],
        "sockets": WAYS["socket sweeps"]["sockets"],
    }
    told |= {"listeners": WAYS["listener street to library.LoanMade"]["listeners"]}
    told |= {"permissions": {"street.see": "See the street"}, "graphql": f"{__name__}:graph"}
    settle(settings, monkeypatch, **told)
    assert application.create_app(settings)


def test_an_act_of_a_service_that_does_not_run_keeps_no_town_from_starting(settings, monkeypatch):
    monkeypatch.setitem(REGISTRY, "street.walk", act())
    assert application.create_app(settings)


def test_every_address_of_the_town_says_it(app):
    told = {
        rule.endpoint: needed(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
    }
    assert told.pop(FILES) is None
    assert all(told.values())
