"""Encrypted and paper elections are certified when programs agree and returns add up."""

import json

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.kit.sound import complaints
from tests.services.elections.deciding import LENA as FIRST
from tests.services.elections.deciding import act_on, interrupt, judge, proposed
from tests.services.elections.papering import CLEAN, PLACES, running
from tests.services.elections.sealing import (
    LENA,
    MAYA,
    TOMAS,
    exported,
    journey,
    partial,
    published,
)
from townsquare.services.elections import errors
from townsquare.services.elections.commands.ballots import EnterMessage
from townsquare.services.elections.commands.deciding import (
    FileDispute,
    RuleDispute,
    SubmitVerification,
)
from townsquare.services.elections.errors import judging as refusals
from townsquare.services.elections.queries.ceremony import read_duty
from townsquare.services.elections.usecases import verifying
from townsquare.services.elections.usecases.decrypting import submit_partial
from townsquare.services.elections.usecases.disputing import file_dispute, rule_dispute
from townsquare.services.elections.usecases.judging import confirm_judgement
from townsquare.services.elections.usecases.verifying import submit_verification
from townsquare_verify import verify
from townsquare_verify.report import CODES
from tsv1.canonical import write
from tsv1.transcript import h32

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def counted_board(town, clock, **more):
    """Return the published election when all of its people have done their part."""
    made = closed_board(town, clock, **more)
    for who, number in ((LENA, 1), (TOMAS, 2)):
        hand_in(made, who, number)
    made.step()
    return made


def hand_in(made, who, number):
    (told,) = made.told("tally")
    part = write(partial(made, number, told)).decode()
    made.do(who, submit_partial, EnterMessage, message=part)


def closed_board(town, clock, *, before=lambda _made: None, **more):
    """Return the published election when it has closed and its sums are on the board."""
    made = published(town, clock, **more)
    before(made)
    made.open()
    for who, body in journey():
        made.cast(who, body)
    made.over()
    made.step()
    made.show_seeds()
    made.step()
    return made


@pytest.fixture
def counted(town, clock):
    return counted_board(town, clock)


def report_of(made, program="townsquare-verify", **changed):
    """Return what a program finds; where something is changed its hash is made anew."""
    return hashed(verify(exported(made), ""), implementation=program, **changed)


def hashed(report, **changed):
    told = {**report, **changed}
    about = (bytes.fromhex(told["setup"]), bytes.fromhex(told["head"]["hash"]))
    hashed = h32("verify-report", *about, write(told["checks"]), write(told["result"]))
    return {**told, "report_hash": hashed.hex()}


def submit(made, report):
    return made.do(FIRST, submit_verification, SubmitVerification, report=json.dumps(report))


def both(made):
    return [submit(made, report_of(made, name)) for name in ("townsquare-verify", "verify.mjs")]


def state(made):
    return made.rows("SELECT state FROM elections_election")[0][0]


def ruled(made, clean="It was counted right."):
    told = {"kind": "result", "statement": "Count it again."}
    dispute = made.do(MAYA, file_dispute, FileDispute, **told).id
    made.do(FIRST, rule_dispute, RuleDispute, id=dispute, ruling=clean)


def test_it_is_certified_when_both_programs_agree(counted):
    with pytest.raises(refusals.VerifiersDisagree):
        proposed(counted, "certify")
    ours = submit(counted, report_of(counted))
    assert ours.good
    with pytest.raises(refusals.VerifiersDisagree):
        proposed(counted, "certify")
    theirs = submit(counted, report_of(counted, "verify.mjs"))
    assert ours.report_hash == theirs.report_hash
    assert judge(counted, "certify").stage == "certified"
    (entry,) = counted.told("certification")
    assert entry["report_hash"] == ours.report_hash
    assert [one for one in verify(exported(counted), "")["checks"] if not one["ok"]] == []
    assert complaints(counted.town) == []


