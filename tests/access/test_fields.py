"""Who gets which fields, and which fields are taken: every call, against a reviewed table.

A field is `told` to whoever has got something in it, and `empty` for who may make the call and got
nothing there; `takes` is what a wish may say. To review a change: TOWNSQUARE_REVIEW=1 pytest
tests/access/test_fields.py, then read what has changed in fields.csv.
"""

import csv
import os
from dataclasses import dataclass, field, make_dataclass, replace
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type
from pydantic import ConfigDict, ValidationError

from tests.access import test_graph
from tests.access.electing import PARTS, take_part
from tests.access.fields import answered, as_told, holding, lines, loose, taken, undeclared
from tests.access.test_matrix import knock
from tests.access.walking import VERSIONED, doors, plausible, send
from tests.faults import (
    samples_catalogue,
    samples_core,
    samples_coupons,
    samples_customers,
    samples_delivery,
    samples_grocery,
    samples_hours,
    samples_lending,
    samples_orders,
    samples_picking,
    samples_recall,
    samples_staff,
    samples_supply,
)
from tests.faults.stage import SAMPLES, Stage
from townsquare.core.db import Model
from townsquare.core.usecase import REGISTRY, Command
from townsquare.core.web.api import encode
from townsquare.core.web.graphql import schema_of
from townsquare.core.web.graphtypes import camel

pytestmark = pytest.mark.engines("sqlite")  # Who gets which field hangs on no database.

TABLE = Path(__file__).with_name("fields.csv")
WISHES = (
    samples_catalogue,
    samples_core,
    samples_coupons,
    samples_customers,
    samples_delivery,
    samples_grocery,
    samples_hours,
    samples_lending,
    samples_orders,
    samples_staff,
    samples_supply,
    samples_recall,
    samples_picking,
)  # Imported, they fill SAMPLES.
HEAD = ["way", "door", "who", "fields"]
SHUT = {"no", "sign in"}
KNOWN = {"branch": "central", "card": "LC-1", "barcode": "TS1", "ids": ["LC-1"]}
KNOWN |= {"code": "MILK-1L"}
NEVER = {"id", "created_at", "account", "account_id", "person", "person_id", "version", "state"}
NEVER |= {"balance", "balance_minor", "role", "roles", "permissions", "scope", "is_admin"}


# What any table holds, and what nobody should be able to say of themselves.
COLUMNS = frozenset({c.name for t in Model.metadata.tables.values() for c in t.columns} | NEVER)


@dataclass(frozen=True)
class Call:
    """One call that programs can make: its door, its act, and what its answer may hold."""

    door: object
    act: object
    ends: frozenset[str]
    known: dict[str, str] = field(default_factory=dict)  # What only this call is asked with.

    @property
    def name(self):
        return f"{self.door.verb} {self.door.rule}"

    @property
    def elsewhere(self):
        """Return the fields that the address or a header says instead of the body."""
        versioned = self.door.verb in VERSIONED and "version" in self.act.command.model_fields
        return {*self.door.places, *(["version"] if versioned else ())}


@pytest.fixture
def everybody(people, everything, signed_in, town):
    """Everybody who may try, with their parts, and who owns what the library has of one."""
    with town.database.connect() as connection:
        asked = f"SELECT person FROM library_patron WHERE public_id = '{everything['patrons'][0]}'"
        person = connection.exec_driver_sql(asked).scalar_one()
    for role in PARTS:
        take_part(town, role, people[role].person)
    return {**people, "owner": signed_in(person=person)}


def calls(app, ids):
    """Return every call of programs; those that only look come first."""
    found = []
    for door in doors(app, ids):
        offered = getattr(app.view_functions[door.endpoint], "offers", None)
        if offered:
            body = offered.status != 204
            ends = answered(offered.act.result) if body else set()
            found.append(Call(door, offered.act, frozenset(ends), known_of(door.rule, ids)))
    return sorted(found, key=lambda call: (not call.act.reads, call.name))


