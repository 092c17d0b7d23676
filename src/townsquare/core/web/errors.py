"""One table that turns domain errors into answers."""

import logging
from http import HTTPStatus

import msgspec
from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from townsquare.core import watching
from townsquare.core.db import Unanswered, no_room, too_busy
from townsquare.core.errors import (
    Busy,
    Conflict,
    DomainError,
    Invalid,
    NoRoom,
    NotAllowed,
    NotFound,
    NotIdentified,
    OutcomeUnknown,
    StaleVersion,
    StillRunning,
    TooMany,
    TooOften,
)
from townsquare.core.storage import FileTooLarge
from townsquare.core.web import actor, town
from townsquare.core.web.languages import in_words
from townsquare.core.web.reading import raise_for
from townsquare.core.words import translatable

STATUS = {
    StaleVersion: 412,
    FileTooLarge: 413,
    TooMany: 429,
    TooOften: 429,
    Busy: 503,
    OutcomeUnknown: 503,
    NoRoom: 507,
    NotFound: 404,
    NotIdentified: 401,
    NotAllowed: 403,
    Conflict: 409,
    Invalid: 422,
}
PROBLEM = "application/problem+json"
REALM = 'Bearer realm="townsquare"'
OURS = translatable("Something broke on our side, and nothing was changed; try again in a minute.")
SIGN_IN = translatable("Sign in first; this is not open to guests.")
log = logging.getLogger("townsquare")


def status_of(error: DomainError) -> int:
    """Return the HTTP status of this family of errors."""
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)


def sentence(error: DomainError) -> str:
    """Return what went wrong, in the reader's language."""
    return in_words(error.message, error.facts, town().settings.currency)


def show(error: DomainError) -> ResponseReturnValue:
    """Answer a domain error as a page or as a problem document."""
    status = status_of(error)
    watching.counted(watching.REFUSAL, error.code)
    if status == 403 and not actor().known:  # noqa: PLR2004 (Forbidden)
        return _stranger(error)
    answer = problem(error.code, status, sentence(error), facts=error.facts)
    if isinstance(error, NotIdentified):
        answer.headers["WWW-Authenticate"] = f'{REALM}, error="invalid_token"'
    if isinstance(error, Busy | OutcomeUnknown | StillRunning):
        answer.headers["Retry-After"] = "1"
    if isinstance(error, TooMany | TooOften):
        answer.headers["Retry-After"] = str(error.facts["seconds"])
    return answer


def show_http(error: HTTPException) -> ResponseReturnValue:
    """Answer what Flask itself refuses in the same two shapes."""
    told = gettext(error.description or error.name)
    status = error.code or 500
    answer = problem(f"http.{status}", status, told, facts={})
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            answer.headers[name] = value
    return answer


def show_database(error: SQLAlchemyError) -> ResponseReturnValue:
    """Answer a database that had no time for us; anything else that it says is our mistake."""
    if isinstance(error, Unanswered):
        log.error("outcome unknown", exc_info=error)
        return show(OutcomeUnknown())
    return show(Busy()) if too_busy(error) else show_system(error)


def show_system(error: Exception) -> ResponseReturnValue:
    """Answer a full disk, whoever met it; anything else is our mistake."""
    if not no_room(error):
        return show_unforeseen(error)
    log.error("no room", exc_info=error)
    return show(NoRoom())


def show_unreadable(error: ValidationError) -> ResponseReturnValue:
    """Answer a command that a page could not make of what was sent, as any other refusal."""
    try:
        raise_for(error)
    except DomainError as refusal:
        return show(refusal)


def show_unforeseen(error: Exception) -> ResponseReturnValue:
    """Answer our own mistakes with an id that is in the log, never with their text."""
    log.error("unforeseen", exc_info=error)
    watching.counted(watching.REFUSAL, watching.UNFORESEEN)
    return problem("core.unforeseen", 500, gettext(OURS), facts={})


def init_app(app: Flask) -> None:
    """Let every error of this application be shown by the table."""
    app.register_error_handler(DomainError, show)
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(SQLAlchemyError, show_database)
    app.register_error_handler(OSError, show_system)
    app.register_error_handler(ValidationError, show_unreadable)
    app.register_error_handler(Exception, show_unforeseen)


def is_for_programs() -> bool:
    """Tell whether this request wants a problem document instead of a page."""
    return request.path.startswith(("/api/", "/graphql", "/live/", "/ws/"))


def problem(code: str, status: int, detail: str, *, facts: dict[str, object]) -> Response:
    """Return the answer for one problem, in the shape that the caller reads."""
    if not is_for_programs():
        wrong = facts.get("fields") if code == Invalid.code else None
        told = {"sentence": detail, "status": status, "code": code, "wrong": wrong or {}}
        page = render_template("ui/problem.html", **told)
        return Response(page, status, mimetype="text/html")
    body = {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "facts": facts,
        "request_id": g.get("request_id", ""),
    }
    return Response(msgspec.json.encode(body), status, mimetype=PROBLEM)


def _stranger(error: DomainError) -> ResponseReturnValue:
    if is_for_programs():
        answer = problem(error.code, 401, gettext(SIGN_IN), facts={})
        answer.headers["WWW-Authenticate"] = REALM
        return answer
    page = render_template("ui/problem.html", sentence=gettext(SIGN_IN), status=403, guest=True)
    return Response(page, 403, mimetype="text/html")
