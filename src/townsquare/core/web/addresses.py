"""Addresses whose writers are made when the first link is written, not at every start."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Write = Callable[..., tuple[str, str]]


class Address(Rule):
    """A rule of Werkzeug that compiles the writing of its address when it is first asked to.

    Werkzeug compiles two functions for each rule at once: with two hundred rules, most of a start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Write:  # noqa: FBT001, FBT002 (Werkzeug's signature)
        compile_now = super()._compile_builder
        name = "_build_unknown" if append_unknown else "_build"

        def write(rule: "Address", **values: Any) -> tuple[str, str]:  # noqa: ANN401 (whatever a rule takes)
            made: Write = compile_now(append_unknown).__get__(rule, None)
            setattr(rule, name, made)  # From now on this one, without a detour.
            return made(**values)

        return write
