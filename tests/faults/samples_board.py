"""A wish for every act of a board: votes, challenges, its steps, parts and void credentials."""

from dataclasses import replace

from tests.faults.stage import sample
from tests.services.elections.sealing import (
    LENA,
    MAYA,
    journey,
    partial,
    published,
    town_election,
)
from tsv1.canonical import write


def opened(stage):
    """Let the published election be open, with its voter Maya and its trustee Lena."""
    made = published(stage.town, stage.clock)
    stage.actors["maya-votes"], stage.actors["lena"] = MAYA, LENA
    made.open()
    return made


def voted(stage):
    """Let Maya have voted once."""
    made = opened(stage)
    made.cast(*journey()[0])
    return made


def summed(stage):
    """Let the sums be on the board."""
    made = voted(stage)
    made.over()
    made.step()
    made.show_seeds()
    made.step()
    return made


@sample("elections.ballot.cast-sealed", by="maya-votes")
def _(stage):
    return {"id": opened(stage).id, "ballot": write(journey()[0][1])}


@sample("elections.ballot.challenge", by="maya-votes")
def _(stage):
    return {"id": opened(stage).id, "body_hash": "cd" * 32}


@sample("elections.board.step")
def _(stage):
    made = voted(stage)
    made.over()
    return {"id": made.id}


@sample("elections.board.step-due")
def _(stage):
    made = summed(stage)
    (told,) = made.told("tally")
    for trustee in (1, 2):
        part = write(partial(made, trustee, told)).decode()
        who = replace(LENA, id=LENA.id + trustee - 1)
        stage.actors["trustee"] = who
        stage.do("elections.partial.submit", by="trustee", id=made.id, message=part)
    return {}


@sample("elections.checkpoint.sign-due")
def _(stage):
    voted(stage)
    return {}


@sample("elections.partial.submit", by="lena")
def _(stage):
    made = summed(stage)
    (told,) = made.told("tally")
    return {"id": made.id, "message": write(partial(made, 1, told)).decode()}


@sample("elections.credential.void")
def _(stage):
    maker, made = town_election(stage.town, stage.clock, ["P-V0", "P-V1", "P-V2", "P-V3"])
    made.open()
    return {"id": made.id, "message": write(maker.replaced(3, 4)).decode()}
