"""A wish for every act of paper elections: precincts, officers, returns, the end of a count."""

from tests.faults.samples_elections import CHAIR, read, times
from tests.faults.stage import sample
from townsquare.core.identity.models import AccountRow
from townsquare.core.usecase import Actor

PLACES = "code,name,registered,parent\nward,Ward,,\n0101,North,90,ward\n0102,South,90,ward\n"
HEAD = "office,district,candidate,party,precinct,votes,absentee_votes"
LIST = "\n".join([HEAD, *(f"Chair,,{one},,North,{n},0" for n, one in enumerate(("Ada", "Bo")))])
TOWNS = "county,office,district,party,candidate,votes\nWard,Chair,,,Ada,7\n"
PLACE = {"precinct": "0101", "contest": "chair"}
FIGURES = {"ballots": 6, "blank": 1, "spoiled": 0, "lines": {"1": 2, "2": 2, "3": 1}}


def draft(stage):
    """Draft a paper election with one question and two precincts; return it."""
    told = {"title": "Council", "zone": "UTC", "tier": "paper", **times(stage)}
    made = stage.do("elections.election.draft", **told).id
    stage.do("elections.contest.add", id=made, **CHAIR)
    stage.do("elections.precinct.import", id=made, rows=PLACES)
    return made


def over(stage):
    """Freeze a paper election of which the hour has come; Dan enters and Emil approves."""
    made = draft(stage)
    stage.actors["ines"] = Actor(5, "Ines", person="P-INES", confirmed=True)
    stage.actors["priya"] = Actor(6, "Priya Nair", person="P-PRIYA", confirmed=True)
    stage.actors["dan"] = Actor(21, "Dan", person="P-DAN")
    stage.actors["emil"] = Actor(22, "Emil", person="P-EMIL")
    stage.do("elections.freeze.propose", by="ines", **read(stage, made))
    stage.do("elections.freeze.confirm", by="priya", **read(stage, made))
    with stage.town.database.begin() as connection:
        for account, role in ((21, "enter"), (22, "approve")):
            connection.exec_driver_sql(
                "INSERT INTO elections_precinct_officer (precinct_id, account_id, role)"
                f" SELECT id, {account}, '{role}' FROM elections_precinct"
            )
    stage.clock.advance(hours=11)
    return made


def entered(stage):
    """Let Dan enter a return; return what names its version."""
    told = {"id": over(stage), **PLACE}
    stage.do("elections.return.enter", by="dan", **told, **FIGURES, version=0)
    return {**told, "version": 1}


def submitted(stage):
    """Let Dan submit what he has entered."""
    told = entered(stage)
    stage.do("elections.return.submit", by="dan", **told)
    return told


def account(stage):
    """Let somebody have an account; return its address."""
    facts = {"email": "dan@b.example", "name": "Dan", "person": "P-DAN", "public_id": "A-DAN"}
    with stage.town.sessions.begin() as db:
        now = stage.clock()
        db.add(AccountRow(**facts, created_at=now, confirmed_at=now))
    return facts["email"]


@sample("elections.precinct.import")
def _(stage):
    return {"id": draft(stage), "rows": PLACES.replace("0102", "0103")}


@sample("elections.precinct.remove")
def _(stage):
    return {"id": draft(stage), "precinct": "0102"}


@sample("elections.officer.appoint")
def _(stage):
    return {"id": draft(stage), "email": account(stage), "role": "enter"}


@sample("elections.officer.dismiss")
def _(stage):
    told = {"id": draft(stage), "email": account(stage), "role": "enter"}
    stage.do("elections.officer.appoint", **told)
    return told


@sample("elections.return.enter", by="dan")
def _(stage):
    return {**entered(stage), **FIGURES, "note": "Counted again"}


@sample("elections.return.submit", by="dan")
def _(stage):
    return entered(stage)


@sample("elections.return.approve", by="emil")
def _(stage):
    return submitted(stage)


@sample("elections.return.approve-clean", by="emil")
def _(stage):
    return {"id": submitted(stage)["id"]}


@sample("elections.return.send-back", by="emil")
def _(stage):
    return {**submitted(stage), "reason": "Count again"}


@sample("elections.return.import", by="dan")
def _(stage):
    return {"id": over(stage), "office": "Chair", "rows": LIST}


@sample("elections.outside.compare")
def _(stage):
    return {"id": over(stage), "office": "Chair", "rows": TOWNS}


@sample("elections.election.draft-from-returns")
def _(stage):
    facts = {"title": "Chair", "zone": "UTC", **times(stage)}
    return {**facts, "office": "Chair", "rows": LIST, "towns": TOWNS}


@sample("elections.paper.begin-due")
def _(stage):
    over(stage)
    return {}


@sample("elections.paper.close")
def _(stage):
    made = submitted(stage)["id"]
    stage.do("elections.return.approve-clean", by="emil", id=made)
    return {**read(stage, made), "reason": "One box was lost"}
