"""The pages of the encrypted booth, and the vote that the server encrypts for who has no script."""

import json
import logging
import re
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import inspect

from tests.services.elections.sealing import VECTORS, published
from tests.services.elections.test_pages import Browser
from tsv1 import ballots
from tsv1.credentials import draw_token

pytestmark = pytest.mark.shown

TOKENS = [one["token"] for one in VECTORS["credentials"]]
NOT_CAST, IS_CAST = "Your vote is NOT cast yet", "Your vote is cast"
STATIC = Path(__file__).parents[3] / "src" / "townsquare" / "core" / "web" / "static"
CHOSEN = {"mark__chair": "bo", "mark__works": ["path", "well"]}


@pytest.fixture
def sealed(town, clock):
    """The published election, open."""
    made = published(town, clock)
    made.open()
    return made


@pytest.fixture
def maya(sealed, signed_in):
    return Browser(signed_in(name="Maya Santos", person="P-MAYA"))


@pytest.fixture
def here(sealed):
    return f"/elections/{sealed.id}"


def voted(browser, here, token, status=303):
    """Answer both questions and press the last button, without a script."""
    browser.get(f"{here}/vote/server")
    browser.post(f"{here}/vote", 200, mark__chair="bo", step="1")
    browser.post(f"{here}/vote", 200, carry=True, mark__works=["path", "well"], step="2")
    return browser.post(f"{here}/vote/cast", status, carry=True, token=token)


def on_board(sealed):
    asked = "SELECT body FROM elections_board_entry WHERE kind = 'ballot' ORDER BY seq"
    return [json.loads(body) for (body,) in sealed.rows(asked)]


def test_the_booth_names_its_script_and_no_other_library(sealed, maya, here):
    maya.get(f"{here}/vote")
    digest = sha256((STATIC / "booth" / "booth.js").read_bytes())
    assert digest.hexdigest() in maya.text
    integrity = re.search(r'booth\.js\?v=\w+" integrity="sha256-([^"]+)"', maya.text)
    assert integrity is not None
    assert "htmx" not in maya.text.replace("htmx-config", "")
    assert NOT_CAST in maya.text
    assert sealed.rows("SELECT setup_hash FROM elections_election")[0][0] in maya.text
    maya.get(here)
    assert digest.hexdigest() in maya.text
    assert "not cast yet" in maya.text


def test_the_check_of_a_ballot_needs_no_account(client):
    answer = client.get("/elections/check")
    assert answer.status_code == 200
    assert "booth.js" in answer.text
    assert "htmx.min" not in answer.text


def test_nobody_comes_into_the_booth_before_signing_in(client, here, sealed):
    for page in ("vote", "vote/server"):
        answer = client.get(f"{here}/{page}")
        assert answer.status_code == 403
        assert "Sign in" in answer.text


def test_without_a_script_the_server_encrypts_and_says_so(sealed, maya, here):
    maya.get(f"{here}/vote/server")
    assert "the server encrypts your vote" in maya.text
    assert "Question 1 of 2" in maya.text
    answer = voted(maya, here, TOKENS[0].lower())
    (body,) = on_board(sealed)
    assert body["channel"] == "server"
    assert body["sequence"] == 1
    assert answer.headers["Location"] == f"{here}/voted"
    assert answer.headers["Cache-Control"] == "no-store"
    maya.get(f"{here}/voted")
    assert IS_CAST in maya.text
    assert ballots.tracker(ballots.ballot_hash(body)) in maya.text
    assert "The server encrypted this vote for you" in maya.text
    maya.get(here)
    assert IS_CAST in maya.text
    voted(maya, here, TOKENS[0])
    assert [one["sequence"] for one in on_board(sealed)] == [1, 2]


def test_a_wrong_token_is_said_and_nothing_is_cast(sealed, maya, here):
    token = TOKENS[0]
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    for typed, status, said in (
        (wrong, 422, "not a whole token"),
        ("", 422, "not a whole token"),
        ("0000000000000000000000000", 422, "not a whole token"),
        (draw_token(), 404, "not one of this election"),
    ):
        voted(maya, here, typed, status)
        assert said in maya.text
        assert NOT_CAST in maya.text
        assert not typed or typed not in maya.text
    assert on_board(sealed) == []


def test_the_token_of_somebody_else_is_refused(sealed, maya, here, signed_in):
    voted(maya, here, TOKENS[0])
    ben = Browser(signed_in(name="Ben Ito", person="P-BEN"))
    voted(ben, here, TOKENS[0], 409)
    assert "another credential" in ben.text
    assert NOT_CAST in ben.text
    assert len(on_board(sealed)) == 1


def test_neither_token_nor_choices_are_kept_or_logged(sealed, maya, here, caplog):
    caplog.set_level(logging.DEBUG)
    voted(maya, here, TOKENS[0])
    said = "\n".join(f"{line.getMessage()} {line.__dict__}" for line in caplog.records)
    kept = "\n".join(everything(sealed))
    for secret in (TOKENS[0], "mark-chair", VECTORS["credentials"][0]["secret"]):
        assert secret not in said
        assert secret not in kept
    assert "elections.ballot" not in "\n".join(
        str(row) for row in sealed.rows("SELECT * FROM core_audit")
    )


def everything(sealed):
    """Return every row of every table as text."""
    for table in inspect(sealed.town.database).get_table_names():
        if "fts" not in table:
            yield from (str(row) for row in sealed.rows(f'SELECT * FROM "{table}"'))


def test_what_a_booth_has_to_know_of_a_credential(sealed, maya, here):
    api = f"/api/v1{here}/credentials"
    public = VECTORS["credentials"][0]["public"]
    assert maya.person.client.get(f"{api}/{public}").json == {"style": "main", "next": 1}
    voted(maya, here, TOKENS[0])
    assert maya.person.client.get(f"{api}/{public}").json == {"style": "main", "next": 2}
    other = maya.person.client.get(f"{api}/{'ab' * 32}")
    assert (other.status_code, other.json["code"]) == (404, "elections.unknown-credential")
    assert maya.person.client.get(f"{api}/zz").status_code == 404
    sealed.run("UPDATE elections_credential SET state = 'void'")
    void = maya.person.client.get(f"{api}/{public}")
    assert (void.status_code, void.json["code"]) == (409, "elections.credential-void")
    voted(maya, here, TOKENS[0], 409)
    assert "was replaced" in maya.text


def test_there_is_no_booth_after_the_closing(sealed, here, signed_in):
    sealed.over()
    late = Browser(signed_in(name="Maya Santos", person="P-MAYA"))
    late.get(f"{here}/vote", 409)
    late.get(f"{here}/vote/server", 409)
    late.post(f"{here}/vote/cast", 409, **CHOSEN, token=TOKENS[0])
    assert on_board(sealed) == []


def test_the_set_up_is_told_before_anything_stands_on_the_board(town, clock, client):
    sealed = published(town, clock, begun=False)
    answer = client.get(f"/api/v1/elections/{sealed.id}/setup")
    assert answer.json == {"hash": VECTORS["setup"]["hash"], "message": VECTORS["setup"]["json"]}
    assert sealed.kinds() == []
