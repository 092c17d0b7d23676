"""Every route with something in each of its places and fields, to be walked with anything."""

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import quote_from_bytes, urlsplit

from flask import Request
from pydantic import ValidationError
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from townsquare.core.usecase import Command

PLACE = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
BARE = {"HEAD", "OPTIONS"}
VERSIONED = {"PUT", "PATCH", "DELETE"}  # They say in a header which version they change.
# Streams never end, and programs get no pages.
NOT_PAGES = ("/static/", "/live/", "/api/", "/graphql")
LEAVING = ("/account/sessions/end-all", "/account/sign-out")


@dataclass(frozen=True)
class Door:
    """One verb at one address, with what fills its places and what can be sent to it."""

    verb: str
    rule: str
    endpoint: str
    places: dict[str, str] = field(default_factory=dict)

    @property
    def for_programs(self):
        return self.rule.startswith("/api/")

    def path(self, **places):
        """Return the address, each place filled with text or with bytes as they are."""
        told = {**self.places, **places}
        return PLACE.sub(lambda found: quoted(told[found[1]], safe=""), self.rule)


def doors(app, ids):
    """Return every door; who has left finds doors shut, so those that lead out come last."""
    found = [
        Door(
            verb,
            rule.rule,
            rule.endpoint,
            {n: real(rule.rule, n, ids) for n in PLACE.findall(rule.rule)},
        )
        for rule in app.url_map.iter_rules()
        for verb in sorted(rule.methods - BARE)
        if rule.endpoint != "static"
    ]
    return sorted(found, key=lambda door: (door.rule in LEAVING, door.rule, door.verb))


def endpoint_of(adapter, path):
    """Return whose page this is; None for what is no page of ours."""
    if path.startswith(NOT_PAGES):
        return None
    try:
        return adapter.match(urlsplit(path).path, method="GET")[0]
    except HTTPException:
        return None


def real(rule, place, ids):
    """Return what really exists for this place of an address."""
    fixed = {"barcode": "TS1", "branch": "central", "kind": "names", "name": "lending"}
    fixed |= {"group": "forms", "written_as": "bibtex", "act": "grant", "code": "core.not-found"}
    fixed |= {"number": "OGS-2026-000001"}
    fixed |= {"name": "tax"} if service_of(rule) == "grocery" else {}  # One of its reports.
    fixed |= {"code": "0101", "kind": "clone"} if service_of(rule) == "elections" else {}
    if place in fixed:
        return fixed[place]
    before, _, after = rule.partition(f"<{place}>")
    before = PLACE.sub(lambda found: fixed.get(found[1], found[0]), before).split("/")
    # A brand of the shop is no brand of another service: the name of its service comes first.
    kinds = [name for part in reversed(before) for name in (f"{service_of(rule)}/{part}", part)]
    last = f"{service_of(rule)}/*{after.partition('/<')[0]}"  # What only some of its kind have.
    kind = next((kind for kind in (last, *kinds) if kind in ids), None)
    found = ids.get(kind, UNKNOWN)
    return found[0] if isinstance(found, list) else found


def service_of(rule):
    """Return the name of the service that an address belongs to."""
    return rule.removeprefix("/api/v1").split("/")[1]


def quoted(value, safe="/"):
    return quote_from_bytes(value if isinstance(value, bytes) else str(value).encode(), safe=safe)


def encoded(fields):
    """Return a query or a form body; bytes stay the bytes that they are."""
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields.items())


def send(person, door, fields=None, *, headers=None, **places):
    """Knock at a door with these fields, as a browser or a program sends them."""
    told = {"X-CSRF-Token": person.token, "Idempotency-Key": "k", "If-Match": '"1"'}
    headers = {**told, **(headers or {})}
    path, fields = door.path(**places), fields or {}
    how = {"method": door.verb, "headers": headers}
    if door.verb == "GET":
        return person.client.open(f"{path}?{encoded(fields)}", **how)
    if door.for_programs:
        elsewhere = {*door.places, *({"version"} if door.verb in VERSIONED else ())}
        sent = json.dumps({n: v for n, v in fields.items() if n not in elsewhere}, default=_text)
        return person.client.open(path, data=sent, content_type="application/json", **how)
    form = "application/x-www-form-urlencoded"
    return person.client.open(path, data=encoded(fields), content_type=form, **how)


@dataclass
class Reading:
    """What was read of requests: kinds of command, what these refused, and what was looked up."""

    kinds: list[type] = field(default_factory=list)
    refused: set[tuple[type, str]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def refuses(self, name, readers):
        """Tell whether each of the commands that read this field has refused it."""
        told = {(kind, name) for kind in readers}
        return bool(told) and told <= self.refused


@contextmanager
def reading_of(monkeypatch):
    """Note what is read of the requests that are sent meanwhile."""
    seen = Reading()
    with monkeypatch.context() as patched:
        for name in ("model_validate", "model_validate_json"):
            patched.setattr(Command, name, _noting(getattr(Command, name).__func__, seen))
        patched.setattr(Request, "parameter_storage_class", _noting_names(seen.names))
        yield seen


def _noting(read, seen):
    def note(kind, *args, **kwargs):
        seen.kinds.append(kind)
        try:
            return read(kind, *args, **kwargs)
        except ValidationError as error:
            told = error.errors(include_url=False, include_context=False, include_input=False)
            seen.refused |= {(kind, one["loc"][0]) for one in told if one["loc"]}
            raise

    return classmethod(note)


def _noting_names(names):
    class Noting(ImmutableMultiDict):
        """The fields of a query or a form; what goes through all of them looks none up."""

        def __getitem__(self, name):
            names.add(name)
            return super().__getitem__(name)

        def __contains__(self, name):
            names.add(name)
            return super().__contains__(name)

        def getlist(self, name, *how, **more):
            names.add(name)
            return super().getlist(name, *how, **more)

    return Noting


@contextmanager
def wishes_of(monkeypatch):
    """Collect the kinds of command that are read meanwhile."""
    with reading_of(monkeypatch) as seen:
        yield seen.kinds


@cache
def schema_of(kind):
    """Return the schema of a command, made once for all the doors behind which it is read."""
    return kind.model_json_schema()


def plausible(kind, known):
    """Return values for the fields of a command that could be meant."""
    schema, found = schema_of(kind), {}
    for name, about in schema.get("properties", {}).items():
        value = known.get(name, _value(about, schema.get("$defs", {})))
        if value is not None:
            found[name] = value
    return found


def _value(about, shared):
    if "anyOf" in about or "default" in about:
        return None
    about = {**about, **shared.get(about.get("$ref", "").rpartition("/")[2], {})}
    if "enum" in about:
        return about["enum"][0]
    kind = about.get("type")
    if kind == "array":
        return [_value(about["items"], shared)]
    if kind == "object":
        each = {name: _value(part, shared) for name, part in about.get("properties", {}).items()}
        return {name: value for name, value in each.items() if value is not None}
    plain = {"boolean": True, **dict.fromkeys(("integer", "number"), about.get("minimum", 1))}
    if kind in plain:
        return plain[kind]
    texts = {"date": "2026-03-04", "time": "09:00:00", "email": "a@sanroque.example"}
    texts |= {"date-time": "2026-03-04T09:00:00Z"}
    return texts.get(about.get("format"), "x" * max(about.get("minLength", 1), 12))


def _text(value):
    # A program cannot put bytes into JSON; half of a pair is what comes nearest.
    return value.decode("utf-8", "surrogateescape")
