"""Frozen dataclasses of ours are those of the standard library, at a fraction of their price."""

import dataclasses
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace

import pytest

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Loaf:
    """Bread, as we make it."""

    name: str
    grams: int = 400
    cuts: tuple[int, ...] = field(default=(), repr=False)
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Rye(Loaf):
    """A kind of it."""

    sour: bool = True


def theirs(kind):
    """Return the same class as the standard library makes it."""
    body = {"__annotations__": kind.__annotations__, "__qualname__": kind.__qualname__}
    usual = {f.name: f for f in fields(kind) if f.name in kind.__annotations__}
    told = {
        name: field(default=f.default, repr=f.repr, compare=f.compare)
        for name, f in usual.items()
        if f.default is not dataclasses.MISSING
    }
    return dataclasses.dataclass(frozen=True)(type(kind.__name__, (), {**body, **told}))


def test_it_is_a_dataclass_like_theirs():
    ours, other = Loaf("Rye", 500, (1, 2), "warm"), theirs(Loaf)("Rye", 500, (1, 2), "warm")
    assert is_dataclass(ours)
    assert Loaf.__dataclass_params__.frozen
    assert (repr(ours), asdict(ours)) == (repr(other), asdict(other))
    assert hash(ours) == hash(other)
    assert Loaf.__match_args__ == theirs(Loaf).__match_args__


def test_equal_is_what_has_the_same_kind_and_values():
    assert Loaf("Rye", note="warm") == Loaf("Rye", note="cold")
    assert Loaf("Rye") != Loaf("Rye", 401)
    assert Rye("Rye") == replace(Rye("Rye", 1), grams=400)
    assert Rye("Rye") != Loaf("Rye")
    assert {Loaf("Rye"), Loaf("Rye")} == {Loaf("Rye")}


@pytest.mark.parametrize("made", [Loaf("Rye"), Rye("Rye")])
def test_nothing_of_it_changes(made):
    with pytest.raises(FrozenInstanceError):
        made.grams = 1
    with pytest.raises(FrozenInstanceError):
        made.price = 1
    with pytest.raises(FrozenInstanceError):
        del made.grams


def test_a_class_may_say_itself_how_it_is_shown():
    @dataclass(frozen=True)
    class Secret:
        word: str

        def __repr__(self) -> str:
            return "Secret()"

    assert repr(Secret("x")) == "Secret()"


def test_what_may_change_is_not_made_here():
    with pytest.raises(TypeError, match="standard library"):
        dataclass(frozen=False)
