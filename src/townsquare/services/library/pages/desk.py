"""The desk: a scanner, a keyboard, and one answer for each beep."""

from collections.abc import Iterator

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.usecase import Command
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.languages import money
from townsquare.core.web.moments import day
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import (
    BorrowCopy,
    ChoosePatron,
    FindPatrons,
    Nothing,
    ReturnCopy,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.choices import branches
from townsquare.services.library.queries.counter import latest_returns, reader_at_desk
from townsquare.services.library.queries.loans import loans_of_patron
from townsquare.services.library.results.counter import AtDesk
from townsquare.services.library.results.lending import LoanLine, Return
from townsquare.services.library.usecases.desk import borrow_copy
from townsquare.services.library.usecases.returns import return_copy

# Which refusals somebody with the right to may lift, and by which word.
OVERRIDABLE = {
    "library.limit-reached": "limit-reached",
    "library.blocked": "blocked",
    "library.card-expired": "card-expired",
}


class ScanCard(Command):
    """A card under the scanner."""

    card: str = Field(title=translatable("Reader's card"), min_length=1, max_length=32)


@bp.get("/desk")
@needs("library.loan.create")
def desk() -> ResponseReturnValue:
    """Ask for a card; with one, show the reader and ask for the copies."""
    card = request.args.get("card", "")
    if not card:
        return render_template("library/desk.html", form=CommandForm(ScanCard))
    return _reader_page(card, _borrowing(card))


@bp.post("/desk")
@needs("library.loan.create")
def scan_card() -> ResponseReturnValue:
    """Go to the reader of the card that was scanned."""
    form = CommandForm(ScanCard)
    wish = form.read()
    if wish is None:
        return render_template("library/desk.html", form=form), 422
    try:
        _found(wish.card)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({"card": sentence(error)})
        return render_template("library/desk.html", form=form), status_of(error)
    return redirect(url_for("library.desk", card=wish.card), 303)


@bp.post("/desk/loans")
@needs("library.loan.create")
def borrow() -> ResponseReturnValue:
    """Lend the copy that was scanned to the reader at the desk."""
    card = request.form.get("card", "")
    form = _borrowing(card)
    wish = form.read()
    if wish is None:
        return _reader_page(card, form), 422
    try:
        with acting(once=form.once) as ctx:
            loan = borrow_copy(ctx, wish)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({"barcode": sentence(error)})
        return _reader_page(card, form, refused=error.code), status_of(error)
    until = day(loan.due_at, loan.zone)
    flash(_("%(title)s is lent until %(moment)s.", title=loan.title, moment=until), "success")
    return redirect(url_for("library.desk", card=loan.card), 303)


@bp.get("/desk/returns")
@needs("library.loan.return")
def returns() -> ResponseReturnValue:
    """Ask for the copies that come back."""
    return _returns_page(_returning())


@bp.post("/desk/returns")
@needs("library.loan.return")
def take_back() -> ResponseReturnValue:
    """Take the copy that was scanned back, and say where it goes."""
    form = _returning()
    wish = form.read()
    if wish is None:
        return _returns_page(form), 422
    try:
        with acting(once=form.once) as ctx:
            back = return_copy(ctx, wish)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({"barcode": sentence(error)})
        return _returns_page(form), status_of(error)
    calls = back.goes_to in {"hold_shelf", "in_transit", "repair"} or back.paid_back_minor
    flash(where_to(back), "warning" if calls else "success")
    # House and day stay for the next copy of the pile.
    house, day = form["branch"].value or None, form["dropped_on"].value or None
    return redirect(url_for("library.returns", branch=house, dropped_on=day), 303)


def _returning() -> CommandForm[ReturnCopy]:
    kept = {name: request.args.get(name, "") for name in ("branch", "dropped_on")}
    choices = {"branch": branches()}
    return CommandForm(ReturnCopy, values=kept, choices=choices, hidden=["effective_at"])


def _borrowing(card: str) -> CommandForm[BorrowCopy]:
    hidden = ["card", "dry_run", "override", "reason"]
    return CommandForm(BorrowCopy, values={"card": card}, hidden=hidden)


def _found(card: str) -> tuple[AtDesk, list[LoanLine]]:
    with looking() as ctx:
        reader = reader_at_desk(ctx, read(FindPatrons, {"words": card}))
        return reader, loans_of_patron(ctx, ChoosePatron(id=reader.patron.id))


def _reader_page(card: str, form: CommandForm[BorrowCopy], refused: str = "") -> str:
    reader, loans = _found(card)
    return render_template(
        "library/desk_reader.html",
        form=form,
        patron=reader.patron,
        limit=reader.limit,
        loans=loans,
        refused=refused,
        overridable=OVERRIDABLE,
        now=town().now(),
    )


def _returns_page(form: CommandForm[ReturnCopy]) -> str:
    with looking() as ctx:
        latest = latest_returns(ctx, Nothing())
    return render_template("library/returns.html", form=form, latest=latest)


def where_to(back: Return) -> str:
    """Return what to do with a copy that was scanned, and what it cost or gave back."""
    said = _("%(title)s is back.", title=back.title)
    if back.already_returned:
        said = _("%(title)s was not on loan; put it on its shelf.", title=back.title)
    if back.goes_to == "hold_shelf":
        said = _(
            "%(title)s waits for card %(card)s: hold shelf.", title=back.title, card=back.reader
        )
    if back.goes_to == "in_transit":
        said = _(
            "%(title)s goes to another branch for %(card)s.", title=back.title, card=back.reader
        )
    if back.goes_to == "repair":
        said = _("%(title)s is damaged: put it aside to be mended.", title=back.title)
    if back.found:
        said += " " + _("It was given up, and is found.")
    return " ".join([str(said), *_costs(back)])


def _costs(back: Return) -> Iterator[str]:
    """Say what a copy that came back cost, would have cost or gave back."""
    amounts = {
        _("Give %(amount)s back: the price that was paid for it."): back.paid_back_minor,
        _("%(amount)s was charged."): back.charged_minor,
        _("It is late and would have cost %(amount)s; nothing is charged."): back.tried_minor,
    }
    for told, minor in amounts.items():
        if minor:
            yield told % {"amount": money(minor, town().settings.currency)}
