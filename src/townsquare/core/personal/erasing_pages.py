"""The pages on which administrators erase somebody else, by two."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.identity.commands import ChooseAccount
from townsquare.core.identity.proposal_commands import ChooseProposal
from townsquare.core.identity.proposal_pages import decide, proposed
from townsquare.core.identity.steps import APPOINT
from townsquare.core.personal import erasing
from townsquare.core.personal.commands import ProposeErasure, WhyErase
from townsquare.core.web import looking, needs
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
        if made := proposed(form, erasing.propose_erasure, wish):
            return made
        status = 409
    return render_template("personal/erasing.html", form=form, found=found), status


@bp.post("/proposals/<id>/erasure")
@needs(APPOINT)
def approve(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Agree to it, and erase."""
    said = _("Approved; nothing here names this person any more.")
    but = _("Nothing was erased. What is in the way, as they would read it themselves:")
    return decide(erasing.approve_erasure, posted(ChooseProposal, id=id), said, but=but)
