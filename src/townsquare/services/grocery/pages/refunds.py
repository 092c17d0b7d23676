"""Refunds that wait for people: above the limit for a colleague, or since they did not arrive."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.blocks import payments
from townsquare.core.errors import Conflict
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.attempts import attempt, decide_proposal
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.languages import money
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.refunds import (
    ChooseProposal,
    ChooseRefund,
    FindProposals,
    HowBack,
    PayCoded,
    PayOtherwise,
)
from townsquare.services.grocery.errors import AnotherPays
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.cards import card_again
from townsquare.services.grocery.pages.keys import card_code
from townsquare.services.grocery.queries.refunds import find_proposals, find_refused, read_refused
from townsquare.services.grocery.results.cards import CardSold
from townsquare.services.grocery.results.refunds import RefusedRefund, WentOtherwise
from townsquare.services.grocery.rules.refunds import LIMIT
from townsquare.services.grocery.usecases.agreeing import approve_refund, decline_refund
from townsquare.services.grocery.usecases.refunds import ask_again, pay_otherwise

DECISIONS = {"approval": approve_refund, "refusal": decline_refund}
# Why a refund to a gift card cannot be used; what a provider says stands as it said it.
REASONS = {
    "card-blocked": translatable("The gift card is blocked: nobody can spend what is on it."),
    "card-expired": translatable("The gift card is past its day: nobody can spend what is on it."),
    "": translatable("The provider has refused it, and gave no reason."),
}
WAYS = (
    ("cash", translatable("In cash, out of the till")),
    ("gift_card", translatable("On a new gift card")),
)


@bp.app_template_filter("why_refused")
def why_refused(one: RefusedRefund) -> str:
    """Return in words why a refund did not arrive."""
    told = REASONS.get(one.refused)
    return _(told) if told else one.refused


@bp.get("/staff/refunds")
@needs("grocery.order.refund")
def refunds() -> ResponseReturnValue:
    """List the refunds that did not arrive, and those that wait for a second person."""
    known = FindProposals.model_fields
    wish = read(FindProposals, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found, refused = find_proposals(ctx, wish), find_refused(ctx, Nothing())
    return render_template(
        "grocery/refunds.html",
        found=found,
        refused=refused,
        next_url=url_for("grocery.refunds", before=found.before) if found.before else None,
        first_url=url_for("grocery.refunds") if wish.before else None,
    )


@bp.post("/staff/refunds/<id>/<decision>")
@needs("grocery.order.refund")
def decide_refund(id: str, decision: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Agree to a refund that a colleague has proposed, or leave the order as it is."""
    act = DECISIONS.get(decision) or abort(404)
    decide_proposal(act, read(ChooseProposal, {"id": id}))
    return redirect(url_for("grocery.refunds"), 303)


@bp.post("/staff/refunds/refused/<id>/again")
@needs("grocery.order.refund")
def refund_again(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let the provider be asked once more."""
    wish = posted(ChooseRefund, id=id)
    try:
        with acting() as ctx:
            ask_again(ctx, wish)
    except Conflict as error:
        flash(sentence(error), "danger")
    else:
        flash(_("The provider is asked again; what it refuses comes back here."), "success")
        town().bell.set()
    return redirect(url_for("grocery.refunds"), 303)


@bp.route("/staff/refunds/refused/<id>/otherwise", methods=["GET", "POST"])
@needs("grocery.order.refund")
def refund_otherwise(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Pay a refund that did not arrive in another way."""
    form = CommandForm(HowBack, choices={"way": [(way, _(title)) for way, title in WAYS]})
    if request.method == "GET":
        return _otherwise(id, form)
    typed, code = form.read(), card_code(form.once)
    said = {} if typed is None else {**typed.model_dump(), "id": id, "code": code}
    wish: PayOtherwise | None = read(PayCoded, said) if said else None
    try:
        told, status = attempt(form, pay_otherwise, wish=wish)
        return _went(told) if told else (_otherwise(id, form), status)
    # It went back meanwhile, or with the first press, or is for a colleague to pay.
    except (payments.UnknownRefund, AnotherPays) as error:
        if again := card_again(code):
            return again
        for problem in form.problems or [sentence(error)]:
            flash(problem, "danger")
        return redirect(url_for("grocery.refunds"), 303)


def _otherwise(refund: str, form: CommandForm[HowBack]) -> str:
    with looking() as ctx:
        found = read_refused(ctx, read(ChooseRefund, {"id": refund}))
    told = {"refund": found, "form": form, "limit": LIMIT}
    return render_template("grocery/refund_otherwise.html", **told)


def _went(told: WentOtherwise) -> ResponseReturnValue:
    """Show the code of a new card this once, or how much cash to hand over, with its receipt."""
    if told.code:
        card = CardSold("", told.code, told.amount_minor, told.currency, None, told.number)
        return render_template("grocery/card_sold.html", card=card)
    amount = money(told.amount_minor, told.currency)
    flash(_("Hand over %(amount)s in cash; the till knows of it.", amount=amount), "success")
    return redirect(url_for("grocery.receipt", id=told.receipt), 303)
