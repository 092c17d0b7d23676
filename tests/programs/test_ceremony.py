"""Whole elections by the programs alone: files go from one to the other, secrets stay at home."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs.boards import ID, Allotments
from tests.programs.hands import joined, lines, only
from townsquare_verify import verify
from tsv1 import tally, ties
from tsv1.ceremony import Place
from tsv1.encoding import decode_scalar, encode_scalar
from tsv1.group import base
from tsv1.rounds import Rounds, write_message
from tsv1.schema import fits
from tsv1_files.sealed import read_sealed, write_sealed
from tsv1_files.storing import write_messages

VERIFIER = Path(__file__).parents[2] / "clients" / "verify" / "verify.mjs"
CELLS = [{"contest": "chair", "cells": [0, 4, 0, 1]}, {"contest": "works", "cells": [3, 1]}]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The allotment board's election with two of three trustees, closed and summed up."""
    folder = tmp_path_factory.mktemp("town")
    return Allotments(folder, 3, threshold=2, apart=True).prepare().vote().close()


@pytest.fixture
def before(town):
    """The entries of the board as they stood before anybody decrypted."""
    bodies = list(town.bodies)
    yield bodies
    town.bodies = bodies


def secrets(person, kind="trustee"):
    return read_sealed(person.file, kind, person.typed.read_text().strip())


def test_two_of_three_decrypt_what_was_voted(town, before):
    result = town.decrypt([town.trustees[0], town.trustees[2]])
    assert result == {
        "groups": [{"group": "all", "count": 3, "weight": 5, "contests": CELLS}],
        "trustees": [1, 3],
    }
    archive = town.archive("whole.jsonl")
    report = verify(archive.read_bytes())
    assert [check for check in report["checks"] if not check["ok"]] == []
    if node := shutil.which("node"):
        told = subprocess.run(
            [node, VERIFIER, archive, "--json"], capture_output=True, check=True, timeout=120
        )
        assert json.loads(told.stdout)["report_hash"] == report["report_hash"]


def test_any_two_are_enough(town, before):
    assert town.decrypt(town.trustees[1:])["groups"][0]["contests"] == CELLS


def test_one_alone_tells_nothing(town, before):
    part = only(town.trustees[0].speaks("decrypt", town.archive(), more=["--yes"]))
    assert fits("partial", part)
    with pytest.raises(ValueError, match="chair"):
        tally.result(town.election, dict(before)["tally"], {1: part})


def test_every_trustee_was_shown_the_same_joint_key(town):
    joint = town.setup["public_key"]
    for trustee in town.trustees:
        heard = "".join(trustee.heard)
        assert f"joint key    {joint}" in heard
        assert "second copy  read back, good" in heard


def test_a_trustee_is_shown_set_up_and_head_before_it_decrypts(town, before):
    trustee = town.trustees[0]
    ended = trustee.tries("decrypt", trustee.file, town.archive(), "-o", town.folder / "no.json")
    head = lines(town.archive())[-1]
    assert town.election.hash.hex() in ended.said
    assert f"{head['seq']} {head['hash']}" in ended.said
    assert "Fewer than 10 ballots: all." in ended.complained
    assert ended.code == 1  # Nobody was there to say yes.
    assert not (town.folder / "no.json").exists()


def test_no_secret_leaves_the_sealed_files(town, before):
    town.decrypt(town.trustees[:2])
    kept, texts = [], []
    for trustee in town.trustees:
        told = secrets(trustee)
        kept += [told["signing"], told["transport"], told["share"], *told["polynomial"]]
        kept += [one["k"] for one in told["ks"]]
        texts += trustee.heard
    authority = secrets(town.authority, "authority")
    tokens = [one["token"] for one in authority["voters"]]
    kept += [authority["secret"], *tokens, *town.codes.values()]
    texts += town.authority.heard
    uploaded = [
        path for path in town.folder.rglob("*") if path.suffix in {".json", ".jsonl", ".sealed"}
    ]
    texts += [path.read_text() for path in uploaded]
    assert len(uploaded) > 20
    assert [one for one in kept for text in texts if one in text] == []
    assert len(kept) == 3 * (3 + 2 + 2) + 1 + 6


def test_sums_that_the_ballots_do_not_make_are_not_decrypted(town, before):
    trustee = town.trustees[0]
    told = {**dict(before)["tally"]}
    alone = tally.tally(town.election, town.casts[3:])
    for changed in (alone, {**told, "included": "0" * 64}):
        bodies = [(kind, changed if kind == "tally" else body) for kind, body in before]
        archive = town.archive("other.jsonl", bodies)
        told_why = trustee.refusal(
            "decrypt", trustee.file, archive, "-o", town.folder / "no.json", "--yes"
        )
        assert told_why.startswith("The board is not good, so nothing is decrypted: X01 included")
    assert not (town.folder / "no.json").exists()


