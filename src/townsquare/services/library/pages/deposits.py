"""Deposits: what visitors leave with the library, and get back."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.languages import money
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import ChoosePatron, ReturnDeposit
from townsquare.services.library.commands.lending import Deposit as BringDeposit
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.money import Amount, minor
from townsquare.services.library.queries.charges import deposit_of_patron
from townsquare.services.library.queries.patrons import read_patron
from townsquare.services.library.results.lending import Patron
from townsquare.services.library.usecases.charges import return_deposit, take_deposit


class LeaveDeposit(Command):
    """Money that a reader leaves with the library."""

    amount: Amount = Field(title=translatable("Amount"))


@bp.get("/patrons/<id>/deposit")
@needs("library.payment.take")
def deposit(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show what is kept for a reader, to be added to or given back."""
    return _page(id, CommandForm(LeaveDeposit), _giving_back(id))


@bp.post("/patrons/<id>/deposit")
@needs("library.payment.take")
def keep_deposit(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take a deposit, with a receipt."""
    patron, form = _patron(id), CommandForm(LeaveDeposit)
    typed = form.read()
    wish = BringDeposit(card=patron.card, amount_minor=minor(typed.amount)) if typed else None
    paid, status = attempt(form, take_deposit, wish=wish)
    if paid is None:
        return _page(id, form, _giving_back(id)), status
    return redirect(url_for("library.receipt", id=paid.receipt), 303)


@bp.post("/patrons/<id>/deposit/return")
@needs("library.payment.refund")
def give_back(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Give a deposit back, less what is open if the reader agrees."""
    form, card = _giving_back(id), _patron(id).card
    typed = form.read()
    wish = typed.model_copy(update={"card": card}) if typed else None
    done, status = attempt(form, return_deposit, wish=wish)
    if done is None:
        return _page(id, CommandForm(LeaveDeposit), form), status
    amount = money(done.paid_back_minor, town().settings.currency)
    flash(_("Give %(amount)s back.", amount=amount), "success")
    return redirect(url_for("library.patron", id=id), 303)


def _giving_back(public_id: str) -> CommandForm[ReturnDeposit]:
    values = {"card": _patron(public_id).card, "set_off": True}
    return CommandForm(ReturnDeposit, values=values, hidden=["card", "request_key"])


def _patron(public_id: str) -> Patron:
    with looking() as ctx:
        return read_patron(ctx, read(ChoosePatron, {"id": public_id}))


def _page(public_id: str, form: CommandForm[LeaveDeposit], back: CommandForm[ReturnDeposit]) -> str:
    with looking() as ctx:
        held = deposit_of_patron(ctx, read(ChoosePatron, {"id": public_id}))
    shown = {"patron": _patron(public_id), "held": held, "form": form, "giving": back}
    return render_template("library/deposit.html", **shown)
