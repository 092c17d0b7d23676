"""Which fields an act can answer, which of them an answer holds, and which ones it reads."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

MANY = "[]"
PLAIN = ""  # The path of an answer that is one value, or that nobody can look into any further.


def answered(kind, at=PLAIN):
    """Return every path that the type of a result declares; what is told as it is ends a path."""
    inner = [each for each in get_args(kind) if each is not NoneType]
    if get_origin(kind) in {Union, UnionType}:
        return set().union(*(answered(each, at) for each in inner))
    if get_origin(kind) in {list, tuple}:
        return answered(inner[0], at + MANY)
    if not is_dataclass(kind):
        return {at.removesuffix(MANY)}
    hints = get_type_hints(kind)
    return set().union(*(answered(hints[f.name], below(at, f.name)) for f in fields(kind)))


def holding(value, ends, at=PLAIN):
    """Return every path of an answer, with whether anything stands there."""
    if at in ends or not value or not isinstance(value, dict | list):
        return {} if at.endswith(MANY) else {at: bool(value)}
    found = {}
    parts = value.items() if isinstance(value, dict) else ((MANY, each) for each in value)
    for name, part in parts:
        path = at + MANY if name == MANY else below(at, name)
        for place, full in holding(part, ends, path).items():
            found[place] = found.get(place, False) or full
    return found


def undeclared(found, ends):
    """Return the paths of an answer that its type does not declare; an empty one may end early."""
    return {
        at
        for at, full in found.items()
        if at not in ends
        and (full or not any(end.startswith((at + ".", at + MANY)) for end in ends))
    }


def taken(command, at=PLAIN):
    """Return every path that a command reads."""
    found = set()
    for name, about in command.model_fields.items():
        path = below(at, name)
        inner = models_in(about.annotation)
        found |= set().union(*(taken(each, path) for each in inner)) if inner else {path}
    return found


def models_in(kind):
    """Return the models that a field can hold, however they are wrapped."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [found for each in get_args(kind) for found in models_in(each)]


def loose(command):
    """Return the models of a command, itself and inside it, that take fields they do not have."""
    inside = [m for about in command.model_fields.values() for m in models_in(about.annotation)]
    found = set().union(*(loose(each) for each in inside))
    return found if command.model_config.get("extra") == "forbid" else {command.__name__, *found}


def below(at, name):
    """Return the path of a field."""
    return f"{at}.{name}" if at else name


def as_told(answer):
    """Return what an answer holds as JSON, None if it is no success or has no body."""
    json = answer.mimetype == "application/json" and 200 <= answer.status_code < 300
    return answer.get_json() if json else None


def lines(way, door, found: Mapping[str, list[str]]):
    """Return the fields of a door in rows, one for all fields that the same people get."""
    groups = {}
    for name, people in found.items():
        if people:
            groups.setdefault(tuple(people), []).append(name)
    return sorted([way, door, " ".join(who), " ".join(sorted(n))] for who, n in groups.items())
