"""What is requested and ordered: by supplier, in packs, sent as a mail."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.usecase import Context
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import UNREADABLE, attempt, read_onto
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import MOST, Id
from townsquare.services.grocery.commands.purchases import (
    CancelPurchase,
    ChoosePurchase,
    ClosePurchase,
    ConfirmPurchase,
    Expected,
    FindPurchases,
    FindRequests,
    OrderGoods,
    SendPurchase,
)
from townsquare.services.grocery.commands.suppliers import ChooseSupplier, FindSuppliers
from townsquare.services.grocery.errors import NothingOrdered
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.looks import state_filters
from townsquare.services.grocery.queries.purchases import (
    find_purchases,
    find_requests,
    read_purchase,
)
from townsquare.services.grocery.queries.suppliers import find_suppliers, read_supplier
from townsquare.services.grocery.results.purchases import PurchaseCard, RequestLine
from townsquare.services.grocery.results.suppliers import SupplierCard
from townsquare.services.grocery.usecases import purchases as acts

READ, BUY = "grocery.purchase.read", "grocery.purchase.order"
PACKS, ASKED = "packs-", "asked-"  # Before the id of a product, in the names of its fields.
STATES = {
    "draft": (translatable("Draft"), "info"),
    "sent": (translatable("Sent"), "info"),
    "confirmed": (translatable("Confirmed"), "info"),
    "part_received": (translatable("Part received"), "warning"),
    "received": (translatable("Received"), "success"),
    "closed": (translatable("Closed"), ""),
    "cancelled": (translatable("Cancelled"), ""),
}


class Ordering(Expected):
    """From whom, and for when, as the page of an order asks it."""

    supplier: Id = Field(title=translatable("Supplier"))


@bp.app_template_filter("purchase_state")
def _purchase_state(state: str) -> tuple[str, str]:
    word, tone = STATES[state]
    return _(word), tone


@bp.get("/staff/purchases", endpoint="purchases")
@needs(READ)
def all_purchases() -> ResponseReturnValue:
    """Show one page of orders to suppliers."""
    known = FindPurchases.model_fields
    wish = read(FindPurchases, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_purchases(ctx, wish)
    here = "grocery.purchases"
    return render_template(
        "grocery/purchases.html",
        wish=wish,
        found=found,
        states=state_filters(here, STATES, wish.state),
        next_url=url_for(here, state=wish.state, after=found.after) if found.after else None,
        first_url=url_for(here, state=wish.state) if wish.after else None,
    )


@bp.route("/staff/purchases/new", methods=["GET", "POST"])
@needs(BUY)
def new_purchase() -> ResponseReturnValue:
    """Ask from whom, and then how many packs of what."""
    public_id = request.values.get("supplier", "")
    if not public_id:
        return _from_whom()
    seller, requests = _seller(public_id)
    names = [mark + one.id for one in seller.goods for mark in (PACKS, ASKED)]
    values = {"supplier": seller.id}
    form = CommandForm(Ordering, values=values, hidden=("supplier",), beside=names)
    if request.method == "GET":
        return _ordering(seller, requests, form)
    said = form.read()
    wish = _wish(seller, said, form) if said else None
    if wish is None:
        return _ordering(seller, requests, form), UNREADABLE
    made, status = attempt(form, acts.order_goods, wish=wish)
    if made is None:
        return _ordering(seller, requests, form), status
    flash(_("%(number)s is a draft; look at it and send it.", number=made.number), "success")
    return redirect(url_for("grocery.purchase", id=made.id), 303)


@bp.get("/staff/purchases/<id>")
@needs(READ)
def purchase(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show an order with what came of it and what was billed."""
    return _order(_found(id), CommandForm(Expected))


