"""No text that is sent becomes a part of a statement: every field of every address (T33).

A lone quote would break a statement that was made of it. Where its errors are hidden, a true and a
false condition of one length would be told apart; they are put to whatever only looks.
"""

from itertools import count

import pytest
from flask import Blueprint, request
from sqlalchemy.exc import DBAPIError

from tests.access.walking import doors, reading_of, send

SIGNS = ("'", '"', "';SELECT 1-- -", "\\")
PAIRS = (
    ("' AND 'a'='a", "' AND 'a'='b"),
    ("%' AND '1%'='1", "%' AND '1%'='2"),
    ("') AND ('a'='a", "') AND ('a'='b"),
    ("' OR 'a'='a", "' OR 'a'='b"),
)


class Talker:
    """Somebody who says a little more in one field than is usual there."""

    def __init__(self, person, monkeypatch):
        self.person, self.said, self.taken = person, count(), 0
        self._monkeypatch = monkeypatch

    def say(self, door, usual, name, more):
        """Return the answer; each change has a key of its own, and the version told last."""
        headers = {"Idempotency-Key": f"said-{next(self.said)}", "If-Match": self.version}
        longer = _longer(usual.get(name, ""), more)
        places = {name: f"{door.places[name]}{more}"} if name in door.places else {}
        fields = usual if places else {**usual, name: longer}
        answer = send(self.person, door, fields, headers=headers, **places)
        self.version = answer.headers.get("ETag", self.version)
        self.taken += answer.status_code < 300
        return answer

    def find(self, at, name, readers):
        """Return what of this field became a part of a statement.

        Where every sign was refused by the wish itself, and nothing else looks the field up, no
        longer text with such a sign in it gets as far as a statement either.
        """
        (door, usual), self.version, found, refused = at, '"1"', [], []
        for sign in SIGNS:
            with reading_of(self._monkeypatch) as read:
                found += [sign] if self.say(door, usual, name, sign).status_code >= 500 else []
            refused.append(read.refuses(name, readers) and name not in read.names)
        for pair in PAIRS if door.verb == "GET" and not all(refused) else ():
            one, other = (self.say(door, usual, name, condition) for condition in pair)
            if (one.status_code, len(one.data)) != (other.status_code, len(other.data)):
                found.append(pair)
        return [(door.verb, door.rule, name, sign) for sign in found]


def _longer(value, more):
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [f"{value[0]}{more}", *value[1:]]
    return f"{value}{more}"


def injectable(talker, walk):
    """Return every place where more than a text was read."""
    return [
        found
        for door, usual, asked in walk
        for name in dict.fromkeys((*asked, *door.places))
        for found in talker.find((door, usual), name, asked.get(name, ()))
    ]


@pytest.fixture
def talker(anybody, monkeypatch):
    return Talker(anybody, monkeypatch)


def test_no_text_becomes_a_part_of_a_statement(walk, talker, anybody, measured):
    assert injectable(talker, walk) == []
    assert anybody.client.get("/admin/audit").status_code == 200  # Else a guest has walked.
    measured(texts=next(talker.said), taken=talker.taken)


def careless(town, *, hiding):
    """Return a page that makes a statement of what it is told, and may hide what comes of it."""

    def count_branches():
        asked = f"SELECT count(*) FROM library_branch WHERE code = '{request.args['branch']}'"
        with town.database.connect() as connection:
            try:
                return "x" * connection.exec_driver_sql(asked).scalar_one()
            except DBAPIError:
                if not hiding:
                    raise
                return ""

    return count_branches


@pytest.mark.parametrize("hiding", [False, True])
def test_a_page_that_makes_a_statement_of_it_would_be_found(app, town, library, talker, hiding):
    bp = Blueprint("planted", __name__)
    bp.add_url_rule("/planted", "open", careless(town, hiding=hiding))
    app._got_first_request = False  # noqa: SLF001 (a page that nobody can add to a running town)
    app.register_blueprint(bp)
    (door,) = [door for door in doors(app, library) if door.rule == "/planted"]
    found = injectable(talker, [(door, {"branch": "central"}, {"branch": set()})])
    assert (PAIRS[0] in [sign for *_where, sign in found], "'" in [s for *_, s in found]) == (
        True,
        not hiding,
    )
