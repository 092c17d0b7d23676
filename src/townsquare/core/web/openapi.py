"""The OpenAPI 3.1 document, written from the declarations of what is offered."""

import re
from typing import Any

from flask import Flask
from pydantic import TypeAdapter

from townsquare.core.web.api import JSON, Offer
from townsquare.core.web.downloads import KINDS
from townsquare.core.web.errors import PROBLEM

Json = dict[str, Any]
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and the next step."},
        "code": {"type": "string"},
        "facts": {"type": "object"},
        "request_id": {"type": "string"},
    },
}
REFUSALS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or the token does not count.",
    403: "The account lacks the permission, or the scope of the token does not open it.",
    404: "There is no such thing.",
    409: "The state of the town has moved on.",
    412: "Somebody has changed it since.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A field cannot be read or breaks a rule.",
    428: "A required header is missing.",
    429: "Too many calls in too short a time; `Retry-After` says when to go on.",
    503: "Too much is going on; try again soon.",
}
# A token may not count, nobody reads an unknown field, a program may call too often, and any call
# may find the town busy.
ALWAYS = {401, 422, 429, 503}
OF_CHANGES = {400, 404, 409}  # What a wish names may be gone, or no longer as it was.
OF_BODIES = {413, 415}
NAMING = {"branch", "category", "code", "document"}  # A look may ask for one of these by its name.
SEEN_BEFORE = {"version", "based_on"}  # A wish says with these which state it has seen.
OWN = ("/me/", "/current")  # What stands there is one's own, and not everybody has it.
KEY = "^[!-~]([ -~]*[!-~])?$"  # What is printed; spaces at its ends are none of a header.
TAG = {"type": "string", "pattern": '^"[0-9]{1,18}"$'}
KIND = "A token of the kind ts_pat_ or ts_svc_"
SCHEMES: Json = {
    "token": {"type": "http", "scheme": "bearer", "description": f"{KIND}."},
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": f"{KIND} as the password of any name.",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": "townsquare-session"},
}


def openapi(app: Flask) -> Json:
    """Return the document of everything that this application offers to programs."""
    offered = [
        (PLACE.sub(r"{\1}", rule.rule), view.offers)
        for rule in app.url_map.iter_rules()
        if hasattr(view := app.view_functions[rule.endpoint], "offers")
    ]
    kinds = [kind for _, offer in offered for kind in _kinds(offer)]
    schemas, shared = TypeAdapter.json_schemas(kinds, ref_template="#/components/schemas/{model}")
    paths: dict[str, Json] = {}
    for path, offer in offered:
        wish = _spelt_out(schemas[offer, "validation"], shared)
        done = schemas[offer, "serialization"]
        paths.setdefault(path, {})[offer.verb.lower()] = _operation(path, offer, wish, done=done)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Townsquare", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {**shared.get("$defs", {}), "Problem": PROBLEM_SCHEMA},
            "securitySchemes": SCHEMES,
        },
    }


def _kinds(offer: Offer) -> list[Any]:
    command, result = TypeAdapter(offer.act.command), TypeAdapter(offer.act.result)
    return [(offer, "validation", command), (offer, "serialization", result)]


def _spelt_out(schema: Json, shared: Json) -> Json:
    # Made with all others: alone, two kinds of one name in two services would not be told apart.
    name = schema.get("$ref", "").rpartition("/")[2]
    return shared["$defs"][name] if name else schema


def _operation(path: str, offer: Offer, wish: Json, *, done: Json) -> Json:
    act = offer.act
    told: Json = {
        "operationId": act.name,
        "summary": act.sentence,
        "description": f"Needs the permission `{act.permission}`.",
        "x-permission": act.permission,
        "security": [*([{}] if act.permission == "public" else []), *({n: []} for n in SCHEMES)],
        "parameters": _parameters(path, offer, wish),
        "responses": _responses(path, offer, done),
    }
    if offer.takes_body:
        body = {"schema": _body(path, offer, wish)}
        told["requestBody"] = {"required": True, "content": {JSON: body}}
    return told


def _body(path: str, offer: Offer, wish: Json) -> Json:
    version = ["version"] if offer.takes_version else []
    elsewhere = {*_places(path), *offer.act.command.headers, *version}
    kept = {n: about for n, about in wish.get("properties", {}).items() if n not in elsewhere}
    needed = [name for name in wish.get("required", ()) if name in kept]
    return {**wish, "properties": kept, "required": needed}


def _responses(path: str, offer: Offer, result: Json) -> Json:
    problem = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    done: Json = {"description": "Done."}
    if offer.status != 204:  # noqa: PLR2004 (No Content)
        done["content"] = {JSON: {"schema": result}}
        if offer.is_report:
            done["content"] |= {kind.partition(";")[0]: {} for _make, kind in KINDS.values()}
    may = _refusals(path, offer)
    said = {str(code): {"description": REFUSALS[code], **problem} for code in sorted(may)}
    return {str(offer.status): done, **said}


def _refusals(path: str, offer: Offer) -> set[int]:
    """Return the refusals that this call can meet, by what its use case declares."""
    act = offer.act
    found = set(ALWAYS)
    found |= set() if act.permission == "public" and act.reads else {403}
    found |= {403} if offer.asks_more else set()
    fields = act.command.model_fields.keys()
    mine = any(part in path for part in OWN)
    found |= {404} if _places(path) or NAMING & fields or mine or offer.not_yet else set()
    found |= {412} if SEEN_BEFORE & fields else set()
    found |= {428} if offer.takes_version else set()
    found |= {428} if offer.once else set()
    found |= set() if act.reads else OF_CHANGES
    found |= OF_BODIES | {400} if offer.takes_body else set()
    return found


def _parameters(path: str, offer: Offer, wish: Json) -> list[Json]:
    about = wish.get("properties", {})
    found = [
        {"name": name, "in": "path", "required": True, "schema": about.get(name, {})}
        for name in _places(path)
    ]
    if offer.verb == "GET":
        needed = wish.get("required", ())
        found += [
            {"name": name, "in": "query", "required": name in needed, "schema": kind}
            for name, kind in about.items()
            if name not in {*_places(path), *offer.act.command.headers}
        ]
    elif not offer.act.reads:
        found += _headers(offer)
    found += [
        {"name": header, "in": "header", "required": False, "schema": about.get(name, {})}
        for name, header in offer.act.command.headers.items()
    ]
    return found


def _headers(offer: Offer) -> list[Json]:
    text = {"type": "string"}
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": offer.once,
        "schema": {**text, "minLength": 1, "maxLength": 255, "pattern": KEY},
    }
    told = [] if offer.act.command.unkept else [key]  # Where nothing is kept no key is read.
    if offer.takes_version:
        told.append({"name": "If-Match", "in": "header", "required": True, "schema": TAG})
    return told


def _places(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)
