"""Goods that come back: buyers ask, the counter decides, receives them and pays."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.blocks import payments
from townsquare.core.errors import Conflict
from townsquare.core.usecase import Context
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import UNREADABLE, attempt, read_onto
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import FindMyOrders, MyOrder
from townsquare.services.grocery.commands.returns import (
    AskReturn,
    DecideReturn,
    Decision,
    FindReturns,
    PayReturn,
    ProposeReturn,
    ReceiveReturn,
    SayWhyBack,
)
from townsquare.services.grocery.errors import NothingChosen
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.counter import BACK, going_back
from townsquare.services.grocery.queries.orders import my_orders, show_order
from townsquare.services.grocery.queries.returns import find_returns, my_returns, read_return
from townsquare.services.grocery.results.orders import OrderTold
from townsquare.services.grocery.results.returns import ReturnTold
from townsquare.services.grocery.rules.refunds import LIMIT
from townsquare.services.grocery.usecases import returns as acts

GOOD = "good-"  # Before the id of a line, in the names of fields.
REASONS = {
    "spoiled": translatable("It is spoiled"),
    "damaged": translatable("It is damaged"),
    "wrong": translatable("It is not what was ordered"),
    "unwanted": translatable("It is not wanted any more"),
}
OUR_REASONS = {"recall": translatable("It was called back")}  # What no buyer chooses.
STATES = {
    "requested": (translatable("Asked for"), "info"),
    "approved": (translatable("Bring it to the counter"), "info"),
    "in-transit": (translatable("On its way"), "info"),
    "received": (translatable("Received"), "info"),
    "refunded": (translatable("Paid back"), "success"),
    "refused": (translatable("Refused"), "danger"),
}


@bp.app_template_filter("return_state")
def return_state(state: str) -> tuple[str, str]:
    """Return in words what has become of a return, and the tone of its tag."""
    word, tone = STATES[state]
    return _(word), tone


@bp.app_template_filter("return_reason")
def return_reason(reason: str) -> str:
    """Return in words why something comes back."""
    word = (REASONS | OUR_REASONS).get(reason)
    return _(word) if word else reason


@bp.route("/returns/new", methods=["GET", "POST"])
@needs("signed-in")
def new_return() -> ResponseReturnValue:
    """Let a member bring parts of an order back; without its number they choose the order."""
    number = request.args.get("order", "")
    if not number:
        with looking() as ctx:
            found = my_orders(ctx, read(FindMyOrders, {"limit": 100})).orders
        return render_template(
            "grocery/return_of_which.html", orders=[o for o in found if o.back_until]
        )
    return _asking(number, "", url_for("grocery.new_return", order=number))


@bp.route("/orders/<number>/with/<token>/return", methods=["GET", "POST"])
@needs("public")
def guest_return(number: str, token: str) -> ResponseReturnValue:
    """Let a guest bring parts of their order back."""
    return _asking(number, token, url_for("grocery.guest_return", number=number, token=token))


@bp.get("/staff/returns")
@needs("grocery.return.decide")
def returns() -> ResponseReturnValue:
    """List the returns that are not settled."""
    known = FindReturns.model_fields
    wish = read(FindReturns, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_returns(ctx, wish)
    return render_template(
        "grocery/returns.html",
        found=found,
        next_url=url_for("grocery.returns", before=found.before) if found.before else None,
        first_url=url_for("grocery.returns") if wish.before else None,
    )


@bp.get("/staff/returns/<id>")
@needs("grocery.return.decide")
def staff_return(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show a return and what is to be done with it."""
    return _page(id, _refusal())


