"""What is owed to whom, paid in one go, and the books behind it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.ids import LENGTH
from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import UNREADABLE, attempt, read_onto
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.languages import money
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.bills import (
    FindInvoices,
    FundBank,
    PayInvoices,
    SeeBooks,
    SeePayables,
)
from townsquare.services.grocery.commands.fields import MOST
from townsquare.services.grocery.errors import NoInvoiceChosen
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.bills import find_invoices, find_payables, read_books
from townsquare.services.grocery.usecases import bills as acts

PAY = "grocery.purchase.pay"
MATCHED = {"state": "matched", "limit": MOST}
CHOSEN = "pay"  # The name of the boxes of invoices that are to be paid.


KINDS = {
    "asset": translatable("What the shop has"),
    "liability": translatable("What it owes"),
    "income": translatable("What it earns"),
    "expense": translatable("What it spends"),
}
ACCOUNTS = {
    "bank": translatable("Bank account"),
    "cash": translatable("Cash"),
    "receivable": translatable("Owed by buyers"),
    "inventory": translatable("Stock"),
    "input-tax": translatable("Tax paid to suppliers"),
    "grni": translatable("Came and not billed"),
    "payable": translatable("Owed to a supplier"),
    "owner": translatable("Put in by the owner"),
    "customer-funds": translatable("Paid by buyers ahead"),
    "tax-payable": translatable("Tax owed"),
    "sales": translatable("Sales"),
    "cost-of-sales": translatable("Cost of what was sold"),
    "waste": translatable("Thrown away"),
    "delivery-income": translatable("Earned by bringing orders"),
    "gift-card": translatable("Left on a gift card"),
    "store-credit": translatable("Credit of a buyer"),
    "deposit": translatable("Deposits"),
    "refunds-due": translatable("To be paid back to buyers"),
    "goodwill": translatable("Given as goodwill"),
    "write-offs": translatable("Given up"),
    "cash-over-short": translatable("Too much or too little in tills"),
    "count-difference": translatable("Missing or found in counts"),
    "price-variance": translatable("Other prices than agreed"),
}


TOLD = 4  # So many signs at the end of an id tell one account from another.


@bp.app_template_filter("account_word")
def _account_word(code: str) -> str:
    word = ACCOUNTS.get(code.partition(":")[0])
    return str(_(word)) if word else ""


@bp.app_template_filter("account_code")
def _account_code(code: str) -> str:
    """Return the code of an account; of what is one of many, the end of its id is enough."""
    kind, _colon, of = code.partition(":")
    return f"{kind} \u2026 {of[-TOLD:]}" if len(of) == LENGTH else code


@bp.app_template_filter("account_kind")
def _account_kind(kind: str) -> str:
    return str(_(KINDS[kind]))


class PayChosen(Command):
    """The invoices stand beside the form, each with a box of its own."""


@bp.get("/staff/payables")
@needs("grocery.purchase.read")
def payables() -> ResponseReturnValue:
    """Show what is owed to whom, and what can be paid."""
    return _owed(CommandForm(PayChosen))


@bp.post("/staff/payables")
@needs(PAY)
def pay_chosen() -> ResponseReturnValue:
    """Pay the invoices that were chosen, all of them or none."""
    form = CommandForm(PayChosen, beside=(CHOSEN,))
    if form.read() is None:
        return _owed(form), UNREADABLE
    chosen = request.form.getlist(CHOSEN)
    if not chosen:
        form.refuse({"": _(NoInvoiceChosen.message)})
        return _owed(form), UNREADABLE
    wish = read_onto(form, PayInvoices, {"invoices": chosen})
    if wish is None:
        return _owed(form), UNREADABLE
    paid, status = attempt(form, acts.pay_invoices, wish=wish)
    if paid is None:
        return _owed(form), status
    amount = money(paid.total_minor, paid.currency)
    told = _("%(amount)s was paid for %(count)s invoices.", amount=amount, count=paid.invoices)
    flash(told, "success")
    return redirect(url_for("grocery.payables"), 303)


@bp.route("/staff/books", methods=["GET", "POST"])
@needs(PAY)
def books() -> ResponseReturnValue:
    """Show every account; note money that the owner has put into the bank."""
    form = CommandForm(FundBank)
    if request.method == "GET":
        return _books(form)
    told, status = attempt(form, acts.fund_bank, wish=form.read())
    if told is None:
        return _books(form), status
    amount = money(told.amount_minor, told.currency)
    flash(_("%(amount)s is in the bank account now.", amount=amount), "success")
    return redirect(url_for("grocery.books"), 303)


def _owed(form: CommandForm[PayChosen]) -> str:
    with looking() as ctx:
        owed = find_payables(ctx, SeePayables())
        due = find_invoices(ctx, read(FindInvoices, MATCHED)).invoices
    chosen = request.form.getlist(CHOSEN)
    return render_template("grocery/payables.html", owed=owed, due=due, form=form, chosen=chosen)


def _books(form: CommandForm[FundBank]) -> str:
    with looking() as ctx:
        found = read_books(ctx, SeeBooks())
    return render_template("grocery/books.html", books=found, form=form)
