"""Results as signed files, and the signatures beside them."""

from flask import Response
from flask.typing import ResponseReturnValue

from townsquare.core.web import looking, needs
from townsquare.core.web.downloads import attachment
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.services.elections.commands.deciding import FindDocument
from townsquare.services.elections.pages import bp
from townsquare.services.elections.queries.documents import read_document
from townsquare.services.elections.results.documents import SignedResult
from townsquare.services.elections.rules.detached import Detached, written

SIGNATURE = ".sig"


@bp.get("/<id>/results/signed.csv", defaults={"kind": "csv"})
@bp.get("/<id>/results/signed.csv.sig", defaults={"kind": "csv.sig"})
@bp.get("/<id>/results/signed.pdf", defaults={"kind": "pdf"})
@bp.get("/<id>/results/signed.pdf.sig", defaults={"kind": "pdf.sig"})
@rated("expensive", reading=True)
@needs("public")
def signed(id: str, kind: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Give out the result as a CSV or PDF file, or the signature beside it."""
    wish = read(FindDocument, {"id": id, "kind": kind.removesuffix(SIGNATURE)})
    with looking() as ctx:
        made = read_document(ctx, wish)
    return _beside(made) if kind.endswith(SIGNATURE) else _file(made)


def _file(made: SignedResult) -> Response:
    return attachment(made.body, made.name, made.mimetype)


def _beside(made: SignedResult) -> Response:
    told = written(Detached(made.key, made.sha256, made.signature))
    return attachment(told, made.name + SIGNATURE, "text/plain; charset=utf-8")
