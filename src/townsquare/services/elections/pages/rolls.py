"""The roll of an election: who may vote, one by one or as a list."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt, attempt_look, read_onto
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.services.elections.commands.elections import FindRoll
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.voting import (
    Enrolling,
    EnrolVoter,
    ImportRoll,
    RollLines,
)
from townsquare.services.elections.errors import Frozen
from townsquare.services.elections.pages import bp
from townsquare.services.elections.queries.elections import read_set_up
from townsquare.services.elections.queries.rolls import MANAGE, find_roll
from townsquare.services.elections.results.voting import RollReport
from townsquare.services.elections.usecases.rolls import (
    check_roll,
    enrol_voter,
    import_roll,
    remove_voter,
)


@bp.route("/office/<id>/roll", methods=["GET", "POST"])
@needs(MANAGE)
def roll(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show who may vote, and put somebody on the roll."""
    form, status = CommandForm(Enrolling), 200
    if request.method == "POST":
        typed = form.read()
        told_of = {**typed.model_dump(), "id": id} if typed else {}
        wish = read_onto(form, EnrolVoter, told_of) if typed else None
        told, status = attempt(form, enrol_voter, wish=wish)
        if told is not None:
            flash(_("The voter is on the roll."), "success")
            return redirect(url_for("elections.roll", id=id), 303)
    after = request.args.get("after", "")
    with looking() as ctx:
        found = find_roll(ctx, read(FindRoll, {"id": id, "after": after}))
        about = read_set_up(ctx, read(Chosen, {"id": id}))
    more = url_for("elections.roll", id=id, after=found.after) if found.after else None
    first = url_for("elections.roll", id=id) if after else None
    facts = {"found": found, "election": about.election, "next_url": more, "first_url": first}
    return render_template("elections/roll.html", form=form, **facts), status


@bp.route("/office/<id>/roll/list", methods=["GET", "POST"])
@rated("expensive")
@needs(MANAGE)
def roll_list(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask for a list of voters, and tell of each line whether it can be taken."""
    form = CommandForm(RollLines)
    if request.method == "GET":
        return _listing(id, form)
    report, status = attempt_look(form, check_roll, wish=_wish(form, id))
    return _listing(id, form, report), status


@bp.post("/office/<id>/roll/list/enrolment")
@rated("expensive")
@needs(MANAGE)
def enrol_list(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Put the voters of a list on the roll, and tell of each line that could not be taken."""
    form = CommandForm(RollLines)
    report, status = attempt(form, import_roll, wish=_wish(form, id))
    if report is None:
        return _listing(id, form), status
    if report.faults:
        return _listing(id, form, report, done=True)
    said = ngettext("%(num)s voter was enrolled.", "%(num)s voters were enrolled.", report.good)
    flash(said, "success")
    return redirect(url_for("elections.roll", id=id), 303)


@bp.post("/office/voters/<id>/removal")
@needs(MANAGE)
def no_voter(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take somebody off the roll."""
    with acting() as ctx:
        left = remove_voter(ctx, posted(Chosen, id=id))
    flash(_("The voter was taken off the roll."), "success")
    return redirect(url_for("elections.roll", id=left.id), 303)


def _wish(form: CommandForm[RollLines], public_id: str) -> ImportRoll | None:
    typed = form.read()
    if typed is None:
        return None
    return read_onto(form, ImportRoll, {"rows": typed.rows, "id": public_id})


def _listing(
    public_id: str,
    form: CommandForm[RollLines],
    report: RollReport | None = None,
    *,
    done: bool = False,
) -> str:
    with looking() as ctx:
        about = read_set_up(ctx, read(Chosen, {"id": public_id}))
    if about.election.stage != "draft":
        raise Frozen
    return render_template(
        "elections/roll_list.html", form=form, report=report, done=done, election=about.election
    )
