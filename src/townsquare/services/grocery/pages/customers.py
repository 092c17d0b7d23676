"""Customers before those who register them, and those who say of which tier they are."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import acting, actor, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.customers import (
    EndCustomer,
    FindCustomers,
    RegisterCustomer,
    ReviseCustomer,
)
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.customers import find_customers, read_customer
from townsquare.services.grocery.results.customers import Customer
from townsquare.services.grocery.usecases.customers import (
    end_customer,
    register_customer,
    revise_customer,
)

READ, TIER = "grocery.customer.read", "grocery.customer.tier"
TIERS = {
    "none": (translatable("None"), ""),
    "silver": (translatable("Silver"), "info"),
    "gold": (translatable("Gold"), "warning"),
}


@bp.get("/staff/customers")
@needs(READ)
def customers() -> ResponseReturnValue:
    """List the customers by name, or find some by name or number."""
    known = FindCustomers.model_fields
    wish = read(FindCustomers, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_customers(ctx, wish)
    kept = wish.model_dump(include={"words"}, exclude_defaults=True)
    more = url_for("grocery.customers", **kept, after=found.after)
    return render_template(
        "grocery/customers.html",
        found=found,
        wish=wish,
        tiers={tier: (_(word), tone) for tier, (word, tone) in TIERS.items()},
        next_url=more if found.after else None,
        first_url=url_for("grocery.customers", **kept) if wish.after else None,
    )


@bp.route("/staff/customers/new", methods=["GET", "POST"])
@needs(READ)
def new_customer() -> ResponseReturnValue:
    """Ask who becomes a customer, and register them."""
    form = CommandForm(RegisterCustomer, choices={"tier": _choices()})
    if TIER not in actor().permissions:
        form["tier"].kind = "hidden"
    if request.method == "GET":
        return _asking(form)
    made, status = attempt(form, register_customer, wish=form.read())
    if made is None:
        return _asking(form), status
    told = _(
        "%(name)s is a customer with the number %(number)s.", name=made.name, number=made.number
    )
    flash(told, "success")
    return redirect(url_for("grocery.customers"), 303)


@bp.route("/staff/customers/<id>", methods=["GET", "POST"])
@needs(READ)
def customer(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Ask what is otherwise with a customer, and keep it."""
    with looking() as ctx:
        found = read_customer(ctx, read(Chosen, {"id": id}))
    form = _change_form(found)
    if request.method == "GET":
        return _changing(found, form)
    wish = form.read()
    if wish is not None:
        # A field that was emptied on the page is meant to be empty, so every field is named.
        wish = ReviseCustomer.model_validate({**wish.model_dump(), "id": id})
    kept, status = attempt(form, revise_customer, wish=wish)
    if kept is None:
        return _changing(found, form), status
    flash(_("%(name)s was changed.", name=kept.name), "success")
    return redirect(url_for("grocery.customers"), 303)


@bp.post("/staff/customers/<id>/end")
@needs(TIER)
def no_customer(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Take a customer off the list."""
    with acting() as ctx:
        end_customer(ctx, posted(EndCustomer, id=id))
    flash(_("The customer was taken off the list; past orders stay theirs."), "success")
    return redirect(url_for("grocery.customers"), 303)


def _change_form(found: Customer) -> CommandForm[ReviseCustomer]:
    values = {name: getattr(found, name) for name in ReviseCustomer.model_fields}
    hidden = ("id", "version") if TIER in actor().permissions else ("id", "version", "tier")
    form = CommandForm(ReviseCustomer, choices={"tier": _choices()}, values=values, hidden=hidden)
    form["name"].required = True  # A program may leave it as it is; a page shows it.
    form["tier"].required = True
    return form


def _changing(found: Customer, form: CommandForm[ReviseCustomer]) -> str:
    return render_template("grocery/customer.html", found=found, form=form)


def _choices() -> list[tuple[object, str]]:
    return [(tier, _(word)) for tier, (word, _tone) in TIERS.items()]


def _asking(form: CommandForm[RegisterCustomer]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Register a customer"),
        action=url_for("grocery.new_customer"),
        act=_("Save"),
        back=url_for("grocery.customers"),
    )
