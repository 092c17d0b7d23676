"""Disqualifications after the freezing: one person proposes, another one confirms."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, press
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import (
    Disqualifying,
    ProposeDisqualification,
)
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.office import asking, must_belong, with_id
from townsquare.services.elections.permissions import STRIKE
from townsquare.services.elections.queries.deciding import read_proceedings
from townsquare.services.elections.usecases import disqualifying


@bp.route("/office/<id>/disqualifications", methods=["GET", "POST"])
@needs(STRIKE)
def disqualify(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Ask whom somebody would disqualify and why, and propose it."""
    with looking() as ctx:
        found = read_proceedings(ctx, read(Chosen, {"id": id}))
    form = CommandForm(Disqualifying, choices={"candidate": list(found.standing.items())})
    status = 200
    if request.method == "POST":
        wish = with_id(form, ProposeDisqualification, id)
        done, status = attempt(form, disqualifying.propose_disqualification, wish=wish)
        if done is not None:
            flash(_("It is proposed; it is in force when somebody else confirms it."), "success")
            return redirect(url_for("elections.decisions", id=id), 303)
    here, back = (url_for(f"elections.{page}", id=id) for page in ("disqualify", "decisions"))
    about = (_("Disqualify a candidate"), here, back)
    return asking(form, about, act=_("Propose it")), status


@bp.post(
    "/office/<id>/disqualifications/<disqualification>/confirmation",
    defaults={"act": "confirmation"},
)
@bp.post(
    "/office/<id>/disqualifications/<disqualification>/withdrawal", defaults={"act": "withdrawal"}
)
@needs(STRIKE)
def decide_disqualification(
    id: str,  # noqa: A002 (as above)
    disqualification: str,
    act: str,
) -> ResponseReturnValue:
    """Confirm a disqualification that somebody else has proposed, or take it back."""
    must_belong(id, "disqualification", disqualification)
    confirms = act == "confirmation"
    decide = (
        disqualifying.confirm_disqualification
        if confirms
        else disqualifying.withdraw_disqualification
    )
    press(decide, posted(Chosen, id=disqualification), say=lambda _done: _("It is done."))
    return redirect(url_for("elections.decisions", id=id), 303)
