"""Count a place with one hand; another person looks at the differences and decides."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_percent
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.usecase import Command
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.counts import (
    ApproveCount,
    ChooseCount,
    FindCounts,
    FindDoubts,
    OpenCount,
    RecordCount,
    RejectCount,
)
from townsquare.services.grocery.commands.fields import Amount, Code
from townsquare.services.grocery.commands.products import ChooseProduct
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.pages.amounts import ask_quantity, base_qty
from townsquare.services.grocery.queries.counts import (
    find_counts,
    find_doubts,
    read_count,
    read_figures,
)
from townsquare.services.grocery.queries.stocks import scan_product
from townsquare.services.grocery.results.stock import Scanned
from townsquare.services.grocery.usecases.counting import (
    approve_count,
    open_count,
    record_count,
    reject_count,
)

COUNT, APPROVE = "grocery.stock.count", "grocery.stock.approve-count"
STATES = {
    "open": (translatable("Being counted"), "info"),
    "approved": (translatable("Approved"), "success"),
    "rejected": (translatable("Rejected"), "danger"),
}


class ScanCounted(Command):
    """Goods under the scanner of somebody who counts."""

    product: Code = Field(title=translatable("Barcode or code of the product"))


class NoteCounted(ScanCounted):
    """How much of them stands there: in pieces, kilograms or litres."""

    quantity: Amount = Field(title=translatable("Quantity"), ge=0, le=1_000_000, decimal_places=3)


@bp.app_template_filter("count_state")
def _count_state(state: str) -> tuple[str, str]:
    word, tone = STATES[state]
    return _(word), tone


@bp.app_template_filter("trust")
def _trust(score: float) -> str:
    return str(format_percent(score, "0.0%"))


@bp.get("/staff/counts")
@needs(COUNT)
def counts() -> ResponseReturnValue:
    """Show what should be counted next, and the counts that were."""
    known = FindCounts.model_fields
    wish = read(FindCounts, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found, doubts = find_counts(ctx, wish), find_doubts(ctx, FindDoubts())
    more = url_for("grocery.counts", after=found.after)
    return render_template(
        "grocery/counts.html",
        found=found,
        doubts=doubts,
        next_url=more if found.after else None,
        first_url=url_for("grocery.counts") if wish.after else None,
    )


@bp.post("/staff/counts")
@needs(COUNT)
def start_count() -> ResponseReturnValue:
    """Begin to count a place."""
    with acting() as ctx:
        count = open_count(ctx, posted(OpenCount))
    return redirect(url_for("grocery.count", id=count.id), 303)


@bp.get("/staff/counts/<id>")
@needs(COUNT)
def count(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask for the next product; with one, ask how much of it stands there."""
    code = request.args.get("product", "")
    if not code:
        return _counting(id, CommandForm(ScanCounted))
    found = _scanned(code)
    return _asking(id, found, _note_form(found))


@bp.post("/staff/counts/<id>")
@needs(COUNT)
def scan_counted(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Go to the product that was scanned."""
    form = CommandForm(ScanCounted)
    wish = form.read()
    if wish is None:
        return _counting(id, form), 422
    try:
        found = _scanned(wish.product)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({"product": sentence(error)})
        return _counting(id, form), status_of(error)
    return redirect(url_for("grocery.count", id=id, product=found.code), 303)


@bp.post("/staff/counts/<id>/lines")
@needs(COUNT)
def note_counted(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Note how much stands there."""
    found = _scanned(request.form.get("product", ""))
    form = _note_form(found)
    typed, wish = form.read(), None
    qty = None if typed is None else base_qty(form, typed.quantity, found.base_unit)
    if qty is not None:
        wish = read(RecordCount, {"id": id, "lines": [{"product": found.code, "qty": qty}]})
    told, status = attempt(form, record_count, wish=wish)
    if told is None:
        return _asking(id, found, form), status
    much = looks.qty(qty or 0, found.base_unit)
    flash(_("%(qty)s of %(name)s are noted.", qty=much, name=found.name), "success")
    return redirect(url_for("grocery.count", id=id), 303)


@bp.get("/staff/counts/<id>/figures")
@needs(APPROVE)
def figures(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show what was counted beside what should be there, with the buttons to decide."""
    return _deciding(id, CommandForm(ApproveCount, values={"id": id}, hidden=("id", "version")))


@bp.post("/staff/counts/<id>/approve")
@needs(APPROVE)
def approve(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Post the differences."""
    form = CommandForm(ApproveCount, values={"id": id}, hidden=("id", "version"))
    closed, status = attempt(form, approve_count, wish=form.read())
    if closed is None:
        return _deciding(id, form), status
    flash(_("The count is approved; the stock is what was counted."), "success")
    return redirect(url_for("grocery.figures", id=id), 303)


@bp.post("/staff/counts/<id>/reject")
@needs(APPROVE)
def reject(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Close the count without its figures."""
    with acting() as ctx:
        reject_count(ctx, posted(RejectCount, id=id))
    flash(_("The count is rejected; the stock stays as it was."), "success")
    return redirect(url_for("grocery.counts"), 303)


def _scanned(code: str) -> Scanned:
    with looking() as ctx:
        return scan_product(ctx, read(ChooseProduct, {"code": code}))


def _note_form(found: Scanned) -> CommandForm[NoteCounted]:
    form = CommandForm(NoteCounted, values={"product": found.code}, hidden=("product",))
    ask_quantity(form["quantity"], found.base_unit)
    return form


def _counting(public_id: str, form: CommandForm[ScanCounted]) -> str:
    with looking() as ctx:
        found = read_count(ctx, read(ChooseCount, {"id": public_id}))
    return render_template("grocery/count.html", count=found, form=form)


def _asking(public_id: str, product: Scanned, form: CommandForm[NoteCounted]) -> str:
    told = {"product": product, "form": form, "id": public_id}
    return render_template("grocery/count_line.html", **told)


def _deciding(public_id: str, form: CommandForm[ApproveCount]) -> str:
    with looking() as ctx:
        found = read_figures(ctx, read(ChooseCount, {"id": public_id}))
    return render_template("grocery/figures.html", found=found, form=form)
