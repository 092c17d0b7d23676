"""Nothing that can be typed, pasted or sent makes the town break, at any address."""

import pytest
from flask import Blueprint, request
from pydantic import ValidationError

from tests.access.walking import LEAVING, doors, reading_of, send
from townsquare.core.usecase import Command

NASTY = {
    "nul": "a\x00b",
    "no text": b"\xed\xa0\x80\xff",
    "huge": 10**30,
    "the last number": 2**63 - 1,
    "below nothing": -1,
    "the last day": "9999-12-31",
    "long": "x" * 60_000,  # More than SQLite compares with LIKE, less than a form may bring.
    "empty": "",
    "html": "<script>{0} {x!r} %(x)s %s",
}
ONE_BY_ONE = ("nul", "the last number", "the last day", "long")  # What one bound lets through.
OF_DATABASES = ("nul", "the last number", "long")  # What one takes and the other does not.
ANYWHERE = ("q", "next", "as", "all", "once")  # What many pages read, and no command.
NO_IDS = ("nul", "no text", "huge", "long", "html")
# What asks for a click before it looks, or goes by what the form says and tells it afterwards.
LINK, QUESTION, GOES_ON = {200, 404, 422}, {200, 404}, {303, 404, 409}
ASKS_FIRST = {303, 404}  # Whether it is still them.
MAY_ANSWER = {
    "/account/confirm/<token>": LINK,
    "/account/reset/<token>": LINK,
    "/account/invitation/<token>": LINK,
    "/account/passkeys/<id>/remove": {404, 422},  # The walk sends a key that no form carries.
    "/account/sessions/<id>/end": GOES_ON,
    "/admin/jobs/<id>/discard": QUESTION,
    "/admin/proposals/<id>": ASKS_FIRST,
    "/admin/accounts/<id>/erasure": ASKS_FIRST,
    "/admin/proposals/<id>/approval": ASKS_FIRST,
    "/admin/proposals/<id>/erasure": ASKS_FIRST,
    "/admin/proposals/<id>/refusal": ASKS_FIRST,
    "/api/v1/elections/<id>/nominations": {404, 422},  # Its time has no zone beside its own.
    "/api/v1/elections/<id>/returns/import": {404, 422},  # What they hold is read before it waits
    "/api/v1/elections/<id>/verifications": {404, 422},  # for somebody else: a list, a report.
    "/api/v1/elections/certifications/<id>/confirmation": {403, 404},  # Whether it is still them.
    "/api/v1/elections/disqualifications/<id>/confirmation": {403, 404},
    "/api/v1/elections/interruptions/<id>/confirmation": {403, 404},
    "/api/v1/elections/office/<id>": {404, 422},  # Its times have no zone beside their own.
    "/api/v1/elections/office/<id>/freeze/confirmation": {403, 404},  # Whether it is still them.
    "/api/v1/elections/office/<id>/freeze/proposal": {403, 404},
    "/elections/office/<id>/disqualifications/<disqualification>/confirmation": ASKS_FIRST,
    "/elections/office/<id>/interruptions/<decision>/confirmation": ASKS_FIRST,
    "/elections/office/<id>/judgements/<decision>/confirmation": ASKS_FIRST,
    "/grocery/staff/counts/<id>/lines": {404, 422},  # What was scanned is looked for first.
    "/grocery/staff/refunds/refused/<id>/otherwise": GOES_ON,  # Somebody may have been quicker.
    "/grocery/staff/returns/<id>/arrival": {404, 422},  # Each line has a field of its own name.
    "/library/charges/<id>/waiver": QUESTION,
    "/library/me/loans/<id>/renewal": GOES_ON,
}
OF_WHO_ASKS = {  # Read alike at every door.
    "Accept-Language": ["x" * 5000, "\xff", "xx-YY;q=z"],
    "Cookie": ["townsquare-session=\xff", "townsquare-said=x.y.z", "townsquare-theme=\x7f"],
}
OF_A_CHANGE = {
    "Idempotency-Key": ["\xff", "{x}"],
    "If-Match": ["*", '"' + "9" * 5000 + '"', "W/x", "\xff"],
    "HX-Request": ["\xff"],
}
OF_A_PAGE = {"HX-Request": ["\xff"], "Range": ["bytes=9-1"], "If-Modified-Since": ["yesterday"]}


def broken(answers):
    """Return what was tried where the town broke."""
    return [tried for tried, answer in answers if answer.status_code >= 500]


def fields_walked(person, walk, monkeypatch, *, one_by_one=ONE_BY_ONE, anywhere=ANYWHERE):
    """Yield what was tried at each door with its answer.

    What a field itself refuses among others, it refuses alone as well, before anything else is
    done: only what it takes is sent alone, so that nothing else is wrong with the whole.
    """
    for door, usual, asked in walk:
        read = {}
        for kind, value in NASTY.items() if asked else ():
            with reading_of(monkeypatch) as read[kind]:
                answer = send(person, door, dict.fromkeys(asked, value))
            yield (door.verb, door.rule, kind), answer
        for name, readers in asked.items():
            for kind in one_by_one:
                if not read[kind].refuses(name, readers):
                    told = {**usual, name: NASTY[kind]}
                    yield (door.verb, door.rule, name, kind), send(person, door, told)
        if anywhere:
            yield from beside(person, (door, usual), monkeypatch, anywhere=anywhere)


