"""What a service adds to the one GraphQL schema; GraphQL's own library is not needed to say it."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from townsquare.core.frozen import dataclass

Declared = Callable[..., Any]


@dataclass(frozen=True)
class Link:
    """A way from a thing to things that belong to it, loaded for all of a list at once.

    `many` is a declared query whose command has `ids`; it answers results that carry `key`, the id
    they were asked by. `on` is the field of the thing that holds this id.
    """

    many: Declared
    on: str
    key: str
    one: bool = False


@dataclass(frozen=True)
class Graph:
    """What a service adds to the one schema: declared functions by field name, and links."""

    queries: Mapping[str, Declared] = field(default_factory=dict)
    mutations: Mapping[str, Declared] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