def known_of(rule, ids):
    """Return what only the call at this address is asked with."""
    if "/gift-cards/" in rule:
        return {"code": ids["grocery/codes"]}
    if rule == "/api/v1/elections/counts/lookup":
        return {"contest": ids["elections/counted"], "candidate": "1"}
    return {"contest": "chair"} if rule == "/api/v1/elections/<id>/counts" else {}


def asked(call):
    """Return a wish that could be meant."""
    wish = plausible(call.act.command, KNOWN | call.known)
    return {name: value for name, value in wish.items() if name not in call.door.places}


def got(call, everybody):
    """Return what each person gets, by their name; None for who may not even ask."""
    found = {}
    for name, person in everybody.items():
        if not call.act.reads:
            shut = knock(person, call.door.verb, call.door.rule) in SHUT
            found[name] = None if shut else dict.fromkeys(call.ends, True)
            continue
        answer = send(person, call.door, asked(call))
        told = as_told(answer)
        opened = answer.status_code not in {401, 403}
        found[name] = (holding(told, call.ends) if told is not None else {}) if opened else None
    return found


def rows(call, found):
    """Return the lines of one call: what is told to whom, what is empty, what it takes."""
    names = call.ends | {at for told in found.values() for at in told or ()}
    admitted = {who: told for who, told in found.items() if told is not None}
    full = {at: [w for w, told in admitted.items() if told.get(at)] for at in names}
    empty = {at: [w for w in admitted if w not in full[at]] for at in call.ends}
    wish = dict.fromkeys(taken(call.act.command) - call.elsewhere, tuple(admitted))
    return [
        *lines("told", call.name, full),
        *lines("empty", call.name, empty),
        *lines("takes", call.name, wish),
    ]


def within_reach(schema, may):
    """Return each field of a type that is reached through what one may ask, in our order."""
    found, waiting = (
        set(),
        [
            get_named_type(about.type)
            for kind, root in test_graph.roots(schema).items()
            for name, about in root.fields.items()
            if (kind, name) in may
        ],
    )
    while waiting:
        kind = waiting.pop()
        for name, about in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            place = (kind.name, name)
            linked = about.resolve.__code__ is not test_graph.PLAIN
            if place in found or (linked and ("field", ".".join(place)) not in may):
                continue
            found.add(place)
            waiting.append(get_named_type(about.type))
    return found


def graph_rows(app):
    """Return the lines of the graph: who reaches which field, and what its roots take."""
    head, *known = test_graph.reviewed()
    with app.app_context():
        schema = schema_of(app.extensions["townsquare"])
    may = {who: {tuple(r[:2]) for r in known if r[at] not in SHUT} for at, who in columns(head)}
    reached = {who: within_reach(schema, asked) for who, asked in may.items()}
    leaves = sorted(set().union(*reached.values()))
    found = []
    for kind in sorted({kind for kind, _ in leaves}):
        names = {
            n: [w for w, all_of in reached.items() if (k, n) in all_of]
            for k, n in leaves
            if k == kind
        }
        found += lines("told", f"graph {kind}", names)
    for kind, root in test_graph.roots(schema).items():
        for name, about in root.fields.items():
            who = [w for w, asked in may.items() if (kind, name) in asked]
            found += lines(
                "takes", f"graph {kind} {name}", dict.fromkeys(arguments(about.args), who)
            )
    return found


def columns(head):
    return list(enumerate(head))[2:]


def arguments(given):
    """Return every path that the arguments of a field can say."""
    found = set()
    for name, about in given.items():
        kind = get_named_type(about.type)
        inner = {} if is_leaf_type(kind) else kind.fields
        found |= {f"{name}.{path}" for path in arguments(inner)} if inner else {name}
    return found


def reviewed():
    return list(csv.reader(StringIO(TABLE.read_text(encoding="utf-8"))))


