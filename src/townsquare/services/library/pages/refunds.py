"""Money that goes back: the form, and what waits for a second person."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs, town
from townsquare.core.web.attempts import attempt, decide_proposal
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import Reason, RefundPayment
from townsquare.services.library.commands.money import ChoosePayment, ChooseProposal, FindRefunds
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.money import Amount, minor, written
from townsquare.services.library.queries import money
from townsquare.services.library.results.money import PaymentLine
from townsquare.services.library.usecases.refunds import (
    approve_refund,
    decline_refund,
    propose_refund,
    refund_payment,
)

DECISIONS = {"approval": approve_refund, "refusal": decline_refund}


class GiveBack(Command):
    """A payment, or a part of it, that goes back."""

    amount: Amount = Field(title=translatable("Amount"))
    reason: Reason = Field(title=translatable("Why"))
    drop_charges: bool = Field(
        default=False,
        title=translatable("Take the charges back too"),
        description=translatable("Otherwise what was paid with it is open again"),
    )


@bp.route("/payments/<id>/refund", methods=["GET", "POST"])
@needs("library.payment.refund")
def refund(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Pay back a payment or a part of it, or propose it where a second person has to agree."""
    with looking() as ctx:
        paid = money.read_payment(ctx, read(ChoosePayment, {"id": id}))
    form = CommandForm(GiveBack, values={"amount": written(paid.refundable_minor)})
    alone = max(town().settings.refund_limit_minor - paid.refunded_minor, 0)
    if request.method == "GET":
        return _form(form, paid, alone), 200
    wish = _refund(form.read(), id)
    if wish and wish.amount_minor > alone:
        return _propose(form, wish, paid=paid, alone=alone)
    told, status = attempt(form, refund_payment, wish=wish)
    if told is None:
        return _form(form, paid, alone), status
    return redirect(url_for("library.receipt", id=told.id), 303)


@bp.get("/refunds")
@needs("library.payment.refund")
def refunds() -> ResponseReturnValue:
    """List the refunds that wait for a second person."""
    wish = read(FindRefunds, {n: t for n, t in request.args.items() if t})
    with looking() as ctx:
        found = money.find_refund_wishes(ctx, wish)
    return render_template(
        "library/refunds.html",
        found=found,
        next_url=url_for("library.refunds", before=found.before) if found.before else None,
        first_url=url_for("library.refunds") if wish.before else None,
    )


@bp.post("/refunds/<id>/<decision>")
@needs("library.payment.refund")
def decide_refund(id: str, decision: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Pay back what somebody else has proposed, or leave the payment as it is."""
    act = DECISIONS.get(decision) or abort(404)
    decide_proposal(act, read(ChooseProposal, {"id": id}))
    return redirect(url_for("library.refunds"), 303)


def _propose(
    form: CommandForm[GiveBack], wish: RefundPayment, *, paid: PaymentLine, alone: int
) -> ResponseReturnValue:
    told, status = attempt(form, propose_refund, wish=wish)
    if told is None:
        return _form(form, paid, alone), status
    flash(_("It is proposed; it goes back when somebody else agrees."), "success")
    return redirect(url_for("library.refunds"), 303)


def _form(form: CommandForm[GiveBack], paid: PaymentLine, alone: int) -> str:
    return render_template("library/refund.html", form=form, paid=paid, alone=alone)


def _refund(wish: GiveBack | None, payment: str) -> RefundPayment | None:
    if wish is None:
        return None
    told = wish.model_dump(include={"reason", "drop_charges"})
    return read(RefundPayment, {**told, "payment": payment, "amount_minor": minor(wish.amount)})