@bp.post("/staff/returns/<id>/decision")
@needs("grocery.return.decide")
def decide_return(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let goods come back, or refuse it."""
    form = _refusal()
    typed = form.read()
    wish = None if typed is None else DecideReturn(id=id, **dict(typed))
    told, status = attempt(form, acts.decide_return, wish=wish, once=False)
    if told is None:
        return _page(id, form), status
    flash(_("It is noted."), "success")
    return redirect(url_for("grocery.staff_return", id=id), 303)


@bp.post("/staff/returns/<id>/arrival")
@needs("grocery.return.decide")
def receive_return(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Say which goods are good, and take them back."""
    names = [name for name in request.form if name.startswith(GOOD)]
    good = [name.removeprefix(GOOD) for name in names]
    wish = read(
        ReceiveReturn, {**posted(ReceiveReturn, beside=names, id=id).model_dump(), "good": good}
    )
    return _did(id, lambda ctx: acts.receive_return(ctx, wish))


@bp.post("/staff/returns/<id>/refund")
@needs("grocery.order.refund")
def pay_return(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Pay for what came back, or propose it where a colleague has to agree."""
    wish = posted(PayReturn, id=id)
    try:
        return _did(id, lambda ctx: acts.refund_return(ctx, wish))
    except payments.SecondPersonNeeded as error:
        told = ProposeReturn(id=id, amount_minor=int(str(error.facts["amount_minor"])))
    _did(id, lambda ctx: acts.propose_return(ctx, told))
    return redirect(url_for("grocery.refunds"), 303)


def _refusal() -> CommandForm[Decision]:
    """Return the form of a refusal: the buyer is told why, so that it cannot be empty."""
    form = CommandForm(Decision)
    form["why"].required = True
    return form


def _page(return_id: str, form: CommandForm[Decision]) -> str:
    told = {"back": _found(return_id), "good": GOOD, "limit": LIMIT, "form": form}
    return render_template("grocery/return.html", **told)


def _asking(number: str, token: str, here: str) -> ResponseReturnValue:
    with looking() as ctx:
        order = show_order(ctx, read(MyOrder, {"number": number, "guest": token}))
    form = CommandForm(
        SayWhyBack,
        choices={"reason": [(reason, _(title)) for reason, title in REASONS.items()]},
        beside=[BACK + line.id for line in order.lines],
    )
    if request.method == "GET":
        return _ask(order, token, form)
    said = form.read()
    if said is None:
        return _ask(order, token, form), UNREADABLE
    wish = _wish(order, token, form, said=said)
    told, status = attempt(form, acts.ask_return, wish=wish)
    if told is None:
        return _ask(order, token, form), status
    flash(_("The shop looks at it; come back to this page to see what it says."), "success")
    return redirect(here, 303)


def _wish(
    order: OrderTold, token: str, form: CommandForm[SayWhyBack], *, said: SayWhyBack
) -> AskReturn | None:
    """Return what was chosen; None, with the reason on the form, where nothing was or it is odd."""
    lines = going_back(form, order)
    if lines is None:
        return None
    if not lines:
        form.refuse({"": _(NothingChosen.message)})
        return None
    told = {"number": order.number, "guest": token, "lines": lines, "reason": said.reason}
    return read_onto(form, AskReturn, told)


def _ask(order: OrderTold, token: str, form: CommandForm[SayWhyBack]) -> str:
    with looking() as ctx:
        found = my_returns(ctx, MyOrder(number=order.number, guest=token))
    page = "grocery.guest_order" if token else "grocery.order"
    return render_template(
        "grocery/new_return.html",
        order=order,
        returns=found.returns,
        form=form,
        prefix=BACK,
        typed=request.form,
        order_url=url_for(page, number=order.number, token=token or None),
    )


def _found(return_id: str) -> ReturnTold:
    with looking() as ctx:
        return read_return(ctx, read(Chosen, {"id": return_id}))


def _did(return_id: str, act: Callable[[Context], object]) -> ResponseReturnValue:
    try:
        with acting() as ctx:
            act(ctx)
    except Conflict as error:
        flash(sentence(error), "danger")
    else:
        flash(_("It is noted."), "success")
    return redirect(url_for("grocery.staff_return", id=return_id), 303)
