"""Whatever a command can refuse is told in a sentence of ours, never in one of pydantic."""

import pkgutil
from collections.abc import Iterable, Mapping
from importlib import import_module

import pytest
from pydantic_core import PydanticKnownError

import townsquare
from townsquare.core.usecase import Command
from townsquare.core.web.reading import SENTENCES

KINDS = {
    "any": (),
    "bool": ("bool_type", "bool_parsing"),
    "bytes": ("bytes_type", "bytes_invalid_encoding"),
    "chain": (),
    "dataclass": ("dataclass_type",),
    "dataclass-args": ("missing", "unexpected_keyword_argument"),
    "dataclass-field": (),
    "date": (
        "date_type",
        "date_parsing",
        "date_from_datetime_parsing",
        "date_from_datetime_inexact",
    ),
    "datetime": (
        "datetime_type",
        "datetime_parsing",
        "datetime_object_invalid",
        "datetime_from_date_parsing",
    ),
    "decimal": ("decimal_type", "decimal_parsing", "finite_number"),
    "default": (),
    "dict": ("dict_type",),
    "enum": ("enum",),
    "float": ("float_type", "float_parsing", "finite_number"),
    "int": ("int_type", "int_parsing", "int_parsing_size", "int_from_float", "finite_number"),
    "list": ("list_type",),
    "literal": ("literal_error",),
    "model": ("model_type",),
    "model-field": (),
    "model-fields": ("missing", "extra_forbidden"),
    "nullable": (),
    "str": ("string_type", "string_unicode"),
    "time": ("time_type", "time_parsing"),
    "tuple": ("tuple_type",),
    "union": (),  # Each part of it is walked.
} | dict.fromkeys(
    ("function-after", "function-before", "function-plain", "function-wrap"), ("value_error",)
)
BOUNDS = {
    "gt": "greater_than",
    "ge": "greater_than_equal",
    "lt": "less_than",
    "le": "less_than_equal",
    "multiple_of": "multiple_of",
    "max_digits": "decimal_max_digits",
    "decimal_places": "decimal_max_places",
    "pattern": "string_pattern_mismatch",
}
LENGTHS = {"str": "string_too_", "bytes": "bytes_too_"}
NO_SCHEMAS = {"no-info", "with-info"}  # How a function is called.
ZONES = {"aware": "timezone_aware", "naive": "timezone_naive"}
FACTS = {
    "gt": 1,
    "ge": 1,
    "lt": 1,
    "le": 1,
    "multiple_of": 5,
    "max_digits": 4,
    "decimal_places": 2,
    "whole_digits": 2,
    "min_length": 2,
    "max_length": 2,
    "expected": "a, b",
    "error": "That is not one of ours.",
}


def commands() -> list[type[Command]]:
    """Return every command of the town, those of services that are off among them."""
    for module in pkgutil.walk_packages(townsquare.__path__, "townsquare."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    found, new = [], [Command]
    while new:
        found += (more := [one for kind in new for one in kind.__subclasses__()])
        new = more
    return [one for one in found if one.__module__.startswith("townsquare.")]


def parts_of(schema: object) -> Iterable[Mapping[str, object]]:
    """Return every part of a schema that checks something."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("type"), str) and schema["type"] not in NO_SCHEMAS:
            yield schema
        for name, inner in schema.items():
            if name not in {"metadata", "serialization", "default", "expected", "members"}:
                yield from parts_of(inner)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            yield from parts_of(inner)


def kinds_of(part: Mapping[str, object]) -> set[str]:
    """Return what a part of a schema can refuse; a part that is not known here fails the test."""
    kind = str(part["type"])
    told = {*KINDS[kind], *(BOUNDS[bound] for bound in BOUNDS if bound in part)}
    length = LENGTHS.get(kind, "too_")
    told |= {f"{length}short"} if "min_length" in part else set()
    told |= {f"{length}long"} if "max_length" in part else set()
    told |= {"decimal_whole_digits"} if {"max_digits", "decimal_places"} <= part.keys() else set()
    return told | ({ZONES[str(part["tz_constraint"])]} if "tz_constraint" in part else set())


def test_everything_that_a_command_can_refuse_has_a_sentence() -> None:
    found = set()
    for command in commands():
        command.model_rebuild()
        found |= {k for part in parts_of(command.__pydantic_core_schema__) for k in kinds_of(part)}
    assert found >= {"less_than", "decimal_max_digits", "timezone_naive", "dict_type"}
    assert sorted(found - SENTENCES.keys()) == []


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_each_sentence_says_the_facts_that_come_with_it(kind: str) -> None:
    told = SENTENCES[kind]
    facts = {name: fact for name, fact in FACTS.items() if f"{{{name}}}" in told}
    if facts and kind != "value_error":  # A fact that does not come with it is an error.
        PydanticKnownError(kind, {**facts, **_besides(kind)}).message()
    assert "{" not in told.format(**facts)
    assert told.endswith(".") or kind == "value_error"


def _besides(kind: str) -> dict[str, object]:
    field = {"too_short": "list", "too_long": "list"}.get(kind)
    return {"field_type": field, "actual_length": 1} if field else {}
