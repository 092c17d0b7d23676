"""A wish for every act of nominations: parties, candidates who stand, lists, and who decides."""

from base64 import b64encode
from datetime import timedelta

from tests.faults.samples_elections import times
from tests.faults.stage import sample
from tests.services.elections.nominating import ADA, AGENT, COUNCIL, listed
from tests.services.elections.picturing import drawing
from tests.services.elections.polling import INES, PRIYA
from tests.services.elections.sealing import published

PARTY = {"code": "green", "name": "Green"}
PHOTO = b64encode(drawing())
NAMED = {"given": "Ada", "family": "Reyes"}


def council(stage):
    """Draft a poll whose candidates are nominated; return it, and until when."""
    told = times(stage)
    made = stage.do("elections.election.draft", title="Council", zone="UTC", **told).id
    stage.do("elections.contest.add", id=made, **COUNCIL)
    return {"id": made, "until": told["opens"] - timedelta(minutes=30)}


def opened(stage):
    """Let nominations be open; return the draft."""
    told = council(stage)
    stage.do("elections.nominations.open", **told)
    return {"id": told["id"]}


def filed(stage):
    """Let Maya stand; return her candidacy."""
    return {"id": stage.do("elections.candidacy.file", by="maya", **opened(stage), **ADA).id}


@sample("elections.party.keep")
def _(_stage):
    return PARTY


@sample("elections.nominations.open")
def _(stage):
    return council(stage)


@sample("elections.nominations.close")
def _(stage):
    return opened(stage)


@sample("elections.candidacy.file", by="maya")
def _(stage):
    return {**opened(stage), **ADA}


@sample("elections.candidacy.amend", by="maya")
def _(stage):
    return {**filed(stage), **NAMED, "address": "12 Mango Street"}


@sample("elections.candidacy.withdraw", by="maya")
def _(stage):
    told = filed(stage)
    stage.do("elections.candidacy.decide", **told, decision="accepted")
    return told


@sample("elections.candidacy.decide")
def _(stage):
    return {**filed(stage), "decision": "accepted"}


@sample("elections.candidacy.set-photo", by="maya")
def _(stage):
    return {**filed(stage), "content": PHOTO}


@sample("elections.candidacy.remove-photo", by="maya")
def _(stage):
    told = filed(stage)
    stage.do("elections.candidacy.set-photo", by="maya", **told, content=PHOTO)
    return told


@sample("elections.party.set-symbol")
def _(stage):
    stage.do("elections.party.keep", **PARTY)
    return {"party": "green", "content": PHOTO}


@sample("elections.party.remove-symbol")
def _(stage):
    stage.do("elections.party.keep", **PARTY)
    stage.do("elections.party.set-symbol", party="green", content=PHOTO)
    return {"party": "green"}


def running(stage):
    """Let somebody stand in an encrypted election that is frozen; return it and the candidate."""
    stage.actors["ines"], stage.actors["priya"] = INES, PRIYA
    made = published(stage.town, stage.clock, standing=("path",))
    (found,) = made.rows("SELECT public_id FROM elections_candidate")
    return {"id": made.id, "candidate": found[0], "reason": "Lives elsewhere."}


def struck(stage):
    """Let Ines propose that a candidate is disqualified; return the proposal."""
    told = running(stage)
    return {"id": stage.do("elections.disqualification.propose", by="ines", **told).id}


@sample("elections.disqualification.propose", by="ines")
def _(stage):
    return running(stage)


@sample("elections.disqualification.confirm", by="priya")
def _(stage):
    return struck(stage)


@sample("elections.disqualification.withdraw", by="priya")
def _(stage):
    return struck(stage)


@sample("elections.slate.file", by="greta")
def _(stage):
    told = opened(stage)
    stage.do("elections.party.keep", **PARTY)
    stage.actors["greta"] = AGENT
    with stage.town.database.begin() as connection:
        named = f"agent = 'Greta Green', agent_id = {AGENT.id}"
        connection.exec_driver_sql(f"UPDATE elections_party SET {named}")
    return {**told, "party": "green", "rows": listed(3)}
