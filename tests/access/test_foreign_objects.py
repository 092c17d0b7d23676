"""What belongs to somebody else answers like what nobody has, byte for byte."""

import json
import re

import pytest

from tests.access.walking import UNKNOWN, doors, plausible, send, wishes_of
from townsquare.core.ids import ALPHABET

# What differs between any two answers: the request, the token of the form, the id asked for.
OWN = re.compile(r'"request_id":"\w+"|name="(?:csrf_token|once)" value="[^"]*"')
CATALOGUE = ("documents", "branches", "categories", "publishers", "names")


def stands(door):
    """Tell whether something real stands at this address."""
    return "id" in door.places and door.places["id"] != UNKNOWN


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
        real = door.places["id"]
        pair = [(send(person, door, bare, id=each), each) for each in (real, made_up(real))]
        if told(*pair[0]) != told(*pair[1]):
            wrong.append((door.verb, door.rule, [answer.status_code for answer, _ in pair]))
    return wrong


@pytest.fixture
def found(app, library):
    """Every door to one thing, but those at which everybody reads the catalogue."""
    catalogue = tuple(f"/{kind}/<id>" for kind in CATALOGUE)
    all_of_them = [door for door in doors(app, library) if stands(door)]
    return [d for d in all_of_them if d.verb != "GET" or not d.rule.endswith(catalogue)]


def test_a_stranger_cannot_tell_what_exists(found, signed_in, monkeypatch):
    shown = [d for d in found if "/documents/" not in d.rule or d.verb != "GET"]
    mine = [d for d in shown if not d.rule.endswith("/documents/<id>/hold")]
    assert differing(signed_in(), mine, monkeypatch) == []
    assert len(mine) > 40


def test_who_may_not_even_ask_cannot_tell_either(found, guest, monkeypatch):
    shown = [d for d in found if "/documents/" not in d.rule or d.verb != "GET"]
    assert differing(guest, shown, monkeypatch) == []


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
