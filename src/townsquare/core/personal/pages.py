"""The pages of one's own data: to take it along, and to leave for good."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.identity.cookies import forget_session
from townsquare.core.personal import acts, files
from townsquare.core.personal.commands import EraseMyself, Nothing
from townsquare.core.personal.errors import NotYourAddress
from townsquare.core.personal.results import Leaving
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.downloads import attachment
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated

bp = Blueprint("personal", __name__, url_prefix="/account/data", template_folder="templates")


@bp.get("")
@needs("signed-in")
def mine() -> ResponseReturnValue:
    """Say what can be done with one's own data."""
    return render_template("personal/mine.html")


@bp.post("/download")
@needs("signed-in")
@rated("expensive")
def download() -> Response:
    """Give everything that is kept about oneself as one file."""
    wish = posted(Nothing)
    with acting() as ctx:
        acts.take_data(ctx, wish)
    with looking() as ctx:  # However much it is, nobody who writes waits for it.
        data = acts.read_data(ctx, wish)
    return attachment(files.archive(data), f"my data {data.at:%Y-%m-%d}.zip", "application/zip")


@bp.get("/erasure")
@needs("signed-in")
def leaving() -> ResponseReturnValue:
    """Say what leaving means, what is in its way, and ask for the address."""
    with looking() as ctx:
        found = acts.leaving(ctx, Nothing())
    return _leaving_page(CommandForm(EraseMyself), found)


@bp.post("/erasure")
@needs("signed-in")
def leave() -> ResponseReturnValue:
    """Erase what names the person who asks, and let them go."""
    form = CommandForm(EraseMyself)
    wish = form.read()
    if wish is not None:
        try:
            with acting() as ctx:
                acts.erase_myself(ctx, wish)
        except NotYourAddress as error:
            form.refuse({"email": sentence(error)})
        else:
            flash(_("You have left; nothing here names you any more. Goodbye!"))
            return forget_session(redirect(url_for("front.home"), 303))
    with looking() as ctx:
        found = acts.leaving(ctx, Nothing())
    return _leaving_page(form, found), 422


def _leaving_page(form: CommandForm[EraseMyself], found: Leaving) -> str:
    return render_template("personal/leaving.html", form=form, found=found)
