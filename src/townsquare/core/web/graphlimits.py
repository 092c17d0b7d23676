"""What a GraphQL document may cost, counted before anything is validated or run."""

from collections.abc import Iterable
from dataclasses import replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from townsquare.core.errors import Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable

DEEPEST = 8
DEEPER = 5  # So many levels more where somebody may read the schema, which nests by itself.
MOST_SELECTIONS = 1000
MOST_ALIASES = 30
MOST_SPREADS = 40  # Validation compares the fields of every fragment with those of every other.
MOST_TOKENS = 4000  # Reading them takes the time; no bearable document has so many.
# How the parser says that it gave up.
TOO_LONG, TOO_NESTED = " tokens. Parsing aborted.", "nested too deeply. Parsing aborted."


class Malformed(Invalid):
    """The document is not GraphQL, or does not fit the schema."""

    code = "graphql.malformed"
    message = translatable("This document cannot be read as GraphQL of this town: {reason}")


class TooDeep(Invalid):
    """The document nests further than anybody needs."""

    code = "graphql.too-deep"
    message = translatable("This query nests deeper than {deepest} levels; ask in two steps.")


class TooCostly(Invalid):
    """The document asks for more than one request should."""

    code = "graphql.too-costly"
    message = translatable("This query asks for too much at once; ask for less in each request.")


class NoIntrospection(Invalid):
    """A guest asked for the schema itself."""

    code = "graphql.no-introspection"
    message = translatable("Sign in to read the schema; guests may ask for public fields only.")


def check(document: DocumentNode, *, may_introspect: bool) -> None:
    """Refuse a document that is too deep, too wide, too curious or goes in circles."""
    scale = _Scale(document, may_introspect=may_introspect)
    operations = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
    costs = [scale.weigh(node.selection_set, 1) for node in operations]
    scale.bear([*costs, *scale.unused()])


@dataclass(frozen=True)
class _Cost:
    """What a selection costs with everything below it, each fragment as often as it is named."""

    selections: int = 0
    spreads: int = 0
    aliases: int = 0
    height: int = 0


class _Scale:
    """Weighs each fragment once, so that fragments of fragments cannot make the weighing long."""

    def __init__(self, document: DocumentNode, *, may_introspect: bool) -> None:
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._may_introspect = may_introspect
        self._deepest = DEEPEST + (DEEPER if may_introspect else 0)
        self._weighed: dict[str, _Cost] = {}
        self._open: set[str] = set()

    def weigh(self, chosen: SelectionSetNode | None, level: int) -> _Cost:
        """Return what is chosen here and below; refuse it as soon as it is too much."""
        if chosen is None:
            return _Cost()
        if level > self._deepest:
            raise TooDeep(deepest=DEEPEST)
        inner = [self._selection(node, level) for node in chosen.selections]
        cost = self.bear([*inner, _Cost(aliases=_repeats(chosen.selections))])
        return replace(cost, height=cost.height + 1)

    def bear(self, costs: Iterable[_Cost]) -> _Cost:
        """Return the sum; refuse one that is too much."""
        selections = spreads = aliases = height = 0
        for cost in costs:
            selections += cost.selections
            spreads += cost.spreads
            aliases += cost.aliases
            height = max(height, cost.height)
        if selections > MOST_SELECTIONS or spreads > MOST_SPREADS or aliases > MOST_ALIASES:
            raise TooCostly
        return _Cost(selections, spreads, aliases, height)

    def unused(self) -> list[_Cost]:
        """Weigh the fragments that no operation names: validation reads them all the same."""
        return [self._fragment(name, 0) for name in self._fragments if name not in self._weighed]

    def _selection(self, node: SelectionNode, level: int) -> _Cost:
        if isinstance(node, FragmentSpreadNode):
            below = self._fragment(node.name.value, level)
            own = _Cost(selections=1, spreads=1)
        elif isinstance(node, FieldNode):
            below = self.weigh(node.selection_set, level + 1)
            own = self._field(node)
        else:
            below = self.weigh(getattr(node, "selection_set", None), level + 1)
            own = _Cost(selections=1, spreads=1)
        return self.bear([own, below])

    def _field(self, node: FieldNode) -> _Cost:
        if node.name.value in {"__schema", "__type"} and not self._may_introspect:
            raise NoIntrospection
        return _Cost(selections=1, aliases=int(node.alias is not None))

    def _fragment(self, name: str, level: int) -> _Cost:
        if name in self._open:
            raise Malformed(reason=f"Fragment '{name}' contains itself.")
        if name not in self._fragments:
            raise Malformed(reason=f"Unknown fragment '{name}'.")
        if name not in self._weighed:
            self._open.add(name)
            self._weighed[name] = self.weigh(self._fragments[name].selection_set, 1)
            self._open.discard(name)
        cost = self._weighed[name]
        if level + cost.height > self._deepest:
            raise TooDeep(deepest=DEEPEST)
        return cost


def _repeats(selections: Iterable[SelectionNode]) -> int:
    """Return how many fields stand here under a name that stood here before."""
    names = [(node.alias or node.name).value for node in selections if isinstance(node, FieldNode)]
    return len(names) - len(set(names))
