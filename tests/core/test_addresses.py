"""Addresses are written as Werkzeug writes them, and compiled when they are first written."""

import pytest
from werkzeug.routing import Map, Rule

from townsquare.core.web.addresses import Address

RULES = ("/", "/library/<id>", "/shelf/<int:number>/<path:place>")
WISHES = (
    ("/", {}),
    ("/", {"q": "a b"}),
    ("/library/<id>", {"id": "Ü 1/2"}),
    ("/shelf/<int:number>/<path:place>", {"number": 7, "place": "a/b", "page": 2}),
)


def written(kind, endpoint, values):
    rules = Map([kind(rule, endpoint=rule) for rule in RULES])
    return rules.bind("town").build(endpoint, values)


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
