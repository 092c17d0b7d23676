"""The pages on which administrators erase somebody else, by two."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import Conflict
from townsquare.core.identity.commands import ChooseAccount
from townsquare.core.identity.proposal_commands import ChooseProposal
from townsquare.core.identity.steps import APPOINT
from townsquare.core.personal import erasing
from townsquare.core.personal.commands import ProposeErasure, WhyErase
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read

bp = Blueprint("erasures", __name__, url_prefix="/admin", template_folder="templates")


@bp.route("/accounts/<id>/erasure", methods=["GET", "POST"])
@rated("mail")
@needs(APPOINT)
def propose(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Propose that somebody is erased."""
    with looking() as ctx:
        found = erasing.begin_erasure(ctx, read(ChooseAccount, {"id": id}))
    form = CommandForm(WhyErase)
    why = form.read() if request.method == "POST" else None
    status = 422 if form.failed else 200
    if why is not None:
        wish = read(ProposeErasure, {"id": id, "reason": why.reason})
        try:
            with acting(once=form.once) as ctx:
                made = erasing.propose_erasure(ctx, wish)
        except Conflict as error:
            form.refuse({"": sentence(error)})
            status = 409
        else:
            flash(_("It is proposed; it happens when another administrator agrees."), "success")
            return redirect(url_for("proposals.one", id=made.id), 303)
    return render_template("personal/erasing.html", form=form, found=found), status


@bp.post("/proposals/<id>/erasure")
@needs(APPOINT)
def approve(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Agree to it, and erase."""
    wish = posted(ChooseProposal, id=id)
    try:
        with acting() as ctx:
            erasing.approve_erasure(ctx, wish)
    except Conflict as error:
        said = _("Nothing was erased. What is in the way, as they would read it themselves:")
        flash(f"{said} {sentence(error)}", "danger")
    else:
        flash(_("Approved; nothing here names this person any more."), "success")
    return redirect(url_for("proposals.one", id=wish.id), 303)
