"""Results as files: the same bytes for the same result, and only the town can have signed them."""

import csv
import io

import pytest
from click.testing import CliRunner

from tests.services.elections.deciding import judge
from tests.services.elections.papering import running
from tests.services.elections.polling import EVERYBODY, opened
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.cli import elections
from townsquare.services.elections.commands.deciding import FindDocument
from townsquare.services.elections.queries.documents import read_document
from townsquare.services.elections.rules.detached import (
    Detached,
    NoSignature,
    is_signed,
    read,
    written,
)
from townsquare.services.elections.rules.percents import percent

pytestmark = pytest.mark.engines("sqlite")
GUEST = Actor(0, "guest", frozenset({"public"}) & EVERYBODY)


def made(poll, kind="csv"):
    with poll.town.working(GUEST, reads=True) as ctx:
        return read_document(ctx, FindDocument(id=poll.id, kind=kind))


def rows(document):
    return list(csv.reader(io.StringIO(document.body.decode("utf-8-sig"))))


@pytest.fixture
def counted(town, clock):
    poll, voters = opened(
        town, clock, "V-1", "V-2", "V-3", title="=1+1", quorum_num=2, quorum_den=3
    )
    poll.vote(voters[0], chair=["1"], works=["1", "2"])
    poll.vote(voters[1], chair=[], works=["2"])
    poll.close()
    return poll


def test_a_file_says_that_it_is_unofficial_until_two_have_certified(counted):
    told = {(row[0], row[1]): row[3] for row in rows(made(counted))}
    assert told["election", "status"] == "Unofficial"
    assert told["election", "title"] == "'=1+1"  # No spreadsheet calculates it.
    assert told["election", "setup_hash"] == counted.result().setup_hash
    assert told["election", "turnout"] == "66.7"
    assert told["election", "quorum"] == "reached"
    assert told["question chair", "option 1"] == "1"
    assert told["question chair", "blank"] == "1"
    assert told["question chair", "table_hash"] == counted.result().contests[0].table_hash
    judge(counted, "certify")
    after = rows(made(counted))
    assert [row[2] for row in after if row[0] == "officers"][:2] == ["Lena Vogel", "Omar Haddad"]
    assert {row[1]: row[3] for row in after}["status"] == "Certified"


@pytest.mark.parametrize("kind", ["csv", "pdf"])
def test_the_same_result_is_the_same_file(counted, clock, kind):
    first = made(counted, kind)
    clock.set(2026, 3, 9, 12, 0)
    again = made(counted, kind)
    assert (first.body, first.signature) == (again.body, again.signature)
    judge(counted, "certify")
    assert made(counted, kind).body != first.body


def test_a_signature_is_of_one_file_by_one_key(counted):
    document = made(counted)
    kept = read(written(Detached(document.key, document.sha256, document.signature)))
    assert is_signed(document.body, kept, document.key)
    other = document.body.replace(b"Ada", b"Bob")
    assert not is_signed(other, kept, document.key)
    assert not is_signed(document.body, kept, "0" * 64)
    forged = kept._replace(signature="0" * 128)
    assert not is_signed(document.body, forged, document.key)


@pytest.mark.parametrize("text", ["", "x", "townsquare elections result\nkey zz"])
def test_what_is_no_signature_is_said_so(text):
    with pytest.raises(NoSignature):
        read(text)


def test_a_signature_is_checked_at_the_terminal(counted, client, tmp_path):
    for kind in ("csv", "pdf"):
        here = f"/elections/{counted.id}/results/signed.{kind}"
        file, beside = tmp_path / f"result.{kind}", tmp_path / f"result.{kind}.sig"
        file.write_bytes(client.get(here).data)
        beside.write_bytes(client.get(f"{here}.sig").data)
        key = client.get("/api/v1/elections/log-key").json["log_key"]
        asked = ["check-signature", str(file), str(beside), "--log-key", key]
        done = CliRunner().invoke(elections, asked)
        assert (done.exit_code, key in done.output) == (0, True)
        file.write_bytes(file.read_bytes() + b" ")
        assert CliRunner().invoke(elections, asked).exit_code == 1
        beside.write_text("nothing")
        assert CliRunner().invoke(elections, asked).exit_code == 2


def test_programs_take_the_same_file(counted, client):
    told = client.get(f"/api/v1/elections/{counted.id}/results/signed?kind=csv").json
    assert told["sha256"] == made(counted).sha256
    assert client.get(f"/elections/{counted.id}/results/signed.exe").status_code == 404


def test_there_is_no_file_before_the_count(voting):
    poll, _voters = voting
    with pytest.raises(errors.NotCounted):
        made(poll)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(4472, 8599, "52.0"), (1, 3, "33.3"), (2, 3, "66.7"), (1, 8, "12.5"), (0, 0, "0.0")],
)
def test_shares_are_rounded_half_up(part, whole, said):
    assert percent(part, whole) == said


def test_a_file_of_a_paper_election_has_the_turnout_of_its_returns(town, clock):
    paper = running(town, clock, quorum_num=2, quorum_den=3)
    paper.whole()
    paper.finish(reason="Two precincts are late.")
    told = {(row[0], row[1]): row[3] for row in rows(made(paper))}
    assert (told["election", "roll"], told["election", "voted"]) == ("8599", "4472")
    assert told["election", "turnout"] == "52.0"
    assert told["election", "quorum"] == "not reached"


def test_nothing_is_a_part_of_an_unknown_number_of_voters(town, clock):
    rows_ = "code,name\n0101,North hall\n"
    paper = running(town, clock, rows=rows_, quorum_num=1, quorum_den=3)
    paper.whole()
    paper.finish()
    told = paper.result()
    assert (told.voters, told.ballots, told.quorum_reached) == (0, 4472, False)
