"""Requests made up for the graph: no fault of ours, no code that nobody knows, nobody ignored."""

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from tests.access.test_graph import reviewed
from tests.fuzz.graphing import Case, Writer
from tests.kit.breaking import digest
from tests.kit.sound import complaints
from townsquare.core.db import Model
from townsquare.core.errors import DomainError
from townsquare.core.usecase import Context, query, use_case
from townsquare.core.web import graphql
from townsquare.core.web.graphql import schema_of
from townsquare.core.web.problems import kinds
from townsquare.services.library import graphql as library
from townsquare.services.library.commands.lending import FindLoans, WaiveCharge
from townsquare.services.library.results.lending import Loans, Settled

# The grammar does not depend on the database; what one of them alone refuses, others try.
pytestmark = pytest.mark.engines("sqlite")
PEOPLE = {"guest": "guest", "member": "member", "staff": "write token"}
EACH = 520  # So many requests in each round, by each of them.
SEED = 20_260_302
# What may be told to whom a field is shut: that it is, or that its arguments are no GraphQL.
BEFORE_READING = {"core.not-allowed", "core.beyond-scope", "graphql.malformed"}
STATUSES = {200, 400, 405, 413, 415}


@dataclass
class Told:
    """What the requests have met."""

    wrong: list[str] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)


@pytest.fixture
def known(library, town):
    """Return values that really exist, by the names of the arguments that take them."""
    ids = {kind: found if isinstance(found, list) else [found] for kind, found in library.items()}
    every = tuple(one for found in ids.values() for one in found)
    with town.database.connect() as db:
        receipts = db.exec_driver_sql("SELECT public_id FROM payments_document").scalars().all()
    told = {"id": (*every, *receipts), "document": tuple(ids["documents"]), "branch": ("central",)}
    told |= {"charge": tuple(ids["charges"]), "payment": tuple(ids["payments"])}
    told |= {"sort": ("lent", "newest", "name"), "state": ("", "active"), "words": ("", "Wood")}
    told |= {"amountMinor": (1, 50), "percent": (None, 50), "reason": ("It snowed",)}
    told |= {"barcode": ("TS1", "TS2", "TS3"), "card": ("LC-1", "LC-2", "LC-3"), "version": (1, 2)}
    return {**told, **own_ids({**ids, "receipts": receipts}), "after": ("",)}


def own_ids(ids):
    """Return for each root field the ids of what it is named after."""
    names = [line[1] for line in reviewed()[1:] if line[0] != "field"]
    pairs = [(name, kind) for name in names for kind in ids if kind[:-1] in name.lower()]
    return {f"{name}.id": tuple(ids[kind]) for name, kind in pairs}


@pytest.fixture
def ask(app, known, headers):
    """Send made-up requests as somebody of this kind; return what they have met."""

    def run(kind, *, how_many=EACH, seed=SEED):
        with app.app_context():
            schema = schema_of(app.extensions["townsquare"])
        writer, told, client = Writer(schema, known, seed), Told(), app.test_client()
        sent, shut = headers(kind), shut_to(kind)
        codes = {family.code for family in kinds(DomainError)} - {"core.unforeseen"} | {"http.405"}
        for case in writer.cases(how_many):
            note(told, case, case.send(client, sent), shut=shut, codes=codes)
        return told

    return run


def shut_to(kind):
    """Return the root fields that answer nothing to these people, by the reviewed table."""
    head, *rows = reviewed()
    place = head.index(PEOPLE[kind])
    return {line[1] for line in rows if line[0] != "field" and line[place] == "no"}


def note(told, case: Case, answer, *, shut, codes):
    """Note what came of one request, and what is wrong with it."""
    body = answer.get_json(silent=True) or {}
    errors = body.get("errors", ()) if answer.status_code != 405 else [{**body, "extensions": body}]
    said = [error.get("extensions", {}).get("code", "") for error in errors]
    data = {key.rpartition("_")[2]: value for key, value in (body.get("data") or {}).items()}
    wrong = [f"answered {answer.status_code}"] if answer.status_code not in STATUSES else []
    wrong += [f"the code {code!r}" for code in said if code not in codes]
    wrong += [] if "data" in body or errors else ["neither data nor errors"]
    reached = {name for name, value in data.items() if value is not None} | heard(errors)
    wrong += [f"open to them: {name}" for name in reached & shut]
    wrong += [f"{case.code} expected, not {said}"] if case.code and case.code not in said else []
    told.wrong += [f"{case.shape}: {what}\n    {case.body[:2000]!r}" for what in wrong]
    told.codes.update(said)
    told.shapes[case.shape] += 1
    told.reached |= reached & {line[1] for line in reviewed()}


def heard(errors):
    """Return the root fields that went on to read what they were given, and then refused it."""
    placed = [error for error in errors if error.get("path")]
    found = [one for one in placed if one["extensions"]["code"] not in BEFORE_READING]
    return {str(one["path"][0]).rpartition("_")[2] for one in found}


@pytest.mark.parametrize("kind", PEOPLE)
def test_every_request_is_answered_as_it_should_be(app, town, ask, measured, kind, nth):
    tables = sorted(Model.metadata.tables)
    before, told = digest(town.database, tables), ask(kind, seed=SEED + nth)
    measured(requests=sum(told.shapes.values()))
    assert told.wrong == [], "\n".join([f"seed {SEED + nth}", *told.wrong])
    assert kind != "guest" or digest(town.database, tables) == before
    assert complaints(town) == []
    # Whoever is let in at all has been heard behind every door that is theirs.
    assert told.reached == {line[1] for line in reviewed()[1:] if line[0] != "field"} - shut_to(
        kind
    )


@use_case("test.graph.settle", permission="public")
def settle(ctx: Context, wish: WaiveCharge) -> Settled:
    """Let everybody off a charge."""
    return Settled(wish.charge, 0, 0)


@query("test.graph.breaks", permission="public")
def breaks(ctx: Context, wish: FindLoans) -> Loans:
    """Fail as nobody foresaw."""
    raise RuntimeError(wish.words)


@pytest.mark.parametrize(
    ("part", "name", "planted", "found"),
    [
        ("mutations", "waiveCharge", settle, "open to them: waiveCharge"),
        ("queries", "loans", breaks, "the code 'core.unforeseen'"),
    ],
)
def test_a_fault_would_be_found(ask, monkeypatch, part, name, planted, found):
    changed = {**getattr(library.graph, part), name: planted}
    monkeypatch.setattr(library, "graph", replace(library.graph, **{part: changed}))
    assert any(found in line for line in ask("guest", how_many=260).wrong)


def test_a_graph_without_bounds_would_be_found(ask, monkeypatch):
    monkeypatch.setattr(graphql, "check", lambda *_, **__: None)
    wrong = ask("guest", how_many=60).wrong
    assert any("graphql.too-deep expected" in line for line in wrong)
    assert any("graphql.too-costly expected" in line for line in wrong)
