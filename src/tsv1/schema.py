"""Whether a message has the form that schemas.json (JSON Schema 2020-12) gives to its kind.

Only the words that schemas.json uses are understood; another one is an error when it is read.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Test = Callable[[object], bool]
Schema = Mapping[str, Any]

_TYPES: dict[str, Test] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
}


def fits(kind: str, message: object) -> bool:
    """Tell whether a message is a well-formed one of a kind, such as `ballot` or `setup`."""
    return _kind(kind)(message)


@cache
def schemas() -> Schema:
    """Return the schema of each kind of message, and of the parts they share."""
    text = (files("tsv1") / "schemas.json").read_text()
    found: Schema = json.loads(text)["$defs"]
    return found


@cache
def _kind(kind: str) -> Test:
    return _test(schemas()[kind])


def _test(schema: Schema) -> Test:
    if "$ref" in schema:
        return _kind(schema["$ref"].rpartition("/")[2])
    left_out = _TOLD_ELSEWHERE | ({"type"} if _LOOKS_AT_TYPE & schema.keys() else set())
    parts = [_WORDS[word](schema) for word in schema if word not in left_out]
    if len(parts) == 1:
        return parts[0]
    first, *others = parts
    return lambda value: first(value) and all(part(value) for part in others)


def _same(left: object, right: object) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _const(schema: Schema) -> Test:
    wanted = schema["const"]
    return lambda value: _same(value, wanted)


def _enum(schema: Schema) -> Test:
    allowed = schema["enum"]
    return lambda value: any(_same(value, one) for one in allowed)


def _pattern(schema: Schema) -> Test:
    matches = re.compile(schema["pattern"]).fullmatch
    return lambda value: isinstance(value, str) and matches(value) is not None


def _between(least: str, most: str, size: Callable[[Any], int]) -> Callable[[Schema], Test]:
    def make(schema: Schema) -> Test:
        low, high = schema.get(least, 0), schema.get(most)
        return lambda value: low <= size(value) and (high is None or size(value) <= high)

    return make


def _items(schema: Schema) -> Test:
    each = _test(schema["items"])
    return lambda value: isinstance(value, list) and all(map(each, value))


def _one_of(schema: Schema) -> Test:
    choices = [_test(choice) for choice in schema["oneOf"]]
    return lambda value: sum(choice(value) for choice in choices) == 1


def _properties(schema: Schema) -> Test:
    known = {name: _test(inner) for name, inner in schema["properties"].items()}
    needed = set(schema["required"])

    def test(value: object) -> bool:
        if not isinstance(value, dict) or not needed <= value.keys() <= known.keys():
            return False
        for name, inner in value.items():  # noqa: SIM110 (of everything sent, each part comes here)
            if not known[name](inner):
                return False
        return True

    return test


# `type` stands first in every schema, or a word that looks at the type itself, so the tests after
# it meet what they can measure.
_WORDS: dict[str, Callable[[Schema], Test]] = {
    "type": lambda schema: _TYPES[schema["type"]],
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _between("minimum", "maximum", int),
    "minLength": _between("minLength", "maxLength", len),
    "maxLength": _between("minLength", "maxLength", len),
    "minItems": _between("minItems", "maxItems", len),
    "items": _items,
    "oneOf": _one_of,
    "properties": _properties,
}
_LOOKS_AT_TYPE = {"pattern", "items", "properties"}
_TOLD_ELSEWHERE = {"maximum", "maxItems", "required", "additionalProperties"}
