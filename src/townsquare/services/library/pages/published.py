"""Sum figures that library authorities publish, on a page or as a file."""

from typing import Any, BinaryIO, cast

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import DomainError
from townsquare.core.web import needs, town
from townsquare.core.web.downloads import download
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import OWN
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import refuse_unknown
from townsquare.services.library.pages import bp
from townsquare.services.library.results.published_files import comparison_of, report_of

LARGEST_UPLOAD = 5 * 1024 * 1024


@bp.get("/reports/published")
@needs("library.report.view")
def published() -> ResponseReturnValue:
    """Ask for a file of published figures."""
    return _page()


@bp.post("/reports/published")
@rated("expensive")
@needs("library.report.view")
def sum_published() -> ResponseReturnValue:
    """Show what the figures come to, or save it as a file."""
    refuse_unknown(request.form.keys() - {*OWN, "as", "file", "against"})
    file, yearly = _sent("file"), _sent("against")
    if file is None:
        return _page(problem=_("Choose a file first.")), 422
    try:
        if yearly:
            made, *read = comparison_of(file, yearly, town().now())
        else:
            made, *read = report_of(file, town().now())
        if kind := request.form.get("as", ""):
            return download(made, kind)
    except DomainError as error:
        return _page(problem=sentence(error)), status_of(error)
    wrong = [told for found in read for told in found.wrong]
    return _page(made=made, wrong=wrong, drawn=not yearly)


sum_published.largest_body = LARGEST_UPLOAD  # type: ignore[attr-defined]  # The first hook reads it.


def _sent(name: str) -> BinaryIO | None:
    sent = request.files.get(name)
    return cast("BinaryIO", sent.stream) if sent and sent.filename else None


def _page(**shown: Any) -> str:  # noqa: ANN401 (what the template shows)
    return render_template("library/published.html", **shown)
