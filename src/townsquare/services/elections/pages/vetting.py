"""The office of nominations: when they are open, who decides on whom, and the parties."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.commands.nominations import (
    DecideCandidacy,
    Deciding,
    FindCandidates,
    KeepParty,
    Opening,
    OpenNominations,
    Party,
)
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.nominations import STATES, titles_of
from townsquare.services.elections.pages.office import asking, with_id
from townsquare.services.elections.permissions import DECIDE
from townsquare.services.elections.queries import nominations as looks
from townsquare.services.elections.usecases.candidacies import decide_candidacy
from townsquare.services.elections.usecases.nominating import (
    MANAGE,
    close_nominations,
    keep_party,
    open_nominations,
)


@bp.get("/office/<id>/candidates")
@needs(DECIDE)
def vetting(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """List all candidacies of an election, or those of one state."""
    told = {name: request.args.get(name, "") for name in ("state", "after")}
    with looking() as ctx:
        found = looks.find_candidacies(ctx, read(FindCandidates, {"id": id, **told}))
        titles = titles_of(ctx, found.id)
    here: dict[str, Any] = {"id": id, **({"state": told["state"]} if told["state"] else {})}
    more = url_for("elections.vetting", **here, after=found.after) if found.after else None
    first = url_for("elections.vetting", **here) if told["after"] else None
    facts = {"found": found, "state": told["state"], "next_url": more, "first_url": first}
    return render_template("elections/vetting.html", states=STATES, titles=titles, **facts)


@bp.route("/office/<id>/nominations", methods=["GET", "POST"])
@needs(MANAGE)
def open_for_names(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask until when candidates may be named, and open nominations."""
    with looking() as ctx:
        looks.find_candidates(ctx, read(FindCandidates, {"id": id}))
    form, status = CommandForm(Opening), 200
    if request.method == "POST":
        done, status = attempt(form, open_nominations, wish=with_id(form, OpenNominations, id))
        if done is not None:
            flash(_("Nominations are open."), "success")
            return redirect(url_for("elections.vetting", id=id), 303)
    here, back = (url_for(f"elections.{page}", id=id) for page in ("open_for_names", "set_up"))
    return asking(form, (_("Open nominations"), here, back), act=_("Open them")), status


@bp.post("/office/<id>/nominations/closing")
@needs(MANAGE)
def no_more_names(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let nobody stand any more."""
    with acting() as ctx:
        close_nominations(ctx, posted(Chosen, id=id))
    flash(_("Nominations are closed."), "success")
    return redirect(url_for("elections.vetting", id=id), 303)


@bp.route("/office/candidacies/<id>", methods=["GET", "POST"])
@needs(DECIDE)
def vet(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show all that was said of a candidate, and ask what becomes of them."""
    with looking() as ctx:
        found = looks.read_candidacy(ctx, read(Chosen, {"id": id}))
        title = titles_of(ctx, found.election).get(found.contest, found.contest)
    kinds = ("accepted", "rejected", "incomplete")
    form = CommandForm(Deciding, choices={"decision": [(one, _(STATES[one][0])) for one in kinds]})
    status = 200
    if request.method == "POST":
        done, status = attempt(form, decide_candidacy, wish=with_id(form, DecideCandidacy, id))
        if done is not None:
            flash(_("The decision is saved."), "success")
            return redirect(url_for("elections.vetting", id=done.election), 303)
    return render_template("elections/vet.html", found=found, form=form, title=title), status


@bp.route("/office/parties", methods=["GET", "POST"])
@needs(MANAGE)
def parties() -> ResponseReturnValue:
    """Show the parties of the town, and make or change one."""
    form, status = CommandForm(Party), 200
    if request.method == "POST":
        typed = form.read()
        wish = KeepParty(**typed.model_dump()) if typed else None
        kept, status = attempt(form, keep_party, wish=wish)
        if kept is not None:
            flash(_("The party was saved."), "success")
            return redirect(url_for("elections.parties"), 303)
    with looking() as ctx:
        found = looks.find_parties(ctx, Nothing())
    return render_template("elections/parties.html", found=found, form=form), status
