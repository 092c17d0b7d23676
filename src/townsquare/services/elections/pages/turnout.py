"""How many have voted, on a page that follows it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from townsquare.core.realtime import heard_until
from townsquare.core.web import looking, needs
from townsquare.core.web.reading import read
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.pages import bp
from townsquare.services.elections.queries.turnout import read_turnout


@bp.get("/<id>/turnout")
@needs("public")
def turnout(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show how many have voted, by the hour where checkpoints tell it."""
    with looking() as ctx:
        since = heard_until(ctx)
        told = read_turnout(ctx, read(Chosen, {"id": id}))
    return render_template("elections/turnout.html", told=told, since=since)
