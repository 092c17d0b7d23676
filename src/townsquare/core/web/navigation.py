"""The menu, the tiles and the tasks: built from manifests and permissions, for this person."""

from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext

from townsquare.core.frozen import dataclass
from townsquare.core.manifest import Hit, Menu, Service, Task
from townsquare.core.usecase import REGISTRY
from townsquare.core.web import actor, bare, looking, town
from townsquare.core.words import translatable

MOST_TASKS = 5
MOST_HITS = 20
IN_THE_BAR = 4  # More services than these share one fold of the menu.
# What everybody with an account finds in the account menu.
ACCOUNT = (
    ("identity.account", translatable("My account"), "user"),
    ("notifications.mine", translatable("Messages"), "mail"),
    ("front.preferences", translatable("Preferences"), "adjustments"),
)
# What belongs to the town itself and to no service.
OFFICE = (
    Menu("users", "administration.accounts", "", translatable("Accounts"), "identity.account.view"),
    Menu("history", "administration.audit", "", translatable("Audit"), "audit.view"),
)


@dataclass(frozen=True)
class Entry:
    """One way in: a service as the menu and the home page show it."""

    title: str
    sentence: str
    url: str
    icon: str
    accent: str
    current: bool


def menu() -> list[Entry]:
    """Return the services that this person may enter, in the order of the town."""
    may = actor().permissions
    return [
        _entry(service, service.menu)
        for service in town().services
        if service.menu and service.menu.permission in may
    ]


def staff_menu() -> list[Entry]:
    """Return what people who run the town find at home and in their account menu."""
    may, shown = actor().permissions, bare(current_app).view_functions
    office = [entry for entry in OFFICE if entry.endpoint in shown]
    from_all = [*office, *(entry for service in town().services for entry in service.staff)]
    return [_way(entry) for entry in from_all if entry.permission in may]


def desk(name: str) -> list[tuple[str, list[Entry]]]:
    """Return what the staff of this service may do there, part by part; no part is empty."""
    may = actor().permissions
    here = next(service for service in town().services if service.name == name)
    parts = [
        (gettext(title), [_way(way) for way in ways if way.permission in may])
        for title, ways in here.desk
    ]
    return [part for part in parts if part[1]]


def tries() -> list[Entry]:
    """Return what a person of a demo town may try first; nothing in any other town."""
    if not (town().settings.demo and actor().signed_in):
        return []
    may = actor().permissions
    from_all = [step for service in town().services for step in service.tries]
    return [_way(entry) for entry in from_all if entry.permission in may]


def service_menu() -> list[Entry]:
    """Return the ways inside the service of this page, those of its staff first."""
    name = (request.blueprint or "").partition("_")[0]
    here = next((service for service in town().services if service.name == name), None)
    if here is None:
        return []
    may = actor().permissions
    mine = [way for way in (*here.staff, *here.places) if way.permission in may]
    ways = {url_for(way.endpoint): way for way in mine}
    # The way with the longest address that leads to this page is the one that we are on.
    leading = [url for url in ways if f"{request.path}/".startswith(f"{url}/")]
    named = [url for url, way in ways.items() if request.endpoint in way.also]
    now = max(named or leading, key=len, default="")
    return [
        Entry(gettext(way.sentence), "", url, "", "", current=url == now)
        for url, way in ways.items()
    ]


def account_menu() -> list[Entry]:
    """Return what everybody who is signed in finds there, as far as this town has it."""
    shown, here = bare(current_app).view_functions, request.endpoint
    return [
        Entry(gettext(title), "", url_for(endpoint), icon, "", current=endpoint == here)
        for endpoint, title, icon in ACCOUNT
        if endpoint in shown
    ]


def tasks() -> list[Task]:
    """Return what needs this person, the earliest date first."""
    if not actor().signed_in:
        return []
    with looking() as ctx:
        found = [task for s in town().services if s.tasks_for for task in s.tasks_for(ctx)]
    return sorted(found, key=lambda task: (task.due is None, task.due, task.title))


def townspeople() -> list[Any]:
    """Return the people as whom a guest may look around; none outside of a demo town."""
    known = REGISTRY.get("identity.demo.people")
    if known is None or not town().settings.demo or actor().signed_in:
        return []
    with looking() as ctx:
        found: list[Any] = known.call(ctx, known.command())
    return found


def hits(words: str) -> list[Hit]:
    """Return what the services find for these words."""
    if not words.strip():
        return []
    with looking() as ctx:
        found = [hit for s in town().services if s.search for hit in s.search(ctx, words)]
    return found[:MOST_HITS]


def _entry(service: Service, about: Menu) -> Entry:
    here = (request.blueprint or "").partition("_")[0] == service.name
    return Entry(
        gettext(service.title),
        gettext(about.sentence),
        url_for(about.endpoint),
        about.icon,
        about.accent,
        here,
    )


def _way(about: Menu) -> Entry:
    address = url_for(about.endpoint)
    return Entry(gettext(about.sentence), "", address, about.icon, about.accent, current=False)
