"""Readers, as the staff look after them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.reports.codes import code128_svg, qr_svg
from townsquare.core.web import actor, looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import (
    ChangePatron,
    ChoosePatron,
    FindPatrons,
    PayCharges,
    RegisterPatron,
    ReplaceCard,
    WaiveCharge,
)
from townsquare.services.library.commands.money import ChooseCharge
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.choices import branches, by_sort, by_state
from townsquare.services.library.pages.money import LetOff, TakeMoney, minor, written
from townsquare.services.library.queries.cards import old_cards
from townsquare.services.library.queries.charges import charges_of_patron
from townsquare.services.library.queries.loans import loans_of_patron
from townsquare.services.library.queries.money import read_charge
from townsquare.services.library.queries.patrons import find_patrons, read_patron
from townsquare.services.library.results.states import CLASSES, METHODS, PATRON_STATES
from townsquare.services.library.usecases.charges import take_payment, waive_charge
from townsquare.services.library.usecases.patrons import (
    change_patron,
    register_patron,
    replace_card,
)

SORTS = {"name": translatable("name"), "newest": translatable("newest")}


@bp.get("/patrons")
@needs("library.patron.read")
def patrons() -> ResponseReturnValue:
    """List readers by name or card, or by what they may."""
    known = FindPatrons.model_fields
    wish = read(FindPatrons, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_patrons(ctx, wish)
    kept = wish.model_dump(include={"words", "state", "sort"}, exclude_defaults=True)
    return render_template(
        "library/patrons.html",
        found=found,
        wish=wish,
        states=by_state("library.patrons", PATRON_STATES, kept),
        orders=by_sort("library.patrons", SORTS, kept, now=wish.sort),
        next_url=url_for("library.patrons", **kept, after=found.after) if found.after else None,
        first_url=url_for("library.patrons", **kept) if wish.after else None,
    )


@bp.route("/patrons/new", methods=["GET", "POST"])
@needs("library.patron.edit")
def new_patron() -> ResponseReturnValue:
    """Register a reader."""
    form = _register_form()
    if request.method == "GET":
        return render_template("library/new_patron.html", form=form)
    made, status = attempt(form, register_patron, wish=form.read())
    if made is None:
        return render_template("library/new_patron.html", form=form), status
    flash(_("The reader is registered; print the card."))
    return redirect(url_for("library.patron", id=made.id), 303)


@bp.get("/patrons/<id>")
@needs("library.patron.read")
def patron(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a reader with loans and charges."""
    wish = read(ChoosePatron, {"id": id})
    may = actor().permissions
    with looking() as ctx:
        found = read_patron(ctx, wish)
        loans = loans_of_patron(ctx, wish) if "library.loan.view" in may else []
        charges = charges_of_patron(ctx, wish) if "library.payment.take" in may else []
    return render_template(
        "library/patron.html", patron=found, loans=loans, charges=charges, now=town().now()
    )


@bp.get("/patrons/<id>/card")
@needs("library.patron.read")
def patron_card(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a reader's card, to be printed."""
    with looking() as ctx:
        found = read_patron(ctx, read(ChoosePatron, {"id": id}))
    bars, qr = code128_svg(found.card), qr_svg(found.card)
    return render_template("library/card.html", patron=found, bars=bars, qr=qr, own=False)


@bp.route("/patrons/<id>/change", methods=["GET", "POST"])
@needs("library.patron.edit")
def edit_patron(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Renew, block or unblock a card."""
    with looking() as ctx:
        found = read_patron(ctx, read(ChoosePatron, {"id": id}))
    values = {
        name: getattr(found, name)
        for name in ("version", "expires_on", "state", "block_reason", "note")
    }
    if found.state == "expired":  # A later day is all that it needs.
        values["state"] = "active"
    states = [("active", _("May borrow")), ("suspended", _("May not borrow"))]
    form = CommandForm(
        ChangePatron,
        values={"id": id, **values},
        choices={"state": states},
        hidden=["id", "version"],
    )
    form["id"].value = id
    if request.method == "GET":
        return render_template("library/edit_patron.html", form=form, patron=found)
    done, status = attempt(form, change_patron, wish=form.read())
    if done is None:
        return render_template("library/edit_patron.html", form=form, patron=found), status
    flash(_("The card is changed."))
    return redirect(url_for("library.patron", id=id), 303)


@bp.route("/patrons/<id>/replacement", methods=["GET", "POST"])
@needs("library.patron.edit")
def new_card(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Give a reader another card, and show those that they had."""
    wish = read(ChoosePatron, {"id": id})
    with looking() as ctx:
        found, old = read_patron(ctx, wish), old_cards(ctx, wish)
    form = CommandForm(
        ReplaceCard, values={"id": id, "version": found.version}, hidden=["id", "version"]
    )
    form["id"].value = id
    shown = {"form": form, "patron": found, "old": old}
    if request.method == "GET":
        return render_template("library/new_card.html", **shown)
    done, status = attempt(form, replace_card, wish=form.read())
    if done is None:
        return render_template("library/new_card.html", **shown), status
    flash(_("The card is replaced; print the new one."))
    return redirect(url_for("library.patron_card", id=id), 303)


@bp.route("/patrons/<id>/payment", methods=["GET", "POST"])
@needs("library.payment.take")
def pay(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take a reader's money, with a receipt."""
    with looking() as ctx:
        found = read_patron(ctx, read(ChoosePatron, {"id": id}))
        charges = [
            c for c in charges_of_patron(ctx, read(ChoosePatron, {"id": id})) if c.open_minor
        ]
    how = [(method, _(word)) for method, word in METHODS.items() if method != "deposit"]
    form = CommandForm(
        TakeMoney,
        values={"amount": written(found.open_minor), "method": "cash"},
        choices={"method": how},
    )
    shown = {"form": form, "patron": found, "charges": charges}
    if request.method == "GET":
        return render_template("library/pay.html", **shown)
    paid, status = attempt(form, take_payment, wish=_payment(form.read(), found.card))
    if paid is None:
        return render_template("library/pay.html", **shown), status
    return redirect(url_for("library.receipt", id=paid.receipt), 303)


@bp.route("/charges/<id>/waiver", methods=["GET", "POST"])
@needs("library.charge.waive")
def waive(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Let a reader off a charge, or part of it."""
    form = CommandForm(LetOff)
    with looking() as ctx:
        charge = read_charge(ctx, read(ChooseCharge, {"id": id}))
    if request.method == "GET":
        return render_template("library/waive.html", form=form, charge=charge)
    done, status = attempt(form, waive_charge, wish=_waiver(form.read(), id))
    if done is None:
        return render_template("library/waive.html", form=form, charge=charge), status
    flash(_("It need not be paid."))
    return redirect(url_for("library.charges"), 303)


def _payment(wish: TakeMoney | None, card: str) -> PayCharges | None:
    if wish is None:
        return None
    told = {"method": wish.method, "reference": wish.reference, "amount_minor": minor(wish.amount)}
    return read(PayCharges, {**told, "card": card})


def _waiver(wish: LetOff | None, charge: str) -> WaiveCharge | None:
    if wish is None:
        return None
    part = {} if wish.amount is None else {"amount_minor": minor(wish.amount)}
    return read(WaiveCharge, {"charge": charge, "reason": wish.reason, **part})


def _register_form() -> CommandForm[RegisterPatron]:
    return CommandForm(
        RegisterPatron,
        choices={
            "kind": [(kind, _(word)) for kind, word in CLASSES.items()],
            "branch": branches(),
        },
    )
