"""The pages of what takes two administrators: propose, decide, take back."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug import Response

from townsquare.core.errors import Conflict
from townsquare.core.identity.proposal_commands import (
    BeginProposal,
    ChooseProposal,
    FindProposals,
    ProposeAdministrator,
    RefuseProposal,
    WhyNot,
)
from townsquare.core.identity.proposal_errors import OF_DECISIONS
from townsquare.core.identity.proposal_queries import (
    begin_proposal,
    find_proposals,
    read_proposal,
)
from townsquare.core.identity.results import Done, Proposed
from townsquare.core.identity.steps import APPOINT
from townsquare.core.identity.usecases import proposals as acts
from townsquare.core.usecase import Command, Context
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read

Wish = TypeVar("Wish", bound=Command)
Decision = TypeVar("Decision", bound=ChooseProposal)
bp = Blueprint("proposals", __name__, url_prefix="/admin/proposals", template_folder="templates")


@bp.get("")
@needs(APPOINT)
def waiting() -> ResponseReturnValue:
    """List what waits for a second administrator."""
    wish = read(FindProposals, {n: t for n, t in request.args.items() if t})
    with looking() as ctx:
        page = find_proposals(ctx, wish)
    return render_template("identity/proposals.html", page=page, first=not wish.before)


@bp.route("/new", methods=["GET", "POST"])
@rated("mail")
@needs(APPOINT)
def propose() -> ResponseReturnValue:
    """Propose somebody as administrator."""
    with looking() as ctx:
        known = begin_proposal(ctx, read(BeginProposal, request.args.to_dict()))
    form = CommandForm(ProposeAdministrator, values={"email": known.email})
    wish = form.read() if request.method == "POST" else None
    status = 422 if form.failed else 200
    if wish is not None:
        if made := proposed(form, acts.propose_administrator, wish):
            return made
        status = 409
    return render_template("identity/new_proposal.html", form=form, alone=known.alone), status


@bp.get("/<id>")
@needs(APPOINT)
def one(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show one proposal, with what its reader may do about it."""
    return _page(id, CommandForm(WhyNot))


@bp.post("/<id>/approval")
@needs(APPOINT)
def approve(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Agree to it, and do it."""
    said = _("Approved; whoever has proposed it is told.")
    return decide(acts.approve_proposal, posted(ChooseProposal, id=id), said)


@bp.post("/<id>/withdrawal")
@needs(APPOINT)
def withdraw(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take back one's own."""
    said = _("Taken back; nothing was changed.")
    return decide(acts.withdraw_proposal, posted(ChooseProposal, id=id), said)


@bp.post("/<id>/refusal")
@needs(APPOINT)
def refuse(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Refuse it, with a reason."""
    form = CommandForm(WhyNot)
    wish = form.read()
    if wish is None:
        return _page(id, form), 422
    refusal = read(RefuseProposal, {"id": id, "answer": wish.answer})
    return decide(acts.refuse_proposal, refusal, _("Refused; whoever has proposed it is told."))


def proposed(
    form: CommandForm[Any], act: Callable[[Context, Wish], Proposed], wish: Wish
) -> Response | None:
    """Propose it and lead there; None where it is refused, with the reason on the form."""
    try:
        with acting(once=form.once) as ctx:
            made = act(ctx, wish)
    except Conflict as error:
        form.refuse({"": sentence(error)})
        return None
    flash(_("It is proposed; it happens when another administrator agrees."), "success")
    return redirect(url_for("proposals.one", id=made.id), 303)


def decide(
    act: Callable[[Context, Decision], Done], wish: Decision, said: str, *, but: str = ""
) -> Response:
    """Decide it and say so, or why not; `but` leads to what is in the way of doing it."""
    try:
        with acting() as ctx:
            act(ctx, wish)
    except Conflict as error:
        before = "" if isinstance(error, OF_DECISIONS) else but
        flash(f"{before} {sentence(error)}".strip(), "danger")
    else:
        flash(said, "success")
    return redirect(url_for("proposals.one", id=wish.id), 303)


def _page(id: str, form: CommandForm[WhyNot]) -> str:  # noqa: A002 (as above)
    with looking() as ctx:
        found = read_proposal(ctx, read(ChooseProposal, {"id": id}))
    return render_template("identity/one_proposal.html", found=found, form=form)
