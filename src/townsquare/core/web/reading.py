"""From what was typed or sent to a command; the only validation of input."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Never, TypeVar

from flask import has_request_context, request
from flask_babel import gettext
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest

from townsquare.core.errors import (
    BadDate,
    Invalid,
    NoObject,
    NotFound,
    RepeatedField,
    UnknownField,
)
from townsquare.core.usecase import Command
from townsquare.core.words import translatable

Wish = TypeVar("Wish", bound=Command)

NO_JSON = translatable("The body is not JSON; send one object.")
SENTENCES = {
    "missing": translatable("Fill in this field."),
    "extra_forbidden": translatable("There is no field of this name."),
    "unexpected_keyword_argument": translatable("There is no field of this name."),
    "string_too_short": translatable("Use at least {min_length} characters."),
    "string_too_long": translatable("Use at most {max_length} characters."),
    "string_type": translatable("Enter text."),
    "string_unicode": translatable("This holds a sign that is no text; remove it."),
    "string_pattern_mismatch": translatable("This does not have the right form."),
    "int_type": translatable("Enter a whole number."),
    "int_parsing": translatable("Enter a whole number."),
    "int_parsing_size": translatable("This number is too large."),
    "int_from_float": translatable("Enter a whole number."),
    "bool_type": translatable("Answer yes or no."),
    "bool_parsing": translatable("Answer yes or no."),
    "decimal_parsing": translatable("Enter an amount like 12.50."),
    "decimal_type": translatable("Enter an amount like 12.50."),
    "decimal_max_digits": translatable("Use at most {max_digits} digits."),
    "decimal_max_places": translatable("Use at most {decimal_places} digits after the point."),
    "decimal_whole_digits": translatable("Use at most {whole_digits} digits before the point."),
    "float_type": translatable("Enter a number."),
    "float_parsing": translatable("Enter a number."),
    "finite_number": translatable("Enter an amount like 12.50."),
    "time_type": translatable("Enter a time like 21:30."),
    "time_parsing": translatable("Enter a time like 21:30."),
    "list_type": translatable("Send a list."),
    "tuple_type": translatable("Send a list."),
    "dict_type": translatable("Send an object."),
    "model_type": translatable("Send an object."),
    "dataclass_type": translatable("Send an object."),
    "bytes_type": translatable("Choose a file."),
    "bytes_too_long": translatable("Use at most {max_length} bytes."),
    "bytes_invalid_encoding": translatable("Choose a file."),
    "too_short": translatable("Give at least {min_length}."),
    "date_type": translatable("Enter a date as year-month-day."),
    "date_parsing": translatable("Enter a date as year-month-day."),
    "date_from_datetime_parsing": translatable("Enter a date as year-month-day."),
    "date_from_datetime_inexact": translatable("Enter a date as year-month-day."),
    "datetime_type": translatable("Enter a date and a time."),
    "datetime_object_invalid": translatable("Enter a date and a time."),
    "datetime_parsing": translatable("Enter a date and a time."),
    "datetime_from_date_parsing": translatable("Enter a date and a time."),
    "timezone_aware": translatable("Say the time zone, as in 2026-03-02T18:00:00Z."),
    "timezone_naive": translatable("Leave the time zone out, as in 2026-03-02T18:00."),
    "greater_than": translatable("Enter more than {gt}."),
    "greater_than_equal": translatable("Enter {ge} or more."),
    "less_than": translatable("Enter less than {lt}."),
    "less_than_equal": translatable("Enter {le} or less."),
    "multiple_of": translatable("Enter a multiple of {multiple_of}."),
    "literal_error": translatable("Choose one of {expected}."),
    "enum": translatable("Choose one of {expected}."),
    "too_long": translatable("Give at most {max_length}."),
    "value_error": translatable("{error}"),
}
# What no database of ours keeps, whatever the field.
NO_TEXT = translatable("This holds a sign that is no text; remove it.")
TOO_LARGE = SENTENCES["int_parsing_size"]
LARGEST = 2**63 - 1
DATES = {"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"}
NOTHING: Mapping[str, type[Invalid]] = MappingProxyType({})
MOST_NAMES, MOST_SIGNS = 5, 60  # So many names that nobody knows, and so much of each, are told.


def read(
    kind: type[Wish],
    given: Mapping[str, object] | bytes,
    *,
    strict: bool = False,
    seen: bool = False,
) -> Wish:
    """Return the command, or raise Invalid with one sentence for each field; bytes are JSON.

    Of bytes that were `seen`, somebody has made sure before that they are an object.
    """
    try:
        if isinstance(given, bytes):
            if not seen:
                refuse_no_object(given)
            wish = kind.model_validate_json(given, strict=strict)
        else:
            wish = kind.model_validate(given)
    except ValidationError as error:
        raise_for(error, kind.refusals)
    except UnicodeEncodeError as error:  # A lone surrogate is no text in any encoding.
        raise BadRequest(NO_JSON) from error
    if wrong := {name: gettext(said) for name, value in wish if (said := _unfit(value))}:
        _refuse(wrong, {name: getattr(wish, name) for name in wrong})
    return wish


def raise_for(error: ValidationError, refusals: Mapping[str, type[Invalid]] = NOTHING) -> Never:
    """Raise the refusal for what pydantic could not read; `refusals` are those of a field."""
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        raise BadRequest(NO_JSON) from error
    wrong = {".".join(map(str, e["loc"])): _sentence(dict(e)) for e in found}
    if unknown := [e for e in found if e["type"] == "extra_forbidden"]:
        raise UnknownField(fields=wrong, names=named([str(e["loc"][-1]) for e in unknown]))
    _refuse(
        wrong,
        {".".join(map(str, e["loc"])): e["input"] for e in found},
        {BadDate if e["type"] in DATES else refusals.get(str(e["loc"][-1])) for e in found},
    )


def refuse_unknown(names: Iterable[str]) -> None:
    """Refuse names that nothing reads; they look like success if nobody says so."""
    if unknown := sorted(names):
        told = gettext(SENTENCES["extra_forbidden"])
        raise UnknownField(fields=dict.fromkeys(unknown, told), names=named(unknown))


def refuse_no_object(sent: bytes) -> None:
    """Refuse what is no JSON, no object, or says something twice."""
    try:
        body = _SEEN.decode(sent.decode(json.detect_encoding(sent), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise BadRequest(NO_JSON) from error
    if not isinstance(body, dict):
        raise NoObject


def named(names: Sequence[str]) -> str:
    """Return the first of these names, as a sentence may hold them."""
    return ", ".join(name[:MOST_SIGNS] for name in names[:MOST_NAMES])


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)
        raise RepeatedField(names=named([name for name in found if times[name] > 1]))
    return found


def _no_constant(name: str) -> Never:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's.


_SEEN = json.JSONDecoder(object_pairs_hook=_once_each, parse_int=str, parse_constant=_no_constant)


def _refuse(
    wrong: Mapping[str, str],
    given: Mapping[str, object],
    kinds: Collection[type[Invalid] | None] = (),
) -> Never:
    # What stands in the address and cannot be read names nothing, like an unknown id.
    places = (has_request_context() and request.view_args) or {}
    if any(value in places.values() for value in given.values()):
        raise NotFound
    (kind,) = kinds if len(kinds) == 1 else (None,)  # What has two reasons has no code of its own.
    typed = str(next(iter(given.values())))[:MOST_SIGNS]
    raise kind(fields=wrong, typed=typed) if kind else Invalid(fields=wrong)


def _unfit(value: object) -> str | None:
    """Return why no database could keep this value; None if it can."""
    if isinstance(value, str):
        return NO_TEXT if not is_text(value) else None
    if isinstance(value, int):
        return TOO_LARGE if abs(value) > LARGEST else None
    return next(filter(None, map(_unfit, _inside(value))), None)


def is_text(said: str) -> bool:
    """Tell whether this can be written down: no half of a pair, no sign that ends a text."""
    return "\x00" not in said and (said.isascii() or said.isprintable() or _encodes(said))


def _encodes(said: str) -> bool:
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return (part for pair in value.items() for part in pair)
    if isinstance(value, BaseModel):
        return dict(value).values()
    return value if isinstance(value, list | tuple) else ()


def _sentence(error: Mapping[str, object]) -> str:
    kind = str(error["type"])
    if kind in {"too_short", "too_long"} and isinstance(error.get("input"), str):
        kind = f"string_{kind}"
    known = SENTENCES.get(kind)
    facts = error.get("ctx", {})
    told = gettext(known).format(**facts) if known and isinstance(facts, dict) else error["msg"]
    return str(told)
