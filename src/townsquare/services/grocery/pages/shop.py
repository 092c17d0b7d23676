"""The shop as everybody sees it: its shelves, and the page of each product."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.manifest import Hit
from townsquare.core.usecase import Context
from townsquare.core.web import looking, needs
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.orders import OfCart
from townsquare.services.grocery.commands.products import (
    ChooseProduct,
    FindProducts,
    LookUpProduct,
)
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.pages.keys import guest_key
from townsquare.services.grocery.queries.front import view_shop
from townsquare.services.grocery.queries.glance import glance_cart
from townsquare.services.grocery.queries.products import find_products, show_product
from townsquare.services.grocery.queries.together import beside
from townsquare.services.grocery.results.shop import (
    MANY_IN_SHOP,
    MANY_OF_BRAND,
    MANY_ON_SHELF,
    Front,
)

MORE = "+"  # Behind a number: so many, or more.
TILES = 12  # Whole rows of two, three and four, and a page that is quick on a phone.
SORTS = {"name": translatable("name"), "newest": translatable("newest")}
VERDICTS = {
    "in-force": translatable("This is what you pay."),
    "replaced": translatable("A later price of the same list holds now."),
    "dearer": translatable("Another list is cheaper."),
    "marked-down": translatable("You pay this for what is left of this lot, which is sold first."),
    "larger-quantity": translatable("Only for a larger quantity."),
}
LISTS = {
    "standard": translatable("Shelf price"),
    "promotion": translatable("Offer"),
    "markdown": translatable("Marked down"),
    "tier": translatable("For members"),
    "staff": translatable("For staff"),
}
TIERS = {"GOLD": translatable("Your Gold price"), "SILVER": translatable("Your Silver price")}
# What 100 g hold, in the order of a label.
NUTRITION = {
    "energy": translatable("Energy"),
    "fat": translatable("Fat"),
    "saturated_fat": translatable("of which saturated"),
    "carbohydrate": translatable("Carbohydrate"),
    "sugar": translatable("of which sugars"),
    "fibre": translatable("Fibre"),
    "protein": translatable("Protein"),
    "salt": translatable("Salt"),
}
__all__ = ["hits", "looks"]


@bp.get("/")
@needs("public")
def shop() -> ResponseReturnValue:
    """Show one page of the goods, narrowed as wished."""
    known = FindProducts.model_fields
    asked = {n: t for n, t in request.args.items() if n in known and t}
    wish = read(FindProducts, {"limit": str(TILES), **asked})
    with looking() as ctx:
        front = view_shop(ctx, Nothing())
        found = find_products(ctx, wish) if front.is_open else None
        cart = glance_cart(ctx, OfCart(guest=guest_key()))
    kept = _kept(wish)
    there, more = _there(front, wish.category)
    return render_template(
        "grocery/shop.html",
        front=front,
        wish=wish,
        products=found.products if found else [],
        cart=cart,
        tops=[shelf for shelf in front.categories if not shelf.parent],
        title=_title(front, wish),
        there=there,
        more=more,
        many_of_brand=MANY_OF_BRAND,
        address=lambda **told: url_for("grocery.shop", **{**kept, **told}),
        sorts=[
            (_(word), url_for("grocery.shop", **{**kept, "sort": sort}), sort == wish.sort)
            for sort, word in SORTS.items()
        ],
        next_url=(
            url_for("grocery.shop", **kept, after=found.after) if found and found.after else None
        ),
        first_url=url_for("grocery.shop", **kept) if wish.after else None,
    )


@bp.get("/p/<product>")
@needs("public")
def product(product: str) -> ResponseReturnValue:
    """Show a product: what it costs and why, what is in it, how much is there."""
    with looking() as ctx:
        found = show_product(ctx, read(ChooseProduct, {"code": product}))
        together = beside(ctx, LookUpProduct(id=found.id)).products
    told = {fact.code: fact for fact in found.facts}
    return render_template(
        "grocery/product.html",
        product=found,
        together=together,
        nutrition=[(_(word), told[code]) for code, word in NUTRITION.items() if code in told],
        sources=sorted({fact.source for fact in found.facts if fact.source}),
        verdicts=VERDICTS,
        lists=LISTS,
        tiers=TIERS,
        price_for=looks.price_for,
    )


def hits(ctx: Context, words: str) -> list[Hit]:
    """Return the products that the search over everything shows."""
    wish = FindProducts.model_validate({"words": words[:200], "limit": 5})
    return [
        Hit(
            line.name,
            " · ".join(filter(None, (line.size, line.brand))),
            url_for("grocery.product", product=line.code),
            _("Product"),
        )
        for line in find_products(ctx, wish).products
    ]


def _kept(wish: FindProducts) -> dict[str, Any]:
    told = wish.model_dump(exclude={"after", "limit"}, exclude_defaults=True)
    return {name: "true" if value is True else value for name, value in told.items()}


def _there(front: Front, category: str) -> tuple[int, str]:
    """Return how many products a category has with those inside it, and a plus if there are more.

    Without a category these are the products of the whole shop.
    """
    if not category:
        return front.products, MORE if front.products >= MANY_IN_SHOP else ""
    parents = {shelf.code: shelf.parent for shelf in front.categories}
    inside, more = set(), {category}
    while more:
        inside |= more
        more = {code for code, parent in parents.items() if parent in more} - inside
    counts = [shelf.count for shelf in front.categories if shelf.code in inside]
    return sum(counts), MORE if max(counts, default=0) >= MANY_ON_SHELF else ""


def _title(front: Front, wish: FindProducts) -> str:
    """Return the name of the shelf that is shown, or that of the shop."""
    shelves = {shelf.code: shelf.name for shelf in front.categories}
    return shelves.get(wish.category, "") or _("Grocery")
