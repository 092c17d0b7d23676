"""A paper election of the demo town: three precincts, of which two are counted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import select

from townsquare.core.town import Town
from townsquare.demo.cast import CAST
from townsquare.demo.clock import DemoClock
from townsquare.demo.hands import Hands
from townsquare.services.elections.commands.elections import (
    AddContest,
    ConfirmFreeze,
    DraftElection,
)
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.commands.returns import (
    AppointOfficer,
    EnterReturn,
    ImportPrecincts,
    ReturnVersion,
)
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.usecases.approving import approve_return
from townsquare.services.elections.usecases.freezing import confirm_freeze, propose_freeze
from townsquare.services.elections.usecases.precincts import appoint_officer, import_precincts
from townsquare.services.elections.usecases.returning import enter_return, submit_return
from townsquare.services.elections.usecases.setting_up import add_contest, draft_election

OFFICER, SECOND = "Ines", "Priya"  # Who enters, and who approves.
OPENS, CLOSES, COUNTED = time(7), time(20), time(21)
SET_UP, HELD = -12, -1  # Days from today.
PRECINCTS = """code,name,registered,polling_place,address,hours
market,Market quarter,1240,Town hall,1 Market Square,7 to 20
harbour,Harbour quarter,860,Harbour school,12 Quay Street,7 to 20
hill,Hill quarter,415,Chapel hall,3 Hill Road,7 to 20
"""
MAYOR = {
    "code": "mayor",
    "title": "Who shall be mayor?",
    "options": "Amparo Reyes\nJonas Vidal\nLeni Cortez",
}
RETURNS: Mapping[str, Mapping[str, object]] = {
    "market": {"ballots": 702, "blank": 9, "spoiled": 4, "lines": {"1": 310, "2": 255, "3": 124}},
    "harbour": {"ballots": 498, "blank": 3, "spoiled": 6, "lines": {"1": 171, "2": 230, "3": 88}},
}


def fill_paper(town: Town) -> None:
    """Let the officers hold an election on paper, unless there is one already."""
    if not any(service.name == "elections" for service in town.services):
        return
    with town.sessions() as db:
        held = select(ElectionRow.id).where(ElectionRow.tier == "paper")
        if db.scalar(held.limit(1)) is not None:
            return
    clock = DemoClock(town.settings.zone, town.now())
    hands, day = Hands(replace(town, now=clock)), clock.today + timedelta(HELD)
    clock.open(clock.today + timedelta(SET_UP))
    made = _drafted(hands, datetime.combine(day, OPENS), datetime.combine(day, CLOSES))
    _frozen(hands, made)
    clock.open(day, COUNTED)
    for precinct, told in RETURNS.items():
        about = {"id": made, "precinct": precinct, "contest": MAYOR["code"]}
        clock.pass_minutes(11)
        hands.do(OFFICER, enter_return, EnterReturn, **about, version=0, **told)
        hands.do(OFFICER, submit_return, ReturnVersion, **about, version=1)
        hands.do(SECOND, approve_return, ReturnVersion, **about, version=1)


def _drafted(hands: Hands, opens: datetime, closes: datetime) -> str:
    """Return a draft with one question and three precincts, whose returns two people see."""
    facts = {"title": "Mayor of San Roque", "tier": "paper", "zone": hands.town.settings.zone}
    drafted = hands.do(OFFICER, draft_election, DraftElection, **facts, opens=opens, closes=closes)
    made = drafted.id if drafted else ""
    hands.do(OFFICER, add_contest, AddContest, id=made, **MAYOR)
    hands.do(OFFICER, import_precincts, ImportPrecincts, id=made, rows=PRECINCTS)
    addresses = {member.given: member.email for member in CAST}
    for who, role in ((OFFICER, "enter"), (SECOND, "approve")):
        told = {"id": made, "email": addresses[who], "role": role}
        hands.do(OFFICER, appoint_officer, AppointOfficer, **told)
    return made


def _frozen(hands: Hands, made: str) -> None:
    """Let two people freeze it, who have just shown that it is them."""
    first, second = (replace(hands.who(each), confirmed=True) for each in (OFFICER, SECOND))
    seen = hands.ask(OFFICER, read_set_up, Chosen, id=made).election.version
    hands.do(first, propose_freeze, ChosenVersion, id=made, version=seen)
    seen = hands.ask(OFFICER, read_set_up, Chosen, id=made).election.version
    hands.do(second, confirm_freeze, ConfirmFreeze, id=made, version=seen)
