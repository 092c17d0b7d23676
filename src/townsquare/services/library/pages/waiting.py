"""A reader who is put into the queue by the staff."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import UNREADABLE
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.moments import day
from townsquare.core.web.reading import read
from townsquare.services.library.commands.catalogue import ChooseDocument
from townsquare.services.library.commands.lending import PlaceHoldFor
from townsquare.services.library.errors import (
    CardReplaced,
    HoldExists,
    HoldLimit,
    UnknownBranch,
    UnknownCopy,
    UnknownPatron,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.choices import branches
from townsquare.services.library.queries.documents import read_document
from townsquare.services.library.results.catalogue import Document
from townsquare.services.library.usecases.holds import place_hold

# At which field a refusal stands; any other one stands on top.
PLACES = {
    UnknownPatron: "card",
    CardReplaced: "card",
    HoldExists: "card",
    HoldLimit: "card",
    UnknownBranch: "branch",
    UnknownCopy: "barcode",
}


@bp.route("/documents/<id>/hold-for", methods=["GET", "POST"])
@needs("library.hold.manage")
def hold_for(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Wait for a reader: whose card it is, and where they collect."""
    with looking() as ctx:
        document = read_document(ctx, read(ChooseDocument, {"id": id}))
    form = CommandForm(
        PlaceHoldFor, values={"document": id}, choices={"branch": branches()}, hidden=["document"]
    )
    form["document"].value = id
    if request.method == "GET":
        return _page(form, document)
    wish = form.read()
    if wish is None:
        return _page(form, document), UNREADABLE
    try:
        with acting(once=form.once) as ctx:
            placed = place_hold(ctx, wish)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({PLACES.get(type(error), ""): _said(error)})
        return _page(form, document), status_of(error)
    by = day(placed.expected_on)
    n = placed.position
    flash(_("The reader is number %(n)s in the queue; expect it by %(day)s.", n=n, day=by))
    return redirect(url_for("library.document", id=id), 303)


def _said(error: DomainError) -> str:
    if isinstance(error, HoldExists):  # Its own sentence speaks to the reader.
        return str(_("This reader waits for it already; look into the queue."))
    return sentence(error)


def _page(form: CommandForm[PlaceHoldFor], document: Document) -> str:
    return render_template("library/hold_for.html", form=form, document=document)
