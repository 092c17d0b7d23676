"""Who voted what in an encrypted election: no table, file, log or copy says it, and leaks would."""

import json
import logging
from collections import Counter
from copy import deepcopy
from random import Random

import pytest
from sqlalchemy import inspect

from tests.kit.guards import drop_trigger
from tests.services.elections.sealing import EVERYBODY, VECTORS, Sealed, frozen, published
from tests.services.elections.test_pages import Browser
from tests.services.elections.test_sealed_booth import voted
from tests.services.elections.traces import CONTENT, add_time, files, known_in_order, write_down
from townsquare.core.backup import backup
from townsquare.core.usecase import Actor
from townsquare.services.elections.pages import booth
from tsv1.ballots import Hand, seal
from tsv1.credentials import public_of, show_token
from tsv1.elections import Voter, roll_hash, write_roll
from tsv1.group import draw

pytestmark = pytest.mark.engines("sqlite", "postgresql")
VOTERS, FEW = 200, 20
ONE = VECTORS["credentials"][0]
TOKEN = ONE["token"]
# What would say a token or a choice, however it was written down.
TOLD = (TOKEN, TOKEN.lower(), show_token(TOKEN), ONE["secret"])
CHOSEN = ("mark-chair", '"chair":["bo"]', '"chair": ["bo"]', "'chair': ['bo']", "chair=bo")
LINKS = (
    "SELECT r.id, b.body FROM elections_credential_claim c"
    " JOIN elections_roll_entry r ON r.id = c.roll_entry_id"
    " JOIN elections_ballot e ON e.credential_id = c.credential_id"
    " JOIN elections_board_entry b ON b.election_id = e.election_id AND b.seq = e.board_seq"
    " ORDER BY r.id"
)


def traces(sealed, settings, folder, *, logged=""):
    """Return what a town leaves behind, as bytes by name: rows, files, a copy, and what it said."""
    town = sealed.town
    found = {f"file {name}": content for name, content in files(town).items()}
    names = inspect(town.database).get_table_names()
    for name in names:
        found[f"table {name}"] = str(sealed.rows(f'SELECT * FROM "{name}"')).encode()
    if town.database.dialect.name == "sqlite":  # The other one's is packed: its rows are above.
        backup(settings, folder / "copy", schema="x", now=town.now())
    kept = (path for path in folder.rglob("*") if path.is_file())
    found |= {f"file {path.name}": path.read_bytes() for path in kept}
    return {**found, "log": logged.encode()}


def found_in(left, needles):
    return {name for name, said in left.items() if any(one.encode() in said for one in needles)}


def said_by(caplog):
    return "\n".join(f"{line.getMessage()} {line.__dict__}" for line in caplog.records)


def crowd(town, clock, many=VOTERS):
    """Return the published election with so many on its roll, and who votes what in it."""
    chance = Random(7)  # noqa: S311 (a play)
    setup = deepcopy(VECTORS["setup"]["json"])
    setup["contests"] = setup["contests"][:1]
    setup["styles"] = [{"id": "main", "contests": ["chair"]}]
    secrets = [draw() for _ in range(many)]
    text = write_roll({public_of(one).hex(): Voter(1, "main", "north") for one in secrets})
    setup["roll"] = {"count": many, "weight": many, "hash": roll_hash(text).hex()}
    roll = {"text": text, "signature": VECTORS["roll"]["signature"]}
    made = Sealed(town, clock, setup, VECTORS["ceremony"], roll, secrets)
    clock.set(2026, 5, 1, 8, 0)
    frozen(made, [f"P-{number}" for number in range(many)])
    made.open()
    return made, [chance.randrange(4) for _ in range(many)]


def in_turn(many):
    """Return the order in which so many voters come."""
    return Random(8).sample(range(many), many)  # noqa: S311 (a play)


def cast_all(made, choices, source=draw):
    """Let everybody vote in a shuffled order; return what nobody may find, by voter."""
    hidden = {}
    for who in in_turn(len(choices)):
        marks = [int(choices[who] == at) for at in range(4)]
        ballot = seal(
            made.election, Hand(made.secrets[who], "main"), {"chair": marks}, source=source
        )
        actor = Actor(100 + who, f"V-{who}", EVERYBODY, f"P-{who}", confirmed=True)
        made.cast(actor, ballot.body)
        cells = ballot.opening["answers"][0]["cells"]
        secret = made.secrets[who].to_bytes(32, "little").hex()
        hidden[who] = [secret, *(cell["r"] for cell in cells)]
    return hidden


