"""The pages behind the `type` of a problem document: each code, explained."""

from collections.abc import Iterator

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from townsquare.core.errors import DomainError
from townsquare.core.web import needs
from townsquare.core.web.errors import status_of

bp = Blueprint("problems", __name__, url_prefix="/problems")


@bp.get("/<code>")
@needs("public")
def explain(code: str) -> ResponseReturnValue:
    """Show what a code means, with the facts it comes with in braces."""
    kind = next((kind for kind in kinds(DomainError) if kind.code == code), None)
    if kind is None:
        abort(404)
    status = status_of(kind.__new__(kind))
    said = gettext(kind.message)
    return render_template("ui/explained.html", code=code, status=status, sentence=said)


def kinds(family: type[DomainError]) -> Iterator[type[DomainError]]:
    """Return this family and everything that belongs to it."""
    yield family
    for kind in family.__subclasses__():
        yield from kinds(kind)
