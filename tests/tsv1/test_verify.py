"""The verifier: good elections are found good, and each stage says what it cannot look at."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tsv1.boards import OTHER, Town, archive, chained, checkpoint, published
from townsquare_verify import verify
from townsquare_verify.counting import count_input
from townsquare_verify.report import CODES, NOT_EXAMINED
from tsv1.canonical import write
from tsv1.schema import fits

# Seen once and agreed to: whoever changes what a check examines changes this.
PUBLISHED = "91bc056679d402048060c24c11b4251a94c9b3cc3ea30f996bba7821bdf05dd1"


@dataclass(frozen=True)
class Refusal:
    """What an archive is refused with: the first bad check, and where."""

    code: str
    where: str


@pytest.fixture(scope="module")
def bodies(vectors):
    return published(vectors)


@pytest.fixture(scope="module")
def town():
    return Town()


@pytest.fixture(scope="module")
def whole(town):
    return town.whole()


SECOND = str(Path(__file__).parents[2] / "clients" / "verify" / "verify.mjs")


def refusal(raw, log_key=""):
    """Return the first bad check of an archive; None where all are good."""
    checks = verify(raw, log_key)["checks"]
    bad = [check for check in checks if not check["ok"]]
    seen = [check for check in bad if check["first_failure"] != NOT_EXAMINED]
    return Refusal(seen[0]["code"], seen[0]["first_failure"]) if bad else None


def test_the_published_election_is_good(bodies, vectors):
    report = verify(archive(chained(bodies)))
    assert [check for check in report["checks"] if not check["ok"]] == []
    assert [check["code"] for check in report["checks"]] == list(CODES)
    assert fits("verify_report", report)
    assert report["setup"] == vectors["setup"]["hash"]
    assert report["head"] == {"seq": 12, "hash": vectors["board"][-1]["hash"]}
    assert report["result"] == vectors["result"]
    assert report["report_hash"] == PUBLISHED


def test_an_election_with_everything_in_it_is_good(town, whole):
    report = verify(archive(chained(whole, town.id)))
    assert [check for check in report["checks"] if not check["ok"]] == []
    silent = {check["code"] for check in report["checks"] if not check["count"]}
    assert silent == {"C04", "R03", "Z02", "N01", "N02"}


def test_after_a_failure_nothing_that_stands_on_it_is_called_good(bodies):
    changed = [(kind, body) for kind, body in bodies if kind != "tally"]
    checks = verify(archive(chained(changed)))["checks"]
    assert [check["code"] for check in checks if check["ok"]] == ["C01", "C02", "C04"]
    assert {check["first_failure"] for check in checks[4:]} == {NOT_EXAMINED}
    assert all(check["count"] == 0 for check in checks[4:])


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"", "line 1"),
        (b"\n", "line 1"),
        (b"{}\n", "line 1"),
        (b"\xff\n", "line 1"),
        (b"[1]\n", "line 1"),
    ],
)
def test_what_is_no_archive_is_refused(raw, where):
    assert refusal(raw) == Refusal("C01", where)


def test_a_line_in_another_form_is_refused(bodies):
    raw = archive(chained(bodies))
    assert refusal(raw.replace(b'"kind":"open"', b'"kind": "open"')) == Refusal("C01", "line 4")
    assert refusal(raw.replace(b"\n", b"\r\n", 1)) == Refusal("C01", "line 1")
    assert refusal(raw + b"\n") == Refusal("C01", "line 14")
    assert refusal(raw[:-1]) is None


@pytest.mark.parametrize("name", ["seq", "prev", "hash"])
def test_a_broken_chain_is_refused(bodies, name):
    entries = chained(bodies)
    entries[5] = {**entries[5], name: entries[6][name]}
    assert refusal(archive(entries)) == Refusal("C02", "entry 5")


def test_an_entry_taken_out_or_moved_breaks_the_chain(bodies):
    entries = chained(bodies)
    assert refusal(archive(entries[:5] + entries[6:])) == Refusal("C02", "entry 5")
    entries[5], entries[6] = entries[6], entries[5]
    assert refusal(archive(entries)) == Refusal("C02", "entry 5")


@pytest.mark.parametrize(
    ("order", "where"),
    [
        (lambda b: b[1:], "entry 0"),
        (lambda b: [b[0], *b], "entry 1"),
        (lambda b: [*b[:2], b[3], b[2], *b[4:]], "entry 2"),
        (lambda b: b[:-1], "end"),
        (lambda b: b[:4], "end"),
        (lambda b: [*b, b[-1]], "entry 13"),
        (lambda b: [*b, ("close", b[8][1])], "entry 13"),
        (lambda b: [*b[:5], ("resume", b[3][1]), *b[5:]], "entry 5"),
        (lambda b: [*b[:9], ("challenged", {"body_hash": "00" * 32}), *b[9:]], "entry 9"),
        (lambda b: [*b[:9], ("suspend", b[3][1]), *b[9:]], "entry 9"),
    ],
)
def test_kinds_stand_in_their_order(bodies, order, where):
    assert refusal(archive(chained(order(bodies)))) == Refusal("C03", where)


def test_mixed_ballots_are_not_known_yet(bodies):
    moved = [*bodies[:10], ("shuffle", {}), *bodies[10:]]
    assert refusal(archive(chained(moved))) == Refusal("C01", "line 11")


def test_checkpoints_must_lie_on_the_board(bodies):
    entries = chained(bodies)
    good = [checkpoint(entries[6]), checkpoint(entries[12])]
    assert refusal(archive(entries, *good)) is None
    assert refusal(archive(entries, *good), good[0]["key"]) is None
    for bad in (
        checkpoint(entries[6], hash=entries[7]["hash"]),
        checkpoint(entries[6], seq=13),
        checkpoint(entries[6], election="01JZX5W0QS4D8M2V7K3T9RYB6D"),
        checkpoint(entries[6], OTHER),
        {**checkpoint(entries[6]), "at": "2026-05-06T20:06:00Z"},
        {**checkpoint(entries[6]), "signature": "00" * 64},
    ):
        assert refusal(archive(entries, good[0], bad)) == Refusal("C04", "checkpoint 2")
    assert refusal(archive(entries), good[0]["key"]) == Refusal("C04", "no checkpoints")
    theirs = OTHER.public_key().public_bytes_raw().hex()
    assert refusal(archive(entries, *good), theirs) == Refusal("C04", "checkpoint 1")


def test_a_count_is_of_the_decrypted_numbers_and_elects_the_most(bodies, vectors):
    body = {
        "contest": "chair",
        "rule_set": "plurality",
        "input": count_input(vectors["result"], "chair"),
        "engine": "1",
        "elected": ["bo"],
        "table": "00" * 32,
    }
    seeds = [
        ("seed-reveal", {"index": at, "seed": seed})
        for at, seed in enumerate(vectors["tie"]["seeds"], 1)
    ]

    def told(**other):
        shown = [*bodies[:9], *seeds, *bodies[9:], ("count", {**body, **other})]
        return refusal(archive(chained(shown)))

    assert told() is None
    assert told(input="00" * 32) == Refusal("R03", "entry 15")
    assert told(elected=["ada"]) == Refusal("Z02", "entry 15")
    assert told(elected=["dora"]) == Refusal("Z02", "entry 15")
    assert told(elected=["bo", "bo"]) == Refusal("Z02", "entry 15")
    assert told(elected=["bo", "ada"]) is None  # The lots: ada, bo, cy.
    assert told(elected=["bo", "cy"]) == Refusal("Z02", "entry 15")


def test_seeds_are_those_that_were_committed(town, whole):
    places = [at for at, (kind, _) in enumerate(whole) if kind == "seed-reveal"]

    def told(*seeds):
        shown = [*whole[: places[0]], *seeds, *whole[places[-1] + 1 :]]
        return refusal(archive(chained(shown, town.id)))

    first, second = (whole[at] for at in places)
    assert told(second, first) is None
    assert told(first) is None  # Not all are shown: there are no lots.
    assert told(first, first) == Refusal("Z01", f"entry {places[1]}")
    swapped = ("seed-reveal", {**first[1], "index": 2})
    assert told(swapped) == Refusal("Z01", f"entry {places[0]}")


def test_returns_add_up(bodies):
    def returned(**other):
        lines = [{"option": "ada", "votes": 30}, {"option": "bo", "votes": 10}]
        body = {"precinct": "p1", "contest": "chair", "version": 1, "ballots": 50, "blank": 10}
        body |= {"spoiled": 2, "lines": lines, "evidence": []}
        return ("return", {**body, **other})

    def told(*returns):
        return refusal(archive(chained([*bodies, *returns])))

    assert told(returned()) is None
    assert told(returned(), returned(version=2, ballots=51, spoiled=1, blank=11)) is None
    assert told(returned(version=2)) == Refusal("N01", "entry 13")
    assert told(returned(), returned()) == Refusal("N01", "entry 14")
    assert told(returned(blank=11)) == Refusal("N01", "entry 13")
    assert told(returned(contest="other")) == Refusal("N01", "entry 13")
    works = {"contest": "works", "blank": 0, "lines": [{"option": "path", "votes": 90}]}
    assert told(returned(), returned(**works)) is None
    assert told(returned(), returned(**works, spoiled=3)) == Refusal("N02", "p1")


def test_the_program_tells_a_person_and_another_program(bodies, tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(archive(chained(bodies)))
    bad.write_bytes(archive(chained(bodies[:-1])))
    run = started(good)
    assert run.returncode == 0
    assert run.stdout.endswith("Every check is good.\n")
    assert PUBLISHED in run.stdout
    told = started(good, "--json")
    assert json.loads(told.stdout) == verify(good.read_bytes())
    assert told.stdout.encode() == write(verify(good.read_bytes())) + b"\n"
    run = started(bad)
    assert run.returncode == 1
    assert "C03  BAD" in run.stdout
    assert "\n1 check is not good, " in run.stdout
    assert run.stdout.endswith(" not examined.\n")
    node = [shutil.which("node"), SECOND, bad]
    again = subprocess.run(node, capture_output=True, text=True, check=False)
    assert again.stdout.strip() == run.stdout.strip()  # In the same words.


def test_both_programs_say_that_there_is_no_such_archive(tmp_path):
    node = [shutil.which("node"), SECOND, tmp_path / "none"]
    there = subprocess.run(node, capture_output=True, text=True, check=False)
    for run in (started(tmp_path / "none"), there):
        assert run.returncode == 2
        assert run.stderr.lower() == f"{tmp_path}/none: no such file or directory\n".lower()


def started(*arguments):
    """Run the program away from the application's environment."""
    program = "import sys; from townsquare_verify.cli import main; sys.exit(main())"
    source = str(Path(__file__).parents[2] / "src")
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )
