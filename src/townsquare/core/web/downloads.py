"""Files as answers: always saved, never shown, with the name that people gave."""

from urllib.parse import quote

from flask import Response

from townsquare.core.errors import Invalid
from townsquare.core.reports.csvfiles import to_csv
from townsquare.core.reports.pdf import to_pdf
from townsquare.core.reports.report import Report
from townsquare.core.reports.xlsx import to_xlsx
from townsquare.core.storage import Storage, StoredFile, plain_name
from townsquare.core.words import translatable

KINDS = {
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "pdf": (to_pdf, "application/pdf"),
    "xlsx": (to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
PIECE = 64 * 1024


class UnknownDownload(Invalid):
    """There is no such kind of file."""

    code = "core.unknown-download"
    message = translatable("Reports can be saved as csv, pdf or xlsx, not as {kind}.")


def download(report: Report, kind: str) -> Response:
    """Return the report as a file of this kind."""
    if kind not in KINDS:
        raise UnknownDownload(kind=kind)
    make, mimetype = KINDS[kind]
    return attachment(make(report), f"{report.title} {report.as_of:%Y-%m-%d}.{kind}", mimetype)


def stored(storage: Storage, file: StoredFile) -> Response:
    """Return a stored file, piece by piece."""
    stream = storage.open(file.stored)
    answer = attachment(iter(lambda: stream.read(PIECE), b""), file.name, file.mimetype)
    answer.call_on_close(stream.close)
    answer.content_length = file.size
    return answer


def attachment(body: object, name: str, mimetype: str) -> Response:
    """Return an answer that browsers save under this name (RFC 6266)."""
    answer = Response(body, content_type=mimetype)  # type: ignore[arg-type]  # Bytes or pieces.
    answer.headers["Content-Disposition"] = disposition(name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def disposition(name: str) -> str:
    """Return the header that names a file: plain for old browsers, exact for the others."""
    kept = plain_name(name)
    simple = "".join(x if x.isascii() and x not in '"\\%' else "_" for x in kept)
    return f"attachment; filename=\"{simple}\"; filename*=UTF-8''{quote(kept, safe='')}"
