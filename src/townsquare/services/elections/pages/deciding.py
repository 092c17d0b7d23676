"""Decisions of two people, objections and their rulings, and what is promised of an election."""

from collections.abc import Callable, Collection
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.usecase import Context
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, press
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.elections.commands.deciding import (
    FileDispute,
    FindDisputes,
    Interrupting,
    Judging,
    Objecting,
    ProposeInterruption,
    ProposeJudgement,
    Reporting,
    RuleDispute,
    Ruling,
    SubmitVerification,
)
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.models.reading import VIEW
from townsquare.services.elections.pages import bp
from townsquare.services.elections.pages.office import asking, must_belong, with_id
from townsquare.services.elections.permissions import CERTIFY, INTERRUPT, RULE
from townsquare.services.elections.queries import deciding as looks
from townsquare.services.elections.queries.elections import read_election
from townsquare.services.elections.results.deciding import Decided
from townsquare.services.elections.rules.deciding import BECOMES, FITS
from townsquare.services.elections.usecases import disputing, interrupting, judging, verifying

Act = Callable[[Context, Any], Decided]
KINDS = {
    "suspend": translatable("Suspend the voting"),
    "resume": translatable("Resume the voting"),
    "extend": translatable("Put off the closing"),
    "close": translatable("Close early"),
    "certify": translatable("Certify the result"),
    "annul": translatable("Annul the election"),
    "recount": translatable("Count again"),
}
STEPS = {
    "elections.not-now": translatable("It has closed and is counted"),
    "elections.miscounted": translatable("The papers, counted once more, give the same result"),
    "elections.verifiers-disagree": translatable(
        "Both verifying programs have found the same, and all of it good"
    ),
    "elections.unreconciled": translatable("Every return is approved and adds up"),
    "elections.appeals-open": translatable(
        "The time for objections is over, and none to the result is without a ruling"
    ),
}
ABOUT = {
    "result": translatable("The result"),
    "conduct": translatable("How the election went"),
}


@bp.app_template_filter("decision_word")
def decision_word(kind: str) -> str:
    """Return in words what is decided, what a step asks for, or what an objection is about."""
    return str(_({**KINDS, **STEPS, **ABOUT}[kind]))


