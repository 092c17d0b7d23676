"""A wish for every act of those who found an encrypted election: parts, ceremony, roll, seeds."""

from tests.faults.stage import sample
from tests.services.elections.founding import INES, founding, lines
from tests.services.elections.sealing import SEEDS, journey, published
from tsv1.ties import seed_commitment


def begun(stage):
    """Draft an encrypted election whose people are there; return it."""
    made = founding(stage.town, stage.clock)
    stage.actors["ines"] = INES
    stage.actors |= {name.lower(): who for name, who in made.people.items()}
    return made


def named(stage):
    """Let everybody have their part."""
    made = begun(stage)
    made.name_all()
    return made


@sample("elections.trustees.name", by="ines")
def _(stage):
    made = begun(stage)
    return {"id": made.id, "threshold": 2, "emails": made.addresses("Lena", "Tomas", "Kofi")}


@sample("elections.election.waive-rehearsal", by="ines")
def _(stage):
    return {"id": begun(stage).id, "reason": "The same was held last year."}


@sample("elections.authority.name", by="ines")
def _(stage):
    made = begun(stage)
    return {"id": made.id, "email": made.addresses("Omar")}


@sample("elections.seed-holders.name", by="ines")
def _(stage):
    made = begun(stage)
    return {"id": made.id, "emails": made.addresses("Lena", "Tomas")}


@sample("elections.ceremony.submit", by="lena")
def _(stage):
    made = named(stage)
    return {"id": made.id, "messages": lines(made.trustees[0].commit())}


@sample("elections.ceremony.abort", by="ines")
def _(stage):
    made = named(stage)
    made.commit_all()
    return {"id": made.id, "reason": "Kofi has lost his device", "trustee": 3}


@sample("elections.roll-keys.submit", by="omar")
def _(stage):
    made = named(stage)
    made.make_key()
    return {"id": made.id, "keys": lines(made.keys())}


@sample("elections.seed.commit", by="lena")
def _(stage):
    made = named(stage)
    return {"id": made.id, "commitment": seed_commitment(made.id, 1, made.seeds[0]).hex()}


@sample("elections.seed.reveal", by="ines")
def _(stage):
    made = published(stage.town, stage.clock)
    stage.actors["ines"] = INES  # She holds the first seed.
    made.open()
    made.cast(*journey()[0])
    made.over()
    made.step()
    return {"id": made.id, "seed": SEEDS[0].hex(), "number": 1}


@sample("elections.notice.parts")
def _(stage):
    return {"id": named(stage).id}
