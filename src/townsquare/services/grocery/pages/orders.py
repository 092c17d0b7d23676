"""One's own orders: the list, and the page of each; a guest comes by the link they were given."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import Conflict
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import posted
from townsquare.core.web.reading import read
from townsquare.services.grocery.commands.orders import CancelOrder, FindMyOrders, MyOrder
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.stages import timeline_of
from townsquare.services.grocery.queries.orders import my_orders, show_order
from townsquare.services.grocery.usecases.checkout import cancel_order


@bp.get("/orders")
@needs("signed-in")
def orders() -> ResponseReturnValue:
    """List what one has ordered, the newest first."""
    known = FindMyOrders.model_fields
    wish = read(FindMyOrders, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = my_orders(ctx, wish)
    return render_template(
        "grocery/orders.html",
        found=found,
        next_url=url_for("grocery.orders", before=found.before) if found.before else None,
        first_url=url_for("grocery.orders") if wish.before else None,
    )


@bp.get("/orders/<number>")
@needs("signed-in")
def order(number: str) -> ResponseReturnValue:
    """Show one of one's own orders."""
    return _page(number, "", url_for("grocery.cancel", number=number))


@bp.post("/orders/<number>/cancel")
@needs("signed-in")
def cancel(number: str) -> ResponseReturnValue:
    """Call one's own order off."""
    _cancel(number, "")
    return redirect(url_for("grocery.order", number=number), 303)


@bp.get("/orders/<number>/with/<token>")
@needs("public")
def guest_order(number: str, token: str) -> ResponseReturnValue:
    """Show a guest's order to whoever has its link."""
    return _page(number, token, url_for("grocery.guest_cancel", number=number, token=token))


@bp.post("/orders/<number>/with/<token>/cancel")
@needs("public")
def guest_cancel(number: str, token: str) -> ResponseReturnValue:
    """Call a guest's order off."""
    _cancel(number, token)
    return redirect(url_for("grocery.guest_order", number=number, token=token), 303)


def _page(number: str, token: str, cancel_url: str) -> str:
    with looking() as ctx:
        found = show_order(ctx, read(MyOrder, {"number": number, "guest": token}))
    link = url_for("grocery.guest_order", number=number, token=token, _external=True)
    # An empty token is left out of the address of a member.
    pay_url = url_for(
        "grocery.guest_pay" if token else "grocery.pay", number=number, token=token or None
    )
    return render_template(
        "grocery/order.html",
        order=found,
        timeline=timeline_of(found),
        cancel_url=cancel_url,
        pay_url=pay_url,
        back_url=_return_url(number, token),
        link=link if token else "",
        placed=request.args.get("placed") == "yes",
    )


def _return_url(number: str, token: str) -> str:
    if token:
        return url_for("grocery.guest_return", number=number, token=token)
    return url_for("grocery.new_return", order=number)


def _cancel(number: str, token: str) -> None:
    wish = posted(CancelOrder, number=number, guest=token)
    try:
        with acting() as ctx:
            cancel_order(ctx, wish)
    except Conflict as error:
        flash(sentence(error), "danger")
    else:
        flash(_("The order %(number)s is cancelled.", number=number), "success")