def guessed(made, choices, look):
    """Return how many votes somebody knows who takes ballots that look alike for alike."""
    rows = made.rows(LINKS)
    looks = [look(json.loads(body)) for _entry, body in rows]
    groups = {}
    for one, choice in zip(looks, choices, strict=True):
        groups.setdefault(one, Counter())[choice] += 1
    repeated = [marks for marks in groups.values() if marks.total() > 1]
    return sum(marks.most_common(1)[0][1] for marks in repeated)


def size(body):
    return len(json.dumps(body))


def ciphers(body):
    return json.dumps([(cell["a"], cell["b"]) for cell in body["answers"][0]["cells"]])


def test_claims_tell_whose_ballot_it_is_and_nothing_tells_what_it_says(
    town, clock, settings, tmp_path, caplog
):
    caplog.set_level(logging.DEBUG)
    made, choices = crowd(town, clock)
    hidden = cast_all(made, choices)
    most = max(Counter(choices).values())
    assert len(made.rows(LINKS)) == VOTERS
    assert guessed(made, choices, size) < most + VOTERS * 0.15
    assert guessed(made, choices, ciphers) == 0  # No two are alike.
    made.over()
    made.step()
    for order in (range(VOTERS), in_turn(VOTERS)):
        known = known_in_order(town, [choices[who] for who in order])
        assert most <= known < most + VOTERS * 0.15
    left = traces(made, settings, tmp_path, logged=said_by(caplog))
    assert found_in(left, [one for told in hidden.values() for one in told]) == set()


def test_ballots_whose_randomness_comes_again_would_be_found(town, clock):
    made, choices = crowd(town, clock, FEW)
    cast_all(made, choices, source=lambda: 7)
    assert guessed(made, choices, ciphers) == FEW


@pytest.mark.parametrize("timed", [False, True], ids=["order", "time"])
def test_choices_written_down_as_they_come_would_be_found(town, clock, timed):
    """By who would decrypt each ballot and keep what it says: in turn, or with its time."""
    made = published(town, clock, begun=False)
    chance = Random(7)  # noqa: S311 (a play)
    choices = [chance.randrange(4) for _ in range(FEW)]
    places = chance.sample(range(FEW), FEW) if timed else range(FEW)
    drop_trigger(town, f"{CONTENT}_insert", CONTENT)
    if timed:
        add_time(town, CONTENT)
    write_down(made.run, "(SELECT id FROM elections_election)", choices, places=places, timed=timed)
    assert known_in_order(town, choices) == FEW


@pytest.fixture
def sealed(town, clock):
    made = published(town, clock)
    made.open()
    return made


@pytest.fixture
def maya(sealed, signed_in):
    return Browser(signed_in(name="Maya Santos", person="P-MAYA"))


def test_the_server_that_encrypts_writes_down_neither_token_nor_choice(
    sealed, maya, settings, tmp_path, caplog
):
    caplog.set_level(logging.DEBUG)
    voted(maya, f"/elections/{sealed.id}", TOKEN)
    assert [one["channel"] for one in sealed.told("ballot")] == ["server"]
    left = traces(sealed, settings, tmp_path, logged=said_by(caplog))
    assert {"table core_outbox", "table core_audit", "table core_once", "log"} <= left.keys()
    assert found_in(left, (*TOLD, *CHOSEN)) == set()


def test_a_server_that_logs_what_it_encrypts_would_be_found(
    sealed, maya, settings, tmp_path, caplog, monkeypatch
):
    caplog.set_level(logging.DEBUG)
    keep = booth.cast_by_server

    def leaky(public_id, token, choices):
        logging.getLogger("townsquare.elections").info("cast %s %s", token, json.dumps(choices))
        keep(public_id, token, choices)

    monkeypatch.setattr(booth, "cast_by_server", leaky)
    voted(maya, f"/elections/{sealed.id}", TOKEN)
    left = traces(sealed, settings, tmp_path, logged=said_by(caplog))
    assert found_in(left, TOLD) == {"log"}
    assert found_in(left, CHOSEN) == {"log"}


def test_a_choice_in_a_table_would_be_found(sealed, maya, settings, tmp_path):
    voted(maya, f"/elections/{sealed.id}", TOKEN)
    sealed.run(
        "INSERT INTO core_outbox (name, facts, actor_id, request_id, emitted_at)"
        " VALUES ('x', '{\"chair\":[\"bo\"]}', 0, '', '2026-05-04 07:00:00+00:00')".replace(
            ":", "\\:"
        )
    )
    assert "table core_outbox" in found_in(traces(sealed, settings, tmp_path), CHOSEN)
