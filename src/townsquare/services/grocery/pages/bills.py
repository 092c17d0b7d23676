"""Invoices of suppliers: typed in, compared line by line, accepted; what is owed is paid."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import UNREADABLE, attempt, read_onto
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.bills import (
    AcceptPrice,
    ChooseInvoice,
    EnterInvoice,
    FindInvoices,
    PaperHead,
)
from townsquare.services.grocery.commands.purchases import ChoosePurchase
from townsquare.services.grocery.errors import NothingBilled
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.pages.amounts import line_qty, qty_typed
from townsquare.services.grocery.pages.looks import state_filters
from townsquare.services.grocery.queries.bills import find_invoices, read_invoice
from townsquare.services.grocery.queries.purchases import read_purchase
from townsquare.services.grocery.results.bills import InvoiceCard
from townsquare.services.grocery.results.purchases import PurchaseCard
from townsquare.services.grocery.usecases import bills as acts

READ, MATCH = "grocery.purchase.read", "grocery.purchase.match"
STATES = {
    "disputed": (translatable("Disputed"), "danger"),
    "matched": (translatable("Matched"), "warning"),
    "paid": (translatable("Paid"), "success"),
}
# Before the position of a line, in the names of the fields that say what was billed of it.
FIELDS = (QTY, AMOUNT) = ("qty-", "amount-")


@bp.app_template_filter("invoice_state")
def _invoice_state(state: str) -> tuple[str, str]:
    word, tone = STATES[state]
    return _(word), tone


@bp.get("/staff/invoices", endpoint="invoices")
@needs(READ)
def all_invoices() -> ResponseReturnValue:
    """Show one page of invoices, those first that are due first."""
    known = FindInvoices.model_fields
    wish = read(FindInvoices, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_invoices(ctx, wish)
    here = "grocery.invoices"
    return render_template(
        "grocery/invoices.html",
        wish=wish,
        found=found,
        states=state_filters(here, STATES, wish.state),
        next_url=url_for(here, state=wish.state, after=found.after) if found.after else None,
        first_url=url_for(here, state=wish.state) if wish.after else None,
    )


@bp.route("/staff/purchases/<id>/invoice", methods=["GET", "POST"])
@needs(MATCH)
def enter_invoice(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Type an invoice in, or correct one that is disputed."""
    with looking() as ctx:
        found = read_purchase(ctx, read(ChoosePurchase, {"id": id}))
    names = [f"{mark}{line.position}" for line in found.lines for mark in FIELDS]
    form = CommandForm(PaperHead, beside=names)
    if request.method == "GET":
        return _asking(found, form)
    said = form.read()
    wish = _wish(found, said, form) if said else None
    if wish is None:
        return _asking(found, form), UNREADABLE
    kept, status = attempt(form, acts.enter_invoice, wish=wish)
    if kept is None:
        return _asking(found, form), status
    word, tone = STATES[kept.state]
    flash(f"{kept.number}: {_(word)}", "danger" if tone == "danger" else "success")
    return redirect(url_for("grocery.invoice", id=kept.id), 303)


@bp.get("/staff/invoices/<id>")
@needs(READ)
def invoice(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show an invoice line by line beside its order and what had come."""
    return _invoice(id, _accept_form(id))


@bp.get("/staff/invoices/<id>/correct")
@needs(MATCH)
def correct_invoice(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show what was typed in of an invoice, to be corrected."""
    told = _found(id)
    if not told.order:  # Freight agrees with itself; there is nothing to correct.
        return redirect(url_for("grocery.invoice", id=id), 303)
    with looking() as ctx:
        order = read_purchase(ctx, ChoosePurchase(id=told.order))
    tax = looks.typed_amount(told.tax_minor, told.currency)
    values = {"number": told.number, "issued_on": told.issued_on, "due_on": told.due_on, "tax": tax}
    return _asking(order, CommandForm(PaperHead, values=values), _as_billed(told))


@bp.post("/staff/invoices/<id>/accept")
@needs(MATCH)
def accept_invoice(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let other prices than those that were agreed be right."""
    form = _accept_form(id)
    typed = form.read()
    wish = typed and typed.model_copy(update={"id": id})
    kept, status = attempt(form, acts.accept_price, wish=wish)
    if kept is None:
        return _invoice(id, form), status
    flash(_("%(number)s agrees now; it can be paid.", number=kept.number), "success")
    return redirect(url_for("grocery.invoice", id=id), 303)


def _wish(
    found: PurchaseCard, said: PaperHead, form: CommandForm[PaperHead]
) -> EnterInvoice | None:
    """Return the invoice as it was typed; None, with the reason on the form, if nothing was."""
    lines = []
    for line in found.lines:
        typed = {mark: request.form.get(f"{mark}{line.position}", "").strip() for mark in FIELDS}
        qty = line_qty(form, typed[QTY], name=line.name, base_unit=line.base_unit)
        if qty is None:
            return None
        told = {"qty": qty or None, "amount": typed[AMOUNT] or None}
        lines += [{**told, "position": line.position}] if any(told.values()) else []
    if not lines:
        form.refuse({"": _(NothingBilled.message)})
        return None
    return read_onto(form, EnterInvoice, {**said.model_dump(), "id": found.id, "lines": lines})


def _as_billed(told: InvoiceCard) -> Mapping[str, str]:
    figures = {f"{QTY}{line.position}": qty_typed(line.qty, line.base_unit) for line in told.lines}
    amounts = {
        f"{AMOUNT}{line.position}": looks.typed_amount(line.amount_minor, told.currency)
        for line in told.lines
    }
    return {**figures, **amounts}


def _found(public_id: str) -> InvoiceCard:
    with looking() as ctx:
        return read_invoice(ctx, read(ChooseInvoice, {"id": public_id}))


def _accept_form(public_id: str) -> CommandForm[AcceptPrice]:
    return CommandForm(AcceptPrice, values={"id": public_id}, hidden=("id",))


def _invoice(public_id: str, form: CommandForm[AcceptPrice]) -> str:
    return render_template("grocery/invoice.html", invoice=_found(public_id), form=form)


def _asking(
    found: PurchaseCard, form: CommandForm[PaperHead], typed: Mapping[str, str] | None = None
) -> str:
    return render_template(
        "grocery/enter_invoice.html", order=found, form=form, typed=typed or request.form
    )