def beside(person, at, monkeypatch, *, anywhere):
    """Yield what is sent beside the fields of a door; a form may look at any of it in the end.

    All that is read of a call is its wish, and a page looks a name up or does not.
    """
    (door, usual), alone = at, anywhere
    if door.for_programs or door.verb == "GET":
        with reading_of(monkeypatch) as read:
            answer = send(person, door, {**usual, **dict.fromkeys(anywhere, "a\0b")})
            if door.verb == "GET":
                send(person, door, usual)
        yield (door.verb, door.rule, "beside", "nul"), answer
        alone = [name for name in anywhere if name in read.names]
    for name in alone:
        yield (door.verb, door.rule, name, "nul"), send(person, door, {**usual, name: "a\0b"})


def headers_of(every):
    """Yield each door with what is tried there; who asks is told by one door of each kind."""
    known = set()
    for door in every:
        if door.rule not in LEAVING:
            kind = door.verb, door.for_programs
            yield door, OF_A_PAGE if door.verb == "GET" else OF_A_CHANGE
            if kind not in known:
                yield door, OF_WHO_ASKS
            known.add(kind)


def may_do_everything(person):
    return person.client.get("/admin/audit").status_code == 200


@pytest.mark.engines("postgresql")  # Which is the stricter one about texts.
def test_no_field_of_any_address_breaks_it(walk, anybody, monkeypatch):
    assert broken(fields_walked(anybody, walk, monkeypatch)) == []
    assert may_do_everything(anybody)  # Else it was a guest who walked.


@pytest.mark.engines("sqlite")
def test_nor_does_what_databases_take_differently(walk, anybody, monkeypatch):
    assert (
        broken(fields_walked(anybody, walk, monkeypatch, one_by_one=OF_DATABASES, anywhere=()))
        == []
    )
    assert may_do_everything(anybody)


@pytest.mark.engines("postgresql")  # Which is the stricter one about texts.
def test_no_address_breaks_it_and_what_cannot_be_an_id_is_not_there(walk, anybody):
    wrong = []
    for door, usual, _ in walk:
        for place in door.places:
            for kind in NO_IDS:
                # A button leaves the id to the address, a form may carry it again, no program does.
                bare = {name: value for name, value in usual.items() if name not in door.places}
                again = usual != bare and (door.verb == "GET" or not door.for_programs)
                forms = [bare, *([usual] if again else [])]
                told = [send(anybody, door, f, **{place: NASTY[kind]}) for f in forms]
                found = {answer.status_code for answer in told}
                if not found & MAY_ANSWER.get(door.rule, {404}) or max(found) >= 500:
                    wrong.append((door.verb, door.rule, place, kind, found))
    assert wrong == []
    assert may_do_everything(anybody)


@pytest.mark.shown  # They are read before any database is asked.
def test_no_header_breaks_it(app, library, anybody):
    answers = (
        ((door.verb, door.rule, name, value), send(anybody, door, headers={name: value}))
        for door, headers in headers_of(doors(app, library))
        for name, values in headers.items()
        for value in values
    )
    assert broken(answers) == []


def test_a_page_that_breaks_would_be_found(app, anybody, monkeypatch):
    bp = Blueprint("planted", __name__)
    bp.add_url_rule("/planted", "open", lambda: str(int(request.args["next"])))
    app._got_first_request = False  # noqa: SLF001 (a page that nobody can add to a running town)
    app.register_blueprint(bp)
    (door,) = [door for door in doors(app, {}) if door.rule == "/planted"]
    found = broken(fields_walked(anybody, [(door, {}, {})], monkeypatch))
    assert ("GET", "/planted", "next", "nul") in found


class Narrow(Command):
    """A wish of which one field takes anything and the other one does not."""

    name: str
    count: int


def test_a_field_that_breaks_what_is_behind_its_form_would_be_found(app, anybody, monkeypatch):
    def show():
        try:
            return str(int(Narrow.model_validate(request.args.to_dict()).name))
        except ValidationError:
            return "Refused", 422

    bp = Blueprint("planted", __name__)
    bp.add_url_rule("/planted", "open", show)
    app._got_first_request = False  # noqa: SLF001 (a page that nobody can add to a running town)
    app.register_blueprint(bp)
    (door,) = [door for door in doors(app, {}) if door.rule == "/planted"]
    walk = [(door, {"name": "1", "count": 1}, {"name": {Narrow}, "count": {Narrow}})]
    found = broken(fields_walked(anybody, walk, monkeypatch))
    assert {name for *_, name, kind in found} == {"name"}
