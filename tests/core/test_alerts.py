"""Every rule of deploy/alerts.yml names a figure that exists and sounds when its time has come.

The rules are single comparisons on purpose: `figure > bound`, or what a counter has grown by. No
Prometheus is needed to see which side of a bound a figure is on.
"""

import operator
import re
import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from sqlalchemy import text, update

from townsquare.core import watching
from townsquare.core.audit import AuditEntry
from townsquare.core.events import OutboxEntry
from townsquare.core.jobs.queue import JobRow, put
from townsquare.core.marks import BACKUP, VERIFIED, mark
from townsquare.core.metrics import Metrics
from townsquare.core.operations.condition import CHECK
from townsquare.core.watching import WATCHERS, Piece

FILE = Path(__file__).parents[2] / "deploy" / "alerts.yml"
RULES = {
    rule["alert"].removeprefix("Townsquare"): rule
    for group in yaml.safe_load((Path(__file__).parents[2] / "deploy/alerts.yml").read_text())[
        "groups"
    ]
    for rule in group["rules"]
}
RULE = re.compile(
    r"(?:increase\()?(?P<figure>\w+(?:\{[^}]+\})?)(?:\[(?P<span>\w+)\]\))?"
    r" (?P<sign>[<>]) (?P<bound>[\d.]+)"
)
SIGNS = {"<": operator.lt, ">": operator.gt}


@pytest.fixture
def town_in_order(town, settings):
    """A town with nothing to complain of: everything has just been done."""
    mark(settings.folder, BACKUP, town.now())
    mark(settings.folder, VERIFIED, town.now())
    check(town, "done")
    metrics = Metrics(town)
    WATCHERS.append(metrics)
    yield SimpleNamespace(town=town, settings=settings, metrics=metrics)
    WATCHERS.clear()


def check(town, state, reason=""):
    """Let a check of what must always hold have ended so."""
    with town.sessions.begin() as db:
        made = put(db, CHECK, {}, run_at=town.now(), asked=(0, town.now()))
        ended = {"state": state, "reason": reason, "ended_at": town.now()}
        db.execute(update(JobRow).where(JobRow.public_id == made).values(**ended))


def figures(metrics):
    """Return the figures, without their order of labels mattering."""
    lines = [line for line in metrics.text().decode().splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def sounding(metrics, before):
    """Return the rules whose figure is beyond its bound now, or has grown by more than it."""
    now, found = figures(metrics), set()
    for name, rule in RULES.items():
        told = RULE.fullmatch(rule["expr"])
        value = now.get(told["figure"], 0.0)
        grown = value - before.get(told["figure"], 0.0) if told["span"] else value
        if SIGNS[told["sign"]](grown, float(told["bound"])):
            found.add(name)
    return found


def _count(kind, name, times):
    def plant(_here, _clock, _monkeypatch):
        for _number in range(times):
            watching.counted(kind, name)

    return plant


def _wait(kind):
    def plant(here, _clock, _monkeypatch):
        here.metrics.waited(kind, 31.0)

    return plant


def _late(**span):
    def plant(_here, clock, _monkeypatch):
        clock.advance(**span)

    return plant


def _event(here, clock, _monkeypatch):
    with here.town.sessions.begin() as db:
        kept = {"name": "t.T", "facts": {}, "actor_id": 0, "request_id": ""}
        db.add(OutboxEntry(**kept, emitted_at=clock() - timedelta(seconds=61)))


def _entry(here, clock, _monkeypatch):
    with here.town.sessions.begin() as db:
        told = dict.fromkeys(("service", "actor_name", "act", "event", "subject"), "t")
        kept = {"facts": {}, "actor_id": 0, "request_id": "", "mac": "m"}
        db.add(AuditEntry(**told, **kept, at=clock() - timedelta(seconds=6)))


def _due(here, clock, _monkeypatch):
    with here.town.sessions.begin() as db:
        put(db, "core.prune", {}, run_at=clock() - timedelta(seconds=301), asked=(0, clock()))


def _dead(here, clock, _monkeypatch):
    with here.town.sessions.begin() as db:
        put(db, "core.prune", {}, run_at=clock(), asked=(0, clock()))
        db.execute(update(JobRow).where(JobRow.name == "core.prune").values(state="dead"))


def _broken(here, _clock, _monkeypatch):
    check(here.town, "dead", "BreachesFound")


def _gone(here, _clock, monkeypatch):
    with here.town.sessions.begin() as db:
        db.execute(text("ALTER TABLE core_job RENAME TO core_gone"))


def _full(_here, _clock, monkeypatch):
    usage = SimpleNamespace(total=1000, used=901, free=99)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)


def _long_log(here, _clock, monkeypatch):
    from townsquare.core.operations import condition

    monkeypatch.setattr(condition, "_wal_of", lambda _url: 256 * 1024 * 1024 + 1)


def _guessing(_here, _clock, _monkeypatch):
    for _number in range(101):
        with Piece(watching.USE_CASE, "identity.session.fail"):
            pass


PLANTED = {
    "DatabaseDown": _gone,
    "OutboxLags": _event,
    "JobsLate": _due,
    "DeadLetters": _dead,
    "InvariantsBroken": _broken,
    "InvariantsNotChecked": _late(hours=26, seconds=1),
    "AuditNotLinked": _entry,
    "AuditNotVerified": _late(hours=24, seconds=1),
    "NoBackup": _late(hours=26, seconds=1),
    "DiskFull": _full,
    "LogOfDatabaseLarge": _long_log,
    "SignInsFail": _guessing,
    "Denials": _count("refusal", "core.not-allowed", 201),
    "Retries": _count("retry", "lost-race", 61),
    "TooBusy": _count("refusal", "core.busy", 11),
    "WaitsForConnections": _wait("pool"),
    "WaitsToWrite": _wait("turn"),
    "Unforeseen": _count("refusal", "core.unforeseen", 1),
}


def test_every_rule_can_be_read_and_has_a_condition_here():
    assert {name for name, rule in RULES.items() if not RULE.fullmatch(rule["expr"])} == set()
    assert set(RULES) == set(PLANTED)
    assert {name for name, rule in RULES.items() if not rule["annotations"].get("next")} == set()


def test_a_town_in_order_is_silent(town_in_order):
    assert sounding(town_in_order.metrics, {}) == set()


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_sounds_when_its_condition_is_planted(name, town_in_order, clock, monkeypatch):
    before = figures(town_in_order.metrics)
    PLANTED[name](town_in_order, clock, monkeypatch)
    assert name in sounding(town_in_order.metrics, before)
    assert RULE.fullmatch(RULES[name]["expr"])["figure"] in figures(town_in_order.metrics)


@pytest.mark.engines("sqlite")
def test_an_unforeseen_error_is_counted_where_it_is_shown(app, client, town_in_order):
    app.view_functions["front.home"] = lambda: 1 / 0
    client.get("/")
    assert "Unforeseen" in sounding(town_in_order.metrics, {})
