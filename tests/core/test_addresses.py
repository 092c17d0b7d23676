"""Addresses are written as Werkzeug writes them, and compiled when they are first written."""

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from townsquare.core.web.addresses import Address, Addresses

RULES = ("/", "/library/<id>", "/shelf/<int:number>/<path:place>")
WISHES = (
    ("/", {}),
    ("/", {"q": "a b"}),
    ("/library/<id>", {"id": "Ü 1/2"}),
    ("/shelf/<int:number>/<path:place>", {"number": 7, "place": "a/b", "page": 2}),
)

SHARING = (("a", "id"), ("b", "id"), ("c", "int:id"))


def written(kind, endpoint, values):
    return mapped(kind).bind("town").build(endpoint, values)


def mapped(kind):
    """Return a map of addresses of this kind: Werkzeug's own, or ours."""
    made = (Addresses if kind is Address else Map)()
    for rule in RULES:
        made.add(kind(rule, endpoint=rule))
    return made


@pytest.mark.parametrize(("endpoint", "values"), WISHES)
def test_an_address_is_written_as_werkzeug_writes_it(endpoint, values):
    assert written(Address, endpoint, values) == written(Rule, endpoint, values)


def test_an_address_is_compiled_once_and_late():
    rule = Address("/library/<id>", endpoint="document")
    links = Map([rule]).bind("town")
    late = rule._build_unknown  # noqa: SLF001 (what is compiled is no promise of Werkzeug)
    assert links.build("document", {"id": "1"}) == "/library/1"
    made = rule._build_unknown  # noqa: SLF001
    assert made is not late
    assert links.build("document", {"id": "2"}) == "/library/2"
    assert rule._build_unknown is made  # noqa: SLF001


@pytest.mark.parametrize("path", ["/", "/library/7", "/shelf/3/a/b", "/shelf/x/a", "/nothing"])
def test_an_address_is_found_as_werkzeug_finds_it(path):
    assert found(Address, path) == found(Rule, path)


def found(kind, path):
    """Return which rule a path leads to and with what, or the name of the refusal."""
    try:
        return mapped(kind).bind("town").match(path)
    except NotFound:
        return "not found"


def test_like_variables_share_one_converter_and_no_pieces_are_kept():
    rules = Addresses()
    one, two, other = (Address(f"/{n}/<{v}>", endpoint=n) for n, v in SHARING)
    for rule in (one, two, other):
        rules.add(rule)
    shared = [rule._converters["id"] for rule in (one, two, other)]  # noqa: SLF001
    assert shared[0] is shared[1] is not shared[2]
    assert [rule._parts for rule in (one, two, other)] == [[], [], []]  # noqa: SLF001


def test_a_variable_may_have_any_name():
    rules = Addresses()
    rules.add(Address("/<rule>/<self>", endpoint="odd"))
    assert rules.bind("town").build("odd", {"rule": "a", "self": "b"}) == "/a/b"
