"""How much is there, lot by lot, and why a figure is what it is."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.stock import (
    BlockLot,
    ChooseLot,
    ExplainStock,
    FindLots,
    FindStock,
    UnblockLot,
)
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.stocks import (
    explain_stock,
    find_lots,
    find_stock,
    orders_of_lot,
    read_lot,
)
from townsquare.services.grocery.usecases.receiving import block_lot, unblock_lot

VIEW, RECALL = "grocery.stock.view", "grocery.stock.recall"
LOTS = {
    "sold": (translatable("On sale"), "success"),
    "blocked": (translatable("Blocked"), "danger"),
    "over": (translatable("Past its date"), "warning"),
}
REASONS = {
    "receipt": translatable("Goods came in"),
    "sale": translatable("Sold"),
    "customer_return": translatable("Brought back"),
    "supplier_return": translatable("Sent back"),
    "transfer_out": translatable("Carried away"),
    "transfer_in": translatable("Carried here"),
    "waste_expired": translatable("Past its date"),
    "waste_damaged": translatable("Damaged"),
    "waste_burnt": translatable("Burnt"),
    "waste_spilt": translatable("Spilt"),
    "theft": translatable("Stolen"),
    "sample": translatable("Given to taste"),
    "count_found": translatable("Found in a count"),
    "count_lost": translatable("Missing in a count"),
    "correction": translatable("Corrected"),
    "undo": translatable("Undone"),
}


@bp.app_template_filter("lot_state")
def _lot_state(state: str) -> tuple[str, str]:
    word, tone = LOTS[state]
    return _(word), tone


@bp.app_template_filter("move_reason")
def _move_reason(reason: str) -> str:
    return str(_(REASONS[reason])) if reason in REASONS else reason.replace("_", " ")


@bp.get("/staff/stock")
@needs(VIEW)
def stock() -> ResponseReturnValue:
    """Show one page of products with how much is there."""
    known = FindStock.model_fields
    wish = read(FindStock, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_stock(ctx, wish)
    words = wish.words or None
    more = url_for("grocery.stock", words=words, after=found.after)
    return render_template(
        "grocery/stock.html",
        wish=wish,
        found=found,
        next_url=more if found.after else None,
        first_url=url_for("grocery.stock", words=words) if wish.after else None,
    )


@bp.get("/staff/stock/<id>")
@needs(VIEW)
def explained(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show why so much of a product is there, in the place from which the shop sells or another."""
    place = {"place": request.args["place"]} if request.args.get("place") else {}
    with looking() as ctx:
        found = explain_stock(ctx, read(ExplainStock, {"id": id} | place))
    places = [
        (one.name, url_for("grocery.explained", id=id, place=one.code), one.name == found.place)
        for one in found.places
    ]
    return render_template("grocery/explained.html", found=found, places=places)


@bp.get("/staff/lots")
@needs(VIEW)
def lots() -> ResponseReturnValue:
    """Show one page of the lots that are there, those first that are over first."""
    known = FindLots.model_fields
    wish = read(FindLots, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_lots(ctx, wish)
    kept = wish.model_dump(include={"product", "state"}, exclude_defaults=True)
    more = url_for("grocery.lots", **kept, after=found.after)
    return render_template(
        "grocery/lots.html",
        wish=wish,
        found=found,
        states=[
            (_(word), url_for("grocery.lots", **{**kept, "state": state}), state == wish.state)
            for state, (word, _tone) in ((None, (translatable("All"), "")), *LOTS.items())
        ],
        next_url=more if found.after else None,
        first_url=url_for("grocery.lots", **kept) if wish.after else None,
    )


@bp.get("/staff/lots/<id>")
@needs(VIEW)
def lot(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a lot, with the way to take it off sale."""
    return _lot(id, _block_form(id))


@bp.post("/staff/lots/<id>/block")
@needs(RECALL)
def block(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take a lot off sale."""
    form = _block_form(id)
    typed = form.read()
    wish = typed and BlockLot(id=id, reason=typed.reason)
    blocked, status = attempt(form, block_lot, wish=wish)
    if blocked is None:
        return _lot(id, form), status
    flash(_("The lot is blocked; nobody can buy of it."), "success")
    if blocked.holds_released:
        lost = _("Carts and orders that have lost some of it: %(n)s.", n=blocked.holds_released)
        flash(lost, "warning")
    return redirect(url_for("grocery.lot", id=id), 303)


@bp.post("/staff/lots/<id>/unblock")
@needs(RECALL)
def unblock(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Put a lot on sale again."""
    with acting() as ctx:
        unblock_lot(ctx, posted(UnblockLot, id=id))
    flash(_("The lot is on sale again."), "success")
    return redirect(url_for("grocery.lot", id=id), 303)


def _block_form(public_id: str) -> CommandForm[BlockLot]:
    return CommandForm(BlockLot, values={"id": public_id}, hidden=("id",))


def _lot(public_id: str, form: CommandForm[BlockLot]) -> str:
    with looking() as ctx:
        wish = read(ChooseLot, {"id": public_id})
        found = read_lot(ctx, wish)
        hit = orders_of_lot(ctx, wish).orders if found.blocked_at else []
    return render_template("grocery/lot.html", lot=found, hit=hit, form=form)
