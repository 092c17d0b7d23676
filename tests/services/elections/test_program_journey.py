"""Journey 1: the allotment board, by the server, the people's programs and both verifiers."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import IntegrityError

from tests.programs.hands import Authority, Trustee, codes, only
from tests.services.elections.deciding import LENA as CERTIFIER
from tests.services.elections.deciding import judge
from tests.services.elections.founding import NAMES, founding
from tests.services.elections.polling import INES
from tests.services.elections.sealing import Sealed, exported
from townsquare.core.usecase import declared
from townsquare.services.elections.commands.ballots import EnterMessage
from townsquare.services.elections.commands.ceremony import (
    CommitSeed,
    RevealSeed,
    SubmitMessages,
    SubmitRollKeys,
)
from townsquare.services.elections.commands.deciding import SubmitVerification
from townsquare.services.elections.usecases.ceremony import (
    commit_seed,
    reveal_seed,
    submit_messages,
    submit_roll_keys,
)
from townsquare.services.elections.usecases.decrypting import (
    CONFIRM,
    submit_partial,
    void_credential,
)
from townsquare.services.elections.usecases.verifying import PROGRAMS, submit_verification
from townsquare_verify import verify
from tsv1 import ballots, credentials, elections
from tsv1.canonical import write
from tsv1_files import sealed

pytestmark = pytest.mark.engines("sqlite", "postgresql")
VERIFIER = Path(__file__).parents[3] / "clients" / "verify" / "verify.mjs"
MAYA, BEN, SOFIA = "V-1", "V-2", "V-3"
CAST = (  # In this order; Maya's second ballot counts, and Sofia's counts three times.
    (MAYA, {"chair": [1, 0, 0, 0], "works": [1, 0]}),
    (MAYA, {"chair": [0, 1, 0, 0], "works": [0, 1]}),
    (BEN, {"chair": [0, 0, 0, 1], "works": [0, 0]}),
    (SOFIA, {"chair": [0, 1, 0, 0], "works": [1, 0]}),
)


class Journey:
    """An encrypted election whose people have nothing but files and their programs."""

    def __init__(self, draft, folder):
        self.draft, self.folder = draft, folder
        number = len(draft.look().trustees)
        self.trustees = [Trustee(folder / NAMES[at], at + 1) for at in range(number)]
        self.authority = Authority(folder / "Omar")
        self.sequences = {}

    def upload(self, name, path):
        told = {"messages": path.read_text()}
        return self.draft.do(self.draft.people[name], submit_messages, SubmitMessages, **told)

    def download(self, name="Ines"):
        """Return the file that the page of the ceremony offers somebody."""
        path = self.folder / f"ceremony-{name}.json"
        told = self.draft.look(self.draft.people.get(name, INES))
        path.write_bytes(msgspec.json.encode(told))
        return path

    def each(self, act, *more):
        """Let every trustee speak in a round, each with what the page offers at that moment."""
        heard = [] if act == "commit" else [self.download()]
        for trustee in self.trustees:
            said = trustee.speaks(act, *heard, more=more)
            self.upload(NAMES[trustee.number - 1], said)

    def make_key(self, *acts):
        for trustee in self.trustees:
            page = self.download(NAMES[trustee.number - 1])
            trustee.does("new", trustee.file, "--ceremony", page)
        for act in ("commit", "reveal", *acts):
            self.each(act)
        for trustee in self.trustees:
            none = trustee.folder / "complaint"
            trustee.does("check-shares", trustee.file, self.download(), "-o", none)
            trustee.does("copy", trustee.file, trustee.folder / "stick")
            assert not none.exists()
        for trustee in self.trustees:
            options = ("--copy", trustee.folder / "stick", "--yes")
            said = trustee.speaks("confirm", self.download(), more=options)
            self.upload(NAMES[trustee.number - 1], said)

    def issue(self):
        roll, output = self.folder / "roll.json", self.authority.folder / "roll-keys.json"
        roll.write_bytes(msgspec.json.encode(self.draft.export()))
        letters = self.authority.folder / "letters.csv"
        options = ("--letters", letters, "-o", output)
        self.authority.does("issue", self.authority.file, roll, *options)
        told = {"keys": output.read_text()}
        self.draft.do(self.draft.people["Omar"], submit_roll_keys, SubmitRollKeys, **told)
        self.codes = codes(letters)

    def seeds(self, act):
        """Let the holders of seeds draw them, or show them."""
        for trustee in self.trustees[:2]:
            who, file = self.draft.people[NAMES[trustee.number - 1]], trustee.folder / "seed"
            if act == "draw":
                options = ("--election", self.draft.id, "--number", trustee.number)
                told = trustee.does("seed", "draw", file, *options).split()[1]
                self.draft.do(who, commit_seed, CommitSeed, commitment=told)
            else:
                told = trustee.does("seed", "show", file, "--yes").split()[-1]
                self.draft.do(who, reveal_seed, RevealSeed, seed=told)

    def freeze(self):
        self.draft.freeze()
        told = self.draft.messages()
        self.board = Sealed(self.draft.town, self.draft.clock, *told)
        self.voters = dict(elections.read_roll(told[2]["text"]))

    def cast(self, number, choices):
        token = credentials.read_token(self.codes[number])
        secret = credentials.secret_of(self.draft.id, token)
        style = self.voters[credentials.public_of(secret).hex()].style
        self.sequences[number] = self.sequences.get(number, 0) + 1
        hand = ballots.Hand(secret, style, self.sequences[number])
        body = ballots.seal(self.board.election, hand, choices).body
        return self.board.cast(self.draft.voter(number), body)

    def archive(self, name):
        path = self.folder / name
        path.write_bytes(exported(self.board))
        return path

    def decrypt(self, *numbers):
        for number in numbers:
            trustee = self.trustees[number - 1]
            part = trustee.speaks("decrypt", self.archive("closed.jsonl"), more=["--yes"])
            self.enter(self.draft.people[NAMES[number - 1]], submit_partial, part)

    def enter(self, who, act, path):
        """Let somebody upload one message."""
        wish = EnterMessage(id=self.draft.id, message=path.read_text())
        wish = self.draft.town.ahead(declared(act), who, wish)
        with self.draft.town.working(who) as ctx:
            return act(ctx, wish)

    def replace(self, number):
        """Let the authority replace a voter's credential, and an officer confirm it."""
        output, letters = self.folder / "void.json", self.folder / "new.csv"
        told = (self.authority.file, number, "--letters", letters, "-o", output, "--yes")
        self.authority.does("void", *told)
        self.codes |= codes(letters)
        body = only(output)
        self.voters[body["replacement"]] = self.voters[body["credential"]]
        self.sequences[number] = 0
        confirming = replace(INES, permissions=INES.permissions | {CONFIRM})
        self.enter(confirming, void_credential, output)
        return body


