"""Encrypted ballots at once make one chain; a killed server loses and doubles none."""

import signal
from collections import Counter
from functools import partial
from threading import Thread

import pytest

from tests.kit import racing
from tests.kit.killing import killing
from tests.kit.sound import complaints
from tests.services.elections.sealing import published
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.sums import tally_of
from tsv1.ballots import ballot_hash
from tsv1.canonical import write
from tsv1.transcript import h32

pytestmark = pytest.mark.engines("sqlite", "postgresql")
CHOICE = {"chair": [0, 1, 0, 0], "works": [0, 1]}
MANY, ROUNDS, KILLS = 100, 4, 40


@pytest.fixture
def maya(signed_in, clock):
    """Maya, who has signed in a minute before the closing."""
    clock.set(2026, 5, 6, 19, 59)
    return signed_in(name="Maya Santos")


@pytest.fixture
def sealed(town, clock, maya):
    """The published election, open, with Maya on its roll."""
    made = published(town, clock, (maya,), at=(2026, 5, 4, 6, 59))
    clock.set(2026, 5, 6, 19, 59)
    return made


@pytest.fixture
def door(settings, town, maya, sealed):
    return racing.Door(settings, town.now(), maya.cookie, maya.token, service="elections")


def casting(sealed, sequence):
    raw = write(sealed.seal(0, CHOICE, sequence).body)
    return racing.Call(f"/{sealed.id}/ballots", {}, raw=raw)


def cast(sealed):
    """Return what the board holds of ballots: sequences and hashes in its order."""
    told = sealed.told("ballot")
    return [(one["sequence"], ballot_hash(one).hex()) for one in told]


def test_a_hundred_casts_of_one_credential_make_one_chain(sealed, door):
    calls = [casting(sealed, number % ROUNDS + 1) for number in range(MANY)]
    answers = racing.race_of_processes(door, calls, houses=4)
    told = Counter(answer.code for answer in answers)
    assert {*told} <= {"done", "elections.sequence-taken", "elections.ballot-refused"}
    done = [answer.body["body_hash"] for answer in answers if answer.code == "done"]
    on_board = cast(sealed)
    assert [sequence for sequence, _hash in on_board] == list(range(1, len(on_board) + 1))
    assert sorted(done) == sorted(hashed for _sequence, hashed in on_board)
    assert sealed.rows("SELECT count(*) FROM elections_credential_claim") == [(1,)]
    assert complaints(sealed.town) == []
    assert included(sealed) == h32("tally-set", bytes.fromhex(on_board[-1][1])).hex()


def included(sealed):
    """Return the hash of the ballots that a tally takes in."""
    with sealed.town.sessions() as db:
        return tally_of(db, db.query(ElectionRow).one())["included"]


def test_one_ballot_sent_by_many_at_once_is_entered_once(sealed, door, app):
    call = casting(sealed, 1)
    answers = racing.race(door, [call] * 20, app=app)
    assert Counter(answer.status for answer in answers) == {201: 1, 200: 19}
    assert len({answer.body["board_hash"] for answer in answers}) == 1
    assert len(cast(sealed)) == 1


def test_casts_and_the_closing_at_once_lose_and_double_nothing(sealed, door, app, clock):
    calls = [casting(sealed, 1) for _number in range(12)]

    def close():
        sealed.over()
        sealed.step()

    closing = Thread(target=close)
    closing.start()
    answers = racing.race(door, calls, app=app)
    closing.join()
    sealed.step()
    told = Counter(answer.code for answer in answers)
    assert {*told} <= {"done", "elections.sequence-taken", "elections.not-open"}
    assert len(cast(sealed)) == told["done"] <= 1
    assert sealed.told("close")[0]["ballots"] == told["done"]
    assert sealed.kinds()[-1] == "close"
    assert complaints(sealed.town) == []


def _call(door, call, app):
    return door.call(app, call)


def test_a_server_killed_between_store_and_answer_loses_and_doubles_nothing(sealed, door, app):
    lost = doubled = 0
    with killing(door) as kill:
        for number in range(KILLS):
            call = casting(sealed, number // 2 + 1)
            stored = number % 2 == 1
            point = "after-commit" if stored else "before-commit"
            assert kill(partial(_call, door, call), point) == -signal.SIGKILL
            found = len(cast(sealed))
            lost += found < number // 2 + stored
            if not stored:
                continue
            again = door.call(app, call)
            assert (again.status, again.body["repeated"]) == (200, True)
            doubled += len(cast(sealed)) != found
    assert (lost, doubled) == (0, 0)
    assert [sequence for sequence, _hash in cast(sealed)] == list(range(1, KILLS // 2 + 1))
    assert complaints(sealed.town) == []
