"""GraphQL types made from commands and results, so that no surface can disagree with another."""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from townsquare.core.usecase import UseCase, declared
from townsquare.core.web.graph import Declared, Link

Kind = Any  # GraphQL's wrapping types have no common name that mypy could use here.


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


DATE = GraphQLScalarType("Date", serialize=_as_text, description="A day as year-month-day.")
MOMENT = GraphQLScalarType("Moment", serialize=_as_text, description="A moment in UTC.")
WHOLE = GraphQLScalarType("Whole", description="A whole number of up to 64 bits.")
ANYTHING = GraphQLScalarType("Anything", description="Facts as plain JSON.")
SCALARS: dict[Any, GraphQLScalarType] = {
    str: GraphQLString,
    int: WHOLE,
    bool: GraphQLBoolean,
    float: GraphQLFloat,
    date: DATE,
    datetime: MOMENT,
}


class Types:
    """The types of one schema, each made once."""

    def __init__(self, links: Mapping[str, Link], follow: Callable[[Link], Any]) -> None:
        self._links = links
        self._follow = follow
        self._outputs: dict[type, GraphQLObjectType] = {}
        self._inputs: dict[type, GraphQLInputObjectType] = {}

    def field_for(self, function: Declared, resolve: Callable[[UseCase[Any, Any]], Any]) -> Kind:
        """Return the field of a declared function: its command as arguments, its result as type.

        It may be null, so that a field that is refused takes away no answer but its own: what
        another change of the same document has done stands, and its answer must be told.
        """
        act = declared(function)
        kind = self.output(act.result)
        return GraphQLField(
            kind.of_type if isinstance(kind, GraphQLNonNull) else kind,
            args={
                camel(about.alias or name): GraphQLArgument(
                    self._wanted(about), default_value=Undefined, description=about.title
                )
                for name, about in act.command.model_fields.items()
            },
            resolve=resolve(act),
            description=act.sentence,
        )

    def output(self, kind: Any) -> Kind:  # noqa: ANN401 (annotations have no common type)
        """Return the GraphQL type of what comes back."""
        return self._of(kind, self._object)

    def _wanted(self, about: FieldInfo) -> Kind:
        kind = self._of(about.annotation, self._input)
        required = about.is_required()
        if not required and isinstance(kind, GraphQLNonNull):
            return kind.of_type
        return kind

    def _of(self, kind: Any, compound: Callable[[type], Kind]) -> Kind:  # noqa: ANN401
        origin, inner = get_origin(kind), get_args(kind)
        if origin in {Union, types.UnionType}:
            found = self._of(next(k for k in inner if k is not type(None)), compound)
            return found.of_type if isinstance(found, GraphQLNonNull) else found
        if origin in {list, tuple}:
            return GraphQLNonNull(GraphQLList(self._of(inner[0], compound)))
        if origin is Literal or (isinstance(kind, type) and issubclass(kind, Enum)):
            return GraphQLNonNull(GraphQLString)
        if kind in SCALARS:
            return GraphQLNonNull(SCALARS[kind])
        if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, BaseModel)):
            return GraphQLNonNull(compound(kind))
        return ANYTHING

    def _object(self, kind: type) -> GraphQLObjectType:
        if kind not in self._outputs:
            self._outputs[kind] = GraphQLObjectType(
                kind.__name__, lambda: self._fields_of(kind), description=(kind.__doc__ or "")
            )
        return self._outputs[kind]

    def _fields_of(self, kind: type) -> dict[str, GraphQLField]:
        hints = get_type_hints(kind)
        own = {
            camel(told.name): GraphQLField(
                self.output(hints[told.name]), resolve=_reading(told.name)
            )
            for told in fields(kind)
        }
        linked = {
            name.partition(".")[2]: GraphQLField(self._linked(link), resolve=self._follow(link))
            for name, link in self._links.items()
            if name.partition(".")[0] == kind.__name__
        }
        return {**own, **linked}

    def _linked(self, link: Link) -> Kind:
        found = self.output(declared(link.many).result)
        return found.of_type.of_type.of_type if link.one else found

    def _input(self, kind: type[BaseModel]) -> GraphQLInputObjectType:
        if kind not in self._inputs:
            made = {
                camel(about.alias or name): GraphQLInputField(
                    self._wanted(about), out_name=about.alias or name
                )
                for name, about in kind.model_fields.items()
            }
            self._inputs[kind] = GraphQLInputObjectType(kind.__name__, made)
        return self._inputs[kind]


def camel(name: str) -> str:
    """Return the GraphQL spelling of a name of ours: due_on becomes dueOn."""
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def snake(name: str) -> str:
    """Return our spelling of a GraphQL name: dueOn becomes due_on."""
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


def _reading(name: str) -> Callable[..., object]:
    return lambda thing, _info: getattr(thing, name)
