"""How a service introduces itself to the application."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from flask import Blueprint
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from townsquare.core.breach import Breach
from townsquare.core.frozen import dataclass
from townsquare.core.parts import Part
from townsquare.core.search.index import Source
from townsquare.core.usecase import Actor, Command, Context

EVERY = "*"  # In the place of an event's name: all of them.


@dataclass(frozen=True)
class Menu:
    """Where people find the service, and how its tile looks."""

    icon: str
    endpoint: str
    accent: str
    sentence: str
    permission: str = "public"
    also: tuple[str, ...] = ()  # Pages whose way this is too, by their endpoints.


@dataclass(frozen=True)
class Task:
    """One thing that needs a person: a verb, a date, a state in words."""

    title: str
    detail: str
    url: str
    icon: str
    state: str
    tone: str = "info"
    due: datetime | None = None


@dataclass(frozen=True)
class Hit:
    """One thing that the search over everything has found."""

    title: str
    detail: str
    url: str
    kind: str


@dataclass(frozen=True)
class Listener:
    """A reaction to an event, run after the commit with exactly these permissions.

    One that listens to EVERY event is told the position and the name instead of the facts, and
    only while `wanted` says that anybody is waiting for it.
    """

    event: str
    call: Callable[[Context, Mapping[str, Any]], None]
    permissions: frozenset[str]
    wanted: Callable[[Connection], bool] | None = None


@dataclass(frozen=True)
class Job:
    """Work for later, or by the clock (five cron fields in the zone of the town)."""

    name: str
    call: Callable[[Context, Any], object]
    command: type[Command]
    permissions: frozenset[str]
    schedule: str | None = None


@dataclass(frozen=True)
class Topic:
    """A live topic: its pattern, such as "library.desk.<branch>", and who may listen.

    `allow`, given the actor and what stands in the places, may refuse what is not theirs.
    """

    pattern: str
    permission: str
    allow: Callable[[Actor, Mapping[str, str]], bool] | None = None


@dataclass(frozen=True)
class Socket:
    """A line that stays open for one act: /ws/<service>/<name>, for who has the permission.

    `hears` is the type of the messages that ask for the act, `says` that of what was done, both
    empty where there is nothing to tell apart; `refuses` is the type of a refusal.
    """

    name: str
    act: Callable[[Context, Any], object]
    permission: str
    hears: str = ""
    says: str = ""
    refuses: str = "error"


@dataclass(frozen=True)
class OwnIndex:
    """Words that a service keeps in its own table, and how `search rebuild` writes them again.

    `write(ctx, after)` writes the next part and returns its last mark; empty at the end.
    """

    kind: str
    write: Callable[[Context, str], str]
    permissions: frozenset[str]


@dataclass(frozen=True)
class Service:
    """The visiting card of a service: all that the application needs to know of it.

    `places` and, for staff, `staff` are the ways inside it, shown on each of its pages.
    `sensitive` are permissions that touch money, health, ballots or whom people are: whoever has
    one needs a second step. `tries` are first steps that the home page of a demo town proposes,
    each to whom it is open. `errands` are works outside of the town, such as asking a provider
    (`core.jobs.running.Errand`): none has a unit of work open while it asks.
    `personal` is what it, and the blocks it is made of, keep about people; the same part named by
    two services counts once. `graphql`, `cli` and `demo` are dotted names, loaded when asked for.
    Queries under `tasks_for` and `search` feed the home page and the search over everything.
    """

    name: str
    title: str
    blueprints: tuple[Blueprint, ...] = ()
    permissions: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    menu: Menu | None = None
    staff: tuple[Menu, ...] = ()
    desk: tuple[tuple[str, tuple[Menu, ...]], ...] = ()  # All ways of its staff, part by part.
    places: tuple[Menu, ...] = ()
    listeners: tuple[Listener, ...] = ()
    jobs: tuple[Job, ...] = ()
    errands: tuple[Any, ...] = ()
    topics: tuple[Topic, ...] = ()
    sockets: tuple[Socket, ...] = ()
    invariants: tuple[Callable[[Session], list[Breach]], ...] = ()
    sources: tuple[Source, ...] = ()
    indexes: tuple[OwnIndex, ...] = ()
    personal: tuple[Part, ...] = ()
    tasks_for: Callable[[Context], list[Task]] | None = None
    search: Callable[[Context, str], list[Hit]] | None = None
    graphql: str = ""
    cli: str = ""
    demo: str = ""
    tries: tuple[Menu, ...] = ()
