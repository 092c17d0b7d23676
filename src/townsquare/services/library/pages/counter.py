"""Charges, payments and receipts, as the counter and its readers see them."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import decide_proposal
from townsquare.core.web.reading import read
from townsquare.services.library.commands.money import (
    ChooseProposal,
    ChooseReceipt,
    FindCharges,
    FindOwn,
    FindPayments,
    FindWaivers,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.queries import money
from townsquare.services.library.usecases.proposals import accept_proposal, decline_proposal

DECISIONS = {"acceptance": accept_proposal, "refusal": decline_proposal}


@bp.get("/charges")
@needs("library.payment.take")
def charges() -> ResponseReturnValue:
    """List charges, newest or largest first, or those of a reader."""
    wish = read(FindCharges, {n: t for n, t in request.args.items() if t})
    with looking() as ctx:
        found = money.find_charges(ctx, wish)
    kept = wish.model_dump(include={"words", "sort"}, exclude_defaults=True)
    kept["unpaid"] = _said(answer=wish.unpaid)
    more = url_for("library.charges", **kept, before=found.before)
    return render_template(
        "library/charges.html",
        found=found,
        wish=wish,
        kept=kept,
        next_url=more if found.before else None,
        first_url=url_for("library.charges", **kept) if wish.before else None,
    )


@bp.get("/waivers")
@needs("library.charge.waive")
def proposals() -> ResponseReturnValue:
    """List the waivers that a change of the calendar has proposed."""
    wish = read(FindWaivers, {n: t for n, t in request.args.items() if t})
    with looking() as ctx:
        found = money.find_proposals(ctx, wish)
    return render_template(
        "library/proposals.html",
        found=found,
        next_url=url_for("library.proposals", before=found.before) if found.before else None,
        first_url=url_for("library.proposals") if wish.before else None,
    )


@bp.post("/waivers/<id>/<decision>")
@needs("library.charge.waive")
def decide(id: str, decision: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Let a reader off what was proposed, or leave the charge as it is."""
    act = DECISIONS.get(decision) or abort(404)
    decide_proposal(act, read(ChooseProposal, {"id": id}))
    return redirect(url_for("library.proposals"), 303)


@bp.get("/payments")
@needs("library.payment.take")
def payments() -> ResponseReturnValue:
    """List payments, newest first, or those of a reader."""
    wish = read(FindPayments, {n: t for n, t in request.args.items() if t})
    with looking() as ctx:
        found = money.find_payments(ctx, wish)
    words = wish.words or None
    more = url_for("library.payments", words=words, before=found.before)
    return render_template(
        "library/payments.html",
        found=found,
        wish=wish,
        next_url=more if found.before else None,
        first_url=url_for("library.payments", words=words) if wish.before else None,
    )


@bp.get("/receipts/<id>")
@needs("library.payment.take")
def receipt(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a receipt as it was given out, to be printed."""
    wish = read(ChooseReceipt, {"id": id})
    with looking() as ctx:
        told = money.read_receipt(ctx, wish)
        reader, later = money.reader_of_receipt(ctx, wish), money.paid_back_later(ctx, wish)
    back = url_for("library.patron", id=reader) if reader else url_for("library.payments")
    return render_template("library/receipt.html", told=told, later=later, back=back, own=False)


@bp.get("/me/payments")
@needs("signed-in")
def my_payments() -> ResponseReturnValue:
    """List one's own charges and receipts, the settled ones too."""
    asked = {n: t for n, t in request.args.items() if n in FindOwn.model_fields and t}
    with looking() as ctx:
        receipts = money.my_receipts(ctx, read(FindOwn, asked))
        settled = money.my_charges(ctx, FindOwn(limit=50)) if not asked else None
    return render_template(
        "library/my_payments.html",
        receipts=receipts,
        charges=settled,
        next_url=(
            url_for("library.my_payments", before=receipts.before) if receipts.before else None
        ),
        first_url=url_for("library.my_payments") if asked else None,
    )


@bp.get("/me/receipts/<id>")
@needs("signed-in")
def my_receipt(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show one's own receipt as it was given out."""
    wish = read(ChooseReceipt, {"id": id})
    with looking() as ctx:
        told, later = money.my_receipt(ctx, wish), money.paid_back_later(ctx, wish)
    back = url_for("library.my_payments")
    return render_template("library/receipt.html", told=told, later=later, back=back, own=True)


def _said(*, answer: bool | None) -> str | None:
    return None if answer is None else str(answer).lower()
