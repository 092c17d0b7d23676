"""Look through all products, add and describe them, set prices, stop selling."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field, NaiveDatetime

from townsquare.core.usecase import Context
from townsquare.core.web import acting, actor, looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.products import (
    AddProduct,
    ChooseProductPrices,
    FindStaffProducts,
    LookUpProduct,
    MoveProduct,
    NumberProduct,
    PriceOf,
    ResumeProduct,
    ReviseProduct,
    SetPrice,
    StopProduct,
)
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.queries.desk import (
    find_prices,
    find_staff_products,
)
from townsquare.services.grocery.queries.front import view_shop
from townsquare.services.grocery.queries.products import read_product
from townsquare.services.grocery.results.products import Product
from townsquare.services.grocery.usecases import products, selling

PRICING, EDITING = "grocery.price.set", "grocery.product.edit"
STATES = {
    "draft": (translatable("Draft"), "info"),
    "active": (translatable("On the shelf"), "success"),
    "paused": (translatable("Paused"), "warning"),
    "retired": (translatable("Retired"), ""),
}
SOLD_BY = {
    "piece": translatable("piece"),
    "weight": translatable("weight"),
    "volume": translatable("volume"),
}
UNITS = (("g", translatable("g")), ("ml", translatable("ml")), ("piece", translatable("pieces")))
ASKED = {
    "price": (translatable("A new price of %(name)s"), "save_price"),
    "number": (translatable("One more number of %(name)s"), "save_number"),
}
COPIED = (
    *("id", "version", "name", "size", "description", "category"),
    *("content_qty", "content_unit", "max_per_order"),
)


# Whom the prices of a list are for; offers have lists of their own.
FOR_WHOM = {
    "standard": translatable("Everybody"),
    "GOLD": translatable("Gold"),
    "SILVER": translatable("Silver"),
}


class PriceHere(PriceOf):
    """A price as the page asks for it: from a moment in the zone of the town."""

    valid_from: NaiveDatetime | None = Field(
        None, title=translatable("From"), description=translatable("Empty for at once.")
    )
    valid_to: NaiveDatetime | None = Field(
        None, title=translatable("Until"), description=translatable("Empty for no end.")
    )


@bp.app_template_filter("product_state")
def _product_state(status: str) -> tuple[str, str]:
    word, tone = STATES[status]
    return _(word), tone


@bp.get("/staff/products", endpoint="products")
@needs(EDITING)
def all_products() -> ResponseReturnValue:
    """Show one page of all products."""
    known = FindStaffProducts.model_fields
    wish = read(FindStaffProducts, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_staff_products(ctx, wish)
        front = view_shop(ctx, Nothing())
    kept = wish.model_dump(include={"words", "status"}, exclude_defaults=True)
    more = url_for("grocery.products", **kept, after=found.after)
    return render_template(
        "grocery/products.html",
        wish=wish,
        found=found,
        front=front,
        states=[
            (
                _(word),
                url_for("grocery.products", **{**kept, "status": state}),
                state == wish.status,
            )
            for state, (word, _tone) in ((None, (translatable("All"), "")), *STATES.items())
        ],
        next_url=more if found.after else None,
        first_url=url_for("grocery.products", **kept) if wish.after else None,
        price_for=looks.price_for,
        for_whom=FOR_WHOM,
    )


@bp.get("/staff/products/new")
@needs(EDITING)
def new_product() -> ResponseReturnValue:
    """Ask what is to be sold."""
    return _adding(_add_form())


@bp.post("/staff/products")
@needs(EDITING)
def save_product() -> ResponseReturnValue:
    """Add the product."""
    form = _add_form()
    added, status = attempt(form, products.add_product, wish=form.read())
    if added is None:
        return _adding(form), status
    flash(_("%(name)s was added.", name=added.name), "success")
    return redirect(url_for("grocery.edit_product", id=added.id), 303)


@bp.get("/staff/products/<id>")
@needs(EDITING)
def edit_product(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a product as it is, to be changed."""
    return _editing(id)


