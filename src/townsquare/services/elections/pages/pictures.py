"""Photos of candidates and symbols of parties: asked for, taken away, and given out."""

from base64 import b64encode
from contextlib import closing
from typing import Any, TypeVar

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.pictures import LARGEST_PICTURE
from townsquare.core.usecase import Command
from townsquare.core.web import actor, looking, needs
from townsquare.core.web.attempts import attempt, attempt_look, press, read_onto
from townsquare.core.web.forms import OWN, CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read, refuse_unknown
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.nominations import (
    FindPicture,
    OfParty,
    Pictured,
    SetPhoto,
    SetSymbol,
)
from townsquare.services.elections.pages import bp
from townsquare.services.elections.permissions import DECIDE
from townsquare.services.elections.queries.pictures import read_photo, read_picture, read_symbol
from townsquare.services.elections.results.nominations import Shown
from townsquare.services.elections.usecases.picturing import (
    MANAGE,
    examine_photo,
    examine_symbol,
    remove_photo,
    remove_symbol,
    set_photo,
    set_symbol,
)

LARGEST_UPLOAD = LARGEST_PICTURE + 64 * 1024  # Beside it goes the form.
# By the browser that has asked, and by nobody between: what is taken back stays nowhere else.
KEPT = "private, max-age=31536000, immutable"
SENT = "file"
Wish = TypeVar("Wish", bound=Command)


@bp.get("/pictures/<digest>")
@needs("public")
def picture(digest: str) -> ResponseReturnValue:
    """Give out a photo or a symbol; its address changes with it, so browsers keep it."""
    with looking() as ctx:
        found = read_picture(ctx, read(FindPicture, {"digest": digest}))
    answer = Response(found.body, content_type=found.media)
    if found.public:
        answer.headers["Cache-Control"] = KEPT
    return answer


@bp.route("/candidacies/<id>/photo", methods=["GET", "POST"])
@rated("expensive")
@needs("signed-in")
def photo(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show the photo of a candidate, and ask for another one."""
    with looking() as ctx:
        found = read_photo(ctx, read(Chosen, {"id": id}))
    form, status = _form(), 200
    if request.method == "POST":
        wish = _sent(form, SetPhoto, {"id": id})
        examined, status = attempt_look(form, examine_photo, wish=wish)
        kept, status = attempt(form, set_photo, wish=examined) if examined else (None, status)
        if kept is not None:
            flash(_("The photo was saved."), "success")
            return redirect(url_for("elections.photo", id=id), 303)
    above = "vet" if DECIDE in actor().permissions else "candidacy"
    here, gone, back = (url_for(f"elections.{one}", id=id) for one in ("photo", "no_photo", above))
    ways = (here, gone, back, found.name)
    why = _why(found, frozen=_("The election is frozen, so that the photo stays as it is."))
    return _page(form, found, (_("Photo"), why), ways=ways), status


photo.largest_body = LARGEST_UPLOAD  # type: ignore[attr-defined]  # The first hook reads it.


@bp.post("/candidacies/<id>/photo/removal")
@needs("signed-in")
def no_photo(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show a candidate without a photo."""
    press(remove_photo, posted(Chosen, id=id), say=lambda _done: _("The photo was removed."))
    return redirect(url_for("elections.photo", id=id), 303)


@bp.route("/office/parties/<party>/symbol", methods=["GET", "POST"])
@rated("expensive")
@needs(MANAGE)
def symbol(party: str) -> ResponseReturnValue:
    """Show the symbol of a party, and ask for another one."""
    with looking() as ctx:
        found = read_symbol(ctx, read(OfParty, {"party": party}))
    form, status = _form(), 200
    if request.method == "POST":
        wish = _sent(form, SetSymbol, {"party": party})
        examined, status = attempt_look(form, examine_symbol, wish=wish)
        kept, status = attempt(form, set_symbol, wish=examined) if examined else (None, status)
        if kept is not None:
            flash(_("The symbol was saved."), "success")
            return redirect(url_for("elections.symbol", party=party), 303)
    here, gone = (url_for(f"elections.{one}", party=party) for one in ("symbol", "no_symbol"))
    ways = (here, gone, url_for("elections.parties"), _("Parties"))
    stands = _("A candidate of this party stands in a frozen election, so that its symbol stays.")
    about = (_("Symbol"), _why(found, frozen=stands))
    return _page(form, found, about, ways=ways), status


symbol.largest_body = LARGEST_UPLOAD  # type: ignore[attr-defined]  # The first hook reads it.


@bp.post("/office/parties/<party>/symbol/removal")
@needs(MANAGE)
def no_symbol(party: str) -> ResponseReturnValue:
    """Show a party without a symbol."""
    wish = posted(OfParty, party=party)
    press(remove_symbol, wish, say=lambda _done: _("The symbol was removed."))
    return redirect(url_for("elections.symbol", party=party), 303)


def _page(
    form: CommandForm[Pictured],
    found: Shown,
    about: tuple[str, str],
    *,
    ways: tuple[str, str, str, str],
) -> str:
    """Return the page about a picture: what it is, why no other is taken; where forms lead."""
    told = dict(zip(("title", "why"), about, strict=True))
    led = dict(zip(("here", "gone", "back_to", "back_name"), ways, strict=True))
    return render_template("elections/picture.html", form=form, found=found, **told, **led)


def _why(found: Shown, *, frozen: str) -> str:
    """Return why no other picture is taken; empty where one is."""
    if found.frozen:
        return frozen
    if found.taken:
        return ""
    if found.digest:
        return str(_("Who stands no more gets no other photo; this one can be removed."))
    return str(_("Who stands no more gets no photo."))


def _form() -> CommandForm[Pictured]:
    form = CommandForm(Pictured)
    form["content"].name = SENT  # A browser sends the file itself.
    return form


def _sent(form: CommandForm[Any], kind: type[Wish], about: dict[str, str]) -> Wish | None:
    """Return the picture that was sent; None, with the reason at its field, if there is none."""
    sent = request.files.get(SENT)
    if sent is None or not sent.filename:
        form.refuse({"content": _("Choose a file first.")})
        return None
    refuse_unknown(request.form.keys() - OWN)
    with closing(sent):
        content = b64encode(sent.read())
    return read_onto(form, kind, {**about, "content": content})
