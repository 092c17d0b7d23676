"""Who may ask what in GraphQL: all that asks for a permission, tried by every role.

To review a change: TOWNSQUARE_REVIEW=1 pytest tests/access/test_graph.py, then read what has
changed in graph.csv.
"""

import csv
import os
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
)

from tests.access.walking import UNKNOWN, plausible
from townsquare.core.usecase import Context, declared, query, use_case
from townsquare.core.web import graphtypes
from townsquare.core.web.graph import Link
from townsquare.core.web.graphql import schema_of
from townsquare.core.web.graphtypes import camel, snake
from townsquare.services.library import graphql as library
from townsquare.services.library.commands.lending import FindLoans, Ids, WaiveCharge
from townsquare.services.library.results.lending import LoanLine, Loans, Settled

pytestmark = pytest.mark.shown

TABLE = Path(__file__).with_name("graph.csv")
SHUT = {"core.not-allowed": "no", "core.beyond-scope": "no", "core.unforeseen": "broken"}
# What does not even reach the question whether somebody may.
UNREAD = {"graphql.malformed", "core.invalid", "core.unknown-field"}
PLAIN = graphtypes._reading("").__code__  # noqa: SLF001 (what reads a field that is there already)
OF_GUESTS = {"putLine", "quote", "place", "cancel"}


@dataclass(frozen=True)
class Question:
    """One field of the graph and how it is asked for."""

    kind: str
    name: str
    text: str
    given: dict[str, object] = field(default_factory=dict)


def schema_with_all_within_reach(app):
    """Return the schema with one more way to everything in it, that asks for no permission."""
    with app.app_context():
        schema = schema_of(app.extensions["townsquare"])
    ways = {f"any{kind.name}": way_to(kind) for kind in things(schema)}
    looks = GraphQLObjectType("Query", {**schema.query_type.fields, **ways})
    return GraphQLSchema(looks, schema.mutation_type, schema.subscription_type)


def things(schema):
    """Return the types of the things that are answered."""
    kinds = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
    others = [kind for kind in kinds if kind not in roots(schema).values()]
    return [kind for kind in others if not is_introspection_type(kind)]


def roots(schema):
    """Return where every document begins, by the word with which it says so."""
    kinds = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return {kind.name.lower(): kind for kind in kinds if kind}


def way_to(kind):
    thing = SimpleNamespace(**{snake(name): UNKNOWN for name in kind.fields})
    return GraphQLField(kind, resolve=lambda *_: thing)


def questions(app):
    """Return every field of the schema that may ask for a permission."""
    app.extensions["graphql"] = schema = schema_with_all_within_reach(app)
    commands = commands_of(app.extensions["townsquare"])
    asked = [
        root_question(kind, name, about, commands[name])
        for kind, root in roots(schema).items()
        for name, about in root.fields.items()
        if name in commands
    ]
    linked = [
        Question("field", f"{kind.name}.{name}", f"{{any{kind.name} {{{name} {inner(about)}}}}}")
        for kind in things(schema)
        for name, about in kind.fields.items()
        if about.resolve.__code__ is not PLAIN
    ]
    return [*asked, *sorted(linked, key=lambda question: question.name)]


def commands_of(town):
    """Return the command of each field that a service adds."""
    graphs = [resolve_name(service.graphql) for service in town.services if service.graphql]
    acts = {n: act for graph in graphs for n, act in {**graph.queries, **graph.mutations}.items()}
    return {name: declared(act).command for name, act in acts.items()}


def root_question(kind, name, about, command):
    given = {camel(n): value for n, value in plausible(command, {}).items()}
    told = ", ".join(f"${n}: {about.args[n].type}" for n in given)
    sent = ", ".join(f"{n}: ${n}" for n in given)
    told, sent = (f"({told})", f"({sent})") if given else ("", "")
    return Question(kind, name, f"{kind}{told} {{{name}{sent} {inner(about)}}}", given)


def inner(about):
    return "" if is_leaf_type(get_named_type(about.type)) else "{__typename}"


