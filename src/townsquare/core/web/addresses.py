"""Addresses that keep what requests and links need, not what they were made of."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.routing.rules import RuleFactory

Write = Callable[..., tuple[str, str]]
_TRACED: dict[tuple[bool, str], tuple[bool, str]] = {}  # Most steps are those of many addresses.


class Addresses(Map):
    """A map of Werkzeug in which like variables of all addresses share one converter."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (Werkzeug's own)
        super().__init__(*args, **options)
        self.shared: dict[tuple[object, ...], BaseConverter] = {}

    def add(self, rulefactory: RuleFactory) -> None:
        """Take an address in; the pieces it was cut into are then known to the map."""
        super().add(rulefactory)
        if isinstance(rulefactory, Address):
            rulefactory.forget_pieces()


class Address(Rule):
    """A rule of Werkzeug that compiles the writing of its address when it is first asked to.

    Werkzeug compiles two functions for each rule at once: with two hundred rules, most of a start.
    """

    def forget_pieces(self) -> None:
        """Keep nothing that only the making of the map needs; who binds anew cuts anew."""
        self._parts.clear()
        self._trace = [_TRACED.setdefault(step, step) for step in self._trace]

    def get_converter(  # noqa: PLR0917 (Werkzeug's signature)
        self,
        variable_name: str,
        converter_name: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> BaseConverter:
        """Return what reads and writes this variable: one for all that are alike."""
        alike = (converter_name, args, *sorted(kwargs.items()))
        shared = self.map.shared if isinstance(self.map, Addresses) else {}
        if alike not in shared:
            shared[alike] = super().get_converter(variable_name, converter_name, args, kwargs)
        return shared[alike]

    def _compile_builder(self, append_unknown: bool = True) -> Write:  # noqa: FBT001, FBT002 (Werkzeug's signature)
        return _with_the_rest if append_unknown else _by_its_variables

    def compile_now(self, name: str, *, append_unknown: bool) -> Write:
        """Compile what writes this address, and let it be asked from now on, without a detour."""
        made: Write = super()._compile_builder(append_unknown).__get__(self, None)
        setattr(self, name, made)
        return made


def _with_the_rest(rule: Address, /, **values: Any) -> tuple[str, str]:  # noqa: ANN401 (whatever a rule takes)
    return rule.compile_now("_build_unknown", append_unknown=True)(**values)


def _by_its_variables(rule: Address, /, **values: Any) -> tuple[str, str]:  # noqa: ANN401 (as above)
    return rule.compile_now("_build", append_unknown=False)(**values)
