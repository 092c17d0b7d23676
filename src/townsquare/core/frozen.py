"""Frozen dataclasses that share what is the same for all of them.

The standard library writes six functions for each frozen dataclass; for hundreds of results and
events that is megabytes of each process and a third of a second of each start. Here a class keeps
only its own `__init__`; the other five stand once, and do what the standard library's do.
"""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from dataclasses import dataclass as standard
from functools import cache
from typing import TYPE_CHECKING, Any

SHOWN = ("__repr__", "__eq__", "__hash__")  # A class may say these in its own way.
FROZEN = ("__setattr__", "__delattr__")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 (to type checkers it is that one)
else:

    def dataclass(*, frozen: bool) -> Callable[[type], type]:
        """Make a frozen dataclass of a class: `@dataclass(frozen=True)`."""
        if not frozen:
            message = "What may be changed is a dataclass of the standard library."
            raise TypeError(message)
        return _made


class _Shared:
    """What all frozen dataclasses do alike; `self` is any of them."""

    def __repr__(self: Any) -> str:
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash(_values(self))

    def __setattr__(self, name: str, value: object) -> None:
        message = f"cannot assign to field {name!r}"
        raise FrozenInstanceError(message)

    def __delattr__(self, name: str) -> None:
        message = f"cannot delete field {name!r}"
        raise FrozenInstanceError(message)


def _made(cls: type[Any]) -> type[Any]:
    own = [name for name in SHOWN if name in vars(cls)]
    made: type[Any] = standard(frozen=True, repr=False, eq=False)(cls)
    for name in (*SHOWN, *FROZEN):
        if name not in own:
            setattr(made, name, vars(_Shared)[name])
    return made


@cache
def _compared(cls: Any) -> tuple[str, ...]:  # noqa: ANN401 (any frozen dataclass)
    return tuple(field.name for field in fields(cls) if field.compare)


def _values(one: object) -> tuple[object, ...]:
    cls: Any = type(one)
    return tuple(getattr(one, name) for name in _compared(cls))
