"""The doors that are no addresses: topics, sockets, jobs, listeners, verbs, by a reviewed table.

To review a change: TOWNSQUARE_REVIEW=1 pytest tests/access/test_other_doors.py, then read what has
changed in doors.csv.
"""

import ast
import csv
import os
import sys
from dataclasses import replace
from inspect import getsource, unwrap
from io import StringIO
from pathlib import Path

import click
import pytest

from townsquare.cli import VERBS, townsquare
from townsquare.core.console import operating
from townsquare.core.jobs.running import Errand
from townsquare.core.listening import PLACE, may_listen
from townsquare.core.manifest import Job, Listener, Service, Topic
from townsquare.core.permissions import explained
from townsquare.core.usecase import Actor, Command
from townsquare.core.worker import works_of

pytestmark = pytest.mark.shown

TABLE = Path(__file__).with_name("doors.csv")
HEAD = ["kind", "door", "who"]
# What opens an operator's unit of work, and how many arguments stand before the permissions.
OPENING = {"operating": 1, "_operating": 0}
MINE, OTHERS = "01HMINE", "01HOTHERS"


def listeners(town):
    """Return everybody who may try to listen, by name."""
    every = frozenset({"public", "signed-in"})
    roles = {name: given for service in town.services for name, given in service.roles.items()}
    members = {name: Actor(7, name, every | given, MINE) for name, given in roles.items()}
    return {
        "guest": Actor(0, "guest", frozenset({"public"})),
        "member": Actor(7, "member", every, MINE),
        **dict(sorted(members.items())),
    }


def topics(town):
    """Return each topic, as one's own and as somebody else's, with the names of who may listen."""
    found = []
    for topic in (topic for service in town.services for topic in service.topics):
        for whose, person in (("own", MINE), ("other", OTHERS)):
            name = PLACE.sub(
                lambda part, p=person: p if part[1] == "person" else "x", topic.pattern
            )
            allowed = [
                who
                for who, actor in listeners(town).items()
                if may_listen(town_topics(town), name, actor)
            ]
            personal = "<person>" in topic.pattern
            if personal or whose == "own":
                door = f"{topic.pattern} {whose}" if personal else topic.pattern
                found.append(["topic", door, " ".join(allowed) or "nobody"])
    return sorted(found)


def sockets(town):
    """Return each socket with the names of who may open it; guests never, whatever it asks for."""
    every = [(service.name, socket) for service in town.services for socket in service.sockets]
    known = {who: actor for who, actor in listeners(town).items() if actor.signed_in}
    return sorted(
        ["socket", f"/ws/{name}/{socket.name}", " ".join(_holding(known, socket.permission))]
        for name, socket in every
    )


def _holding(known, permission):
    return [who for who, actor in known.items() if permission in actor.permissions] or ["nobody"]


def town_topics(town):
    return [topic for service in town.services for topic in service.topics]


def jobs(town):
    """Return each job with exactly what it may do."""
    found = []
    for name, work in works_of(town).items():
        may = "nothing" if isinstance(work, Errand) else " ".join(sorted(work.permissions))
        found.append(["job", name, may or "nothing"])
    return sorted(found)


def reactions(town):
    """Return each listener, by who listens to what, with exactly what it may do."""
    found = []
    for service in town.services:
        for each in service.listeners:
            name = f"{service.name} {each.event} {getattr(each.call, '__name__', each.event)}"
            found.append(["listener", name, " ".join(sorted(each.permissions)) or "nothing"])
    return sorted(found)


def permissions_in(function):
    """Return what a verb asks for in its own text when it opens a unit of work."""
    calls = [n for n in ast.walk(ast.parse(getsource(function))) if isinstance(n, ast.Call)]
    asked = [c.args[OPENING[c.func.id] :] for c in calls if getattr(c.func, "id", "") in OPENING]
    here = sys.modules[function.__module__]
    names = [ast.unparse(argument) for arguments in asked for argument in arguments]
    return {eval(name, vars(here)) for name in names}  # noqa: S307 (our own text)


def verbs(group=townsquare, before=""):
    """Return each verb of the shell with the permissions that its operator gets."""
    context, found = click.Context(group), []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found += verbs(command, f"{before}{name} ")
            continue
        may = sorted(permissions_in(unwrap(command.callback)))
        found.append(["verb", f"{before}{name}", " ".join(may) or "no permission"])
    return found


def table(town):
    return [HEAD, *topics(town), *sockets(town), *jobs(town), *reactions(town), *verbs()]


def test_every_other_door_opens_for_whom_the_table_says(town, measured):
    found = table(town)
    if os.environ.get("TOWNSQUARE_REVIEW"):
        with TABLE.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(found)
    assert found == list(csv.reader(StringIO(TABLE.read_text(encoding="utf-8"))))
    measured(other_doors=len(found) - 1)


def test_no_job_may_do_what_no_manifest_explains(town):
    known = {*explained(town.services), "public", "signed-in"}
    for name, work in works_of(town).items():
        if isinstance(work, Job):
            assert work.permissions <= known, name


def test_nobody_listens_to_what_is_somebody_elses(town):
    assert [row for row in topics(town) if row[1].endswith("<person> other")] != []
    assert {row[2] for row in topics(town) if row[1].endswith(" other")} == {"nobody"}


def unexplained(town, rows):
    """Return the verbs that ask for a permission which no manifest explains."""
    known = {*explained(town.services), "no", "permission"}
    return [row[1] for row in rows if not set(row[2].split()) <= known]


def test_no_verb_asks_for_what_no_manifest_explains(town):
    assert unexplained(town, verbs()) == []


@click.command()
def opens_what_nobody_knows():
    """Ask for a permission that does not exist."""
    operating(None, "chess.play")


def test_a_verb_without_a_known_permission_would_be_found(town, monkeypatch):
    monkeypatch.setitem(VERBS, "planted", f"{__name__}:opens_what_nobody_knows")
    assert unexplained(town, verbs()) == ["planted"]


class Knock(Command):
    """A wish to knock at the door."""


@pytest.mark.parametrize("kind", ["topic", "job", "listener", "verb"])
def test_a_door_that_nobody_reviewed_would_be_noticed(town, kind, monkeypatch):
    planted = {
        "topic": Service("chess", "Chess", topics=(Topic("chess.<person>", "public"),)),
        "job": Service("chess", "Chess", jobs=(Job("chess.play", print, Knock, frozenset()),)),
        "listener": Service("chess", "Chess", listeners=(Listener("*", print, frozenset()),)),
        "verb": Service("chess", "Chess"),
    }[kind]
    if kind == "verb":
        monkeypatch.setitem(VERBS, "planted", VERBS["routes"])
    town = replace(town, services=(*town.services, planted))
    reviewed = list(csv.reader(StringIO(TABLE.read_text(encoding="utf-8"))))
    assert [row[0] for row in table(town) if row not in reviewed][:1] == [kind]


def test_a_topic_that_lets_everybody_in_would_be_noticed(town):
    careless = Service("chess", "Chess", topics=(Topic("chess.me.<person>", "public"),))
    town = replace(town, services=(*town.services, careless))
    assert "guest" in next(row[2] for row in topics(town) if row[1] == "chess.me.<person> other")