def test_sums_of_another_board_are_not_decrypted_after_the_first(town, before):
    """A server that shows fewer ballots, all good in themselves, gets one answer and no second."""
    trustee = town.trustees[0]
    trustee.speaks("decrypt", town.archive(), more=["--yes"])
    fewer = [town.casts[3]]
    bodies = [
        (kind, {"at": body["at"], "ballots": 1} if kind == "close" else body)
        for kind, body in before
        if kind != "ballot" or body == fewer[0].body
    ]
    bodies[-1] = ("tally", tally.tally(town.election, fewer))
    archive = town.archive("fewer.jsonl", bodies)
    told = trustee.refusal("decrypt", trustee.file, archive, "-o", town.folder / "no.json", "--yes")
    assert told.startswith("This trustee has decrypted other sums of this election before.")
    trustee.speaks("decrypt", town.archive(), more=["--yes"])


def test_keys_that_were_not_confirmed_are_not_decrypted_for(tmp_path, quick):
    town = Allotments(tmp_path / "one", 1).prepare()
    other = Allotments(tmp_path / "other", 1).prepare().vote().close()
    trustee = town.trustees[0]
    told = trustee.refusal(
        "decrypt", trustee.file, other.archive(), "-o", tmp_path / "no.json", "--yes"
    )
    assert told.startswith("The set-up names other keys than this trustee has confirmed")


def test_the_second_copy_decrypts_alone(town, before):
    trustee = town.trustees[1]
    copy, output = trustee.folder / "stick.sealed", town.folder / "part.json"
    trustee.does("decrypt", copy, town.archive(), "-o", output, "--yes")
    assert fits("partial", only(output))


def test_all_are_needed_in_mode_all(tmp_path, quick):
    town = Allotments(tmp_path, 2).prepare().vote()
    void = town.replace("1")
    town.cast("1", 1, {"chair": [0, 0, 1, 0], "works": [0, 1]})
    town.close({void["credential"]})
    result = town.decrypt(town.trustees)
    assert result["groups"][0]["contests"] == [
        {"contest": "chair", "cells": [0, 3, 1, 1]},
        {"contest": "works", "cells": [3, 1]},
    ]
    report = verify(town.archive("whole.jsonl").read_bytes())
    assert [check for check in report["checks"] if not check["ok"]] == []
    assert (void["weight"], void["style"], void["group"]) == (1, "main", "all")
    told = town.authority.does("find", town.authority.file, "1")
    assert f"credential  {void['replacement']}" in told
    assert f"void        {void['credential']}" in told


