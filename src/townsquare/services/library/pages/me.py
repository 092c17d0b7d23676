"""What readers do by themselves: see, renew, wait, and show their card."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import DomainError
from townsquare.core.reports.codes import code128_svg, qr_svg
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.moments import day
from townsquare.core.web.reading import read
from townsquare.services.library.commands.catalogue import ChooseDocument
from townsquare.services.library.commands.lending import (
    ChooseHold,
    ChooseLoan,
    Nothing,
    PlaceHold,
    SuspendHold,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.choices import branches
from townsquare.services.library.queries.documents import read_document
from townsquare.services.library.queries.mine import my_library, own_card
from townsquare.services.library.usecases.holds import (
    cancel_my_hold,
    place_my_hold,
    suspend_hold,
)
from townsquare.services.library.usecases.loans import renew_my_loan

GONE = ("withdrawn", "lost", "missing")


@bp.get("/me")
@needs("signed-in")
def me() -> ResponseReturnValue:
    """Show one's own loans, holds and charges."""
    with looking() as ctx:
        mine = my_library(ctx, Nothing())
    return render_template("library/me.html", mine=mine, now=town().now())


@bp.get("/me/card")
@needs("signed-in")
def my_card() -> ResponseReturnValue:
    """Show one's own card, to be scanned at the desk."""
    with looking() as ctx:
        patron = own_card(ctx, Nothing())
    if patron is None:
        return redirect(url_for("library.me"), 303)
    bars, qr = code128_svg(patron.card), qr_svg(patron.card)
    return render_template("library/card.html", patron=patron, bars=bars, qr=qr, own=True)


@bp.post("/me/loans/<id>/renewal")
@needs("signed-in")
def renew(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Keep a copy for longer, or say why not."""
    wish = posted(ChooseLoan, id=id)
    try:
        with acting() as ctx:
            loan = renew_my_loan(ctx, wish)
    except DomainError as error:
        flash(sentence(error), "danger")
    else:
        until = day(loan.due_at, loan.zone)
        flash(_("%(title)s is yours until %(moment)s.", title=loan.title, moment=until))
    return redirect(url_for("library.me"), 303)


@bp.route("/documents/<id>/hold", methods=["GET", "POST"])
@needs("signed-in")
def hold(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Wait for a document: choose where to collect it."""
    with looking() as ctx:
        document = read_document(ctx, read(ChooseDocument, {"id": id}))
        patron = own_card(ctx, Nothing())
    copies = [copy for copy in document.copies if copy.state not in GONE]
    form = CommandForm(
        PlaceHold,
        values={"document": id, "branch": patron.branch if patron else ""},
        choices={
            "branch": branches(),
            "barcode": [(copy.barcode, f"{copy.barcode}, {copy.branch_name}") for copy in copies],
        },
        hidden=["document"],
    )
    form["document"].value = id
    if request.method == "GET":
        return render_template("library/hold.html", form=form, document=document, patron=patron)
    placed, status = attempt(form, place_my_hold, wish=form.read())
    if placed is None:
        page = render_template("library/hold.html", form=form, document=document, patron=patron)
        return page, status
    by = day(placed.expected_on)
    flash(_("You are number %(n)s in the queue; expect it by %(day)s.", n=placed.position, day=by))
    return redirect(url_for("library.me"), 303)


@bp.post("/me/holds/<id>/cancellation")
@needs("signed-in")
def cancel(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Leave the queue."""
    with acting() as ctx:
        cancel_my_hold(ctx, posted(ChooseHold, id=id))
    flash(_("You wait for it no longer."))
    return redirect(url_for("library.me"), 303)


@bp.post("/me/holds/<id>/suspension")
@needs("signed-in")
def suspend(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Be passed over until a day, or take part again."""
    with acting() as ctx:
        suspend_hold(ctx, posted(SuspendHold, id=id))
    flash(_("Your place in the queue is kept."))
    return redirect(url_for("library.me"), 303)
