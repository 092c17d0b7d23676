"""From the cart to the order: one decision a page, and nothing is ordered before the last one."""

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.blocks import delivery, ordering, stock
from townsquare.core.errors import AlreadyDone, Conflict, Invalid
from townsquare.core.web import acting, actor, looking, needs, town
from townsquare.core.web.attempts import UNREADABLE, attempt
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm, posted
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.orders import OfCart, PlaceOrder, Quote, SayContact
from townsquare.services.grocery.commands.products import FindProducts, LookUpProduct
from townsquare.services.grocery.errors import (
    AddressMissing,
    CollectMissing,
    CollectOver,
    CollectShut,
    ContactMissing,
    NoCart,
    SlotMissing,
)
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.carts import as_guest, cart_page, own_cart
from townsquare.services.grocery.pages.keys import forget, guest_key
from townsquare.services.grocery.pages.stages import collect_hour
from townsquare.services.grocery.queries.hours import read_hours
from townsquare.services.grocery.queries.orders import newest_order
from townsquare.services.grocery.queries.products import find_products, read_product
from townsquare.services.grocery.results.hours import ShopHours
from townsquare.services.grocery.results.orders import Cart, PlacedOrder
from townsquare.services.grocery.results.products import ProductLine
from townsquare.services.grocery.usecases.carts import say_contact
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart

SIMILAR = 4
OF_THE_HOUR = (CollectMissing, CollectOver, CollectShut)
OF_THE_SLOT = (SlotMissing, delivery.SlotFull, delivery.SlotClosed, delivery.ClaimLost)
OF_THE_ADDRESS = (AddressMissing, delivery.OutOfArea)


@bp.get("/checkout/contact")
@needs("public")
def contact() -> ResponseReturnValue:
    """Ask a guest for a name and a phone."""
    cart = own_cart()
    if cart is None or actor().person:
        return redirect(url_for("grocery.way" if cart else "grocery.cart"), 303)
    values = {"name": cart.name, "phone": cart.phone, "email": cart.email}
    return _contact(CommandForm(SayContact, values=values, hidden=("guest",)))


@bp.post("/checkout/contact")
@needs("public")
def say() -> ResponseReturnValue:
    """Keep the name and the phone of a guest with their cart."""
    form = CommandForm(SayContact, hidden=("guest",))
    wish = form.read()
    if wish is not None and own_cart() is None:
        return redirect(url_for("grocery.cart"), 303)
    told, status = attempt(form, say_contact, wish=wish and as_guest(wish, guest_key()))
    if told is None:
        return _contact(form), status
    return redirect(url_for("grocery.way"), 303)


@bp.get("/checkout/collect")
@needs("public")
def collect() -> ResponseReturnValue:
    """Ask when the order is collected."""
    cart = own_cart()
    if cart is None:
        return redirect(url_for("grocery.cart"), 303)
    open_hours = _open()
    return _collect(open_hours, _hours(open_hours, cart))


@bp.post("/checkout/collect")
@needs("public")
def hold() -> ResponseReturnValue:
    """Say what it costs at the hour that was chosen, and hold the goods."""
    open_hours = _open()
    form, asking = _hours(open_hours, own_cart()), partial(_collect, open_hours)
    wish = form.read()
    if wish is None:
        return asking(form), UNREADABLE
    if wish.starts is None:
        form.refuse({"starts": _(CollectMissing.message)})
        return asking(form), UNREADABLE
    return quoted(as_guest(wish, guest_key()), form, asking=asking)


@bp.post("/checkout/quote")
@needs("public")
def quote() -> ResponseReturnValue:
    """Look at the prices once more, for the hour that was chosen before."""
    wish, open_hours = posted(Quote), _open()
    form, asking = _hours(open_hours, own_cart()), partial(_collect, open_hours)
    return quoted(as_guest(wish, guest_key()), form, asking=asking)


@bp.get("/checkout/check")
@needs("public")
def check() -> ResponseReturnValue:
    """Show all that is about to be ordered, and what it costs."""
    cart = own_cart()
    if cart is None:
        return redirect(url_for("grocery.cart"), 303)
    if not actor().person and not cart.name:
        return redirect(url_for("grocery.contact"), 303)
    if cart.collect_from is None:
        return redirect(url_for("grocery.way"), 303)
    if not cart.is_quoted(town().now()):
        return _look_again(_(ordering.QuoteExpired.message))
    return _check(cart, _placing(cart))


@bp.post("/checkout/check")
@needs("public")
def place() -> ResponseReturnValue:
    """Order what was shown, once."""
    form: CommandForm[PlaceOrder] = CommandForm(PlaceOrder)
    wish = form.read()
    if wish is None:
        return _look_again(" ".join(form.problems) or _(ordering.QuoteExpired.message)), UNREADABLE
    key = guest_key()
    try:
        with acting(once=form.once) as ctx:
            placed = place_order(ctx, as_guest(wish, key))
    except (Conflict, Invalid) as error:
        return _not_placed(error, key)
    return _to_order(placed, key)


def steps(*, delivered: bool = False) -> list[str]:
    """Return the names of the pages that are still to come, for who asks."""
    way = [_("Address"), _("Time")] if delivered else [_("Collection")]
    told = [*way, _("Check and order")]
    return told if actor().person else [_("Contact"), *told]


def quoted(
    wish: Quote, form: CommandForm[Quote], *, asking: Callable[[CommandForm[Quote]], str]
) -> ResponseReturnValue:
    """Say what it costs, and go on; what stands in the way is said where it can be mended."""
    try:
        with acting() as ctx:
            quote_cart(ctx, wish)
    except NoCart:
        return redirect(url_for("grocery.cart"), 303)
    except (Conflict, Invalid) as error:
        return _not_quoted(error, wish, form=form, asking=asking)
    return redirect(url_for("grocery.check"), 303)