def prepared(town, clock, folder, **named):
    """Return the journey before the freezing, with Sofia on the roll three times over."""
    draft = founding(town, clock)
    draft.name_all(**named)
    draft.run(
        "UPDATE elections_roll_entry SET weight = 3 WHERE voter_id ="
        f" (SELECT id FROM elections_voter WHERE number = '{SOFIA}')"
    )
    return Journey(draft, folder)


def opened(journey):
    """Let the election be prepared, frozen and opened."""
    journey.issue()
    journey.seeds("draw")
    journey.freeze()
    journey.draft.open()
    return journey


def closed(journey):
    """Let the election be closed and summed up."""
    journey.draft.clock.set(2026, 3, 2, 12, 0)
    journey.board.step()
    journey.seeds("show")
    journey.board.step()
    return journey


def results(journey):
    """Return the numbers of the result, by contest, and whose parts made it."""
    journey.board.step()
    (result,) = journey.board.told("result")
    (group,) = result["groups"]
    return {one["contest"]: one["cells"] for one in group["contests"]}, result["trustees"]


def reports(journey):
    """Return what both verifiers say of the archive."""
    path = journey.archive("whole.jsonl")
    told = [json.dumps(verify(path.read_bytes()))]
    if node := shutil.which("node"):
        run = [node, VERIFIER, path, "--json"]
        told.append(subprocess.run(run, capture_output=True, check=True, timeout=120).stdout)
    return [json.loads(one) for one in told]


