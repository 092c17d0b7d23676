"""Canonical texts that are recognised at one look, instead of being read, tested and rewritten.

A kind of message all of whose fields are required and plain has one regular expression: what it
matches whole is the canonical text of a well-formed message. What it does not match may still be
one that is written otherwise, or be too long; who asks looks at that in full.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from tsv1.schema import schemas

Schema = Mapping[str, Any]


class NotPlain(ValueError):
    """A schema says something that a regular expression cannot tell of the canonical text."""


@cache
def canonical_form(kind: str) -> re.Pattern[bytes]:
    """Return what matches the canonical text of a kind of message; NotPlain where none can."""
    return re.compile(_form(schemas()[kind]).encode())


def _form(schema: Schema) -> str:
    if "$ref" in schema:
        return _form(schemas()[schema["$ref"].rpartition("/")[2]])
    for word, form in _FORMS.items():
        if word in schema:
            return form(schema)
    raise NotPlain(schema)


def _constant(schema: Schema) -> str:
    return re.escape(json.dumps(schema["const"]))


def _choice(schema: Schema) -> str:
    return f"(?:{'|'.join(re.escape(json.dumps(one)) for one in schema['enum'])})"


def _pattern(schema: Schema) -> str:
    begin, *inner, end = schema["pattern"]
    if (begin, end) != ("^", "$"):
        raise NotPlain(schema)
    return f'"(?:{"".join(inner)})"'


def _number(schema: Schema) -> str:
    more = len(str(schema["maximum"])) - 1
    if schema["minimum"] != 1 or schema["maximum"] != 10 ** (more + 1) - 1:
        raise NotPlain(schema)
    return f"[1-9][0-9]{{0,{more}}}"


def _list(schema: Schema) -> str:
    # After each item stands a comma or the end, so that one text has one reading, and whoever looks
    # for another finds at once that there is none.
    least, most, item = schema["minItems"], schema["maxItems"], _form(schema["items"])
    some = rf"{item}(?:,{item}){{{max(0, least - 1)},{most - 1}}}"
    return rf"\[{some}\]" if least else rf"\[(?:{some})?\]"


def _object(schema: Schema) -> str:
    fields = schema["properties"]
    if set(schema["required"]) != fields.keys() or schema["additionalProperties"] is not False:
        raise NotPlain(schema)
    told = ",".join(f'"{name}":{_form(fields[name])}' for name in sorted(fields))
    return rf"\{{{told}\}}"


_FORMS: dict[str, Callable[[Schema], str]] = {
    "const": _constant,
    "enum": _choice,
    "pattern": _pattern,
    "minimum": _number,
    "items": _list,
    "properties": _object,
}
