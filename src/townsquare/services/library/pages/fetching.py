"""What to bring from the shelves: a walk with the scanner, and what could not be found."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import UNREADABLE
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.services.library.commands.lending import ChooseCopy, FindOnShelves
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.desk import where_to
from townsquare.services.library.queries.fetching import find_on_shelves
from townsquare.services.library.usecases.loans import mark_missing
from townsquare.services.library.usecases.returns import fill_hold


@bp.get("/holds/fetching")
@needs("library.hold.manage")
def fetching() -> ResponseReturnValue:
    """List what to bring from the shelves, in their order."""
    return _page(CommandForm(ChooseCopy))


@bp.post("/holds/fetching")
@needs("library.hold.manage")
def fetch() -> ResponseReturnValue:
    """Keep the copy that was brought for the first reader who waits for it."""
    form = CommandForm(ChooseCopy)
    wish = form.read()
    if wish is None:
        return _page(form), UNREADABLE
    try:
        with acting(once=form.once) as ctx:
            kept = fill_hold(ctx, wish)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({"barcode": sentence(error)})
        return _page(form), status_of(error)
    flash(where_to(kept), "warning")
    return redirect(url_for("library.fetching", branch=request.args.get("branch")), 303)


@bp.post("/holds/fetching/missing")
@needs("library.copy.condition")
def miss() -> ResponseReturnValue:
    """Say that a copy is not where it should stand; the next one of its title is looked for."""
    wish = posted(ChooseCopy)
    with acting() as ctx:
        mark_missing(ctx, wish)
    flash(_("%(barcode)s is missing from its shelf.", barcode=wish.barcode), "warning")
    return redirect(url_for("library.fetching", branch=request.args.get("branch")), 303)


def _page(form: CommandForm[ChooseCopy]) -> str:
    known = FindOnShelves.model_fields
    asked = {n: t for n, t in request.args.items() if n in known and t}
    wish = read(FindOnShelves, asked)
    with looking() as ctx:
        found = find_on_shelves(ctx, wish)
    here = wish.branch or None
    return render_template(
        "library/fetching.html",
        form=form,
        found=found,
        wish=wish,
        next_url=url_for("library.fetching", branch=here, after=found.after) if found.after else "",
        first_url=url_for("library.fetching", branch=here) if wish.after else "",
    )
