"""What belongs to somebody else answers like what nobody has, byte for byte."""

import asyncio
import json
import re
from dataclasses import replace

import pytest

from tests.access import test_graph
from tests.access.walking import UNKNOWN, doors, plausible, send, wishes_of
from tests.kit.second import KEEPER
from townsquare.core.ids import ALPHABET
from townsquare.core.listening import PLACE
from townsquare.core.live.hub import Hub
from townsquare.core.live.streams import Streams
from townsquare.core.manifest import Service, Topic
from townsquare.core.usecase import Actor
from townsquare.core.web.graphql import schema_of
from townsquare.core.web.graphtypes import camel

# What differs between any two answers: the request, the token of the form, the id asked for.
OWN = re.compile(r'"request_id":"\w+"|name="(?:csrf_token|once)" value="[^"]*"')
# What a field of the graph asks for, by its name: the kind of thing whose id stands there.
ASKED = {
    "loan": ("id", "loans"),
    "patron": ("id", "patrons"),
    "charge": ("id", "charges"),
    "receipt": ("id", "receipts"),
    "myReceipt": ("id", "receipts"),
    "renewLoan": ("id", "loans"),
    "renewMyLoan": ("id", "loans"),
    "recallLoan": ("id", "loans"),
    "suspendMyHold": ("id", "holds"),
    "cancelHold": ("id", "holds"),
    "cancelMyHold": ("id", "holds"),
    "refundPayment": ("payment", "payments"),
    "takePayment": ("charge", "charges"),
    "waiveCharge": ("charge", "charges"),
    "setPrice": ("id", "grocery/products"),
    "stopProduct": ("id", "grocery/products"),
    "resumeProduct": ("id", "grocery/products"),
    "blockLot": ("id", "grocery/lots"),
    "confirmPick": ("id", "grocery/orders"),
    "supplier": ("id", "grocery/suppliers"),
}
CATALOGUED = {
    "document",
    "placeHold",
    "placeMyHold",
    "product",
    "election",
    "results",
    "totals",
    "returns",
    "boardEntries",
}  # They name what everybody may read.
CATALOGUE = ("documents", "branches", "categories", "publishers", "names", "brands", "products")


def stands(door):
    """Tell whether something real of somebody stands at this address."""
    return door.places.get(place(door), UNKNOWN) != UNKNOWN


def place(door):
    """Return the place of an address in which a thing is named; a barcode names a copy."""
    return "id" if "id" in door.places else "barcode"


def made_up(public_id):
    """Return an id that could be one, and is none."""
    return public_id[:-1] + next(sign for sign in ALPHABET if sign != public_id[-1])


def told(answer, public_id):
    """Return all that an answer tells."""
    return answer.status_code, OWN.sub("", answer.text).replace(public_id, "")


def differing(person, found, monkeypatch):
    """Return the doors at which a stranger could tell what exists from what does not."""
    wrong = []
    for door in found:
        with wishes_of(monkeypatch) as read:
            send(person, door)
        usual = {}
        for kind in read:
            usual |= plausible(kind, {"branch": "central"})
        bare = {name: value for name, value in usual.items() if name not in door.places}
        real = door.places[place(door)]
        both = (real, made_up(real))
        pair = [(send(person, door, bare, **{place(door): each}), each) for each in both]
        if told(*pair[0]) != told(*pair[1]):
            wrong.append((door.verb, door.rule, [answer.status_code for answer, _ in pair]))
    return wrong


@pytest.fixture
def found(app, everything):
    """Every door to one thing, but those at which everybody reads the catalogue."""
    catalogue = (*(f"/{kind}/<id>" for kind in CATALOGUE), "/products/<id>/together")
    all_of_them = [door for door in doors(app, everything) if stands(door)]
    shown = [d for d in all_of_them if d.verb == "GET" and d.rule.endswith(catalogue)]
    # Which polls there are everybody may read; what else is said there is about oneself.
    open_to_all = ("/elections/<id>", "/api/v1/elections/<id>")
    asked = [d for d in all_of_them if not d.rule.startswith(open_to_all)]
    return [d for d in asked if d not in shown or "/staff/" in d.rule]


@pytest.fixture
def strangers(everything, signed_in, stranger, town):
    """Those who own nothing of all that: a guest, members, one with a card, staff next door."""
    with town.database.connect() as connection:
        asked = f"SELECT person FROM library_patron WHERE public_id = '{everything['patrons'][2]}'"
        reader = connection.exec_driver_sql(asked).scalar_one()
    others = {"member": signed_in(), "reader": signed_in(person=reader), KEEPER: signed_in(KEEPER)}
    return {"guest": stranger, **others}


def test_a_stranger_cannot_tell_what_exists(found, strangers, monkeypatch, measured):
    shown = [d for d in found if "/documents/" not in d.rule or d.verb != "GET"]
    for who, person in strangers.items():
        # A document that can be waited for is no secret; who may not even ask is told nothing.
        waits = () if who == "guest" else ("/documents/<id>/hold",)
        asked = [d for d in shown if not d.rule.endswith(waits)]
        assert (who, differing(person, asked, monkeypatch)) == (who, [])
        assert len(asked) > 100
        measured(foreign_ids=len(asked))


