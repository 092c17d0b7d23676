"""At the shelf: what else could be packed instead of what is missing."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from townsquare.blocks import ordering
from townsquare.blocks.catalogue import cost_of
from townsquare.core.web import looking, needs
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.services.grocery.commands.fields import MOST, Chosen
from townsquare.services.grocery.commands.orders import AtShelf
from townsquare.services.grocery.commands.products import FindProducts
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.orders import pick_list
from townsquare.services.grocery.queries.products import find_products
from townsquare.services.grocery.results.orders import PickList, ToPick
from townsquare.services.grocery.results.products import ProductLine

SIMILAR = 6
APART = (1, 0)  # Of goods that are counted otherwise: they come after those that are alike.


@bp.get("/staff/pick/<id>/instead")
@needs("grocery.order.pick")
def instead(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Offer what is like a missing line, or what was scanned or searched for."""
    return instead_page(id, request.args.get("line", ""))


def instead_page(order: str, chosen: str, form: CommandForm[AtShelf] | None = None) -> str:
    """Return what may be packed instead of a line, with what was refused."""
    words = request.args.get("words", "").strip()
    with looking() as ctx:
        found = pick_list(ctx, read(Chosen, {"id": order}))
        line = _line(found, chosen)
        where = {"words": words} if words else {"category": line.category}
        wish = read(FindProducts, {**where, "available": "true", "limit": str(MOST)})
        goods = find_products(ctx, wish).products if line.may_be_replaced else []
    others = [one for one in goods if one.code != line.code and one.can_be_bought]
    if not words:
        others.sort(key=lambda one: _far(one, line))
    return render_template(
        "grocery/instead.html",
        order=found,
        line=line,
        words=words,
        goods=[(one, _charged(one, line)) for one in _shown(others, form)],
        form=form,
    )


def _shown(others: list[ProductLine], form: CommandForm[AtShelf] | None) -> list[ProductLine]:
    """Return the first of them; what was chosen and refused is first, with what was typed."""
    chosen = form["instead"].value if form else ""
    return sorted(others, key=lambda one: one.code != chosen)[:SIMILAR]


def _cost(one: ProductLine, line: ToPick) -> int:
    """Return what as much of something as a line has would cost."""
    return cost_of(one.amount_minor or 0, one.per_qty or 1, line.qty)


def _charged(one: ProductLine, line: ToPick) -> int | None:
    """Return what the buyer pays for as much of it, if it is counted as what is missing."""
    return min(_cost(one, line), line.net_minor) if one.base_unit == line.base_unit else None


def _far(one: ProductLine, line: ToPick) -> tuple[int, int]:
    """Return how far something is from what is missing: what costs nearly the same is like it."""
    if one.base_unit != line.base_unit:
        return APART
    return 0, abs(_cost(one, line) - line.net_minor)


def _line(found: PickList, chosen: str) -> ToPick:
    """Return the line that is meant, or the first one that may be replaced."""
    if chosen:
        line = next((one for one in found.lines if one.id == chosen), None)
    else:
        open_ones = [one for one in found.lines if not one.outcome]
        line = next((one for one in open_ones if one.may_be_replaced), None) or found.lines[0]
    if line is None:
        raise ordering.UnknownLine
    return line
