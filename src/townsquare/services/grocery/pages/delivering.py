"""Orders that are brought: the buyer says where and when, and those who carry them say how far."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import actor, looking, needs
from townsquare.core.web.attempts import UNREADABLE, attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.moments import day as day_word
from townsquare.core.web.reading import read
from townsquare.services.grocery.commands.delivery import (
    BringBack,
    FindSlots,
    SayAddress,
    SendOut,
)
from townsquare.services.grocery.commands.fields import Chosen, Nothing
from townsquare.services.grocery.commands.orders import OfCart, Quote
from townsquare.services.grocery.errors import SlotMissing
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.carts import as_guest, own_cart
from townsquare.services.grocery.pages.checkout import quoted, steps
from townsquare.services.grocery.pages.keys import guest_key
from townsquare.services.grocery.pages.stages import hours_of
from townsquare.services.grocery.queries.delivering import find_slots, last_address, ways
from townsquare.services.grocery.queries.orders import read_order
from townsquare.services.grocery.results.delivery import DeliverySlot, DeliverySlots
from townsquare.services.grocery.results.orders import StaffOrder
from townsquare.services.grocery.usecases.delivering import bring_back, say_address, send_out

ADDRESS = ("street", "postcode", "place", "hint")


@bp.get("/checkout/way")
@needs("public")
def way() -> ResponseReturnValue:
    """Ask whether the order is collected or brought; where nothing is brought, nobody is asked."""
    with looking() as ctx:
        found = ways(ctx, Nothing())
    if not found.delivers:
        return redirect(url_for("grocery.collect"), 303)
    return render_template("grocery/way.html")


@bp.get("/checkout/address")
@needs("public")
def address() -> ResponseReturnValue:
    """Ask where the order is brought."""
    if own_cart() is None:
        return redirect(url_for("grocery.cart"), 303)
    with looking() as ctx:
        known = last_address(ctx, OfCart(guest=guest_key()))
    values = {name: getattr(known, name) for name in ADDRESS}
    return _address(CommandForm(SayAddress, values=values, hidden=("guest",)))


@bp.post("/checkout/address")
@needs("public")
def say_where() -> ResponseReturnValue:
    """Keep where the order is brought, if the shop delivers there."""
    form = CommandForm(SayAddress, hidden=("guest",))
    wish = form.read()
    told, status = attempt(form, say_address, wish=wish and as_guest(wish, guest_key()))
    if told is None:
        return _address(form), status
    return redirect(url_for("grocery.slot"), 303)


@bp.get("/checkout/slot")
@needs("public")
def slot() -> ResponseReturnValue:
    """Ask in which hour the order is brought."""
    cart = own_cart()
    if cart is None or not cart.delivered:
        return redirect(url_for("grocery.way" if cart else "grocery.cart"), 303)
    return _slot(CommandForm(Quote, hidden=("guest",)))


@bp.post("/checkout/slot")
@needs("public")
def hold_slot() -> ResponseReturnValue:
    """Say what it costs in the hour that was chosen, and hold a place in it."""
    form = CommandForm(Quote, hidden=("guest",), beside=("day",))
    wish = form.read()
    if wish is not None and not wish.slot:
        form.refuse({"slot": _(SlotMissing.message)})
    if wish is None or not wish.slot:
        return _slot(form), UNREADABLE
    return quoted(as_guest(wish, guest_key()), form, asking=_slot)


@bp.post("/staff/orders/<id>/send-out")
@needs("grocery.order.hand-over")
def send(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Put a packed order on its way."""
    wish = posted(SendOut, id=id)
    form = CommandForm(SendOut, hidden=("id", "version"))
    told, _status = attempt(form, send_out, wish=wish, once=False)
    if told is None:
        flash(" ".join(form.problems), "danger")
    else:
        flash(_("%(number)s is on its way.", number=told.number), "success")
    return redirect(url_for("grocery.staff_order", id=id), 303)


@bp.route("/staff/orders/<id>/bring-back", methods=["GET", "POST"])
@needs("grocery.order.hand-over")
def missed(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask why an order could not be handed over, and take it back into the house."""
    with looking() as ctx:
        found = read_order(ctx, read(Chosen, {"id": id}))
    values = {"id": found.id, "version": found.version}
    form = CommandForm(BringBack, values=values, hidden=("id", "version"))
    if request.method == "GET":
        return _missed(found, form)
    told, status = attempt(form, bring_back, wish=form.read())
    if told is None:
        return _missed(found, form), status
    flash(_("%(number)s is packed again.", number=told.number), "success")
    return redirect(url_for("grocery.staff_order", id=id), 303)


def _address(form: CommandForm[SayAddress]) -> str:
    names = steps(delivered=True)
    return render_template(
        "grocery/address.html",
        form=form,
        steps=names,
        current=len(names) - 2,
        back_url=url_for("grocery.way"),
    )


def _slot(form: CommandForm[Quote]) -> str:
    with looking() as ctx:
        found = find_slots(ctx, FindSlots(guest=guest_key(), day=None))
    days = sorted({one.day for one in found.slots})
    shown = _day_shown(found, days)
    here = [one for one in found.slots if one.day == shown]
    form["slot"].choices = [(one.id, _slot_word(one, found.zone)) for one in here if one.left > 0]
    form["slot"].value = form["slot"].value or found.chosen
    names = steps(delivered=True)
    return render_template(
        "grocery/slot.html",
        form=form,
        found=found,
        shown=shown,
        full=[hours_of(one.starts_at, found.zone) for one in here if one.left <= 0],
        days=[
            (day_word(one), url_for("grocery.slot", day=one.isoformat()), one == shown)
            for one in days
        ],
        steps=names,
        current=len(names) - 1,
        signed_in=bool(actor().person),
    )


def _day_shown(found: DeliverySlots, days: list[date]) -> date | None:
    """Return the day that the address asks for, else that of the choice, else the first one."""
    asked = request.args.get("day", "")
    chosen = {one.day for one in found.slots if one.id == found.chosen}
    free = {one.day for one in found.slots if one.left > 0}
    wanted = [one for one in days if one.isoformat() == asked]
    return next(iter([*wanted, *chosen, *sorted(free), *days]), None)


def _slot_word(one: DeliverySlot, zone: str) -> str:
    return str(_("%(hours)s, %(left)s left", hours=hours_of(one.starts_at, zone), left=one.left))


def _missed(found: StaffOrder, form: CommandForm[BringBack]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Nobody could take %(number)s", number=found.number),
        action=url_for("grocery.missed", id=found.id),
        act=_("Take it back"),
        back=url_for("grocery.staff_order", id=found.id),
        about=_("It stands packed again, and can go out once more."),
    )
