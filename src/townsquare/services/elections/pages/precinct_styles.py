"""Which style a precinct has: said once, for all of its voters who have none of their own."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, press
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.commands.rolls import (
    DefinePrecinctStyle,
    FindRollWork,
    OtherStyle,
    PrecinctStyle,
    RevisePrecinctStyle,
)
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.office import asking, must_belong, with_id
from townsquare.services.elections.queries.registration import (
    read_precinct_style,
    read_roll_work,
)
from townsquare.services.elections.results import rolls as told
from townsquare.services.elections.usecases import precinct_styles

MANAGE = precinct_styles.MANAGE


@bp.route("/office/<id>/roll/precinct-styles", methods=["GET", "POST"])
@needs(MANAGE)
def new_precinct_style(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Ask which style a precinct has, and say it of all its voters."""
    named = {"precinct": request.args.get("precinct", "")}
    styles, status = _styles(id), 200
    form = CommandForm(PrecinctStyle, values=named, choices=styles)
    if request.method == "POST":
        wish = with_id(form, DefinePrecinctStyle, id)
        done, status = attempt(form, precinct_styles.define_precinct_style, wish=wish)
        if done is not None:
            flash(_done(done), "success")
            return redirect(url_for("elections.roll_work", id=id), 303)
    about = (_("Style of a precinct"), request.path, url_for("elections.roll_work", id=id))
    said = _("It is for all voters of the precinct who have no style of their own, now and later.")
    if not styles["style"]:
        said = _("The election has no style yet; define one first.")
    return asking(form, about, act=_("Say it"), said=said), status


@bp.route("/office/<id>/roll/precinct-styles/<chosen>", methods=["GET", "POST"])
@needs(MANAGE)
def edit_precinct_style(id: str, chosen: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask which other style a precinct has, and say it of all its voters."""
    must_belong(id, "precinct-style", chosen)
    with looking() as ctx:
        now = read_precinct_style(ctx, Chosen(id=chosen))
    values = {"style": now.style, "version": now.version}
    form = CommandForm(OtherStyle, values=values, choices=_styles(id), hidden=("version",))
    status = 200
    if request.method == "POST":
        wish = with_id(form, RevisePrecinctStyle, chosen)
        done, status = attempt(form, precinct_styles.revise_precinct_style, wish=wish)
        if done is not None:
            flash(_done(done), "success")
            return redirect(url_for("elections.roll_work", id=id), 303)
    title = _("Style of the precinct %(precinct)s", precinct=now.precinct)
    about = (title, request.path, url_for("elections.roll_work", id=id))
    said = _("%(many)s voters have their style by this and go with it.", many=now.voters)
    return asking(form, about, act=_("Save"), said=said), status


@bp.post("/office/<id>/roll/precinct-styles/<chosen>/removal")
@needs(MANAGE)
def no_precinct_style(id: str, chosen: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take the style of a precinct away."""
    must_belong(id, "precinct-style", chosen)
    press(precinct_styles.drop_precinct_style, posted(ChosenVersion, id=chosen), say=_done)
    return redirect(url_for("elections.roll_work", id=id), 303)


def _styles(public_id: str) -> dict[str, list[tuple[object, str]]]:
    """Return the styles of an election to choose from."""
    with looking() as ctx:
        work = read_roll_work(ctx, read(FindRollWork, {"id": public_id, "limit": "1"}))
    return {"style": [(one.code, f"{one.title} ({one.code})") for one in work.styles]}


def _done(done: told.PrecinctStyle) -> str:
    facts = {"precinct": done.precinct, "style": done.style, "many": done.voters}
    if done.style:
        return str(
            _("The precinct %(precinct)s has the style %(style)s: %(many)s voters got it.", **facts)
        )
    return str(
        _("The precinct %(precinct)s has no style: %(many)s voters vote on all again.", **facts)
    )
