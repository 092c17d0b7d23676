"""Who the shop buys from: entered by one, approved by another, with what they sell."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.usecase import Context
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.suppliers import (
    AddSupplier,
    ApproveSupplier,
    ChooseSupplier,
    FindSuppliers,
    OfferGoods,
    RefuseSupplier,
    ReviseSupplier,
    SuspendSupplier,
)
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.pages.looks import state_filters
from townsquare.services.grocery.queries.suppliers import find_suppliers, read_supplier
from townsquare.services.grocery.results.suppliers import SupplierCard
from townsquare.services.grocery.usecases import suppliers as acts

READ, EDIT, APPROVE = "grocery.purchase.read", "grocery.supplier.edit", "grocery.supplier.approve"
STATES = {
    "applied": (translatable("Awaits approval"), "warning"),
    "approved": (translatable("Approved"), "success"),
    "suspended": (translatable("Suspended"), "danger"),
    "refused": (translatable("Refused"), ""),
}
COPIED = ("id", "version", "company", "email", "mobile", "bank_name", "lead_days")


@bp.app_template_filter("supplier_state")
def _supplier_state(state: str) -> tuple[str, str]:
    word, tone = STATES[state]
    return _(word), tone


@bp.get("/staff/suppliers", endpoint="suppliers")
@needs(READ)
def all_suppliers() -> ResponseReturnValue:
    """Show one page of suppliers."""
    known = FindSuppliers.model_fields
    wish = read(FindSuppliers, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_suppliers(ctx, wish)
    here = "grocery.suppliers"
    return render_template(
        "grocery/suppliers.html",
        wish=wish,
        found=found,
        states=state_filters(here, STATES, wish.state),
        next_url=url_for(here, state=wish.state, after=found.after) if found.after else None,
        first_url=url_for(here, state=wish.state) if wish.after else None,
    )


@bp.get("/staff/suppliers/new")
@needs(EDIT)
def new_supplier() -> ResponseReturnValue:
    """Ask from whom the shop is to buy."""
    return _adding(_add_form())


@bp.post("/staff/suppliers")
@needs(EDIT)
def save_supplier() -> ResponseReturnValue:
    """Enter the supplier."""
    form = _add_form()
    added, status = attempt(form, acts.add_supplier, wish=form.read())
    if added is None:
        return _adding(form), status
    flash(_("%(company)s waits for somebody else to approve it.", company=added.company), "success")
    return redirect(url_for("grocery.supplier", id=added.id), 303)


@bp.get("/staff/suppliers/<id>")
@needs(READ)
def supplier(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a supplier with all that it sells."""
    return render_template("grocery/supplier.html", supplier=_found(id))


@bp.route("/staff/suppliers/<id>/edit", methods=["GET", "POST"])
@needs(EDIT)
def edit_supplier(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Change how a supplier is reached and paid; an empty account stays as it is."""
    found = _found(id)
    form = CommandForm(ReviseSupplier, values=_values(found), hidden=("id", "version"))
    form["company"].required = True
    if found.account_ends:
        form["bank_account"].hint = _(
            "Now it ends in %(ends)s; empty leaves it.", ends=found.account_ends
        )
    if request.method == "GET":
        return _changing(found, form)
    typed = form.read()
    changed, status = attempt(
        form, acts.revise_supplier, wish=typed and _all_but_account(typed, id)
    )
    if changed is None:
        return _changing(found, form), status
    flash(_("%(company)s was changed.", company=changed.company), "success")
    return redirect(url_for("grocery.supplier", id=id), 303)


@bp.route("/staff/suppliers/<id>/goods", methods=["GET", "POST"])
@needs(EDIT)
def supplier_goods(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Say in what packs and at what price a supplier sells something."""
    values = {"id": id, "product": request.args.get("product", "")}
    form = CommandForm(OfferGoods, values=values, hidden=("id",))
    if request.method == "GET":
        return _offering(_found(id), form)
    typed = form.read()
    kept, status = attempt(
        form, acts.offer_goods, wish=typed and typed.model_copy(update={"id": id})
    )
    if kept is None:
        return _offering(_found(id), form), status
    flash(_("The price is kept; orders from now on cost it."), "success")
    return redirect(url_for("grocery.supplier", id=id), 303)


@bp.post("/staff/suppliers/<id>/approve")
@needs(APPROVE)
def approve_supplier(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let the shop buy from the supplier."""
    return _moved(id, acts.approve_supplier, posted(ApproveSupplier, id=id))


@bp.post("/staff/suppliers/<id>/suspend")
@needs(APPROVE)
def suspend_supplier(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Buy nothing more from the supplier for now."""
    return _moved(id, acts.suspend_supplier, posted(SuspendSupplier, id=id))


@bp.post("/staff/suppliers/<id>/refuse")
@needs(APPROVE)
def refuse_supplier(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Turn the supplier down."""
    return _moved(id, acts.refuse_supplier, posted(RefuseSupplier, id=id))


def _moved(public_id: str, act: Callable[[Context, Any], Any], wish: Any) -> ResponseReturnValue:  # noqa: ANN401 (one of several commands)
    with acting() as ctx:
        told = act(ctx, wish)
    word, _tone = STATES[told.state]
    flash(f"{told.company}: {_(word)}", "success")
    return redirect(url_for("grocery.supplier", id=public_id), 303)


def _found(public_id: str) -> SupplierCard:
    with looking() as ctx:
        return read_supplier(ctx, read(ChooseSupplier, {"id": public_id}))


def _add_form() -> CommandForm[AddSupplier]:
    return CommandForm(AddSupplier)


def _values(found: SupplierCard) -> Mapping[str, object]:
    told = {name: getattr(found, name) for name in COPIED}
    return {**told, "min_order": looks.typed_amount(found.min_order_minor, found.currency)}


def _all_but_account(typed: ReviseSupplier, public_id: str) -> ReviseSupplier:
    """Return a wish that names every field, as the page shows them; an account only if typed."""
    told = typed.model_dump() | {"id": public_id}
    if not typed.bank_account:
        del told["bank_account"]
    return ReviseSupplier.model_validate(told)


def _adding(form: CommandForm[AddSupplier]) -> str:
    action, back = url_for("grocery.save_supplier"), url_for("grocery.suppliers")
    return _asking(form, _("Add a supplier"), action=action, back=back)


def _changing(found: SupplierCard, form: CommandForm[ReviseSupplier]) -> str:
    action = url_for("grocery.edit_supplier", id=found.id)
    return _asking(
        form, found.company, action=action, back=url_for("grocery.supplier", id=found.id)
    )


def _offering(found: SupplierCard, form: CommandForm[OfferGoods]) -> str:
    title = _("What %(company)s sells", company=found.company)
    action = url_for("grocery.supplier_goods", id=found.id)
    return _asking(form, title, action=action, back=url_for("grocery.supplier", id=found.id))


def _asking(form: CommandForm[Any], title: str, *, action: str, back: str) -> str:
    told = {"form": form, "title": title, "action": action, "back": back}
    return render_template("grocery/form.html", act=_("Save"), **told)
