"""A wish for every act on an election that runs or is counted: decisions, objections, news."""

import json

from tests.faults.samples_elections import draft, opened, over, read
from tests.faults.stage import sample
from tests.services.elections.deciding import LENA, OMAR, REASON
from tests.services.elections.polling import INES, PRIYA, numbers
from tests.services.elections.sealing import published
from tests.services.elections.test_certifying_boards import both, counted_board, report_of
from townsquare.services.elections.rules.percents import SMALL_ROLL

HALT = {"kind": "suspend", "reason": REASON}
CERTIFY = {"kind": "certify", "reason": REASON}
OBJECTION = {"kind": "result", "statement": "The hall was shut."}


def board(stage):
    """Let an encrypted election be frozen, which Ines and Priya may interrupt; return it."""
    stage.actors["ines"], stage.actors["priya"] = INES, PRIYA
    return published(stage.town, stage.clock)


def large(stage):
    """Let a poll be open whose turnout is told, as its roll is not a small one."""
    made = draft(stage)
    rows = "\n".join(f"{one},Voter,{one}@b.example" for one in numbers(SMALL_ROLL))
    stage.do("elections.roll.import", id=made, rows=f"number,name,email\n{rows}")
    stage.do("elections.freeze.propose", **read(stage, made))
    # One of them weighs more than anybody else.
    stage.do("elections.freeze.confirm", by="priya", **read(stage, made), few_alike=True)
    stage.clock.advance(hours=2)


def halted(stage):
    """Let Dina propose that an open poll is suspended; return the proposal."""
    return {"id": stage.do("elections.interruption.propose", id=opened(stage), **HALT).id}


def counted(stage):
    """Let a poll be counted, which Lena and Omar may certify; return it."""
    made = over(stage)
    stage.do("elections.poll.close", id=made)
    stage.actors["lena"], stage.actors["omar"] = LENA, OMAR
    return made


def judged(stage):
    """Let Lena propose that a result is certified; return the proposal."""
    made = counted(stage)
    return {"id": stage.do("elections.judgement.propose", by="lena", id=made, **CERTIFY).id}


@sample("elections.interruption.propose")
def _(stage):
    return {"id": opened(stage), **HALT}


@sample("elections.interruption.confirm", by="priya")
def _(stage):
    made = board(stage)  # It has an entry for each interruption.
    made.open()
    told = {"id": made.id, **HALT}
    return {"id": stage.do("elections.interruption.propose", by="ines", **told).id}


@sample("elections.interruption.withdraw")
def _(stage):
    return halted(stage)


@sample("elections.judgement.propose", by="lena")
def _(stage):
    return {"id": counted(stage), **CERTIFY}


@sample("elections.judgement.confirm", by="omar")
def _(stage):
    made = counted_board(stage.town, stage.clock)
    both(made)
    stage.actors["lena"], stage.actors["omar"] = LENA, OMAR
    told = {"id": made.id, **CERTIFY}
    return {"id": stage.do("elections.judgement.propose", by="lena", **told).id}


@sample("elections.judgement.withdraw", by="omar")
def _(stage):
    return judged(stage)


@sample("elections.dispute.file", by="vera")
def _(stage):
    return {"id": counted(stage), **OBJECTION}


@sample("elections.dispute.rule", by="lena")
def _(stage):
    told = {"id": counted(stage), **OBJECTION}
    made = stage.do("elections.dispute.file", by="vera", **told).id
    return {"id": made, "ruling": "It was open."}


@sample("elections.verification.submit", by="lena")
def _(stage):
    stage.actors["lena"] = LENA
    made = counted_board(stage.town, stage.clock)
    return {"id": made.id, "report": json.dumps(report_of(made))}


@sample("elections.election.clone")
def _(stage):
    return {"id": opened(stage)}


@sample("elections.election.rehearse")
def _(stage):
    return {"id": board(stage).id}


@sample("elections.turnout.tell")
def _(stage):
    large(stage)
    return {}


@sample("elections.notice.due")
def _(stage):
    opened(stage)
    return {}


@sample("elections.notice.voters")
def _(stage):
    return {"id": opened(stage), "kind": "opened"}
