"""The cart: filled from any shelf, changed and emptied on its own page."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.blocks.catalogue import code_key
from townsquare.core.usecase import Context
from townsquare.core.web import acting, actor, looking, needs
from townsquare.core.web.attempts import Wish, attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.places import local_path
from townsquare.services.grocery.commands.orders import (
    AllowInstead,
    ChangeLine,
    OfCart,
    PutLine,
    RemoveLine,
)
from townsquare.services.grocery.errors import NoCart, NotOpenYet
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.keys import (
    cart_key,
    forget,
    guest_key,
    remember,
)
from townsquare.services.grocery.queries.orders import show_cart
from townsquare.services.grocery.results.orders import Cart, CartLine
from townsquare.services.grocery.usecases.carts import (
    allow_instead,
    change_line,
    merge_cart,
    put_line,
    remove_line,
)


@bp.get("/cart")
@needs("public")
def cart() -> ResponseReturnValue:
    """Show what one has chosen; who has just signed in finds what they chose before."""
    key = cart_key()
    if key and actor().person:
        return _merged(key)
    return cart_page()


@bp.post("/cart")
@needs("public")
def put() -> ResponseReturnValue:
    """Put something into the cart and go back to where it was found."""
    form = CommandForm(PutLine, beside=("next",))
    key = guest_key()
    wish = form.read()
    told, status = attempt(form, put_line, wish=wish and as_guest(wish, key), once=False)
    if told is None or wish is None:
        return cart_page(form), status
    wanted = code_key(wish.product)
    line = next((line for line in told.lines if code_key(line.code) == wanted), None)
    flash(_("%(name)s is in your cart.", name=line.name if line else wish.product), "success")
    target = _back_to(request.form.get("next", ""), line) or url_for("grocery.cart")
    answer = redirect(target, 303)
    key = told.key or key
    return remember(answer, key) if key else answer


@bp.post("/cart/lines")
@needs("public")
def change() -> ResponseReturnValue:
    """Say how much of something is wanted."""
    return _edit(CommandForm(ChangeLine), change_line)


@bp.post("/cart/substitution")
@needs("public")
def allow() -> ResponseReturnValue:
    """Say what may come instead of what is missing."""
    return _edit(CommandForm(AllowInstead), allow_instead)


@bp.post("/cart/lines/remove")
@needs("public")
def remove() -> ResponseReturnValue:
    """Take something out of the cart."""
    return _edit(CommandForm(RemoveLine), remove_line)


def as_guest(wish: Wish, key: str) -> Wish:
    """Return the wish as that of the guest with this key, whatever was sent."""
    return wish.model_copy(update={"guest": key})


def own_cart() -> Cart | None:
    """Return the cart of who asks, if they have one with something in it."""
    try:
        with looking() as ctx:
            found = show_cart(ctx, OfCart(guest=guest_key()))
    except (NoCart, NotOpenYet):
        return None
    return found if found.lines else None


def cart_page(form: CommandForm[Wish] | None = None) -> str:
    """Return the page of the cart, with what was refused."""
    return render_template(
        "grocery/cart.html",
        cart=own_cart(),
        form=form,
        refused=form["id"].value if isinstance(form, CommandForm) and _has_id(form) else "",
        go_on=url_for("grocery.way" if actor().person else "grocery.contact"),
    )


def _back_to(place: str, line: CartLine | None) -> str:
    """Return the place where goods were found, at their tile; nothing if it is not of this town."""
    target = local_path(place)
    return f"{target}#p-{line.product}" if target and line else target


def _edit(form: CommandForm[Wish], act: Callable[[Context, Wish], Cart]) -> ResponseReturnValue:
    wish = form.read()
    told, status = attempt(form, act, wish=wish and as_guest(wish, guest_key()), once=False)
    if told is None:
        return cart_page(form), status
    return redirect(url_for("grocery.cart"), 303)


def _merged(key: str) -> ResponseReturnValue:
    with acting() as ctx:
        merged = merge_cart(ctx, OfCart(guest=key))
    if merged.left_out:
        names = ", ".join(merged.left_out)
        flash(_("More than one order may have was left out of: %(names)s.", names=names), "warning")
    return forget(redirect(url_for("grocery.cart"), 303))


def _has_id(form: CommandForm[Wish]) -> bool:
    return any(field.name == "id" for field in form)