@bp.get("/<id>/claims")
@needs("public")
def claims(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Say plainly what this election promises, and what it does not."""
    with looking() as ctx:
        told = read_election(ctx, read(Chosen, {"id": id}))
        found = looks.count_channels(ctx, Chosen(id=told.id))
    return render_template("elections/claims.html", election=told, found=found)


@bp.get("/<id>/disputes")
@needs("public")
def disputes(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show what was decided about an election, and the objections to it."""
    wish = read(FindDisputes, {"id": id, "after": request.args.get("after", "")})
    with looking() as ctx:
        found = looks.find_disputes(ctx, wish)
    here = "elections.disputes"
    more = url_for(here, id=id, after=found.after) if found.after else None
    first = url_for(here, id=id) if wish.after else None
    return render_template("elections/disputes.html", found=found, next_url=more, first_url=first)


@bp.route("/<id>/disputes/new", methods=["GET", "POST"])
@needs("signed-in")
def new_dispute(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask what somebody has to object, and file it."""
    with looking() as ctx:
        read_election(ctx, read(Chosen, {"id": id}))
    form, status = CommandForm(Objecting, choices=_words(*ABOUT)), 200
    if request.method == "POST":
        wish = with_id(form, FileDispute, id)
        done, status = attempt(form, disputing.file_dispute, wish=wish)
        if done is not None:
            flash(_("Your objection is filed; the officers rule on it."), "success")
            return redirect(url_for("elections.disputes", id=id), 303)
    here = url_for("elections.new_dispute", id=id)
    about = (_("Object to the election"), here, url_for("elections.disputes", id=id))
    return asking(form, about, act=_("File it")), status


@bp.route("/office/disputes/<id>", methods=["GET", "POST"])
@needs(RULE)
def rule(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask for a ruling on an objection, and publish both."""
    with looking() as ctx:
        told = looks.read_dispute(ctx, read(Chosen, {"id": id}))
    form, status = CommandForm(Ruling), 200
    if request.method == "POST":
        wish = with_id(form, RuleDispute, id)
        done, status = attempt(form, disputing.rule_dispute, wish=wish)
        if done is not None:
            flash(_("The ruling is published."), "success")
            return redirect(url_for("elections.disputes", id=done.election), 303)
    about = (_("Rule on an objection"), url_for("elections.rule", id=id))
    back = url_for("elections.office")
    return asking(form, (*about, back), act=_("Publish the ruling"), said=told.statement), status


@bp.get("/office/<id>/decisions")
@needs(VIEW)
def decisions(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show what two people can decide now, and what stands before a certification."""
    with looking() as ctx:
        found = looks.read_proceedings(ctx, read(Chosen, {"id": id}))
    return render_template("elections/decisions.html", found=found)


@bp.route("/office/<id>/interruptions", methods=["GET", "POST"])
@needs(INTERRUPT)
def interrupt(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask how an election would be interrupted and why, and propose it."""
    form = CommandForm(Interrupting, choices=_fitting(id, FITS))
    wish = with_id(form, ProposeInterruption, id) if request.method == "POST" else None
    return _proposing(form, wish, interrupting.propose_interruption, id=id)


@bp.route("/office/<id>/judgements", methods=["GET", "POST"])
@needs(CERTIFY)
def judge(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask what becomes of a result and why, and propose it."""
    form = CommandForm(Judging, choices=_fitting(id, BECOMES))
    wish = with_id(form, ProposeJudgement, id) if request.method == "POST" else None
    return _proposing(form, wish, judging.propose_judgement, id=id)


@bp.post("/office/<id>/interruptions/<decision>/confirmation", defaults={"act": "confirmation"})
@bp.post("/office/<id>/interruptions/<decision>/withdrawal", defaults={"act": "withdrawal"})
@needs(INTERRUPT)
def decide_interruption(id: str, decision: str, act: str) -> ResponseReturnValue:  # noqa: A002
    """Confirm an interruption that somebody else has proposed, or take it back."""
    acts: dict[str, Act] = {
        "confirmation": interrupting.confirm_interruption,
        "withdrawal": interrupting.withdraw_interruption,
    }
    return _pressed(acts[act], decision, id=id)


@bp.post("/office/<id>/judgements/<decision>/confirmation", defaults={"act": "confirmation"})
@bp.post("/office/<id>/judgements/<decision>/withdrawal", defaults={"act": "withdrawal"})
@needs(CERTIFY)
def decide_judgement(id: str, decision: str, act: str) -> ResponseReturnValue:  # noqa: A002
    """Confirm what somebody else has proposed about a result, or take it back."""
    acts: dict[str, Act] = {
        "confirmation": judging.confirm_judgement,
        "withdrawal": judging.withdraw_judgement,
    }
    return _pressed(acts[act], decision, id=id)


@bp.route("/office/<id>/verifications", methods=["GET", "POST"])
@needs(verifying.SUBMIT)
def verifications(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show what verifying programs have found, and take in another report."""
    form, status = CommandForm(Reporting), 200
    if request.method == "POST":
        wish = with_id(form, SubmitVerification, id)
        done, status = attempt(form, verifying.submit_verification, wish=wish)
        if done is not None:
            flash(_("The report is kept."), "success")
            return redirect(url_for("elections.verifications", id=id), 303)
    with looking() as ctx:
        found = looks.find_verifications(ctx, read(Chosen, {"id": id}))
    return render_template("elections/verifications.html", form=form, found=found), status


def _fitting(id: str, kinds: Collection[str]) -> dict[str, list[tuple[str, str]]]:  # noqa: A002
    """Return those of these decisions that fit the election as it is now."""
    with looking() as ctx:
        found = looks.read_proceedings(ctx, read(Chosen, {"id": id}))
    return _words(*(kind for kind in found.kinds if kind in kinds))


def _words(*kinds: str) -> dict[str, list[tuple[str, str]]]:
    return {"kind": [(kind, decision_word(kind)) for kind in kinds]}


def _proposing(
    form: CommandForm[Any],
    wish: Any,  # noqa: ANN401 (of two kinds)
    act: Act,
    *,
    id: str,  # noqa: A002 (of two kinds)
) -> ResponseReturnValue:
    status = 200
    if request.method == "POST":
        done, status = attempt(form, act, wish=wish)
        if done is not None:
            flash(_("It is proposed; it is in force when somebody else confirms it."), "success")
            return redirect(url_for("elections.decisions", id=id), 303)
    back = url_for("elections.decisions", id=id)
    about = (_("Propose a decision"), request.path, back)
    return asking(form, about, act=_("Propose it")), status


def _pressed(act: Act, decision: str, *, id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    must_belong(id, "decision", decision)
    wish = posted(Chosen, id=decision)
    press(act, wish, say=lambda _done: _("It is done."))
    return redirect(url_for("elections.decisions", id=id), 303)