def test_a_trustee_sees_their_part_and_no_form_for_it(town, clock):
    made = closed_board(town, clock)
    assert made.do(LENA, read_duty, reads=True).handed == []
    hand_in(made, LENA, 1)
    made.clock.set(2026, 5, 7, 8, 0)
    (part,) = made.do(LENA, read_duty, reads=True).handed
    assert (part.what, part.at.day) == ("partial", 6)
    assert made.do(TOMAS, read_duty, reads=True).handed == []


def test_programs_that_disagree_certify_nothing(counted):
    submit(counted, report_of(counted))
    checks = report_of(counted)["checks"]
    bad = [{**checks[0], "ok": False, "first_failure": "line 1"}, *checks[1:]]
    assert submit(counted, report_of(counted, "verify.mjs", checks=bad)).good is False
    with pytest.raises(refusals.VerifiersDisagree):
        proposed(counted, "certify")


@pytest.mark.parametrize(
    "changed",
    [{"setup": "0" * 64}, {"election": "01JZX5W0QS4D8M2V7K3T9RYB6X"}, {"head": None}],
)
def test_a_report_about_something_else_is_refused(counted, changed):
    if "head" in changed:
        changed = {"head": {"seq": 1, "hash": "0" * 64}}
    with pytest.raises(refusals.ReportElsewhere):
        submit(counted, report_of(counted, **changed))


def test_a_good_report_of_another_result_is_refused(counted):
    result = report_of(counted)["result"]
    swapped = {**result, "groups": result["groups"][::-1] + result["groups"]}
    with pytest.raises(refusals.ReportElsewhere):
        submit(counted, report_of(counted, result=swapped))


def test_all_checks_of_the_protocol_are_asked_for():
    assert verifying.CODES == CODES


def test_the_database_takes_no_report_about_an_older_board(counted):
    both(counted)
    judge(counted, "certify")
    ruled(counted)
    judge(counted, "recount")
    counted.step()
    counted.run(
        "INSERT INTO elections_decision (public_id, created_at, election_id, kind, reason,"
        " proposed_by, proposed_by_id, confirmed_by) SELECT 'stale', created_at, election_id,"
        " 'certify', 'x', 'x', 901, '' FROM elections_decision LIMIT 1"
    )
    with pytest.raises(IntegrityError, match="elections_disagree"):
        counted.run(
            "UPDATE elections_decision SET confirmed_by_id = 902, confirmed_at ="
            " (SELECT max(confirmed_at) FROM elections_decision) WHERE public_id = 'stale'"
        )


def test_a_forged_report_is_refused(counted):
    whole = report_of(counted)
    forged = [
        {**whole, "report_hash": "0" * 64},
        {**whole, "result": {}},
        {**whole, "implementation": "mine"},
        {**whole, "checks": []},
        {**whole, "checks": [{"ok": 1.5}]},
        hashed(whole, checks=[{**whole["checks"][0], "ok": True}]),
        hashed(whole, checks=[{**one, "ok": "no"} for one in whole["checks"]]),
        {},
        [],
        "x",
    ]
    for report in forged:
        with pytest.raises(refusals.ReportUnread):
            submit(counted, report)
    for text in ("{]", "[" * 500, '{"a": NaN}'):
        with pytest.raises(refusals.ReportUnread):
            counted.do(FIRST, submit_verification, SubmitVerification, report=text)
    submit(counted, whole)
    with pytest.raises(refusals.ReportKnown):
        submit(counted, whole)


def test_a_trustee_does_not_certify(counted):
    both(counted)
    trustee = type(LENA)(LENA.id, LENA.name, FIRST.permissions, LENA.person, confirmed=True)
    with pytest.raises(refusals.RolesNotSeparate):
        proposed(counted, "certify", trustee)
    made = proposed(counted, "certify")
    with pytest.raises(refusals.RolesNotSeparate):
        act_on(counted, trustee, confirm_judgement, made)