@pytest.mark.usefixtures("quick")
class TestShares:
    """Three trustees who have shown their keys and are about to send shares."""

    @pytest.fixture
    def three(self, tmp_path):
        town = Allotments(tmp_path, 3, threshold=2)
        heard = []
        for trustee in town.trustees:
            trustee.new()
        for act in ("commit", "reveal"):
            before = [joined(tmp_path, f"{act}.jsonl", heard)] if heard else []
            heard += [trustee.speaks(act, *before) for trustee in town.trustees]
        town.heard = joined(tmp_path, "revealed.jsonl", heard)
        return town

    def shared(self, town):
        sent = [trustee.speaks("share", town.heard) for trustee in town.trustees]
        return joined(town.folder, "shared.jsonl", [town.heard, *sent])

    def judge(self, town, complaint):
        """Let trustee 1 answer a complaint; return all messages, and who is at fault."""
        ada = town.trustees[0]
        answer = ada.speaks("answer", town.said, complaint, more=["--yes"])
        everything = joined(town.folder, "judged.jsonl", [town.said, complaint, answer])

        rounds = Rounds(town.terms)
        for message in lines(everything):
            rounds.take(message)
        return everything, rounds.at_fault(2, 1)

    def test_who_sends_a_bad_share_is_named(self, three):
        ada, bo, cy = three.trustees
        told = secrets(ada)
        wrong = encode_scalar(decode_scalar(told["polynomial"][1]) + 1).hex()
        self.rewrite(ada, {**told, "polynomial": [told["polynomial"][0], wrong]})
        sent = self.shared(three)
        three.said = sent
        output = bo.folder / "complaint.jsonl"
        refused = bo.refusal("check-shares", bo.file, sent, "-o", output)
        assert refused == f"The share of trustee 1 is bad. Upload the complaint {output}."
        assert only(output)["body"]["against"] == 1
        everything, fault = self.judge(three, output)
        assert fault == 1
        cy.tries("check-shares", cy.file, everything, "-o", cy.folder / "complaint.jsonl")
        cy.does("copy", cy.file, cy.folder / "stick")
        options = ("--copy", cy.folder / "stick", "--yes", "-o", cy.folder / "confirm.jsonl")
        assert "Check the shares first" in cy.refusal("confirm", cy.file, everything, *options)

    def rewrite(self, trustee, told):

        typed = trustee.typed.read_text().strip()
        write_sealed(trustee.file, "trustee", told, passphrase=typed, replace=True)

    def test_who_complains_falsely_is_named_and_the_others_confirm(self, three):
        three.said = self.shared(three)
        ada, bo, cy = three.trustees

        signing = decode_scalar(secrets(bo)["signing"])
        body = {"against": 1, "share": encode_scalar(5).hex()}

        false = bo.folder / "complaint.jsonl"
        write_messages(false, [write_message(Place(ID, 2), "complain", body, secret=signing)])
        for one in (ada, bo, cy):
            one.does("check-shares", one.file, three.said, "-o", one.folder / "none.jsonl")
            assert not (one.folder / "none.jsonl").exists()
        cy.does("copy", cy.file, cy.folder / "stick")
        waiting = joined(three.folder, "waiting.jsonl", [three.said, false])
        options = ("--copy", cy.folder / "stick", "--yes", "-o", cy.folder / "confirm.jsonl")
        assert "a complaint is not settled" in cy.refusal("confirm", cy.file, waiting, *options)
        everything, fault = self.judge(three, false)
        assert fault == 2
        cy.does("confirm", cy.file, everything, *options)

    def test_confirming_needs_a_second_copy_that_opens(self, three):
        said = self.shared(three)
        ada = three.trustees[0]
        copy, output = ada.folder / "stick.sealed", ada.folder / "confirm.jsonl"
        options = (ada.file, said, "--copy", copy, "--yes", "-o", output)
        assert "There is no second copy there yet" in ada.refusal("confirm", *options)
        ada.does("copy", ada.file, copy)
        ada.does("check-shares", ada.file, said, "-o", ada.folder / "none")
        assert "The second copy is older than the file" in ada.refusal("confirm", *options)
        copy.unlink()
        copy.hardlink_to(ada.file)
        assert "The second copy is the same file" in ada.refusal("confirm", *options)
        copy.unlink()
        ada.does("copy", ada.file, copy)
        raw = bytearray(copy.read_bytes())
        raw[len(raw) // 2] ^= 1
        copy.write_bytes(raw)
        assert "this file is damaged; take your second copy." in ada.refusal("confirm", *options)
        assert not output.exists()

    def test_a_commitment_that_was_exchanged_is_noticed(self, three, tmp_path):
        """A server that puts another message in a trustee's place is found out by that trustee."""
        ada = three.trustees[0]
        thief = type(ada)(tmp_path / "thief", 1, **ada.terms)
        thief.new()
        other = thief.speaks("commit")
        rest = [message for message in lines(three.heard) if message["trustee"] != 1]

        heard = tmp_path / "exchanged.jsonl"
        write_messages(heard, [*lines(other), *rest])
        told = ada.refusal("share", ada.file, heard, "-o", tmp_path / "no")
        assert told.startswith("The message of trustee 1 in round commit is refused: another")

    def test_the_file_of_the_ceremony_page_is_heard_as_well(self, three, tmp_path):
        ada = three.trustees[0]
        told = {"v": 1, "election": ID, "you": 1, "messages": lines(three.heard)}
        page = tmp_path / "page.json"
        page.write_text(json.dumps(told, indent=1))
        assert len(lines(ada.speaks("share", page))) == 2
        page.write_text("<html>")
        refused = ada.refusal("share", ada.file, page, "-o", tmp_path / "no")
        assert refused == f"{page}, line 1, is no message; download the file again."
        page.write_text(json.dumps({**told, "messages": ["x"]}))
        refused = ada.refusal("share", ada.file, page, "-o", tmp_path / "no")
        assert refused.startswith("The message of a line of this file is refused")

    def test_a_wrong_passphrase_has_one_sentence(self, three):
        ada = three.trustees[0]
        other = ada.folder / "other"
        other.write_text("some other words than these\n")
        told = ada.refusal("show", ada.file, passphrase=other)
        assert told == f"{ada.file}: another passphrase sealed this file; try again."

    def test_a_file_tells_what_it_is_for(self, three):
        ada = three.trustees[0]
        told = ada.does("show", ada.file)
        assert f"election     {ID}" in told
        assert "trustee      1 of 3" in told
        assert f"signing key  {base(decode_scalar(secrets(ada)['signing'])).hex()}" in told
        assert "can decrypt  no" in told


def test_a_short_passphrase_and_a_wrong_id_are_refused(tmp_path, quick):
    (ada,) = Allotments(tmp_path, 1).trustees
    ada.typed.write_text("short\n")
    options = ("--number", 1, "--trustees", 1)
    assert "12 characters or more" in ada.refusal("new", ada.file, "--election", ID, *options)
    assert "no id of an election" in ada.refusal("new", ada.file, "--election", "x", *options)
    told = ada.refusal("new", ada.file, "--election", ID, "--number", 2, "--trustees", 1)
    assert told.startswith("There are fewer trustees than that")
    assert not ada.file.exists()


def test_a_seed_is_committed_to_before_it_is_shown(tmp_path, quick):
    (ada,) = Allotments(tmp_path, 1).trustees
    told = ada.does("seed", "draw", ada.file, "--election", ID, "--number", 2)
    (line, _) = told.splitlines()
    shown = ada.does("seed", "show", ada.file, "--yes").split()[-1]
    assert ties.seed_commitment(ID, 2, bytes.fromhex(shown)).hex() == line.split()[1]
    assert shown not in told
    assert "for a seed" in ada.refusal("show", ada.file)
    other = tmp_path / "other"
    assert "no id of an election" in ada.refusal(
        "seed", "draw", other, "--election", "x", "--number", 1
    )
