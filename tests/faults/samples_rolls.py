"""A wish for every act of a roll beyond its lists: styles, places, precincts and challenges."""

from tests.faults.samples_elections import draft
from tests.faults.stage import sample

STYLE = {"code": "north", "title": "The north", "contests": "chair"}
PLACE = "SELECT public_id FROM elections_roll_entry"
MOVED = {"precinct": "", "style": "", "weight": 1}


def style(stage):
    """Define a style in a draft; return it."""
    stage.do("elections.style.define", id=draft(stage), **STYLE)
    return stage.one("SELECT public_id FROM elections_style")


def place(stage):
    """Let Vera be on the roll of a draft; return her place."""
    draft(stage)
    return stage.one(PLACE)


def settled(stage):
    """Let Vera vote in the precinct East; return the draft."""
    made = draft(stage)
    told = {**MOVED, "precinct": "East"}
    stage.do("elections.roll.revise", id=stage.one(PLACE), **told)
    return {"id": made, "precinct": "East"}


def styled(stage):
    """Define a style in a draft in which Vera votes in the precinct East; return both."""
    told = settled(stage)
    stage.do("elections.style.define", id=told["id"], **STYLE)
    return {"id": told["id"], "style": "north"}


def said(stage):
    """Say which style the precinct East has; return where that is said."""
    stage.do("elections.precinct-style.define", **styled(stage), precinct="East")
    return stage.one("SELECT public_id FROM elections_precinct_style")


def challenged(stage):
    """Let Dina challenge Vera; return the challenge."""
    told = {"id": place(stage), "grounds": "Moved to the next town."}
    stage.do("elections.roll.challenge", **told)
    return stage.one("SELECT public_id FROM elections_challenge")


def going(stage):
    """Let Dina propose that a precinct goes off the roll; return the proposal."""
    stage.do("elections.roll.propose-removal", **settled(stage))
    return stage.one("SELECT public_id FROM elections_removal")


@sample("elections.style.define")
def _(stage):
    return {"id": draft(stage), **STYLE}


@sample("elections.style.drop")
def _(stage):
    return {"id": style(stage)}


@sample("elections.precinct-style.define")
def _(stage):
    return {**styled(stage), "precinct": "East"}


@sample("elections.precinct-style.revise")
def _(stage):
    return {"id": said(stage), "style": "north", "version": 1}


@sample("elections.precinct-style.drop")
def _(stage):
    return {"id": said(stage), "version": 1}


@sample("elections.roll.revise")
def _(stage):
    return {**MOVED, "id": place(stage), "precinct": "West"}


@sample("elections.roll.move-precinct")
def _(stage):
    return {**settled(stage), "to": "West"}


@sample("elections.roll.propose-removal")
def _(stage):
    return settled(stage)


@sample("elections.roll.confirm-removal", by="priya")
def _(stage):
    return {"id": going(stage), "many": 1}


@sample("elections.roll.withdraw-removal")
def _(stage):
    return {"id": going(stage)}


@sample("elections.roll.challenge")
def _(stage):
    return {"id": place(stage), "grounds": "Moved to the next town."}


@sample("elections.roll.decide", by="priya")
def _(stage):
    return {"id": challenged(stage), "uphold": True, "ruling": "Heard on Monday."}


@sample("elections.roll.suspend")
def _(stage):
    return {"id": place(stage)}


@sample("elections.roll.restore")
def _(stage):
    told = {"id": place(stage)}
    stage.do("elections.roll.suspend", **told)
    return told