def ask(person, question):
    """Return what this person is told in one word."""
    sent = {"query": question.text, "variables": question.given}
    answer = person.client.post("/graphql", json=sent, headers={"X-CSRF-Token": person.token})
    if answer.status_code == 401:
        return "sign in"
    codes = [error["extensions"]["code"] for error in answer.json.get("errors", ())]
    if UNREAD & set(codes):
        return "unread"
    return "open" if not codes else SHUT.get(codes[0], "refused")


def row(people, question):
    return [question.kind, question.name, *(ask(person, question) for person in people.values())]


def reviewed():
    return list(csv.reader(StringIO(TABLE.read_text(encoding="utf-8"))))


def test_every_field_is_answered_to_whom_the_table_says(app, people, measured):
    rows = [row(people, question) for question in questions(app)]
    found = [["kind", "field", *people], *rows]
    assert [line[:2] for line in found if {"broken", "unread"} & set(line)] == []
    if os.environ.get("TOWNSQUARE_REVIEW"):
        with TABLE.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(found)
    assert found == reviewed()
    measured(knocks=len(rows) * len(people))


def test_every_field_of_a_root_has_a_declared_act(app):
    with app.app_context():
        schema = schema_of(app.extensions["townsquare"])
    names = {name for root in roots(schema).values() for name in root.fields}
    assert names == set(commands_of(app.extensions["townsquare"]))


def test_guests_disabled_accounts_and_read_tokens_change_nothing():
    head, *rows = reviewed()
    acts = [line for line in rows if line[0] == "mutation"]
    open_to = {
        who: {line[1] for line in acts if line[head.index(who)] != "no"}
        for who in ("guest", "disabled", "read token")
    }
    # A guest may fill a cart of their own and order it; who is shut out is a guest.
    assert open_to == {"guest": OF_GUESTS, "disabled": OF_GUESTS, "read token": set()}
    assert {line[head.index("expired token")] for line in rows} == {"sign in"}
    assert len(acts) > 10


@query("test.graph.loans", permission="public")
def loans_for_everybody(ctx: Context, wish: FindLoans) -> Loans:
    """Return loans to whoever asks."""
    return Loans([], None)


@query("test.graph.loans_of", permission="public")
def loans_of_anybody(ctx: Context, wish: Ids) -> list[LoanLine]:
    """Return the loans of readers to whoever asks."""
    return []


@use_case("test.graph.waive", permission="signed-in")
def waive_by_oneself(ctx: Context, wish: WaiveCharge) -> Settled:
    """Let oneself off a charge."""
    return Settled(wish.charge, 0, 0)


@pytest.mark.parametrize(
    ("part", "name", "planted", "who"),
    [
        ("queries", "loans", loans_for_everybody, "guest"),
        ("mutations", "waiveCharge", waive_by_oneself, "member"),
        ("links", "Patron.loans", Link(loans_of_anybody, "card", "card"), "guest"),
    ],
)
def test_a_wrong_policy_would_be_found(app, people, monkeypatch, part, name, planted, who):
    changed = {**getattr(library.graph, part), name: planted}
    monkeypatch.setattr(library, "graph", replace(library.graph, **{part: changed}))
    (found,) = [row(people, asked) for asked in questions(app) if asked.name == name]
    (before,) = [line for line in reviewed() if line[1] == name]
    place = reviewed()[0].index(who)
    assert (before[place], found[place]) == ("no", "open")


@pytest.mark.parametrize("part", ["queries", "mutations", "links"])
def test_a_field_that_nobody_reviewed_would_be_noticed(app, monkeypatch, part):
    added = {
        "queries": {"chess": loans_for_everybody},
        "mutations": {"chess": waive_by_oneself},
        "links": {"Loan.chess": Link(loans_of_anybody, "card", "card")},
    }[part]
    changed = {**getattr(library.graph, part), **added}
    monkeypatch.setattr(library, "graph", replace(library.graph, **{part: changed}))
    known = {line[1] for line in reviewed()}
    assert {asked.name for asked in questions(app)} - known == set(added)
