"""The counter: orders change hands against cash, and lines go back with their money."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.blocks import payments
from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import UNREADABLE, Wish, attempt, read_onto
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.languages import money
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Chosen, Line
from townsquare.services.grocery.commands.orders import LONGEST_REASON, HandOver, Refund
from townsquare.services.grocery.commands.refunds import ProposeRefund
from townsquare.services.grocery.errors import NothingChosen
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.amounts import line_qty
from townsquare.services.grocery.pages.stages import timeline_of
from townsquare.services.grocery.queries.orders import read_order, read_receipt
from townsquare.services.grocery.queries.paying import other_payments
from townsquare.services.grocery.results.orders import OrderTold, Refunded, StaffOrder
from townsquare.services.grocery.rules.refunds import LIMIT
from townsquare.services.grocery.usecases.agreeing import propose_refund
from townsquare.services.grocery.usecases.handing import CASH, hand_over, refund_lines

BACK = "back-"  # Before the id of a line, in the name of the field that says how much goes back.


class SayWhy(Command):
    """Why lines go back."""

    version: int = Field(title=translatable("Version"), ge=0)
    reason: Line = Field(title=translatable("Why"), min_length=1, max_length=LONGEST_REASON)


@bp.get("/staff/orders/<id>")
@needs("grocery.order.read")
def staff_order(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show an order, whose it is and what is still to be paid."""
    found = _found(id)
    return _order(found, _handing(found))


@bp.post("/staff/orders/<id>/hand-over")
@needs("grocery.order.hand-over")
def give(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take the cash that is open, and hand the order over."""
    found = _found(id)
    form = _handing(found)
    wish = form.read()
    told, status = attempt(form, hand_over, wish=wish and wish.model_copy(update={"id": found.id}))
    if told is None:
        return _order(_as_now(id, form) if wish else found, form), status
    if told.receipt:
        return redirect(url_for("grocery.receipt", id=told.receipt), 303)
    return redirect(url_for("grocery.staff_order", id=id), 303)


@bp.route("/staff/orders/<id>/refund", methods=["GET", "POST"])
@needs("grocery.order.refund")
def refund(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Call lines off or take them back, and pay back what was paid for them."""
    found = _found(id)
    form = CommandForm(
        SayWhy,
        values={"version": found.version},
        hidden=("version",),
        beside=[BACK + line.id for line in found.lines],
    )
    if request.method == "GET":
        return _refund(found, form)
    said = form.read()
    if said is None:
        return _refund(found, form), UNREADABLE
    lines = going_back(form, found)
    if lines is None:
        return _refund(found, form), UNREADABLE
    if not lines:
        form.refuse({"": _(NothingChosen.message)})
        return _refund(found, form), UNREADABLE
    wish = read_onto(form, Refund, {**said.model_dump(), "id": found.id, "lines": lines})
    if wish is None:
        return _refund(found, form), UNREADABLE
    return _take_back(form, wish)


@bp.get("/staff/receipts/<id>")
@needs("grocery.order.hand-over")
def receipt(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show the receipt of what was paid or paid back."""
    with looking() as ctx:
        told = read_receipt(ctx, read(Chosen, {"id": id}))
        others = other_payments(ctx, Chosen(id=id))
    return render_template("grocery/receipt.html", told=told, others=others)


def _take_back(form: CommandForm[SayWhy], wish: Refund) -> ResponseReturnValue:
    try:
        told, status = attempt(form, refund_lines, wish=wish)
    except payments.SecondPersonNeeded as error:
        return _propose(form, wish, amount_minor=int(str(error.facts["amount_minor"])))
    if told is None:
        return _refund(_as_now(wish.id, form), form), status
    flash(given_back(told), "success")
    return redirect(url_for("grocery.staff_order", id=wish.id), 303)


def _propose(form: CommandForm[SayWhy], wish: Refund, *, amount_minor: int) -> ResponseReturnValue:
    """Let a refund above the limit wait for a colleague."""
    asked = ProposeRefund(**dict(wish), amount_minor=amount_minor)
    told, status = attempt(form, propose_refund, wish=asked)
    if told is None:
        return _refund(_as_now(wish.id, form), form), status
    flash(_("It is proposed; the money goes back when a colleague agrees."), "success")
    return redirect(url_for("grocery.refunds"), 303)


def _found(order: str) -> StaffOrder:
    with looking() as ctx:
        return read_order(ctx, read(Chosen, {"id": order}))


def _as_now(order: str, form: CommandForm[Wish]) -> StaffOrder:
    """Return the order as it is now, which is what the form is about when it is sent again."""
    found = _found(order)
    form["version"].value = str(found.version)
    return found


def given_back(told: Refunded) -> str:
    """Return in words what went back, and how."""
    if not told.refunded_minor:
        return str(_("It is called off; nothing was paid for it."))
    cash = sum(one.amount_minor for one in told.back if one.method == CASH)
    stuck = sum(one.amount_minor for one in told.back if one.waits)
    rest = told.refunded_minor - cash - stuck
    said = _("%(amount)s goes back in the way it was paid.", amount=money(rest, told.currency))
    give = _("Give %(amount)s back in cash.", amount=money(cash, told.currency))
    waits = _(
        "%(amount)s waits: its card cannot be used. Choose another way under Refunds.",
        amount=money(stuck, told.currency),
    )
    parts = ((give, cash), (said, rest), (waits, stuck))
    return " ".join(str(text) for text, part in parts if part)


def _handing(found: StaffOrder) -> CommandForm[HandOver]:
    values = {"id": found.id, "version": found.version, "received_by": found.buyer}
    return CommandForm(HandOver, values=values, hidden=("id", "version"))


def _order(found: StaffOrder, form: CommandForm[HandOver]) -> str:
    return render_template(
        "grocery/staff_order.html", order=found, form=form, timeline=timeline_of(found)
    )


def _refund(found: StaffOrder, form: CommandForm[SayWhy]) -> str:
    return render_template(
        "grocery/refund.html",
        order=found,
        form=form,
        prefix=BACK,
        typed=request.form,
        limit=LIMIT,
    )


def going_back(form: CommandForm[Any], found: OrderTold) -> list[dict[str, object]] | None:
    """Return how much of which lines was typed; None, with the reason on the form, if it is odd."""
    lines: list[dict[str, object]] = []
    for line in found.lines:
        typed = request.form.get(BACK + line.id, "")
        qty = line_qty(form, typed, name=line.name, base_unit=line.base_unit)
        if qty is None:
            return None
        lines += [{"line": line.id, "qty": qty}] if qty else []
    return lines
