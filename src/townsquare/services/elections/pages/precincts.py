"""The office of a paper election: its precincts, its officers, and the end of its count."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.usecase import Context
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, read_onto
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.returns import (
    AppointOfficer,
    CloseCount,
    DismissOfficer,
    FindPrecincts,
    ImportPrecincts,
    Officer,
    PrecinctLines,
)
from townsquare.services.elections.pages import bp
from townsquare.services.elections.queries.elections import read_election
from townsquare.services.elections.queries.returns import find_precincts
from townsquare.services.elections.results.elections import Election
from townsquare.services.elections.results.returns import Appointed
from townsquare.services.elections.usecases.closing_count import RUN, close_count
from townsquare.services.elections.usecases.precincts import (
    MANAGE,
    appoint_officer,
    dismiss_officer,
    import_precincts,
)

ROLES = (("enter", translatable("Enter returns")), ("approve", translatable("Approve returns")))


@bp.route("/office/<id>/precincts", methods=["GET", "POST"])
@rated("expensive")
@needs(MANAGE)
def precincts(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show the precincts of an election, and take a list of them into a draft."""
    form, status = CommandForm(PrecinctLines), 200
    if request.method == "POST":
        typed = form.read()
        told = {"id": id, "rows": typed.rows} if typed else {}
        wish = read_onto(form, ImportPrecincts, told) if typed else None
        report, status = attempt(form, import_precincts, wish=wish)
        if report is not None:
            flash(_("%(many)s lines were taken.", many=report.good), "success")
            return redirect(url_for("elections.precincts", id=id), 303)
    after = request.args.get("after", "")
    with looking() as ctx:
        election = read_election(ctx, read(Chosen, {"id": id}))
        found = find_precincts(ctx, read(FindPrecincts, {"id": id, "after": after}))
    more = url_for("elections.precincts", id=id, after=found.after) if found.after else None
    first = url_for("elections.precincts", id=id) if after else None
    facts = {"election": election, "found": found, "next_url": more, "first_url": first}
    return render_template("elections/precincts.html", form=form, **facts), status


@bp.route("/office/<id>/officers", methods=["GET", "POST"])
@needs(MANAGE)
def officers(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask who enters or approves the returns of which precincts, and appoint them."""
    said = _("They were appointed for %(many)s precincts.", many="{many}")
    return _officers(id, appoint_officer, AppointOfficer, said=said)


@bp.post("/office/<id>/officers/dismissal")
@needs(MANAGE)
def no_officer(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let somebody enter or approve the returns of precincts no more."""
    said = _("They act for %(many)s precincts no more.", many="{many}")
    return _officers(id, dismiss_officer, DismissOfficer, said=said)


@bp.route("/office/<id>/count", methods=["GET", "POST"])
@needs(RUN)
def closing(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask whether the count of a paper election is closed, and why if returns are missing."""
    election = _election(id)
    hidden, values = ("id", "version"), {"id": election.id, "version": election.version}
    form, status = CommandForm(CloseCount, hidden=hidden, values=values), 200
    if request.method == "POST":
        typed = form.read()
        wish = read_onto(form, CloseCount, {**typed.model_dump(), "id": id}) if typed else None
        done, status = attempt(form, close_count, wish=wish)
        if done is not None:
            flash(_("The count is closed."), "success")
            return redirect(url_for("elections.results", id=id), 303)
    ways = {"action": url_for("elections.closing", id=id), "back": _office(id)}
    about = _("From then on no return can be entered or corrected.")
    told = {"title": _("Close the count"), "about": about, "act": _("Close the count")}
    return render_template("elections/form.html", form=form, **told, **ways), status


def _officers(
    public_id: str,
    act: Callable[[Context, Any], Appointed],
    kind: type[AppointOfficer],
    *,
    said: str,
) -> ResponseReturnValue:
    election = _election(public_id)
    roles = [(value, _(title)) for value, title in ROLES]
    form, status = CommandForm(Officer, choices={"role": roles}), 200
    if request.method == "POST":
        typed = form.read()
        told = {**typed.model_dump(), "id": public_id} if typed else {}
        wish = read_onto(form, kind, told) if typed else None
        done, status = attempt(form, act, wish=wish)
        if done is not None:
            flash(said.format(many=done.precincts), "success")
            return redirect(url_for("elections.officers", id=public_id), 303)
    return render_template("elections/officers.html", form=form, election=election), status


def _election(public_id: str) -> Election:
    with looking() as ctx:
        return read_election(ctx, read(Chosen, {"id": public_id}))


def _office(public_id: str) -> str:
    return url_for("elections.set_up", id=public_id)
