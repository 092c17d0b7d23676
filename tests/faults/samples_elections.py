"""A wish for every act of elections: a draft, its freezing by two, a vote, the count."""

from dataclasses import replace
from datetime import timedelta

from tests.faults.stage import sample
from townsquare.core.usecase import Actor

CHAIR = {"code": "chair", "title": "Chair", "options": "Ada\nBo\nCy"}
VOTER = {"number": "V-1", "name": "Vera Lim", "email": "vera@b.example", "weight": 3}
ROLL = "number,name,email\nV-1,Vera Lim,vera@b.example\nV-2,Ben Okafor,ben@b.example\n"


def times(stage):
    """Return when a poll opens and closes that opens in an hour, by its own clock."""
    now = stage.clock().replace(tzinfo=None)
    return {"opens": now + timedelta(hours=1), "closes": now + timedelta(hours=9)}


def draft(stage):
    """Draft a poll with one question and one voter; return it."""
    made = stage.do("elections.election.draft", title="Board", zone="UTC", **times(stage)).id
    stage.do("elections.contest.add", id=made, **CHAIR)
    stage.do("elections.roll.enrol", id=made, **VOTER)
    person = stage.one("SELECT person FROM elections_voter WHERE number = 'V-1'")
    stage.actors["vera"] = Actor(11, "Vera Lim", person=person)
    stage.actors["priya"] = Actor(6, "Priya Nair", person="P-PRIYA", confirmed=True)
    stage.actors["dina"] = replace(stage.actors["dina"], confirmed=True)
    return made


def read(stage, made):
    """Return which election it is, as somebody has read it."""
    seen = f"SELECT version FROM elections_election WHERE public_id = '{made}'"
    return {"id": made, "version": stage.one(seen)}


def proposed(stage):
    """Let Dina find a poll ready; return it as it was read."""
    made = draft(stage)
    stage.do("elections.freeze.propose", **read(stage, made))
    return read(stage, made)


def opened(stage):
    """Let two people freeze a poll and its hour come; return it."""
    told = proposed(stage)
    stage.do("elections.freeze.confirm", by="priya", small_roll=True, **told)
    stage.clock.advance(hours=2)
    return told["id"]


def over(stage):
    """Let somebody have voted in a poll that is over; return it."""
    made = opened(stage)
    stage.do("elections.ballot.cast", by="vera", id=made, choices={"chair": ("1",)})
    stage.clock.advance(hours=9)
    return made


@sample("elections.election.draft")
def _(stage):
    return {"title": "Board", "zone": "UTC", **times(stage)}


@sample("elections.election.revise")
def _(stage):
    told = read(stage, draft(stage))
    return {"title": "Other", "zone": "UTC", **times(stage), **told}


@sample("elections.contest.add")
def _(stage):
    return {"id": draft(stage), **CHAIR, "code": "works"}


@sample("elections.contest.drop")
def _(stage):
    draft(stage)
    return {"id": stage.one("SELECT public_id FROM elections_contest")}


@sample("elections.roll.enrol")
def _(stage):
    return {"id": draft(stage), "number": "V-2", "name": "Ben", "email": "ben@b.example"}


@sample("elections.roll.import")
def _(stage):
    return {"id": draft(stage), "rows": ROLL}


@sample("elections.roll.remove")
def _(stage):
    draft(stage)
    return {"id": stage.one("SELECT public_id FROM elections_roll_entry")}


@sample("elections.freeze.propose")
def _(stage):
    return read(stage, draft(stage))


@sample("elections.freeze.withdraw")
def _(stage):
    return proposed(stage)


@sample("elections.freeze.confirm", by="priya")
def _(stage):
    return {**proposed(stage), "small_roll": True}


@sample("elections.ballot.cast", by="vera")
def _(stage):
    return {"id": opened(stage), "choices": {"chair": ("2",)}}


@sample("elections.poll.close")
def _(stage):
    return {"id": over(stage)}


@sample("elections.poll.close-due")
def _(stage):
    over(stage)
    return {}
