"""Every way into the town says who may come; a town with one that does not say it does not start.

Ways are the addresses, the use cases, the fields of the graph, live topics, sockets, jobs,
listeners and roles. The verbs of the shell are the operator's: each opens its work with named
permissions.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from pkgutil import resolve_name
from typing import Any

from flask import Flask

from townsquare.core.errors import DomainError
from townsquare.core.manifest import Service
from townsquare.core.usecase import REGISTRY
from townsquare.core.web.graph import Declared, Graph
from townsquare.core.words import translatable

FILES = "static"  # Flask's own: the stylesheets and scripts that every page names.
Way = tuple[str, Iterable[str] | None]


class UndeclaredAddress(DomainError):
    """Some addresses do not say who may come, or name a permission that nobody explains."""

    code = "core.undeclared-address"
    message = translatable(
        "These addresses do not say who may come: {addresses}. Declare each with needs(…) or offer"
        " a declared use case there."
    )


class UndeclaredWay(DomainError):
    """Something other than an address does not say who may, or names what nobody explains."""

    code = "core.undeclared-way"
    message = translatable(
        "These ways into the town do not say who may: {ways}. Declare each with permissions that a"
        " manifest explains."
    )


def refuse_undeclared(app: Flask, services: Iterable[Service], known: Collection[str]) -> None:
    """Raise unless every address and every other way asks for some of the known permissions."""
    silent = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != FILES and needed(app.view_functions[rule.endpoint]) not in known
    ]
    if silent:
        raise UndeclaredAddress(addresses=", ".join(sorted(silent)))
    services, known = tuple(services), frozenset(known)
    ways = (*_acts(services, known), *(way for service in services for way in _ways(service)))
    silent = [name for name, asked in ways if asked is None or not known.issuperset(asked)]
    if silent:
        raise UndeclaredWay(ways=", ".join(sorted(silent)))


def needed(view: Callable[..., Any]) -> str | None:
    """Return the permission that a view asks for, as a page or as a call; None if it is silent."""
    offers = getattr(view, "offers", None)
    return offers.act.permission if offers else getattr(view, "needs", None)


def _acts(services: Iterable[Service], known: Iterable[str]) -> Iterator[Way]:
    # Acts of a service that this town does not run are loaded too; nothing here leads to them.
    ours = {*(service.name for service in services), *(name.partition(".")[0] for name in known)}
    for name, act in REGISTRY.items():
        if name.partition(".")[0] in ours:
            yield f"use case {name}", [act.permission]


def _ways(service: Service) -> Iterator[Way]:
    for name, given in service.roles.items():
        yield f"role {name}", given
    yield from _kept_open(service)
    for job in service.jobs:
        yield f"job {job.name}", job.permissions
    for listener in service.listeners:
        yield f"listener {service.name} to {listener.event}", listener.permissions
    for index in service.indexes:
        yield f"index {index.kind}", index.permissions
    if service.graphql:
        graph: Graph = resolve_name(service.graphql)
        linked = {name: link.many for name, link in graph.links.items()}
        for name, function in {**graph.queries, **graph.mutations, **linked}.items():
            yield f"graph {name}", _asked_by(function)


def _kept_open(service: Service) -> Iterator[Way]:
    for topic in service.topics:
        yield f"topic {topic.pattern}", topic.permission and [topic.permission]
    for socket in service.sockets:
        yield f"socket {socket.name}", [socket.permission] if socket.permission else None


def _asked_by(function: Declared) -> list[str] | None:
    act = getattr(function, "act", None)
    return [act.permission] if act else None