def in_the_graph(app, everything):
    """Return each question about one thing, where its id stands, and the id of a real one."""
    commands, found = test_graph.commands_of(app.extensions["townsquare"]), []
    with app.app_context():
        schema = schema_of(app.extensions["townsquare"])
    for kind, root in test_graph.roots(schema).items():
        for name in root.fields.keys() & ASKED.keys():
            field, things = ASKED[name]
            asked = test_graph.root_question(kind, name, root.fields[name], commands[name])
            real = everything[things]
            found.append((asked, camel(field), real[0] if isinstance(real, list) else real))
    return found


def told_apart(person, found):
    """Return the questions by which a stranger could tell what exists."""
    wrong, token = [], {"X-CSRF-Token": person.token}
    for question, at, real in found:
        pair = []
        for each in (real, made_up(real)):
            sent = {"query": question.text, "variables": {**question.given, at: each}}
            pair.append(told(person.client.post("/graphql", json=sent, headers=token), each))
        wrong += [question.name] if pair[0] != pair[1] else []
    return wrong


def test_the_graph_does_not_tell_strangers_what_exists(app, everything, strangers, measured):
    found = in_the_graph(app, everything)
    apart = [(who, told_apart(person, found)) for who, person in strangers.items()]
    assert apart == [(who, []) for who in ("guest", "member", "reader", KEEPER)]
    assert {question.name for question, *_ in found} == {*ASKED}
    measured(foreign_ids=len(found) * len(strangers))


def test_every_field_of_the_graph_that_names_a_thing_is_asked(app):
    commands = test_graph.commands_of(app.extensions["townsquare"])
    naming = {"id", "charge", "payment", "document", "loan", "hold", "patron"}
    found = {name for name, kind in commands.items() if naming & kind.model_fields.keys()}
    assert found == {*ASKED, *CATALOGUED}


def test_a_field_of_the_graph_that_gives_something_away_would_be_found(app, everything, signs_in):
    assert "loan" in told_apart(signs_in(), in_the_graph(app, everything))


def refused(town, actor, topic):
    """Return what somebody is told who may not listen to this topic."""
    said, topics = [], [each for service in town.services for each in service.topics]
    streams = Streams(Hub(town), topics, lambda _headers: actor)
    asked = {"path": f"/live/{topic}", "method": "GET", "headers": []}

    async def hear(message):
        said.append(message)

    asyncio.run(streams.answer(asked, hear, hear))
    return said


@pytest.mark.parametrize("permissions", [{"public"}, {"public", "signed-in"}])
def test_live_topics_do_not_tell_strangers_what_exists(town, strangers, permissions, measured):
    actor = Actor(len(permissions) - 1, "Ben", frozenset(permissions), "01HBEN")
    real, asked = {"branch": "central", "person": strangers["reader"].person}, []
    for topic in (each for service in town.services for each in service.topics):
        if topic.permission in permissions and topic.allow is None:
            continue  # Everybody may listen, and need not ask what exists.
        both = (real, {name: made_up(value.upper()) for name, value in real.items()})
        names = [PLACE.sub(lambda part, at=at: at[part[1]], topic.pattern) for at in both]
        assert refused(town, actor, names[0]) == refused(town, actor, names[1]) != [], names
        asked.append(topic.pattern)
    assert "library.me.<person>" in asked
    measured(foreign_ids=len(asked))


def test_a_topic_that_gives_something_away_would_be_found(town):
    street = Service("street", "Street", topics=(Topic("street.central", "street.see"),))
    here, ben = replace(town, services=(*town.services, street)), Actor(1, "Ben")
    assert refused(here, ben, "street.central") != refused(here, ben, "street.north")


def test_a_loan_of_another_reader_answers_as_one_that_nobody_has(app, library, signed_in):
    ben, loan = signed_in(), library["loans"]
    path = "/api/v1/library/me/loans/{}/renewal"
    answers = [
        ben.client.post(path.format(i), json={}, headers={"X-CSRF-Token": ben.token})
        for i in (loan, made_up(loan))
    ]
    bodies = [json.loads(answer.data) for answer in answers]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bodies[0] | {"request_id": ""} == bodies[1] | {"request_id": ""}


def test_an_answer_that_gives_something_away_would_be_found(found, signed_in, app, monkeypatch):
    door = next(d for d in found if d.rule == "/api/v1/library/loans/<id>")
    real = door.places["id"]
    app.view_functions[door.endpoint] = lambda **at: ("", 403 if at["id"] == real else 404)
    assert differing(signed_in(), [door], monkeypatch) == [("GET", door.rule, [403, 404])]


def test_every_door_with_an_id_leads_to_something_real(app, everything):
    ids = [door for door in doors(app, everything) if {"id", "barcode"} & door.places.keys()]
    assert [(door.verb, door.rule) for door in ids if not stands(door)] == []