@bp.post("/staff/products/<id>")
@needs(EDITING)
def save_change(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Change the product."""
    form = _change_form(_values(_product(id)))
    wish = form.read()
    if wish is not None:
        # A field that was emptied on the page is meant to be empty, so every field is named.
        wish = ReviseProduct.model_validate({**wish.model_dump(), "id": id})
    changed, status = attempt(form, products.revise_product, wish=wish)
    if changed is None:
        return _editing(id, form=form), status
    flash(_("%(name)s was changed.", name=changed.name), "success")
    return redirect(url_for("grocery.edit_product", id=id), 303)


@bp.get("/staff/products/<id>/prices")
@needs(PRICING)
def new_price(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask what the product is to cost."""
    return _asking(id, _price_form(), "price")


@bp.post("/staff/products/<id>/prices")
@needs(PRICING)
def save_price(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Set what the product costs."""
    form = _price_form()
    typed = form.read()
    wish = _priced(typed, id) if typed else None
    priced, status = attempt(form, selling.set_price, wish=wish)
    if priced is None:
        return _asking(id, form, "price"), status
    flash(_("%(code)s has a new price.", code=priced.code), "success")
    return redirect(url_for("grocery.edit_product", id=id), 303)


@bp.get("/staff/products/<id>/identifiers")
@needs(EDITING)
def new_number(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask for one more number of the product."""
    return _asking(id, _number_form(id), "number")


@bp.post("/staff/products/<id>/identifiers")
@needs(EDITING)
def save_number(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Let the product be known by one more number."""
    form = _number_form(id)
    typed = form.read()
    wish = NumberProduct(id=id, value=typed.value, scheme=typed.scheme) if typed else None
    kept, status = attempt(form, products.number_product, wish=wish)
    if kept is None:
        return _asking(id, form, "number"), status
    flash(_("The number %(value)s was added.", value=kept.value), "success")
    return redirect(url_for("grocery.edit_product", id=id), 303)


@bp.post("/staff/products/<id>/stop")
@needs("grocery.product.stop")
def stop(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Say that the product is sold out."""
    return _moved(selling.stop_product, posted(StopProduct, id=id), _("It is sold out for now."))


@bp.post("/staff/products/<id>/resume")
@needs("grocery.product.stop")
def resume(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Sell the product again."""
    return _moved(selling.resume_product, posted(ResumeProduct, id=id), _("It is sold again."))


@bp.post("/staff/products/<id>/retire")
@needs(EDITING)
def retire(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take the product out of the shop."""
    return _moved(products.retire_product, posted(MoveProduct, id=id), _("It is retired."))


@bp.post("/staff/products/<id>/return")
@needs(EDITING)
def bring_back(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Bring the product back onto its shelf."""
    return _moved(products.return_product, posted(MoveProduct, id=id), _("It is back."))


def _moved(act: Callable[[Context, Any], Any], wish: Any, said: str) -> ResponseReturnValue:  # noqa: ANN401 (one of several commands)
    with acting() as ctx:
        moved = act(ctx, wish)
    flash(said, "success")
    # Who only looks after the shelf comes from the page of the product, and has no other.
    page = "edit_product" if EDITING in actor().permissions else "product"
    place = {"id": moved.id} if page == "edit_product" else {"product": moved.code}
    return redirect(url_for(f"grocery.{page}", **place), 303)


def _choices() -> dict[str, list[tuple[object, str]]]:
    with looking() as ctx:
        front = view_shop(ctx, Nothing())
    return {
        "brand": [(shelf.code, shelf.name) for shelf in front.brands],
        "category": [(shelf.code, shelf.name) for shelf in front.categories],
        "content_unit": [(unit, _(word)) for unit, word in UNITS],
    }


def _add_form() -> CommandForm[AddProduct]:
    sold_by = [(kind, _(word)) for kind, word in SOLD_BY.items()]
    return CommandForm(AddProduct, choices={**_choices(), "sold_by": sold_by})


def _change_form(values: Mapping[str, object]) -> CommandForm[ReviseProduct]:
    hidden = ("id", "version")
    form = CommandForm(ReviseProduct, choices=_choices(), values=values, hidden=hidden)
    form["name"].required = True  # A program may leave it as it is; a page shows it.
    return form


def _price_form() -> CommandForm[PriceHere]:
    lists = [(code, _(word)) for code, word in FOR_WHOM.items()]
    return CommandForm(PriceHere, choices={"price_list": lists})


def _priced(typed: PriceHere, public_id: str) -> SetPrice:
    told, here = typed.model_dump(), ZoneInfo(town().settings.zone)
    for name in ("valid_from", "valid_to"):
        told[name] = told[name] and told[name].replace(tzinfo=here)
    return SetPrice.model_validate({**told, "id": public_id})


def _number_form(public_id: str) -> CommandForm[NumberProduct]:
    schemes = [("gtin", _("Barcode")), ("sku", _("Our own number")), ("supplier", _("Supplier's"))]
    return CommandForm(
        NumberProduct,
        choices={"scheme": [*schemes, ("isbn", "ISBN")]},
        values={"id": public_id},
        hidden=("id",),
    )


def _values(product: Product) -> dict[str, object]:
    return {**{name: getattr(product, name) for name in COPIED}, "brand": product.brand_code}


def _adding(form: CommandForm[AddProduct]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Add a product"),
        action=url_for("grocery.save_product"),
        act=_("Add the product"),
        back=url_for("grocery.products"),
    )


def _asking(public_id: str, form: CommandForm[Any], what: str) -> str:
    with looking() as ctx:
        product = read_product(ctx, read(LookUpProduct, {"id": public_id}))
    title, page = ASKED[what]
    return render_template(
        "grocery/form.html",
        form=form,
        title=_(title, name=product.name),
        action=url_for(f"grocery.{page}", id=public_id),
        act=_("Save"),
        back=url_for("grocery.edit_product", id=public_id),
    )


def _product(public_id: str) -> Product:
    with looking() as ctx:
        return read_product(ctx, read(LookUpProduct, {"id": public_id}))


def _editing(public_id: str, form: CommandForm[ReviseProduct] | None = None) -> str:
    with looking() as ctx:
        product = read_product(ctx, read(LookUpProduct, {"id": public_id}))
        may = PRICING in ctx.actor.permissions
        prices = find_prices(ctx, ChooseProductPrices(id=public_id)).prices if may else []
    return render_template(
        "grocery/edit_product.html",
        product=product,
        prices=prices,
        form=form or _change_form(_values(product)),
        price_for=looks.price_for,
    )
