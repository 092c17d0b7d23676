"""Coupons: a list and a form for those who make them, two buttons for those who have one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_percent
from flask_babel import gettext as _

from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.languages import money
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.coupons import AddCoupon, ApplyCoupon, EndCoupon
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.orders import OfCart
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.carts import as_guest, cart_page
from townsquare.services.grocery.pages.keys import guest_key
from townsquare.services.grocery.queries.coupons import find_coupons
from townsquare.services.grocery.results.coupons import ShopCoupon
from townsquare.services.grocery.usecases.coupons import (
    add_coupon,
    apply_coupon,
    end_coupon,
    remove_coupon,
)

EDIT = "grocery.coupon.edit"
MILLION = 1_000_000
KINDS = {
    "percent": translatable("a part of the goods"),
    "amount": translatable("an amount"),
    "free_delivery": translatable("the delivery"),
}


@bp.get("/staff/coupons")
@needs(EDIT)
def coupons() -> ResponseReturnValue:
    """List the coupons, how often each was used and until when it counts."""
    with looking() as ctx:
        found = find_coupons(ctx, Nothing())
    return render_template("grocery/coupons.html", found=found, words=_words, now=town().now())


@bp.route("/staff/coupons/new", methods=["GET", "POST"])
@needs(EDIT)
def new_coupon() -> ResponseReturnValue:
    """Ask what a coupon takes off, and make it."""
    kinds = [(kind, _(word)) for kind, word in KINDS.items()]
    form = CommandForm(AddCoupon, choices={"kind": kinds})
    if request.method == "GET":
        return _asking(form)
    made, status = attempt(form, add_coupon, wish=form.read())
    if made is None:
        return _asking(form), status
    flash(_("The coupon %(code)s was made.", code=made.code), "success")
    return redirect(url_for("grocery.coupons"), 303)


@bp.post("/staff/coupons/<id>/end")
@needs(EDIT)
def stop_coupon(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Let a coupon count no longer."""
    wish = posted(EndCoupon, id=id)
    with acting() as ctx:
        ended = end_coupon(ctx, wish)
    flash(_("The coupon %(code)s counts no longer.", code=ended.code), "success")
    return redirect(url_for("grocery.coupons"), 303)


@bp.post("/cart/coupon")
@needs("public")
def use_coupon() -> ResponseReturnValue:
    """Put a coupon into the cart."""
    form = CommandForm(ApplyCoupon, hidden=("guest",))
    wish = form.read()
    told, status = attempt(
        form, apply_coupon, wish=wish and as_guest(wish, guest_key()), once=False
    )
    if told is None:
        return cart_page(form), status
    return redirect(url_for("grocery.cart"), 303)


@bp.post("/cart/coupon/remove")
@needs("public")
def drop_coupon() -> ResponseReturnValue:
    """Take the coupon out of the cart."""
    form = CommandForm(OfCart, hidden=("guest",))
    wish = form.read()
    told, status = attempt(
        form, remove_coupon, wish=wish and as_guest(wish, guest_key()), once=False
    )
    if told is None:
        return cart_page(form), status
    return redirect(url_for("grocery.cart"), 303)


def _words(coupon: ShopCoupon, currency: str) -> str:
    """Return in words what a coupon takes off."""
    if coupon.kind == "percent":
        return str(format_percent(coupon.value / MILLION, "#,##0.####%"))
    return money(coupon.value, currency) if coupon.kind == "amount" else str(_("the delivery"))


def _asking(form: CommandForm[AddCoupon]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Make a coupon"),
        action=url_for("grocery.new_coupon"),
        act=_("Make the coupon"),
        back=url_for("grocery.coupons"),
    )
