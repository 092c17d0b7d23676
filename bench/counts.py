"""A count of paper votes that goes on: each approved return is seen by all who follow it."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request

from sqlalchemy import insert, select

from bench import data
from bench.fanout import OF_ONE_SESSION, listen
from bench.measure import cpu_seconds
from bench.people import keys_of, let_in_as
from bench.scenarios import READERS, Bench, Goal, Measure, Measured, copied, environment, waited
from bench.servers import Contestant, town_itself
from bench.voters import CODE, FROZEN, INES, OPTIONS, freeze, town_of
from townsquare import migrations
from townsquare.core.town import Town
from townsquare.core.usecase import Actor
from townsquare.services.elections.commands.elections import AddContest, DraftElection
from townsquare.services.elections.commands.returns import (
    EnterReturn,
    ImportPrecincts,
    ReturnVersion,
)
from townsquare.services.elections.models.returns import APPROVE, ENTER, OfficerRow, PrecinctRow
from townsquare.services.elections.usecases.precincts import import_precincts
from townsquare.services.elections.usecases.returning import enter_return, submit_return
from townsquare.services.elections.usecases.setting_up import add_contest, draft_election

PRECINCTS = 40
OPENS, CLOSES = "2026-01-02T07:00", "2026-01-02T22:00"
DAN = Actor(999_999, "Dan Reyes", frozenset({"elections.return.enter"}), "P-DAN")


def all_of(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    """Yield what people who follow a count may have to wait, and how it is measured."""
    title = f"99th wait of {READERS:,} who follow a count, 2 returns/s"
    yield Goal(title, 150, at_least=False, unit=" ms"), partial(_followed, bench)


def _followed(bench: Bench) -> Measured:
    """Approve returns of precincts while thousands look at the results."""
    path = copied(data.library(bench.folder, bench.few), bench.folder / "count.db")
    election, told = count_under_way(path)
    cookies = [f"townsquare-session={key}" for key in keys_of(path, READERS // OF_ONE_SESSION)]
    with town_itself(environment(bench.folder, path)) as contestant:
        listening = listen(
            contestant.address,
            cookies,
            readers=READERS,
            acts=approvals(contestant, told),
            spent=partial(cpu_seconds, contestant.pid),
            topic=f"/live/elections.{election}.results",
        )
        found = asyncio.run(listening)
    return waited(found)


def count_under_way(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Make a town with a count of forty precincts whose returns all wait for the second person.

    Returns the election, and what approves each return: its place and the headers of who does it.
    """
    url = f"sqlite:///{path}"
    migrations.upgrade(url)
    election = _frozen(town_of(url, lambda: FROZEN))
    emil, account = let_in_as(url, "elections.return-approver")
    town = town_of(url)
    codes = _appointed(town, account)
    for code in codes:
        _submitted(town, election, code)
    town.database.dispose()
    places = [f"/api/v1/elections/{election}/returns/{code}/{CODE}/approvals" for code in codes]
    return election, [{"place": place, "headers": emil.headers} for place in places]


def approvals(contestant: Contestant, found: list[dict[str, Any]]) -> list[Request]:
    """Return the calls that approve these returns, one after the other."""
    calls = []
    for number, one in enumerate(found):
        own = {"Content-Type": "application/json", "Idempotency-Key": f"approval-{number}"}
        told = json.dumps({"version": 1}).encode()
        place = f"{contestant.address}{one['place']}"
        calls.append(Request(place, told, {**one["headers"], **own}))
    return calls


def _frozen(town: Town) -> str:
    told = {"title": "Count of wards", "zone": "UTC", "opens": OPENS, "closes": CLOSES}
    asked = {"code": CODE, "title": "Chair", "options": "\n".join(OPTIONS)}
    rows = "\n".join(["code,name,registered", *(f"W{n:02},Ward {n},900" for n in range(PRECINCTS))])
    with town.working(INES) as ctx:
        election = draft_election(ctx, DraftElection.model_validate({**told, "tier": "paper"})).id
        add_contest(ctx, AddContest.model_validate({**asked, "id": election}))
        import_precincts(ctx, ImportPrecincts.model_validate({"id": election, "rows": rows}))
    freeze(town, election)
    town.database.dispose()
    return election


def _appointed(town: Town, approver: int) -> list[str]:
    """Let Dan enter and somebody else approve in every precinct; return their codes."""
    with town.sessions.begin() as db:
        found = db.execute(select(PrecinctRow.id, PrecinctRow.code).order_by(PrecinctRow.code))
        precincts = [(row.id, row.code) for row in found]
        named = ((DAN.id, ENTER), (approver, APPROVE))
        db.execute(
            insert(OfficerRow),
            [
                {"precinct_id": place, "account_id": who, "role": role}
                for place, _code in precincts
                for who, role in named
            ],
        )
    return [code for _place, code in precincts]


def _submitted(town: Town, election: str, code: str) -> None:
    about = {"id": election, "precinct": code, "contest": CODE}
    lines = {str(n + 1): 100 for n in range(len(OPTIONS))}
    figures = {"ballots": 100 * len(OPTIONS), "lines": lines, "version": 0}
    with town.working(DAN) as ctx:
        enter_return(ctx, EnterReturn.model_validate({**about, **figures}))
    with town.working(DAN) as ctx:
        submit_return(ctx, ReturnVersion.model_validate({**about, "version": 1}))
