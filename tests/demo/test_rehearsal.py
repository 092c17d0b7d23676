"""A newcomer votes in the encrypted rehearsal, has it tallied, and verifies it."""

import csv
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit.demo import settings_of
from townsquare.app import services_of
from townsquare.core.settings import settings_from
from townsquare.core.town import found
from townsquare.demo.cast import CAST
from townsquare.demo.people import actor_of
from townsquare.demo.rehearsals import PASSPHRASE, folder_of, letters_to_try, rehearsal_of
from townsquare.demo.sealed import AUTHORITY, HOLDERS, PLAN, TRUSTEES
from townsquare.demo.tallying import tally
from townsquare.services.elections.commands.ballots import CastSealed
from townsquare.services.elections.commands.deciding import ProposeJudgement, SubmitVerification
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.queries.board import read_setup
from townsquare.services.elections.queries.ceremony import read_duty
from townsquare.services.elections.usecases.judging import confirm_judgement, propose_judgement
from townsquare.services.elections.usecases.sealed_casting import cast_sealed
from townsquare.services.elections.usecases.verifying import submit_verification
from townsquare_verify import verify
from tsv1.ballots import Hand, seal
from tsv1.canonical import write
from tsv1.credentials import read_token, secret_of
from tsv1.elections import read_setup as election_of
from tsv1_files.sealed import read_sealed

VERIFIER = Path(__file__).parents[2] / "clients" / "verify" / "verify.mjs"


@pytest.fixture
def demo(demo_data):
    there = settings_from(settings_of(demo_data))
    town = found(there, services_of(there))
    yield town
    town.database.dispose()


def letters(town):
    """Return the codes of the rehearsal by voter number."""
    with (folder_of(town, rehearsal_of(town)) / "letters.csv").open(newline="") as file:
        return {row["number"]: row["code"] for row in csv.DictReader(file)}


def cast(town, given, code, sequence=1):
    """Let somebody vote for Bo and the well."""
    who, election = actor_of(town, given), rehearsal_of(town)
    with town.working(who, reads=True) as ctx:
        fixed = election_of(read_setup(ctx, Chosen(id=election)).message)
    choices = {"chair": [0, 1, 0, 0], "works": [0, 1]}
    hand = Hand(secret_of(election, read_token(code)), "all", sequence)
    ballot = write(seal(fixed, hand, choices).body)
    with town.working(who) as ctx:
        return cast_sealed(ctx, CastSealed(id=election, ballot=ballot))


def certify(town, *reports):
    """Let the certifiers of the cast hand both reports in and certify, as their roles allow."""
    noor, ana = (replace(actor_of(town, each), confirmed=True) for each in ("Noor", "Dr Ana"))
    told = {"id": rehearsal_of(town)}
    for report in reports:
        with town.working(noor) as ctx:
            submit_verification(ctx, SubmitVerification(report=report, **told))
    with town.working(noor) as ctx:
        wish = ProposeJudgement(kind="certify", reason="All is good.", **told)
        made = propose_judgement(ctx, wish)
    with town.working(ana) as ctx:
        return confirm_judgement(ctx, Chosen(id=made.id)).stage


def test_each_part_of_the_rehearsal_is_played_by_somebody_of_the_cast(demo):
    parts = {
        "elections.trustee.act": TRUSTEES,
        "elections.authority.act": (AUTHORITY,),
        "elections.seed.reveal": HOLDERS,
    }
    for permission, names in parts.items():
        for given in names:
            who = actor_of(demo, given)
            assert permission in who.permissions, given
            with demo.working(who, reads=True) as ctx:
                assert read_duty(ctx, Chosen(id=rehearsal_of(demo))).rehearsal


def test_a_newcomer_votes_tallies_and_verifies(demo):
    cast(demo, "Maya", letters(demo)["V-001"])
    assert letters_to_try(demo).exists()
    said = []
    archive = tally(demo, said.append)
    assert letters_to_try(demo) is None  # It is over, and nobody is sent there.
    assert len(said) == 3
    report = verify(archive.read_bytes())
    assert [check for check in report["checks"] if not check["ok"]] == []
    (group,) = report["result"]["groups"]
    assert group["count"] == PLAN.voted + 1
    if node := shutil.which("node"):
        run = [node, VERIFIER, archive, "--json"]
        told = subprocess.run(run, capture_output=True, check=True, timeout=60).stdout
        assert json.loads(told)["report_hash"] == report["report_hash"]
        assert certify(demo, json.dumps(report), told.decode()) == "certified"
    assert tally(demo, said.append).read_bytes() == archive.read_bytes()


def test_the_files_of_the_rehearsal_open_with_the_programs(demo):
    folder = folder_of(demo, rehearsal_of(demo))
    for number in (1, 2):
        told = read_sealed(folder / f"trustee-{number}.sealed", "trustee", PASSPHRASE)
        assert (told["number"], bool(told["share"])) == (number, True)
    assert len(letters(demo)) == len(CAST)
    assert folder.stat().st_mode & 0o077 == 0
