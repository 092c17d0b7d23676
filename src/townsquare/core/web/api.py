"""Use cases for programs: one line each, made from the declaration."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, PreconditionRequired, UnsupportedMediaType

from townsquare.core.frozen import dataclass
from townsquare.core.once import Answer, Once
from townsquare.core.usecase import Command, Context, UseCase, declared
from townsquare.core.web import actor, bare, town
from townsquare.core.web.downloads import KINDS, download
from townsquare.core.web.reading import NO_JSON, read, refuse_no_object, refuse_unknown
from townsquare.core.web.repeats import done_once, kept
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
    not_yet: bool
    first: UseCase[Any, Any] | None

    @property
    def is_report(self) -> bool:
        """Tell whether the result can be had as a file, of the kind that Accept names."""
        return hasattr(self.act.result, "as_report")

    @cached_property
    def takes_version(self) -> bool:
        """Tell whether the call must name the version that it changes."""
        return self.verb in CHANGES_A_VERSION and "version" in self.act.command.model_fields

    @property
    def takes_body(self) -> bool:
        """Tell whether the wish is sent as a body; a question that is long may be, too."""
        return self.verb not in {"GET", "DELETE"}


def offer(  # noqa: PLR0913 (each is one fact of the call)
    bp: Blueprint,
    line: str,
    function: Callable[[Context, Wish], Result],
    *,
    status: int = 200,
    once: bool = False,
    place: str = "",
    asks_more: bool = False,
    not_yet: bool = False,
    first: Callable[[Context, Wish], object] | None = None,
    rate: str = "",
    largest: int = 0,
) -> None:
    """Let programs call this use case, as in "POST /loans".

    The command is the JSON body together with the placeholders of the path; that of a GET is
    the query string. With `once` the call needs an Idempotency-Key; `place` names the endpoint
    whose address, made from the result's id, is the Location of what was created; `asks_more`
    tells that some field needs a further permission, `not_yet` that a look may find nobody there
    yet (404); `first` is a query that is asked with the same wish before, which refuses what only
    programs can get wrong; `rate` is another class of those that `core.rates` counts, `largest`
    how many bytes a body with a file may have. A result with `as_report` can be had as a file too,
    one with `as_kept` says what is kept of it for who sends the same wish again.
    """
    verb, path = line.split()
    asked = declared(first) if first else None
    offered = Offer(verb, declared(function), status, once, place, asks_more, not_yet, asked)

    def view(**places: str) -> ResponseReturnValue:
        # Who may not do it at all learns that first, whatever else is wrong with the call.
        offered.act.admit(actor())
        if offered.act.reads:
            return _look(offered, places)
        return _change(offered, places)

    # class_of() looks for the rate, the first hook for the bytes; openapi() describes the rest.
    told = {"rate": (rate, True) if rate else None, "largest_body": largest, "offers": offered}
    view.__dict__.update({name: value for name, value in told.items() if value})
    bp.add_url_rule(path, offered.act.name.replace(".", "_"), view, methods=[verb])


def _look(offered: Offer, places: dict[str, str]) -> Response:
    wish = _asked(offered, places)
    here = town()
    with here.working(actor(), reads=True) as ctx:
        result = offered.act.call(ctx, wish)
    if offered.is_report:
        kinds = {kind.partition(";")[0]: name for name, (_make, kind) in KINDS.items()}
        wanted = request.accept_mimetypes.best_match([JSON, *kinds], JSON)
        if wanted != JSON:
            return download(result.as_report(), kinds[wanted])
    return _answer(offered, result, encode(result))


def _asked(offered: Offer, places: dict[str, str]) -> Command:
    command: type[Command] = offered.act.command
    if offered.takes_body:
        return read(command, _body(offered, places), strict=True, seen=True)
    given = request.args.to_dict(flat=False)
    flat = {name: texts if len(texts) > 1 else texts[0] for name, texts in given.items()}
    refuse_unknown(flat.keys() & command.headers.keys())
    return read(command, {**flat, **places, **_headers(command)})


def _change(offered: Offer, places: dict[str, str]) -> Response:
    body = _body(offered, places)
    wish = read(offered.act.command, body, strict=True, seen=True)
    once = None if offered.act.command.unkept else _once(offered, body)
    return done_once(once, lambda: _change_now(offered, wish, once), _again)


def _again(first: Answer) -> Response:
    return Response(first.body, first.status, msgspec.json.decode(first.headers or PLAIN))


def _change_now(offered: Offer, wish: Command, once: Once | None) -> Response:
    here, who = town(), actor()
    wish = here.ahead(offered.act, who, wish)
    with here.working(who, request_id=bare(g).get("request_id", "")) as ctx:
        if offered.first is not None:
            offered.first.call(ctx, wish)
        result = offered.act.call(ctx, wish)
        answer = _answer(offered, result, encode(result))
        if once:
            told = {name: answer.headers[name] for name in KEPT if name in answer.headers}
            note = (offered.status, encode(told).decode(), encode(kept(result)).decode())
            ctx.keep(once, note)
    here.bell.set()
    return answer


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
    asked = bare(request)
    if asked.mimetype != JSON and (asked.content_length or offered.verb != "DELETE"):
        raise UnsupportedMediaType(NOT_JSON)
    sent = asked.get_data() or (b"{}" if offered.verb == "DELETE" else b"")
    by_header = _headers(offered.act.command)
    refuse_no_object(sent)
    if not places and not offered.act.command.headers:
        return sent
    try:
        fields = msgspec.json.decode(sent)
    except msgspec.DecodeError as error:  # Such as a number of five thousand digits.
        raise BadRequest(NO_JSON) from error
    told = {**places, **_version(offered)}
    refuse_unknown(fields.keys() & (told.keys() | offered.act.command.headers.keys()))
    return encode({**fields, **told, **by_header})


def _headers(command: type[Command]) -> dict[str, str]:
    if not command.headers:
        return {}
    sent = {field: request.headers.get(name) for field, name in command.headers.items()}
    return {field: text for field, text in sent.items() if text is not None}


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
