"""Carry goods between places: scan, say how much, at once or on its way until it arrives."""

from typing import Any, Literal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import UNREADABLE, attempt, read_onto
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.carrying import (
    ArriveTransfer,
    CarryGoods,
    ChooseTransfer,
    FindTransfers,
    SendTransfer,
)
from townsquare.services.grocery.commands.fields import Amount, Code, Nothing
from townsquare.services.grocery.commands.places import FindPlaces
from townsquare.services.grocery.commands.products import ChooseProduct
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.pages.amounts import ask_quantity, base_qty, line_qty, qty_typed
from townsquare.services.grocery.queries.carrying import find_transfers, read_transfer
from townsquare.services.grocery.queries.places import find_places
from townsquare.services.grocery.queries.stocks import scan_product
from townsquare.services.grocery.results.carrying import TransferTold
from townsquare.services.grocery.results.stock import Scanned
from townsquare.services.grocery.usecases.carrying import (
    arrive_transfer,
    carry_goods,
    send_transfer,
)

CARRY = "grocery.stock.transfer"
CAME, WHY = "came-", "why-"
STATES = {
    "sent": (translatable("On its way"), "info"),
    "arrived": (translatable("Arrived"), "success"),
}
HOW = {
    "at-once": translatable("At once: they stand there now"),
    "on-its-way": translatable("On their way: somebody says later what arrived"),
}


class ScanCarried(Command):
    """Goods under the scanner of somebody who carries them."""

    product: Code = Field(title=translatable("Barcode or code of the product"))


class Carry(ScanCarried):
    """How much of them goes from where to where: in pieces, kilograms or litres."""

    quantity: Amount = Field(title=translatable("Quantity"), gt=0, le=1_000_000, decimal_places=3)
    from_place: Code = Field(title=translatable("From"))
    to_place: Code = Field(title=translatable("To"))
    how: Literal["at-once", "on-its-way"] = Field("at-once", title=translatable("How"))


@bp.app_template_filter("transfer_state")
def _transfer_state(state: str) -> tuple[str, str]:
    word, tone = STATES[state]
    return _(word), tone


@bp.get("/staff/transfers")
@needs(CARRY)
def transfers() -> ResponseReturnValue:
    """Show what is on its way and what has arrived, the newest first."""
    known = FindTransfers.model_fields
    wish = read(FindTransfers, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_transfers(ctx, wish)
    return render_template(
        "grocery/transfers.html",
        found=found,
        next_url=url_for("grocery.transfers", after=found.after) if found.after else None,
        first_url=url_for("grocery.transfers") if wish.after else None,
    )


@bp.get("/staff/transfers/<id>")
@needs(CARRY)
def transfer(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a transfer, and while it is on its way ask what has arrived."""
    found = _found(id)
    return _arriving(found, _arrival(found))


@bp.post("/staff/transfers/<id>")
@needs(CARRY)
def arrive(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Let it arrive, with a reason for each figure that differs."""
    found = _found(id)
    form = _arrival(found)
    if form.read() is None:
        return _arriving(found, form), UNREADABLE
    lines = _differing(form, found)
    wish = None
    if lines is not None:
        wish = read_onto(form, ArriveTransfer, {"id": id, "lines": lines})
    if wish is None:
        return _arriving(found, form), UNREADABLE
    told, status = attempt(form, arrive_transfer, wish=wish)
    if told is None:
        return _arriving(found, form), status
    flash(_("The goods stand in %(place)s.", place=told.to_name), "success")
    return redirect(url_for("grocery.transfers"), 303)


@bp.get("/staff/carry")
@needs(CARRY)
def carrying() -> ResponseReturnValue:
    """Ask what is carried; with a product, ask how much of it, from where to where."""
    code = request.args.get("product", "")
    if not code:
        return render_template("grocery/carry.html", form=CommandForm(ScanCarried))
    found = _scanned(code)
    return _asking(found, _form(found))


@bp.post("/staff/carry")
@needs(CARRY)
def scan_carried() -> ResponseReturnValue:
    """Go to the product that was scanned."""
    form = CommandForm(ScanCarried)
    wish = form.read()
    if wish is None:
        return render_template("grocery/carry.html", form=form), UNREADABLE
    try:
        found = _scanned(wish.product)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({"product": sentence(error)})
        return render_template("grocery/carry.html", form=form), status_of(error)
    return redirect(url_for("grocery.carrying", product=found.code), 303)


@bp.post("/staff/carry/goods")
@needs(CARRY)
def carry() -> ResponseReturnValue:
    """Carry the goods, at once or on their way."""
    found = _scanned(request.form.get("product", ""))
    form = _form(found)
    typed = form.read()
    qty = None if typed is None else base_qty(form, typed.quantity, found.base_unit)
    if typed is None or qty is None:
        return _asking(found, form), UNREADABLE
    lines = [{"product": found.code, "qty": qty}]
    wish = {"from_place": typed.from_place, "to_place": typed.to_place, "lines": lines}
    if typed.how == "on-its-way":
        sent, status = attempt(form, send_transfer, wish=read(SendTransfer, wish))
        if sent is None:
            return _asking(found, form), status
        return redirect(url_for("grocery.transfer", id=sent.id), 303)
    told, status = attempt(form, carry_goods, wish=read(CarryGoods, wish))
    if told is None:
        return _asking(found, form), status
    much = looks.qty(qty, found.base_unit)
    flash(_("%(qty)s of %(name)s were carried.", qty=much, name=found.name), "success")
    return redirect(url_for("grocery.carrying"), 303)


def _found(public_id: str) -> TransferTold:
    with looking() as ctx:
        return read_transfer(ctx, read(ChooseTransfer, {"id": public_id}))


def _arrival(found: TransferTold) -> CommandForm[Nothing]:
    beside = [f"{part}{line.line}" for line in found.lines for part in (CAME, WHY)]
    return CommandForm(Nothing, beside=beside)


def _differing(form: CommandForm[Nothing], found: TransferTold) -> list[dict[str, Any]] | None:
    """Return what was typed of each line that came otherwise; None, if it is no quantity of it."""
    lines = []
    for line in found.lines:
        as_sent = qty_typed(line.sent, line.base_unit)
        typed = request.form.get(f"{CAME}{line.line}", "").strip() or as_sent
        came = line_qty(form, typed, name=line.name, base_unit=line.base_unit)
        if came is None:
            return None
        reason = request.form.get(f"{WHY}{line.line}", "")
        if came != line.sent:
            lines.append({"line": line.line, "qty": came, "reason": reason})
    return lines


def _arriving(found: TransferTold, form: CommandForm[Nothing]) -> str:
    told = {"found": found, "form": form, "typed": request.form}
    return render_template("grocery/transfer.html", **told)


def _scanned(code: str) -> Scanned:
    with looking() as ctx:
        return scan_product(ctx, read(ChooseProduct, {"code": code}))


def _form(found: Scanned) -> CommandForm[Carry]:
    with looking() as ctx:
        places = [(one.code, one.name) for one in find_places(ctx, FindPlaces()).places]
    how = [(way, _(word)) for way, word in HOW.items()]
    form = CommandForm(
        Carry,
        choices={"from_place": places, "to_place": places, "how": how},
        values={"product": found.code},
        hidden=("product",),
    )
    ask_quantity(form["quantity"], found.base_unit)
    return form


def _asking(found: Scanned, form: CommandForm[Carry]) -> str:
    return render_template("grocery/carry_goods.html", product=found, form=form)
