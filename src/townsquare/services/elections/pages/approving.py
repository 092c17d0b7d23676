"""The office of returns: which ones wait for approval, and what does not add up."""

from functools import partial

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import press
from townsquare.core.web.forms import posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.returns import FindReturns
from townsquare.services.elections.models.reading import VIEW
from townsquare.services.elections.pages import bp
from townsquare.services.elections.queries.elections import read_election
from townsquare.services.elections.queries.returns import find_returns
from townsquare.services.elections.queries.totals import reconcile
from townsquare.services.elections.usecases.approving import APPROVING, approve_clean

STATES = ("submitted", "approved", "returned", "draft", "")


@bp.get("/office/<id>/approvals")
@needs(APPROVING)
def approvals(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """List the returns that wait for approval, or those of another state."""
    asked = {name: request.args[name] for name in ("state", "after") if name in request.args}
    wish = read(FindReturns, {"id": id, "state": "submitted", **asked})
    with looking() as ctx:
        election = read_election(ctx, read(Chosen, {"id": id}))
        found = find_returns(ctx, wish)
    here = partial(url_for, "elections.approvals", id=id, state=wish.state)
    more = here(after=found.after) if found.after else None
    first = here() if wish.after else None
    told = {"election": election, "found": found, "next_url": more, "first_url": first}
    return render_template("elections/approvals.html", states=STATES, state=wish.state, **told)


@bp.post("/office/<id>/approvals")
@rated("expensive")
@needs(APPROVING)
def approve_all(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Approve each return that waits, adds up, and was entered by somebody else."""
    said = _("%(many)s returns were approved.", many="{many}")
    wish = posted(Chosen, id=id)
    press(approve_clean, wish, say=lambda done: said.format(many=done.precincts))
    return redirect(url_for("elections.approvals", id=id), 303)


@bp.get("/office/<id>/reconciliation")
@needs(VIEW)
def reconciliation(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show what does not add up, per precinct and question, and by how much."""
    after = request.args.get("after", "")
    with looking() as ctx:
        election = read_election(ctx, read(Chosen, {"id": id}))
        found = reconcile(ctx, read(FindReturns, {"id": id, "after": after}))
    more = url_for("elections.reconciliation", id=id, after=found.after) if found.after else None
    first = url_for("elections.reconciliation", id=id) if after else None
    told = {"election": election, "found": found, "next_url": more, "first_url": first}
    return render_template("elections/reconciliation.html", **told)
