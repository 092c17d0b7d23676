"""The first journey: from the opening to an archive on which both verifying programs agree."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.kit.sound import complaints
from tests.services.elections.sealing import (
    LENA,
    TOMAS,
    VECTORS,
    exported,
    journey,
    partial,
    published,
)
from townsquare.services.elections.commands.ballots import EnterMessage, FindTracker
from townsquare.services.elections.queries.board import find_tracker
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.usecases.decrypting import submit_partial
from townsquare_verify import verify
from tsv1.board import entry_hash
from tsv1.canonical import write

pytestmark = pytest.mark.engines("sqlite", "postgresql")
JAVASCRIPT = Path(__file__).parents[3] / "clients" / "verify" / "verify.mjs"


@pytest.fixture
def counted(town, clock):
    """The published election when all of its people have done their part."""
    made = published(town, clock)
    made.open()
    for who, body in journey():
        made.cast(who, body)
    made.over()
    made.steps = [made.step(), made.step()]  # The closing; nobody has shown a seed yet.
    made.show_seeds()
    made.steps.append(made.step())  # The tally.
    (told,) = made.told("tally")
    for who, number in ((LENA, 1), (TOMAS, 2)):
        made.steps.append(made.step())
        part = write(partial(made, number, told)).decode()
        made.do(who, submit_partial, EnterMessage, message=part)
    made.steps.append(made.step())  # Result and counts.
    return made


def test_each_step_waits_for_its_people(counted):
    assert counted.steps == [1, 0, 1, 0, 0, 1]


def test_the_board_says_what_was_published(counted):
    assert counted.told("tally") == [VECTORS["tally"]]
    assert counted.told("result") == [VECTORS["result"]]
    assert [(one["contest"], one["elected"]) for one in counted.told("count")] == [
        ("chair", ["bo"]),
        ("works", ["path"]),
    ]
    assert complaints(counted.town) == []


def test_both_programs_find_the_archive_good_and_give_one_hash(counted, tmp_path):
    raw = exported(counted)
    (tmp_path / "archive.jsonl").write_bytes(raw)
    key = json.loads(raw.splitlines()[-1])["key"]
    ours = verify(raw, key)
    assert [one for one in ours["checks"] if not one["ok"]] == []
    assert {one["code"] for one in ours["checks"] if not one["count"]} == {"V01", "N01", "N02"}
    asked = ["node", JAVASCRIPT, tmp_path / "archive.jsonl", "--log-key", key, "--json"]
    theirs = subprocess.run(asked, capture_output=True, check=True, timeout=120)
    assert json.loads(theirs.stdout)["report_hash"] == ours["report_hash"]


def test_everybody_reads_the_result(counted):
    found = counted.look(read_result)
    chair, works = found.contests
    assert [(one.code, one.votes, one.elected) for one in chair.options] == [
        ("ada", 0, False),
        ("bo", 4, True),
        ("cy", 0, False),
    ]
    assert (chair.papers, chair.blank) == (5, 1)
    assert [(one.code, one.votes) for one in works.options] == [("path", 3), ("well", 1)]
    assert (found.voters, found.ballots) == (3, 3)


def test_a_tracker_is_found_with_a_proof_that_it_was_signed(counted):
    first = VECTORS["ballots"][0]
    found = counted.look(find_tracker, FindTracker, tracker=first["tracker"].lower())
    assert (found.seq, found.counts, found.void) == (4, False, False)
    prev = bytes.fromhex(found.prev)
    for link in found.links:
        body = bytes.fromhex(link.body)
        prev = entry_hash(counted.id, link.seq, link.kind, prev=prev, body=body)
        assert prev.hex() == link.hash
    assert (found.checkpoint.seq, found.checkpoint.hash) == (link.seq, link.hash)
