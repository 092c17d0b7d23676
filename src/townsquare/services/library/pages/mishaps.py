"""What befalls copies: kept longer, lost, missed, found again, damaged, mended."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.web import acting, needs, town
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import posted
from townsquare.core.web.languages import money
from townsquare.core.web.moments import day
from townsquare.services.library.commands.catalogue import ChooseCopy as ThisCopy
from townsquare.services.library.commands.lending import ChooseCopy, RenewLoan
from townsquare.services.library.pages import bp
from townsquare.services.library.queries.copies import read_copy
from townsquare.services.library.usecases import loans

CHANGES = {
    "found": loans.declare_found,
    "missing": loans.mark_missing,
    "damaged": loans.mark_damaged,
    "mended": loans.mark_mended,
}


@bp.post("/desk/renewals")
@needs("library.loan.create")
def renew_at_desk() -> ResponseReturnValue:
    """Let the reader at the desk keep a copy for longer, or say why not."""
    wish = posted(RenewLoan, beside=("card", "loan"), id=request.form.get("loan", ""))
    try:
        with acting() as ctx:
            loan = loans.renew_loan(ctx, wish)
    except NotAllowed:
        raise
    except DomainError as error:
        flash(sentence(error), "danger")
    else:
        until = day(loan.due_at, loan.zone)
        flash(_("%(title)s is lent until %(moment)s.", title=loan.title, moment=until), "success")
    return redirect(url_for("library.desk", card=request.form.get("card", "")), 303)


@bp.post("/desk/losses")
@needs("library.copy.condition")
def lose() -> ResponseReturnValue:
    """Write off what the reader at the desk has lost, and say what that costs."""
    with acting() as ctx:
        lost = loans.declare_lost(ctx, posted(ChooseCopy, beside=("card",)))
    amount = money(lost.open_minor, town().settings.currency)
    flash(_("The copy is lost; %(amount)s was charged.", amount=amount), "warning")
    return redirect(url_for("library.desk", card=request.form.get("card", "")), 303)


@bp.post("/copies/<id>/found", defaults={"what": "found"})
@bp.post("/copies/<id>/missing", defaults={"what": "missing"})
@bp.post("/copies/<id>/damaged", defaults={"what": "damaged"})
@bp.post("/copies/<id>/mended", defaults={"what": "mended"})
@needs("library.copy.condition")
def change_condition(id: str, what: str) -> ResponseReturnValue:  # noqa: A002 (as in the address)
    """Say that a copy was found, missed, damaged or mended."""
    chosen = posted(ThisCopy, id=id)
    with acting() as ctx:
        barcode = read_copy(ctx, chosen).barcode
        settled = CHANGES[what](ctx, ChooseCopy(barcode=barcode))
    flash(_("The state of the copy is changed."), "success")
    if settled.paid_back_minor:
        amount = money(settled.paid_back_minor, town().settings.currency)
        flash(_("Give %(amount)s back: the price that was paid for it.", amount=amount), "warning")
    return redirect(url_for("library.copy", id=id), 303)
