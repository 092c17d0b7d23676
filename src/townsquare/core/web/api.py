"""Use cases for programs: one line each, made from the declaration."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from werkzeug.exceptions import BadRequest, PreconditionRequired, UnsupportedMediaType

from townsquare.core.db import Unanswered, breaks, lost_a_race, too_busy
from townsquare.core.errors import Busy, DomainError, StillRunning
from townsquare.core.once import ONE_EFFECT, Answer, Once, answered, at_work, keep
from townsquare.core.usecase import Command, Context, UseCase, declared
from townsquare.core.web import actor, town
from townsquare.core.web.reading import NO_JSON, read, refuse_no_object, refuse_unknown
from townsquare.core.words import translatable

Wish = TypeVar("Wish", bound=Command)
Result = TypeVar("Result")
JSON = "application/json"
KEPT = ("Content-Type", "ETag", "Location")  # What the same wish is answered again.
PLAIN = '{"Content-Type": "application/json"}'  # Of answers that were kept without headers.
LONGEST_KEY = 255
LONGEST_VERSION = 18
CHANGES_A_VERSION = {"PUT", "PATCH", "DELETE"}
NO_KEY = translatable("Send an Idempotency-Key of 1 to 255 printable characters with this call.")
NOT_JSON = translatable("Send the body as application/json.")
NO_VERSION = translatable("Send If-Match with the ETag that you have read.")
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Offer:
    """One call that programs can make: the verb, the act, how it answers."""

    verb: str
    act: UseCase[Any, Any]
    status: int
    once: bool
    place: str
    asks_more: bool

    @property
    def takes_version(self) -> bool:
        """Tell whether the call must name the version that it changes."""
        return self.verb in CHANGES_A_VERSION and "version" in self.act.command.model_fields

    @property
    def takes_body(self) -> bool:
        """Tell whether the wish is sent as a body; a question that is long may be, too."""
        return self.verb not in {"GET", "DELETE"}


def offer(
    bp: Blueprint,
    line: str,
    function: Callable[[Context, Wish], Result],
    *,
    status: int = 200,
    once: bool = False,
    place: str = "",
    asks_more: bool = False,
) -> None:
    """Let programs call this use case, as in "POST /loans".

    The command is the JSON body together with the placeholders of the path; that of a GET is
    the query string. With `once` the call needs an Idempotency-Key; `place` names the endpoint
    whose address, made from the result's id, is the Location of what was created; `asks_more`
    tells that some field needs a further permission.
    """
    verb, path = line.split()
    offered = Offer(verb, declared(function), status, once, place, asks_more)

    def view(**places: str) -> ResponseReturnValue:
        # Who may not do it at all learns that first, whatever else is wrong with the call.
        offered.act.admit(actor())
        if offered.act.reads:
            return _look(offered, places)
        return _change(offered, places)

    view.offers = offered  # type: ignore[attr-defined]  # openapi() describes it.
    bp.add_url_rule(path, offered.act.name.replace(".", "_"), view, methods=[verb])


def _look(offered: Offer, places: dict[str, str]) -> Response:
    wish = _asked(offered, places)
    here = town()
    with here.working(actor(), reads=True) as ctx:
        result = offered.act.call(ctx, wish)
    return _answer(offered, result, encode(result))


def _asked(offered: Offer, places: dict[str, str]) -> Command:
    command: type[Command] = offered.act.command
    if offered.takes_body:
        return read(command, _body(offered, places), strict=True)
    given = {name: request.args.getlist(name) for name in request.args}
    flat = {name: texts if len(texts) > 1 else texts[0] for name, texts in given.items()}
    return read(command, {**flat, **places})


def _change(offered: Offer, places: dict[str, str]) -> Response:
    body = _body(offered, places)
    wish = read(offered.act.command, body, strict=True)
    once = _once(offered, body)
    with at_work(once) as other_runs:
        try:
            return _change_now(offered, wish, once)
        except (DomainError, SQLAlchemyError) as error:
            if other_runs and _waited_in_vain(error):
                raise StillRunning from error
            first = _first_answer(once, error)
            if first is None:
                raise
            told = msgspec.json.decode(first.headers or PLAIN)
            return Response(first.body, first.status, told)


def _change_now(offered: Offer, wish: Command, once: Once | None) -> Response:
    here = town()
    wish = here.ahead(offered.act, actor(), wish)
    with here.working(actor(), request_id=g.get("request_id", "")) as ctx:
        result = offered.act.call(ctx, wish)
        answer = _answer(offered, result, encode(result))
        if once:
            told = {name: answer.headers[name] for name in KEPT if name in answer.headers}
            note = (offered.status, encode(told).decode(), answer.get_data(as_text=True))
            keep(ctx._db, once, note, now=here.now())  # noqa: SLF001 (the surface's own note)
    here.bell.set()
    return answer


def _waited_in_vain(error: Exception) -> bool:
    if isinstance(error, SQLAlchemyError):
        raced = isinstance(error, DBAPIError) and lost_a_race(error)
        return too_busy(error) and not raced
    return isinstance(error, Busy)


def _first_answer(once: Once | None, error: Exception) -> Answer | None:
    if once is None:
        return None
    kept = isinstance(error, IntegrityError) and breaks(error, ONE_EFFECT)
    if isinstance(error, SQLAlchemyError) and not kept and not isinstance(error, Unanswered):
        return None
    with suppress(SQLAlchemyError), town().sessions() as db:
        db.connection(execution_options={"reads": True})
        return answered(db, once)
    return None  # The database is silent; what it said before is what can be told.


def _answer(offered: Offer, result: object, told: bytes) -> Response:
    if offered.status == 204:  # noqa: PLR2004 (No Content)
        return Response(status=204)
    answer = Response(told, offered.status, mimetype=JSON)
    version = getattr(result, "version", None)
    if version is not None:
        answer.set_etag(str(version))
    if offered.place:
        answer.headers["Location"] = url_for(offered.place, id=getattr(result, "id", ""))
    return answer


def _body(offered: Offer, places: dict[str, str]) -> bytes:
    if request.mimetype != JSON and (request.content_length or offered.verb != "DELETE"):
        raise UnsupportedMediaType(NOT_JSON)
    sent = request.get_data() or (b"{}" if offered.verb == "DELETE" else b"")
    if not places:
        return sent
    refuse_no_object(sent)
    try:
        fields = msgspec.json.decode(sent)
    except msgspec.DecodeError as error:  # Such as a number of five thousand digits.
        raise BadRequest(NO_JSON) from error
    told = {**places, **_version(offered)}
    refuse_unknown(fields.keys() & told.keys())
    return encode({**fields, **told})


def _version(offered: Offer) -> dict[str, int]:
    if not offered.takes_version:
        return {}
    tags = request.if_match
    if not tags:
        raise PreconditionRequired(NO_VERSION)
    # Of several it would be chance which one counts; an empty one is None to Werkzeug.
    told = tags.as_set()
    tag = (next(iter(told)) or "") if len(told) == 1 else ""
    known = tag.isascii() and tag.isdigit() and len(tag) <= LONGEST_VERSION
    return {"version": int(tag) if known else 0}


def _once(offered: Offer, body: bytes) -> Once | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        if offered.once:
            raise PreconditionRequired(NO_KEY)
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadRequest(NO_KEY)
    return Once(f"{actor().id} {offered.act.name}", key, body)