def test_a_certified_board_is_examined_again_after_a_recount(counted):
    both(counted)
    judge(counted, "certify")
    with pytest.raises(refusals.NotNow):
        proposed(counted, "recount")
    ruled(counted)
    judge(counted, "recount")
    assert state(counted) == "counting"
    assert counted.step() == 1
    with pytest.raises(refusals.VerifiersDisagree):  # The reports are about an older board.
        proposed(counted, "certify")
    both(counted)
    assert judge(counted, "certify").stage == "certified"


def test_interruptions_stand_on_the_board(town, clock):
    made = published(town, clock)
    made.open()
    interrupt(made, "suspend")
    with pytest.raises(errors.NotOpen):
        made.cast(*journey()[0])
    interrupt(made, "resume")
    made.cast(*journey()[0])
    interrupt(made, "extend", closes="2026-05-06T22:00")
    made.over()
    assert made.step() == 0
    made.cast(*journey()[1])
    clock.set(2026, 5, 6, 21, 0)
    assert made.step() == 1
    told = made.kinds()[3:]
    assert told == ["open", "suspend", "resume", "ballot", "extend", "ballot", "close"]
    assert made.told("extend")[0]["at"] == "2026-05-06T21:00:00Z"


def test_a_paper_election_is_certified_when_all_adds_up(town, clock):
    paper = running(town, clock)
    paper.whole()
    paper.finish(reason="Two precincts are late.")
    with pytest.raises(refusals.Unreconciled):
        proposed(paper, "certify")
    ruled(paper, "The two precincts had no voters that day.")
    assert judge(paper, "certify").stage == "certified"


def test_a_ruling_from_before_explains_no_gap_of_a_count(town, clock):
    paper = running(town, clock)
    paper.whole()
    ruled(paper, "The hall was open long enough.")
    clock.set(2026, 3, 2, 13, 0)
    paper.finish(reason="Two precincts are late.")
    with pytest.raises(refusals.Unreconciled):
        proposed(paper, "certify")
    ruled(paper, "The two precincts had no voters that day.")
    assert judge(paper, "certify").stage == "certified"


def test_a_paper_election_is_counted_again(town, clock):
    one = "\n".join(line for line in PLACES.splitlines()[:3])
    paper = running(town, clock, rows=one)
    paper.whole()
    paper.finish()
    judge(paper, "certify")
    assert paper.result().contests[0].options[0].votes == CLEAN["lines"]["1"]
    ruled(paper)
    judge(paper, "recount")
    assert state(paper) == "counting"
    with pytest.raises(errors.NotCounted):
        paper.result()
    paper.whole(version=1, lines={"1": 2001, "2": 2399, "3": 20})
    paper.finish()
    assert paper.result().contests[0].options[0].votes == CLEAN["lines"]["1"] + 1
    assert judge(paper, "certify").stage == "certified"


def test_the_share_that_the_server_encrypted_is_published(counted, client):
    drop_trigger(counted.town, "elections_ballot_stays", "elections_ballot")
    counted.run("UPDATE elections_ballot SET by_server = true WHERE board_seq = 4")
    told = client.get(f"/api/v1/elections/{counted.id}/channels").json
    assert (told["ballots"], told["by_server"]) == (4, 1)
    assert "1 of 4 ballots" in client.get(f"/elections/{counted.id}/claims").text


def test_a_result_on_paper_tells_the_turnout_of_its_returns(town, clock, client):
    paper = running(town, clock, rows="\n".join(PLACES.splitlines()[:3]))
    paper.whole()
    paper.finish()
    told = paper.result()
    assert (told.voters, told.ballots) == (8599, 4472)
    file = client.get(f"/elections/{paper.id}/results/signed.csv").text
    assert "voted,Have voted,4472," in file
    assert "turnout,Turnout in percent,52.0," in file
    judge(paper, "annul")
    page = client.get(f"/elections/{paper.id}/results").text
    assert "This election was annulled; nothing of it counts." in page
    assert "Unofficial" not in page
