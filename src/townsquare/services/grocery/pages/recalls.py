"""Lots are called back, and everybody who has some of them is told and paid."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.blocks import payments
from townsquare.core.errors import Conflict, DomainError
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.recalls import (
    ADVICE,
    REASONS,
    FindRecalls,
    PayRecall,
    ReadRecall,
    RecallLot,
)
from townsquare.services.grocery.commands.returns import ProposeReturn
from townsquare.services.grocery.commands.stock import ChooseLot
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.counter import given_back
from townsquare.services.grocery.queries.recalls import find_recalls, read_recall
from townsquare.services.grocery.queries.stocks import read_lot
from townsquare.services.grocery.usecases.recalls import pay_recalled, recall_lot
from townsquare.services.grocery.usecases.returns import propose_return

VIEW, RECALL = "grocery.recall.view", "grocery.stock.recall"
KINDS = {
    "sold": (translatable("Has it"), "danger"),
    "short": (translatable("Taken out of the order"), "success"),
    "out": (translatable("On its way: call who brings it"), "warning"),
}


@bp.app_template_filter("recall_reason")
def _recall_reason(reason: str) -> str:
    return str(_(REASONS[reason]))


@bp.app_template_filter("recall_kind")
def _recall_kind(kind: str) -> tuple[str, str]:
    word, tone = KINDS[kind]
    return _(word), tone


@bp.get("/staff/recalls")
@needs(VIEW)
def recalls() -> ResponseReturnValue:
    """Show what was called back, the newest first."""
    known = FindRecalls.model_fields
    wish = read(FindRecalls, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_recalls(ctx, wish)
    return render_template(
        "grocery/recalls.html",
        found=found,
        next_url=url_for("grocery.recalls", after=found.after) if found.after else None,
        first_url=url_for("grocery.recalls") if wish.after else None,
    )


@bp.get("/staff/recalls/<id>")
@needs(VIEW)
def recall(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show whom a recall concerns, who knows of it, and what is still to be paid back."""
    with looking() as ctx:
        found = read_recall(ctx, read(ReadRecall, {"id": id}))
    return render_template("grocery/recall.html", found=found)


@bp.post("/staff/recalls/<id>/payouts")
@needs("grocery.order.refund")
def pay_recall(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Pay a buyer back."""
    wish = posted(PayRecall, id=id)
    try:
        with acting() as ctx:
            told = pay_recalled(ctx, wish)
    except payments.SecondPersonNeeded as error:
        return _propose(wish, amount_minor=int(str(error.facts["amount_minor"])))
    except Conflict as error:
        flash(sentence(error), "danger")
    else:
        flash(given_back(told), "success")
    return redirect(url_for("grocery.recall", id=id), 303)


def _propose(wish: PayRecall, *, amount_minor: int) -> ResponseReturnValue:
    """Let what one person alone may not pay back wait for a colleague."""
    with looking() as ctx:
        found = read_recall(ctx, ReadRecall(id=wish.id))
    part = next(one for one in found.parts if one.id == wish.part)
    try:
        with acting() as ctx:
            propose_return(ctx, ProposeReturn(id=part.return_id, amount_minor=amount_minor))
    except DomainError as error:
        flash(sentence(error), "danger")
    else:
        flash(_("It is proposed; the money goes back when a colleague agrees."), "success")
    return redirect(url_for("grocery.refunds"), 303)


@bp.get("/staff/lots/<id>/recall")
@needs(RECALL)
def ask_recall(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask why a lot is called back, and what its buyers should do."""
    return _asking(id, _form(id))


@bp.post("/staff/lots/<id>/recall")
@needs(RECALL)
def start_recall(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Call the lot back."""
    form = _form(id)
    wish = form.read()
    told, status = attempt(form, recall_lot, wish=wish and wish.model_copy(update={"id": id}))
    if told is None:
        return _asking(id, form), status
    flash(_("The lot is recalled; its buyers are being told."), "success")
    return redirect(url_for("grocery.recall", id=told.id), 303)


def _form(public_id: str) -> CommandForm[RecallLot]:
    reasons = [(reason, _(said)) for reason, said in REASONS.items()]
    values = {"id": public_id, "advice": _(ADVICE)}
    return CommandForm(RecallLot, choices={"reason": reasons}, values=values, hidden=("id",))


def _asking(public_id: str, form: CommandForm[RecallLot]) -> str:
    with looking() as ctx:
        lot = read_lot(ctx, read(ChooseLot, {"id": public_id}))
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Recall %(name)s", name=f"{lot.name} {lot.code}".strip()),
        about=_(
            "Nobody can buy of this lot any more, for good. It is taken out of all orders, those"
            " who have bought it are told, and their refunds are opened."
        ),
        action=url_for("grocery.start_recall", id=public_id),
        act=_("Recall this lot"),
        back=url_for("grocery.lot", id=public_id),
    )
