"""What a declaration promises, walked over everything that is declared."""

import importlib
import inspect
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import is_dataclass
from typing import get_args

import pytest
from flask import Blueprint

from townsquare import services
from townsquare.core.errors import NotAllowed, Undeclared
from townsquare.core.usecase import REGISTRY, Actor, Command, Context, declared, use_case
from townsquare.core.web.api import offer

SURFACES = ("pages", "api", "graphql", "live", "cli", "jobs", "listeners", "web")
OPEN = {"public", "signed-in"}
STRANGER = Actor(0, "Carla Ruiz")


class Wave(Command):
    """A wish that nobody has declared."""


def wave(ctx: Context, _wish: Wave) -> str:
    """Greet everybody and note it in the database."""
    return str(ctx.db)


@pytest.fixture
def acts(app):
    list(_surfaces())  # Some acts are only of the command line, which is loaded when it is used.
    return [act for name, act in REGISTRY.items() if not name.startswith("test.")]


def test_an_undeclared_function_reaches_no_data(acting_as):
    with pytest.raises(Undeclared), acting_as() as ctx:
        wave(ctx, Wave())


def test_an_undeclared_function_is_not_offered():
    with pytest.raises(Undeclared):
        offer(Blueprint("wave", __name__), "POST /wave", wave)


def test_every_declared_use_case_refuses_a_stranger(acts, acting_as):
    for act in acts:
        with pytest.raises(NotAllowed), acting_as(actor=STRANGER) as ctx:
            act.call(ctx, act.command.model_construct())


def test_every_act_says_in_one_line_what_it_does(acts):
    assert [act.name for act in acts if not act.sentence] == []


def test_every_wish_can_be_read_when_its_first_one_comes(acts):
    assert [act.name for act in acts if act.command.model_rebuild() is False] == []


def test_many_may_wish_the_first_one_at_once():
    for _round in range(20):

        class Order(Command):
            loaves: int

        with ThreadPoolExecutor(8) as people:
            wished = people.map(lambda n, of=Order: of(loaves=str(n)).loaves, range(8))
            assert list(wished) == list(range(8))


def test_results_are_frozen(acts):
    kinds = [kind for act in acts for kind in get_args(act.result) or (act.result,)]
    named = [kind for kind in kinds if isinstance(kind, type) and kind.__module__ != "builtins"]
    results = [k for k in named if not issubclass(k, Command)]  # Nor is a wish ever changed.
    assert [k for k in results if not (is_dataclass(k) and k.__dataclass_params__.frozen)] == []


def test_surfaces_touch_nothing_but_declared_use_cases(acts):
    called = [thing for module in _surfaces() for thing in vars(module).values() if _inner(thing)]
    assert {declared(thing).name for thing in called} <= {act.name for act in acts}


def test_a_use_case_takes_one_command():
    def shout(ctx: Context, loudly: str) -> None:
        """Take something that no surface could read."""

    with pytest.raises(TypeError, match="one Command"):
        use_case("test.shout")(shout)


def test_a_name_is_declared_once():
    use_case("test.wave")(wave)
    with pytest.raises(TypeError, match="twice"):
        use_case("test.wave")(wave)
    del REGISTRY["test.wave"]


def _surfaces():
    for found in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
        if found.name.split(".")[3:4] and found.name.split(".")[3] in SURFACES:
            yield importlib.import_module(found.name)


def _inner(thing):
    if not inspect.isfunction(thing) or not thing.__module__.startswith("townsquare.services."):
        return False
    return thing.__module__.split(".")[3] in {"usecases", "queries"}