@bp.post("/staff/purchases/<id>/send")
@needs(BUY)
def send_purchase(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Send the order to its supplier."""
    form, wish = CommandForm(SendPurchase), posted(SendPurchase, id=id)
    sent, status = attempt(form, acts.send_order, wish=wish, once=False)
    if sent is None:
        return _order(_found(id), form), status
    if sent.mailed_to:
        flash(_("Sent to %(email)s.", email=sent.mailed_to), "success")
    else:
        flash(_("It counts as sent; the supplier has no mail address, so tell it."), "warning")
    return redirect(url_for("grocery.purchase", id=id), 303)


@bp.post("/staff/purchases/<id>/confirm")
@needs(BUY)
def confirm_purchase(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Note that the supplier will deliver."""
    form = CommandForm(Expected)
    typed = form.read()
    wish = typed and ConfirmPurchase(id=id, expected_on=typed.expected_on)
    return _moved(id, form, act=acts.confirm_order, wish=wish)


@bp.post("/staff/purchases/<id>/close")
@needs(BUY)
def close_purchase(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Expect nothing more of the order."""
    wish = posted(ClosePurchase, id=id)
    return _moved(id, CommandForm(ClosePurchase), act=acts.close_order, wish=wish)


@bp.post("/staff/purchases/<id>/cancel")
@needs(BUY)
def cancel_purchase(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Call the order off."""
    wish = posted(CancelPurchase, id=id)
    return _moved(id, CommandForm(CancelPurchase), act=acts.cancel_purchase, wish=wish)


def _moved(
    public_id: str,
    form: CommandForm[Any],
    *,
    act: Callable[[Context, Any], Any],
    wish: Any,  # noqa: ANN401 (one of several commands)
) -> ResponseReturnValue:
    told, status = attempt(form, act, wish=wish, once=False)
    if told is None:
        return _order(_found(public_id), form), status
    word, _tone = STATES[told.state]
    flash(f"{told.number}: {_(word)}", "success")
    return redirect(url_for("grocery.purchase", id=public_id), 303)


def _found(public_id: str) -> PurchaseCard:
    with looking() as ctx:
        return read_purchase(ctx, read(ChoosePurchase, {"id": public_id}))


def _from_whom() -> str:
    """Let one of the approved suppliers be chosen, found by number or name."""
    told = {n: t for n, t in request.args.items() if n in {"words", "after"} and t}
    wish = read(FindSuppliers, {**told, "state": "approved"})
    with looking() as ctx:
        approved = find_suppliers(ctx, wish)
    here = "grocery.new_purchase"
    kept: dict[str, Any] = {"words": wish.words} if wish.words else {}
    return render_template(
        "grocery/order_from.html",
        wish=wish,
        suppliers=approved.suppliers,
        next_url=url_for(here, **kept, after=approved.after) if approved.after else None,
        first_url=url_for(here, **kept) if wish.after else None,
    )


def _seller(public_id: str) -> tuple[SupplierCard, Mapping[str, RequestLine]]:
    """Return a supplier, and of each of its products the oldest request that waits."""
    with looking() as ctx:
        seller = read_supplier(ctx, read(ChooseSupplier, {"id": public_id}))
        waiting = find_requests(ctx, read(FindRequests, {"limit": MOST})).requests
    return seller, {one.product: one for one in reversed(waiting)}


def _wish(seller: SupplierCard, said: Ordering, form: CommandForm[Ordering]) -> OrderGoods | None:
    """Return the order as it was typed; None, with the reason on the form, if nothing was."""
    typed = ((one, request.form.get(PACKS + one.id, "").strip()) for one in seller.goods)
    lines = [
        {"product": one.code, "packs": packs, "request": request.form.get(ASKED + one.id) or None}
        for one, packs in typed
        if packs not in {"", "0"}
    ]
    if not lines:
        form.refuse({"": _(NothingOrdered.message)})
        return None
    return read_onto(form, OrderGoods, {**said.model_dump(), "lines": lines})


def _ordering(
    seller: SupplierCard, requests: Mapping[str, RequestLine], form: CommandForm[Ordering]
) -> str:
    return render_template(
        "grocery/order_goods.html",
        supplier=seller,
        requests=requests,
        form=form,
        packs=PACKS,
        asked=ASKED,
        typed=request.form,
    )


def _order(found: PurchaseCard, form: CommandForm[Any]) -> str:
    return render_template("grocery/purchase.html", order=found, form=form)