def singly(table):
    """Return each field of each row for itself, so that a difference names it."""
    return {(*row[:3], name) for row in table for name in row[3].split()}


def test_every_field_goes_to_whom_the_table_says(app, everything, everybody, measured):
    every = calls(app, everything)
    found = [(call, got(call, everybody)) for call in every]
    extra = {
        (call.name, who): more
        for call, told in found
        for who, names in told.items()
        if (more := undeclared(names or {}, call.ends))
    }
    assert extra == {}
    looks = [(call.name, told) for call, told in found if call.act.reads]
    assert {name for name, told in looks if not any(told.values())} == set()
    table = [HEAD, *graph_rows(app), *(row for each in found for row in rows(*each))]
    if os.environ.get("TOWNSQUARE_REVIEW"):
        with TABLE.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(table)
    assert singly(table) ^ singly(reviewed()) == set()
    assert table == reviewed()
    measured(knocks=len(every) * len(everybody))
    measured(fields=len(singly(table)))


@pytest.fixture
def telling_more(app, everything):
    """Let everybody who reads a branch read somebody's mail as well."""
    (call,) = (c for c in calls(app, everything) if c.name == "GET /api/v1/library/branches/<id>")
    view = app.view_functions[call.door.endpoint]
    app.view_functions[call.door.endpoint] = lambda **at: {
        **view(**at).get_json(),
        "private_mail": "maya@sanroque.example",
    }
    return call


def test_an_answer_with_more_than_its_type_would_be_found(telling_more, everybody):
    found = got(telling_more, everybody)
    assert undeclared(found["guest"], telling_more.ends) == {"private_mail"}


def test_a_type_with_one_more_field_would_be_found(telling_more, everybody):
    more = make_dataclass(
        "More", [("private_mail", str, "")], bases=(telling_more.act.result,), frozen=True
    )
    call = replace(telling_more, ends=frozenset(answered(more)))
    told = singly(rows(call, got(call, everybody))) - singly(reviewed())
    assert {(way, name) for way, _door, _who, name in told} == {("told", "private_mail")}
    assert "guest" in next(iter(told))[2]


def test_a_field_that_one_more_person_gets_would_be_found(app, everything, everybody):
    by_name = {call.name: call for call in calls(app, everything)}
    call = by_name["GET /api/v1/library/rules"]
    found = got(call, everybody)
    found["guest"] = found["library.manager"]
    more = singly(rows(call, found)) - singly(reviewed())
    told = {name for way, _door, who, name in more if way == "told" and "guest" in who.split()}
    assert told == {"published_by", "coming[].published_by"}


@pytest.mark.parametrize("name", sorted(n for n in SAMPLES if n.startswith("library.")))
def test_a_change_answers_what_its_type_declares(town, clock, name):
    stage, act, how = Stage(town, clock), REGISTRY[name], SAMPLES[name]
    result = stage.ask(act, act.command(**how.make(stage)), stage.actor(how.by, act))
    ends = answered(act.result)
    assert undeclared(holding(msgspec.json.decode(encode(result)), ends), ends) == set()


def refused_names(command, names):
    """Return which of these fields a wish refuses, each sent alone."""
    found = set()
    for name in names:
        try:
            command.model_validate({name: "1"})
        except ValidationError as error:
            found |= {e["loc"][0] for e in error.errors() if e["type"] == "extra_forbidden"}
    return found


def accepting(acts):
    """Return what wishes take although no field of theirs has this name."""
    found = {act.name: more for act in acts if (more := loose(act.command))}
    for act in acts:
        others = COLUMNS - act.command.model_fields.keys()
        if lost := others - refused_names(act.command, others):
            found.setdefault(act.name, set()).update(lost)
    return found


def acts():
    return [act for name, act in REGISTRY.items() if not name.startswith("test.")]


def test_no_wish_takes_a_field_of_a_table_that_it_does_not_have(town, measured):
    assert accepting(acts()) == {}
    assert len(COLUMNS) > 150
    measured(fields_refused=sum(len(COLUMNS - {*a.command.model_fields}) for a in acts()))


