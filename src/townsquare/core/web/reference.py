"""Pages that show people what programs may call, read from the same OpenAPI document."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from flask import Blueprint, Flask, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from townsquare.core.frozen import dataclass
from townsquare.core.web import needs
from townsquare.core.web.openapi import openapi

bp = Blueprint("reference", __name__, url_prefix="/openapi")
BELOW = "/api/v1/"
MOST_SHOWN = 60
KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no"}
FORMATS = {"date": "date", "date-time": "moment", "time": "time of day"}
LIMITS = (
    ("minimum", "from {}"),
    ("maximum", "up to {}"),
    ("maxLength", "at most {} characters"),
    ("maxItems", "at most {} entries"),
    ("pattern", "like {}"),
    ("default", "{} if it is left out"),
)
UNSAID = ("None", "", "[]", "False")  # Written out, what says nothing; 0 is a limit.
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One thing that a call takes or answers; `place` is path, query, header or body."""

    name: str
    place: str
    kind: str
    needed: bool
    limits: str


@dataclass(frozen=True)
class Reply:
    """One status that a call answers with, in words."""

    status: str
    said: str


@dataclass(frozen=True)
class Call:
    """One call, as its page shows it; `part` is the service and the things it is about."""

    id: str
    verb: str
    path: str
    part: str
    summary: str
    needs: str
    takes: tuple[Field, ...]
    answers: tuple[Field, ...]
    replies: tuple[Reply, ...]

    def tells_of(self, words: str) -> bool:
        """Tell whether each of these words stands somewhere in the call."""
        text = f"{self.verb} {self.path} {self.id} {self.summary}".lower()
        return all(word in text for word in words.lower().split())


class Reference:
    """The calls of one application; the document is written when somebody first asks for it."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def document(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document."""
        return openapi(self._app)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Return all calls, by their address."""
        schemas = self.document["components"]["schemas"]
        return tuple(
            _call(verb, path, told, schemas=schemas)
            for path, verbs in sorted(self.document["paths"].items())
            for verb, told in verbs.items()
        )


def refer(app: Flask) -> None:
    """Offer the document to programs and its pages to people."""
    reference = app.extensions["townsquare-reference"] = Reference(app)
    app.add_url_rule("/api/v1/openapi.json", "openapi", needs("public")(lambda: reference.document))
    app.register_blueprint(bp)


@bp.get("/")
@needs("public")
def calls() -> ResponseReturnValue:
    """Show what there is to call by its parts, and the calls of a part or with some words."""
    words, part = request.args.get("q", "")[:200], request.args.get("part", "")[:200]
    every = _reference().calls
    found = [c for c in every if c.tells_of(words) and part in {"", c.part}]
    return render_template(
        "ui/reference.html",
        words=words,
        part=part,
        parts=Counter(call.part for call in every),
        found=found[:MOST_SHOWN] if words or part else [],
        more=max(0, len(found) - MOST_SHOWN),
    )


@bp.get("/<operation>")
@needs("public")
def call(operation: str) -> ResponseReturnValue:
    """Show one call: what it takes, what it answers and how it refuses."""
    found = next((call for call in _reference().calls if call.id == operation), None)
    if found is None:
        abort(404)
    return render_template("ui/reference_call.html", call=found)


def _reference() -> Reference:
    reference: Reference = current_app.extensions["townsquare-reference"]
    return reference


def _call(verb: str, path: str, told: Json, *, schemas: Json) -> Call:
    service, *things = path.removeprefix(BELOW).split("/")
    takes = [
        _field(one["name"], one["in"], one["schema"], needed=one["required"])
        for one in told["parameters"]
    ]
    body = told.get("requestBody", {"content": {}})
    done = next(answer for status, answer in told["responses"].items() if status < "3")
    return Call(
        told["operationId"],
        verb.upper(),
        path,
        "/".join([service, *things[:1]]),
        told["summary"],
        told["x-permission"],
        (*takes, *_fields(body, "body", schemas)),
        tuple(_fields(done, "answer", schemas)),
        tuple(Reply(status, each["description"]) for status, each in told["responses"].items()),
    )


def _fields(content: Json, place: str, schemas: Json) -> Iterator[Field]:
    """Return the fields of a body, those of each entry where it is a list."""
    for kept in content.get("content", {}).values():
        schema = _named(kept.get("schema", {}), schemas)  # A file has none.
        schema = _named(schema.get("items", schema), schemas)
        needed = schema.get("required", ())
        for name, about in schema.get("properties", {}).items():
            yield _field(name, place, about, needed=name in needed)


def _named(schema: Json, schemas: Json) -> Json:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = schemas[name] if name else schema
    return found


def _field(name: str, place: str, about: Json, *, needed: bool) -> Field:
    inner = next((one for one in about.get("anyOf", ()) if one.get("type") != "null"), about)
    told = {**inner, **about}
    limits = (said.format(told[key]) for key, said in LIMITS if str(told.get(key)) not in UNSAID)
    return Field(name, place, kind_of(about), needed, ", ".join(limits))


def kind_of(about: Json) -> str:
    """Return what may stand in a field, in words; things go by the name of their schema."""
    if "$ref" in about:
        return str(about["$ref"]).rpartition("/")[2]
    if "enum" in about:
        return "one of " + ", ".join(str(each) for each in about["enum"])
    if "anyOf" in about:
        return " or ".join(kind_of(each) for each in about["anyOf"])
    if about.get("type") == "array":
        return f"list of {kind_of(about.get('items', {}))}"
    if about.get("type") == "null":
        return "nothing"
    usual = KINDS.get(about.get("type", ""), "object")
    return FORMATS.get(about.get("format", ""), usual)
