"""GraphQL over declared acts: one schema, bounded cost, one look per level."""

import sys
from dataclasses import dataclass, replace
from types import ModuleType

import pytest
from pydantic import Field
from sqlalchemy import func, select

from townsquare.app import assemble
from townsquare.core.errors import Conflict
from townsquare.core.ids import new_id
from townsquare.core.manifest import Service
from townsquare.core.once import Once, OnceEntry, keep
from townsquare.core.usecase import Command, Context, query, use_case
from townsquare.core.web.graph import Graph, Link

pytestmark = pytest.mark.shown


class Some(Command):
    """A look at some shelves."""

    how_many: int = Field(default=2, title="How many", le=500)


class Of(Command):
    """A look at what stands on these shelves."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class Shelf:
    id: str
    shelf_mark: str | None


@dataclass(frozen=True)
class Thing:
    shelf_id: str
    name: str


@dataclass(frozen=True)
class Filled:
    shelf_id: str
    times: int


class ShelfFull(Conflict):
    """No room."""

    code = "test.shelf-full"
    message = "Shelf {shelf} is full; use the next one."


ASKED = []
NAMED = " fragment G on Thing {name}"


def bomb(levels, width):
    """Return fragments of which each names the next several times."""
    inner = [f"fragment F{n} on Query {{{f'...F{n + 1} ' * width}}}" for n in range(levels)]
    return " ".join([*inner, f"fragment F{levels} on Query {{shelves {{id}}}}"])


@query("test.shelves", permission="public")
def shelves(ctx: Context, wish: Some) -> list[Shelf]:
    """Return some shelves."""
    return [Shelf(str(n), f"A{n}") for n in range(wish.how_many)]


@query("test.things", permission="public")
def things(ctx: Context, wish: Of) -> list[Thing]:
    """Return what stands on these shelves."""
    ASKED.append(wish.ids)
    return [Thing(each, f"thing {each}") for each in wish.ids]


@query("test.broken", permission="public")
def broken(ctx: Context, wish: Of) -> list[Thing]:
    """Fail as nobody foresaw."""
    raise RuntimeError(wish.ids)


@use_case("test.fill", permission="public")
def fill(ctx: Context, wish: Some) -> Shelf:
    """Fill a shelf."""
    if wish.how_many > 10:
        raise ShelfFull(shelf="A1")
    keep(ctx.db, Once("filled", new_id()), (0, "", ""), now=ctx.now())
    return Shelf("1", None)


@query("test.filled", permission="public")
def filled(ctx: Context, wish: Of) -> list[Filled]:
    """Return how often these shelves have been filled."""
    times = ctx.db.scalar(select(func.count(OnceEntry.id)))
    return [Filled(each, times) for each in wish.ids]


@pytest.fixture
def ask(town):
    module = sys.modules.setdefault("graph_of_the_tests", ModuleType("graph_of_the_tests"))
    links = {
        "Shelf.things": Link(things, "id", "shelf_id"),
        "Shelf.filled": Link(filled, "id", "shelf_id"),
        "Shelf.broken": Link(broken, "id", "shelf_id"),
    }
    module.graph = Graph({"shelves": shelves}, {"fill": fill}, links)
    service = Service("test", "Test", graphql="graph_of_the_tests:graph")
    client = assemble(replace(town, services=(service,))).test_client()
    ASKED.clear()
    return lambda text, **variables: client.post(
        "/graphql", json={"query": text, "variables": variables}
    )


def test_commands_are_arguments_and_results_are_types(ask):
    assert ask("{shelves(howMany: 1) {id shelfMark}}").json["data"] == {
        "shelves": [{"id": "0", "shelfMark": "A0"}]
    }


def test_what_belongs_to_a_list_is_loaded_with_one_query(ask):
    found = ask("{shelves(howMany: 3) {things {name}}}").json["data"]["shelves"]
    assert found[2] == {"things": [{"name": "thing 2"}]}
    assert ASKED == [("0", "1", "2")]


def test_a_long_list_is_loaded_in_a_few_looks(ask):
    found = ask("{shelves(howMany: 450) {things {name}}}").json["data"]["shelves"]
    assert found[449] == {"things": [{"name": "thing 449"}]}
    assert [len(ids) for ids in ASKED] == [200, 200, 50]


def test_what_cannot_be_loaded_is_an_error_and_not_a_wait(ask):
    (error,) = ask("{shelves(howMany: 1) {broken {name}}}").json["errors"]
    assert error["extensions"]["code"] == "core.unforeseen"


def test_a_refusal_has_the_code_and_the_facts(ask):
    (error,) = ask("mutation {fill(howMany: 11) {id}}").json["errors"]
    assert error["message"] == "Shelf A1 is full; use the next one."
    assert error["extensions"] == {"code": "test.shelf-full", "facts": {"shelf": "A1"}}


def test_a_refused_change_harms_no_later_one(ask):
    for _ in range(20):
        assert "errors" in ask("mutation {fill(howMany: 11) {id}}").json
        assert ask("mutation {fill {id}}").json["data"] == {"fill": {"id": "1"}}


def counting_calls(act):
    """Return what comes of it, and how many functions were called: work, on a busy machine too."""
    calls = 0

    def count(_frame, happened, _argument):
        nonlocal calls
        calls += happened == "call"

    sys.setprofile(count)
    try:
        told = act()
    finally:
        sys.setprofile(None)
    return told, calls


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{a" * 50 + "}" * 50, "graphql.too-deep"),
        ("{" + " ".join(f"a{n}: shelves {{id}}" for n in range(1000)) + "}", "graphql.too-costly"),
        ("{__schema {types {name}}}", "graphql.no-introspection"),
        ("{" + "shelves {id} " * 300 + "}", "graphql.too-costly"),
        ("{a" * 1300 + "}" * 1300, "graphql.too-deep"),
        ("{...F0}" + bomb(6, 10), "graphql.too-costly"),
        ("{...F0}" + bomb(12, 1), "graphql.too-deep"),
        ("{shelves {id}}" + bomb(6, 10), "graphql.too-costly"),
    ],
)
def test_a_document_that_asks_too_much_is_refused_before_it_runs(ask, text, code):
    ask(text)  # The first one also loads what every later one finds loaded.
    answer, calls = counting_calls(lambda: ask(text))
    assert calls < 100_000  # Reading it costs that much; what it asks for would cost millions.
    assert (answer.status_code, answer.json["errors"][0]["extensions"]["code"]) == (200, code)


@pytest.mark.parametrize(
    "text",
    [
        "{shelves",
        "",
        "{nothing}",
        "{shelves {nothing}}",
        "{...F}",
        "{...F} fragment F on Query {...F}",
        "{...F} fragment F on Query {...G} fragment G on Query {...F}",
    ],
)
def test_a_document_that_makes_no_sense_is_400(ask, text):
    answer = ask(text)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["extensions"]["code"] == "graphql.malformed"


@pytest.mark.parametrize("told", [{}, {"really": None}, {"really": 5}, {"really": "yes"}])
def test_a_variable_that_does_not_fit_is_400_and_nothing_is_done(ask, town, told):
    answer = ask("mutation ($really: Boolean!) {fill @include(if: $really) {id}}", **told)
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "graphql.malformed")
    with town.sessions() as db:
        assert db.scalar(select(func.count(OnceEntry.id))) == 0


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{}", "application/json"), (b"{", "application/json"), (b"query={x}", "text/plain")],
)
def test_a_request_without_a_document_is_400(client, body, kind):
    answer = client.post("/graphql", data=body, content_type=kind)
    assert answer.status_code == 400
    assert answer.json["errors"][0]["extensions"]["code"] == "graphql.malformed"


@pytest.mark.parametrize("many", [[{"query": "{x}"}] * 500, {"query": " " * 70_000}])
def test_a_batch_and_a_flood_ask_for_too_much(client, many):
    answer = client.post("/graphql", json=many)
    assert answer.status_code == 200
    assert answer.json["errors"][0]["extensions"]["code"] == "graphql.too-costly"


def test_a_fragment_that_is_used_as_it_should_be_is_answered(ask):
    found = ask("{shelves(howMany: 1) {...F}} fragment F on Shelf {id things {...G}}" + NAMED)
    assert found.json["data"] == {"shelves": [{"id": "0", "things": [{"name": "thing 0"}]}]}


def test_what_is_read_after_a_second_change_is_not_what_was_read_after_the_first(ask):
    both = ask("mutation {one: fill {filled {times}} two: fill {filled {times}}}").json["data"]
    assert both == {"one": {"filled": [{"times": 1}]}, "two": {"filled": [{"times": 2}]}}


def test_of_several_changes_those_that_were_refused_are_missing_and_the_others_stand(ask, town):
    answer = ask(
        "mutation {one: fill {id} two: fill(howMany: 11) {id} three: fill {filled {times}}}"
    ).json
    assert answer["data"] == {"one": {"id": "1"}, "two": None, "three": {"filled": [{"times": 2}]}}
    told = [(error["path"], error["extensions"]["code"]) for error in answer["errors"]]
    assert told == [(["two"], "test.shelf-full")]
    with town.sessions() as db:
        assert db.scalar(select(func.count(OnceEntry.id))) == 2


def test_a_look_that_is_refused_hides_no_other(ask):
    answer = ask("{shelves(howMany: 1) {id} others: shelves(howMany: 501) {id}}").json
    assert answer["data"] == {"shelves": [{"id": "0"}], "others": None}
    assert [error["path"] for error in answer["errors"]] == [["others"]]


def test_a_change_is_not_asked_for_by_get(town, ask):
    client = assemble(town).test_client()
    assert client.get("/graphql?query=mutation{x}").status_code in {400, 405}
