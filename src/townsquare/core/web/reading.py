"""From what was typed or sent to a command; the only validation of input."""

from collections.abc import Mapping
from typing import Never, TypeVar

from flask_babel import gettext
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest

from townsquare.core.errors import Invalid
from townsquare.core.usecase import Command
from townsquare.core.words import translatable

Wish = TypeVar("Wish", bound=Command)

NO_JSON = translatable("The body is not JSON; send one object.")
SENTENCES = {
    "missing": translatable("Fill in this field."),
    "extra_forbidden": translatable("There is no field of this name."),
    "string_too_short": translatable("Use at least {min_length} characters."),
    "string_too_long": translatable("Use at most {max_length} characters."),
    "string_type": translatable("Enter text."),
    "string_pattern_mismatch": translatable("This does not have the right form."),
    "int_type": translatable("Enter a whole number."),
    "int_parsing": translatable("Enter a whole number."),
    "int_parsing_size": translatable("This number is too large."),
    "int_from_float": translatable("Enter a whole number."),
    "bool_type": translatable("Answer yes or no."),
    "bool_parsing": translatable("Answer yes or no."),
    "date_type": translatable("Enter a date as year-month-day."),
    "date_parsing": translatable("Enter a date as year-month-day."),
    "date_from_datetime_parsing": translatable("Enter a date as year-month-day."),
    "datetime_parsing": translatable("Enter a date and a time."),
    "datetime_from_date_parsing": translatable("Enter a date and a time."),
    "timezone_aware": translatable("Say the time zone, as in 2026-03-02T18:00:00Z."),
    "greater_than": translatable("Enter more than {gt}."),
    "greater_than_equal": translatable("Enter {ge} or more."),
    "less_than_equal": translatable("Enter {le} or less."),
    "literal_error": translatable("Choose one of {expected}."),
    "enum": translatable("Choose one of {expected}."),
    "too_long": translatable("Give at most {max_length}."),
    "value_error": translatable("{error}"),
}


def read(kind: type[Wish], given: Mapping[str, object] | bytes, *, strict: bool = False) -> Wish:
    """Return the command, or raise Invalid with one sentence for each field; bytes are JSON."""
    try:
        if isinstance(given, bytes):
            return kind.model_validate_json(given, strict=strict)
        return kind.model_validate(given)
    except ValidationError as error:
        raise_for(error)
    except UnicodeEncodeError as error:  # A lone surrogate is no text in any encoding.
        raise BadRequest(NO_JSON) from error


def raise_for(error: ValidationError) -> Never:
    """Raise the refusal for what pydantic could not read."""
    if error.errors()[0]["type"] == "json_invalid":
        raise BadRequest(NO_JSON) from error
    wrong = {".".join(map(str, e["loc"])): _sentence(dict(e)) for e in error.errors()}
    raise Invalid(fields=wrong) from error


def _sentence(error: Mapping[str, object]) -> str:
    kind = str(error["type"])
    if kind in {"too_short", "too_long"} and isinstance(error.get("input"), str):
        kind = f"string_{kind}"
    known = SENTENCES.get(kind)
    facts = error.get("ctx", {})
    told = gettext(known).format(**facts) if known and isinstance(facts, dict) else error["msg"]
    return str(told)