class Careless(Command):
    """A wish that takes whatever is sent."""

    model_config = ConfigDict(extra="allow")
    name: str


class Deep(Command):
    """A wish that holds one that takes whatever is sent."""

    parts: tuple[Careless, ...] = ()


@pytest.mark.parametrize(("kind", "lost"), [(Careless, "balance"), (Deep, "Careless")])
def test_a_wish_that_takes_more_would_be_found(kind, lost):
    planted = replace(acts()[0], name="planted", command=kind)
    assert lost in accepting([planted])["planted"]


def taking_more(call, person):
    """Return the fields of tables that a call does not refuse by name, and its own in the body."""
    others = COLUMNS - {*call.act.command.model_fields, *call.door.places}
    lost = others - refused_by(person, call.door, others)
    own = set() if call.act.reads else call.elsewhere  # A question is read from its address last.
    return lost | {name for name in own if name not in refused_by(person, call.door, {name})}


def refused_by(person, door, names):
    """Return the fields that a call refuses because nothing reads them."""
    told = {"X-CSRF-Token": person.token, "If-Match": '"1"', "Idempotency-Key": "k"}
    fields = dict.fromkeys(sorted(names), "1")
    sent = {"query_string": fields} if door.verb == "GET" else {"json": fields}
    answer = person.client.open(door.path(), method=door.verb, headers=told, **sent)
    body = answer.get_json(silent=True) or {}
    unknown = (answer.status_code, body.get("code")) == (422, "core.unknown-field")
    return set(body["facts"]["fields"]) if unknown else set()


def test_no_call_takes_a_field_that_it_does_not_have(app, everything, signs_in, measured):
    person, every = signs_in(), calls(app, everything)
    assert {call.name: more for call in every if (more := taking_more(call, person))} == {}
    assert len(every) > 100
    measured(fields_refused=sum(len(COLUMNS - {*c.act.command.model_fields}) for c in every))


def test_a_call_that_takes_more_would_be_found(app, everything, signs_in, monkeypatch):
    (call,) = (c for c in calls(app, everything) if c.name == "POST /api/v1/library/branches")
    # Wishes are read before they are looked at, so one that forbids nothing stands for all others.
    monkeypatch.setattr(
        call.act.command, "model_validate_json", lambda *_a, **_k: Careless(name="")
    )
    assert "created_at" in taking_more(call, signs_in())


def beyond_their_wish(app):
    """Return the arguments of each root of the graph that its wish has no field for."""
    town = app.extensions["townsquare"]
    with app.app_context():
        schema = schema_of(town)
    wishes, found = test_graph.commands_of(town), {}
    for root in test_graph.roots(schema).values():
        for name, about in root.fields.items():
            asked = wishes[name].model_fields.items()
            more = about.args.keys() - {camel(told.alias or each) for each, told in asked}
            found |= {name: more} if more else {}
    return found


def test_no_field_of_the_graph_takes_more_than_its_wish_has(app, signs_in):
    assert beyond_their_wish(app) == {}
    person, head = signs_in(), "mutation {waiveCharge"
    for name in sorted({camel(each) for each in COLUMNS}):
        if name not in {"charge", "amountMinor", "percent", "reason"}:
            asked = {"query": f"{head}({name}: null) {{id}}}}"}
            token = {"X-CSRF-Token": person.token}
            answer = person.client.post("/graphql", json=asked, headers=token)
            assert (answer.status_code, f"argument '{name}'" in answer.text) == (400, True)


def test_a_field_of_the_graph_that_takes_more_would_be_found(app):
    with app.app_context():
        schema = schema_of(app.extensions["townsquare"])
    about = schema.mutation_type.fields["waiveCharge"]
    about.args["state"] = about.args["reason"]
    assert beyond_their_wish(app) == {"waiveCharge": {"state"}}