def _not_quoted(
    error: Conflict | Invalid,
    wish: Quote,
    *,
    form: CommandForm[Quote],
    asking: Callable[[CommandForm[Quote]], str],
) -> ResponseReturnValue:
    if isinstance(error, stock.NotEnough):
        return _sold_out(error), status_of(error)
    if isinstance(error, ContactMissing):
        return redirect(url_for("grocery.contact"), 303)
    if field := _field_of(error, wish):
        form.refuse({field: sentence(error)})
        return asking(form), status_of(error)
    if page := _page_of(error):
        return _mend(error, page)
    form.refuse({"": sentence(error)})
    return cart_page(form), status_of(error)


def _field_of(error: Conflict | Invalid, wish: Quote) -> str:
    """Return at which field of the question a refusal stands, if it was asked at all."""
    if isinstance(error, OF_THE_SLOT):
        return "slot" if wish.slot else ""
    return "starts" if isinstance(error, OF_THE_HOUR) else ""


def _page_of(error: Conflict | Invalid) -> str:
    """Return the page on which a refusal can be mended, if it has one."""
    return next((page for known, page in _MENDED if isinstance(error, known)), "")


def _mend(error: Conflict | Invalid, page: str) -> ResponseReturnValue:
    """Say what is wrong on the page where it can be mended."""
    flash(sentence(error), "warning")
    return redirect(url_for(f"grocery.{page}"), 303)


def _open() -> ShopHours:
    with looking() as ctx:
        return read_hours(ctx, Nothing())


def _hours(found: ShopHours, cart: Cart | None) -> CommandForm[Quote]:
    choices = [(hour.isoformat(), collect_hour(hour, found.zone)) for hour in found.collect]
    chosen = cart.collect_from.isoformat() if cart and cart.collect_from else ""
    return CommandForm(
        Quote, choices={"starts": choices}, values={"starts": chosen}, hidden=("guest", "slot")
    )


def _placing(cart: Cart) -> CommandForm[PlaceOrder]:
    values = {"version": cart.version, "expected_minor": cart.total_minor}
    return CommandForm(PlaceOrder, values=values, hidden=("guest", *values))


def _contact(form: CommandForm[SayContact]) -> str:
    return render_template("grocery/contact.html", form=form, steps=steps())


def _collect(found: ShopHours, form: CommandForm[Quote]) -> str:
    names = steps()
    return render_template(
        "grocery/collect.html",
        form=form,
        hours=found,
        steps=names,
        current=len(names) - 1,
        back_url=url_for("grocery.cart" if actor().person else "grocery.contact"),
    )


def _check(cart: Cart, form: CommandForm[PlaceOrder]) -> str:
    return render_template(
        "grocery/check.html",
        cart=cart,
        form=form,
        steps=steps(delivered=cart.delivered),
        signed_in=bool(actor().person),
    )


def _look_again(told: str) -> str:
    return render_template("grocery/look_again.html", told=told, cart=own_cart())


def _sold_out(error: stock.NotEnough) -> str:
    cart = own_cart()
    facts = error.facts.get("lines", ())
    short = {str(one["variant"]): one for one in facts} if isinstance(facts, list) else {}
    lines = [line for line in cart.lines if line.product in short] if cart else []
    return render_template(
        "grocery/sold_out.html",
        lines=[(line, short[line.product]) for line in lines],
        similar=_similar(list(short)),
    )


def _similar(products: list[str]) -> list[ProductLine]:
    """Return what stands on the same shelf as what is sold out, and is there."""
    if not products:
        return []
    with looking() as ctx:
        missing = read_product(ctx, LookUpProduct(id=products[0]))
        wish = FindProducts.model_validate(
            {"category": missing.category, "available": True, "limit": SIMILAR + 1}
        )
        found = find_products(ctx, wish).products
    return [line for line in found if line.id not in products][:SIMILAR]


_MENDED = ((OF_THE_HOUR, "collect"), (OF_THE_SLOT, "slot"), (OF_THE_ADDRESS, "address"))


def _not_placed(error: Conflict | Invalid, key: str) -> ResponseReturnValue:
    """Lead to where the reason can be mended."""
    if isinstance(error, AlreadyDone | ordering.AlreadyPlaced):  # The same page, sent twice.
        return _placed_before(key)
    if isinstance(error, ordering.PriceChanged):
        lines = error.facts.get("lines", ())
        page = render_template("grocery/dearer.html", lines=lines, cart=own_cart())
        return page, status_of(error)
    if isinstance(error, ContactMissing):
        return redirect(url_for("grocery.contact"), 303)
    if page := _page_of(error):
        return _mend(error, page)
    return _look_again(sentence(error)), status_of(error)


def _placed_before(key: str) -> ResponseReturnValue:
    """Lead to the order that was placed a moment ago, as the first answer would have done."""
    try:
        with looking() as ctx:
            placed = newest_order(ctx, OfCart(guest=key))
    except ordering.UnknownOrder:  # The browser has the link already, and no key any more.
        flash(_("Your order was placed."), "success")
        return redirect(url_for("grocery.shop"), 303)
    return _to_order(placed, key)


def _to_order(placed: PlacedOrder, key: str) -> ResponseReturnValue:
    if key:
        link = url_for("grocery.guest_order", number=placed.number, token=key, placed="yes")
        return forget(redirect(link, 303))
    return redirect(url_for("grocery.order", number=placed.number, placed="yes"), 303)
