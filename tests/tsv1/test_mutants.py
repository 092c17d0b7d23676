"""Every changed board is refused by both verifiers, with the check that the table expects."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.tsv1.boards import Town, archive, chained, checkpoint, published
from tests.tsv1.mutants import corpus
from townsquare_verify import verify
from townsquare_verify.counting import count_input
from townsquare_verify.report import CODES, NOT_EXAMINED
from tsv1.canonical import write
from tsv1.ceremony import Place, confirmation
from tsv1.elections import read_setup
from tsv1.group import IDENTITY
from tsv1.proofs import sign
from tsv1.schema import fits
from tsv1.transcript import h32

HERE = Path(__file__).parent
PROGRAM = HERE.parents[1] / "clients" / "verify" / "verify.mjs"
SHALLOW = {"C01", "C02", "C03", "C04", "S01", "S02", "S03", "S04", "S05", "L01", "L02"}
ONE_IN = 9  # JavaScript takes a quarter of a second for each ballot box that it opens.


@pytest.fixture(scope="module")
def mutants(vectors):
    return corpus(published(vectors))


@pytest.fixture(scope="module")
def first_reports(mutants):
    """What the first verifier reports of each mutant, by its name."""
    return {mutant.name: verify(mutant.raw) for mutant in mutants}


@pytest.fixture(scope="module")
def node():
    """The runtime of the second verifier."""
    found = shutil.which("node") or shutil.which("nodejs")
    if not found:
        pytest.skip("Node is not installed: apt-get install nodejs")
    return found


def refused_by(report):
    """Return the first check of a report that has found something; none where all are good."""
    seen = [check for check in report["checks"] if check["first_failure"] != NOT_EXAMINED]
    return next((check["code"] for check in seen if not check["ok"]), None)


def second(node, archives):
    """Return what the second verifier reports of archives."""
    framed = b"".join(len(raw).to_bytes(4, "big") + raw for raw in archives)
    run = subprocess.run([node, HERE / "many.mjs"], input=framed, capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def differing(first, others):
    """Return the reports that say something else of an archive."""
    pairs = zip(first, others, strict=True)
    return [(one, other) for one, other in pairs if one["report_hash"] != other["report_hash"]]


def test_the_corpus_changes_everything(mutants):
    names = [mutant.name for mutant in mutants]
    assert len(names) == len({*names}) > 1700
    assert len({mutant.raw for mutant in mutants}) > 1600
    codes = Counter(mutant.code for mutant in mutants)
    unseen = {"B03", "B05", "B06", "B16", "R02", "R03", "V01", "Z01", "Z02", "N01", "N02"}
    assert {*CODES} - codes.keys() == unseen


def test_the_first_verifier_refuses_each_as_expected(mutants, first_reports):
    found = {name: refused_by(report) for name, report in first_reports.items()}
    expected = {mutant.name: mutant.code for mutant in mutants}
    assert {name: code for name, code in found.items() if code != expected[name]} == {}


def test_the_second_verifier_refuses_them_with_the_same_report(mutants, first_reports, node):
    deep = [mutant for mutant in mutants if mutant.code not in SHALLOW]
    chosen = [mutant for mutant in mutants if mutant.code in SHALLOW] + deep[::ONE_IN]
    assert len(chosen) > 1000
    reports = second(node, [mutant.raw for mutant in chosen])
    found = [
        (mutant.name, refused_by(report)) for mutant, report in zip(chosen, reports, strict=True)
    ]
    assert [one for one in found if one[1] is None] == []
    assert found == [(mutant.name, mutant.code) for mutant in chosen]
    assert differing([first_reports[mutant.name] for mutant in chosen], reports) == []


def test_both_verifiers_find_good_elections_good(vectors, node):
    town = Town()
    entries = chained(published(vectors))
    archives = [
        archive(entries),
        archive(entries, checkpoint(entries[4]), checkpoint(entries[12])),
        archive(chained(town.whole(), town.id)),
    ]
    first, others = [verify(raw) for raw in archives], second(node, archives)
    assert [refused_by(report) for report in others] == [None] * 3
    assert differing(first, others) == []
    assert all(fits("verify_report", report) for report in others)
    assert {report["implementation"] for report in others} == {"verify.mjs"}


def test_both_verifiers_refuse_what_the_published_board_does_not_hold(node):
    town = Town()
    cases = list(rare(town, town.whole()))
    archives = [archive(chained(bodies, town.id)) for _, bodies in cases]
    codes = [code for code, _ in cases]
    first, others = [verify(raw) for raw in archives], second(node, archives)
    assert [refused_by(report) for report in first] == codes
    assert [refused_by(report) for report in others] == codes
    assert differing(first, others) == []


def rare(town, whole):
    """Yield boards with a mistake in an entry that the published one lacks, and its check."""

    def place(kind):
        return [name for name, _ in whole].index(kind)

    def changed(kind, **other):
        at = place(kind)
        return [*whole[:at], (kind, {**whole[at][1], **other}), *whole[at + 1 :]]

    void, challenged, closing = place("credential-void"), place("challenged"), place("close")
    for name, value in (
        ("weight", 2),
        ("style", "short"),
        ("group", "south"),
        ("replacement", town.credentials[0]),
        ("replacement", "ff" * 32),
        ("replacement", ""),
        ("credential", town.credentials[4]),
        ("reason", "stolen"),
        ("signature", {"c": "00" * 32, "z": "00" * 32}),
        ("signature", {"c": "ff" * 32, "z": "00" * 32}),
    ):
        yield "V01", changed("credential-void", **{name: value})
    yield "V01", [*whole[: void + 1], whole[void], *whole[void + 1 :]]
    yield "V01", [*whole[:void], *whole[void + 1 : closing + 1], whole[void], *whole[closing + 1 :]]
    yield "B04", [*whole[:void], *whole[void + 1 :]]
    lost = town.cast(
        3, {"chair": [1, 0, 0, 0], "garden": [1, 1], "order": [1, 0, 0, 1]}, sequence=2
    )
    yield "B05", [*whole[: void + 1], ("ballot", lost.body), *whole[void + 1 :]]
    resumed = place("resume")
    yield "B15", [*whole[:resumed], ("ballot", lost.body), *whole[resumed:]]
    yield "B16", [*whole[:challenged], whole[challenged], *whole[challenged:]]
    digest = {"body_hash": "00" * 32}
    opening = {
        "v": 1,
        **digest,
        "answers": [{"contest": "chair", "cells": [{"value": 1, "r": "00" * 32}]}],
    }
    yield "C01", changed("challenged", opening=opening)
    for other in ({"index": 2}, {"index": 3}, {"seed": "00" * 32}):
        yield "Z01", changed("seed-reveal", **other)


def test_both_verifiers_refuse_a_board_that_the_setup_does_not_open(node):
    town = Town()
    whole = [entry for entry in town.whole() if entry[0] != "seed-reveal"]
    void = next(entry for entry in whole if entry[0] == "credential-void")
    kept = [
        (kind, {**body, "ballots": 5} if kind == "close" else body)
        for kind, body in whole
        if kind != "credential-void" and body.get("credential") != void[1]["credential"]
    ]
    archives = [archive(chained([void, *kept], ""))]
    ballot = next(entry for entry in kept if entry[0] == "ballot")
    archives.append(archive(chained([ballot, *kept], ballot[1]["election"])))
    first, others = [verify(raw) for raw in archives], second(node, archives)
    assert [refused_by(report) for report in first] == ["C03", "C03"]
    assert differing(first, others) == []


def test_both_verifiers_refuse_a_count_that_the_setup_does_not_foresee(node):
    town = Town()
    contests = {"chair": "plurality", "garden": "score"}
    rules = [
        {"contest": contest, "rule_set": rule, "hash": "00" * 32}
        for contest, rule in contests.items()
    ]
    town.setup["rules"] = rules
    town.election = read_setup(town.setup)
    whole = town.whole()

    def counted(contest, rule, *elected):
        body = {"contest": contest, "rule_set": rule, "elected": [*elected], "engine": "1"}
        asked = count_input(whole[-1][1], contest)
        return archive(
            chained([*whole, ("count", {**body, "input": asked, "table": "00" * 32})], town.id)
        )

    cases = [
        (None, counted("chair", "plurality", "bo")),
        (None, counted("order", "borda", "ash")),
        ("Z02", counted("chair", "plurality", "cy")),
        ("Z02", counted("chair", "irv", "cy")),
        ("Z02", counted("garden", "plurality", "sage")),
        ("R03", counted("mayor", "plurality")),
    ]
    found = [verify(raw) for _, raw in cases]
    assert [refused_by(report) for report in found] == [code for code, _ in cases]
    assert differing(found, second(node, [raw for _, raw in cases])) == []


def test_a_board_writes_nothing_of_its_own_on_the_terminal(vectors, node):
    (kind, setup), *others = published(vectors)
    loud = "\x1b[2JEvery check is good."
    raw = archive(chained([(kind, {**setup, "election": loud}), *others], loud))
    (other,) = second(node, [raw])
    assert (refused_by(verify(raw)), verify(raw)["election"]) == ("S01", "")
    assert (refused_by(other), other["election"]) == ("S01", "")


def test_both_verifiers_refuse_a_threshold_that_not_all_have_confirmed(node):
    town = Town()
    whole = town.whole()
    first, *others = town.ceremony["trustees"]
    nothing = {"c": "00" * 32, "z": "00" * 32}
    silent = {name: value for name, value in first.items() if name != "confirmation"}
    cases = [
        ("S05", silent),
        ("S05", {**first, "confirmation": nothing}),
        ("S05", {**first, "confirmation": {**nothing, "c": "ff" * 32}}),
        ("S05", {**first, "confirmation": others[0]["confirmation"]}),
        ("S05", {**first, "signing_key": others[0]["signing_key"]}),
        ("S05", signed_by_nobody(town, first)),
        ("S04", {**first, "pop": others[0]["pop"]}),
        ("S04", {**first, "coefficients": first["coefficients"][::-1]}),
        ("S04", {**first, "coefficients": first["coefficients"][:1]}),
        ("B02", {**first, "transport_key": others[0]["transport_key"]}),
    ]
    archives = [forged(town, whole, [trustee, *others]) for _, trustee in cases]
    found = [verify(raw) for raw in archives]
    assert [refused_by(report) for report in found] == [code for code, _ in cases]
    assert differing(found, second(node, archives)) == []


def signed_by_nobody(town, trustee):
    """Return a trustee whose signing key everybody has: the identity."""
    place = Place(town.id, trustee["index"])
    statement = confirmation(place, town.keys, town.joint, key=IDENTITY)
    proof = sign(statement, 0).told()
    return {**trustee, "signing_key": IDENTITY.hex(), "confirmation": proof}


def forged(town, whole, trustees):
    """Return an archive whose set-up holds the hash of another ceremony."""
    made = {**town.ceremony, "trustees": trustees}
    hashed = h32("ceremony", write(made)).hex()
    setup = {**town.setup, "trustees": {**town.setup["trustees"], "ceremony": hashed}}
    return archive(chained([("setup", setup), ("ceremony", made), *whole[2:]], town.id))


def test_the_second_verifier_reads_the_roll_and_the_ballots_of_a_city(node):
    library = PROGRAM.parent / "lib"
    program = f"""
    import {{ fits }} from "{library}/messages.mjs";
    import {{ hex, h32, join }} from "{library}/group.mjs";
    const signature = {{ c: "0".repeat(64), z: "0".repeat(64) }};
    const line = "0".repeat(64) + ",1,full,north\\n";
    const texts = [line.repeat(400000), line.repeat(400000) + "x", line + "\\n", line.trim(), ""];
    const hashes = Array(400000).fill(new Uint8Array(32));
    const told = [texts.map((text) => fits("roll", {{ text, signature }}))];
    console.log(JSON.stringify([...told, hex(h32("tally-set", join(hashes)))]));
    """
    run = subprocess.run(
        [node, "--input-type=module", "-e", program], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    zeros = h32("tally-set", bytes(32 * 400000)).hex()
    assert json.loads(run.stdout) == [[True, False, False, False, False], zeros]


def test_the_second_program_tells_people_and_programs_alike(vectors, node, tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    raw = archive(chained(published(vectors)))
    good.write_bytes(raw)
    bad.write_bytes(raw[:-1] + b" \n")
    run = started(node, good)
    assert run.returncode == 0
    assert run.stdout.endswith("Every check is good.\n")
    assert verify(raw)["report_hash"] in run.stdout
    told = {**verify(raw), "implementation": "verify.mjs"}
    assert started(node, good, "--json").stdout.encode() == write(told) + b"\n"
    believed = started(node, good, "--log-key", "00" * 32)
    assert "C04  BAD           1  no checkpoints\n" in believed.stdout
    assert started(node, bad).returncode == 1
    assert started(node, tmp_path / "none").returncode == 2
    assert started(node).returncode == 2
    misread = started(node, good, "--log")
    assert (misread.returncode, misread.stderr.count("\n")) == (2, 1)


def started(node, *arguments):
    return subprocess.run([node, PROGRAM, *arguments], capture_output=True, text=True, check=False)