@pytest.mark.usefixtures("quick")
def test_the_allotment_board_is_elected(town, clock, tmp_path):
    journey = prepared(town, clock, tmp_path, trustees=("Lena", "Tomas"), mode="all")
    journey.make_key()
    opened(journey)
    cast = [journey.cast(*one) for one in CAST]
    assert len({one.tracker for one in cast}) == len(CAST)
    closed(journey).decrypt(1, 2)
    assert results(journey) == ({"chair": [0, 4, 0, 1], "works": [3, 1]}, [1, 2])
    found = reports(journey)
    assert [check for check in found[0]["checks"] if not check["ok"]] == []
    assert {one["report_hash"] for one in found} == {found[0]["report_hash"]}
    assert found[0]["setup"] == journey.board.election.hash.hex()
    for report in found:
        told = {"report": json.dumps(report)}
        journey.draft.do(CERTIFIER, submit_verification, SubmitVerification, **told)
    if len(found) == len(PROGRAMS):
        assert judge(journey.draft, "certify").stage == "certified"
        again = reports(journey)
        assert [check for check in again[0]["checks"] if not check["ok"]] == []
        assert again[0]["report_hash"] == again[1]["report_hash"]


@pytest.mark.usefixtures("quick")
def test_two_of_three_go_on_without_the_one_who_cheats(town, clock, tmp_path):
    journey = prepared(town, clock, tmp_path, trustees=("Lena", "Tomas", "Kofi"), threshold=2)
    journey.make_key("share")
    opened(journey)
    for one in CAST:
        journey.cast(*one)
    closed(journey).decrypt(1)
    tomas = journey.trustees[1]
    output = tomas.speaks("decrypt", journey.archive("closed.jsonl"), more=["--yes"])
    part = only(output)
    first = part["groups"][0]["contests"][0]["cells"][0]
    first["c"], first["z"] = first["z"], first["c"]
    output.write_bytes(write(part))
    journey.enter(journey.draft.people["Tomas"], submit_partial, output)
    journey.board.step()
    assert journey.board.told("result") == []
    journey.decrypt(3)
    assert results(journey) == ({"chair": [0, 4, 0, 1], "works": [3, 1]}, [1, 3])
    found = reports(journey)
    assert [check for check in found[0]["checks"] if not check["ok"]] == []
    assert {one["report_hash"] for one in found} == {found[0]["report_hash"]}


@pytest.mark.usefixtures("quick")
def test_a_lost_credential_is_replaced(town, clock, tmp_path):
    journey = prepared(town, clock, tmp_path, trustees=("Lena", "Tomas"), mode="all")
    journey.make_key()
    opened(journey)
    journey.cast(MAYA, {"chair": [1, 0, 0, 0], "works": [1, 0]})
    journey.cast(SOFIA, {"chair": [0, 1, 0, 0], "works": [0, 0]})
    journey.replace(SOFIA)
    journey.cast(SOFIA, {"chair": [0, 0, 1, 0], "works": [0, 1]})
    closed(journey).decrypt(1, 2)
    assert results(journey) == ({"chair": [1, 0, 3, 0], "works": [1, 3]}, [1, 2])
    found = reports(journey)
    assert [check for check in found[0]["checks"] if not check["ok"]] == []
    assert {one["report_hash"] for one in found} == {found[0]["report_hash"]}


def test_a_vote_counts_once_at_least(town, clock):
    draft = founding(town, clock)
    for weight in (0, 10_000_000):
        with pytest.raises(IntegrityError, match="ck_elections_roll_entry_weight"):
            draft.run(f"UPDATE elections_roll_entry SET weight = {weight}")


@pytest.fixture
def quick(monkeypatch):
    """Sealing that costs nothing: these tests are not about guessing."""
    monkeypatch.setattr(sealed, "MEMORY", 64)
    monkeypatch.setattr(sealed, "PASSES", 1)
