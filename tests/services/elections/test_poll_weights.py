"""Polls with weights and styles: who is asked what, what is summed, and what is refused."""

import csv
import io

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.kit.guards import drop_trigger
from tests.services.elections.polling import CHAIR, INES, PRIYA, drafted
from townsquare.core.invariants import breaches
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.commands.deciding import FindDocument
from townsquare.services.elections.commands.elections import ConfirmFreeze
from townsquare.services.elections.commands.fields import Chosen, ChosenVersion
from townsquare.services.elections.commands.rolls import DefineStyle
from townsquare.services.elections.commands.voting import ImportRoll
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.founding import counting_otherwise
from townsquare.services.elections.queries.documents import read_document
from townsquare.services.elections.queries.elections import read_paper, read_set_up
from townsquare.services.elections.queries.turnout import read_turnout
from townsquare.services.elections.rules.slots import receipt_of
from townsquare.services.elections.usecases import counting, freezing, rolls, styling

pytestmark = pytest.mark.engines("sqlite")
BOTH = pytest.mark.engines("sqlite", "postgresql")
SLOT, CONTENT, ELECTION = "elections_poll_slot", "elections_poll_content", "elections_election"
WORKS = {"code": "works", "title": "Works", "options": "path\nwell", "least": 0, "most": 2}
BEST = {"code": "best", "title": "Best", "options": "Di\nEm\nFy", "rule": "borda"}
NORTH = {"code": "north", "title": "The north", "contests": "works\nbest"}
# Ten vote on all; of the north, which is not asked for the chair, five weigh 3 and five 1.
ROLL = [("", 1)] * 10 + [("north", 3)] * 5 + [("north", 1)] * 5
PAGES = {
    "results": (
        "Votes count by weight",
        "by weight 5 of 30 voted, and 1 of 4 of the roll have to.",
        "3 people voted on this; by weight: 5 papers, 1 of them blank.",
        "Turnout by weight: 5 of 30",
    ),
    "rounds/best": ("Papers are counted by the weight of each vote.",),
    "turnout": ("By weight", "5 of 30"),
}
GUEST = Actor(0, "guest", frozenset({"public"}))


def listed(roll):
    lines = [
        f"N{at:02},Voter {at},n{at}@b.example,{style},{weight}"
        for at, (style, weight) in enumerate(roll)
    ]
    return "\n".join(["number,name,email,style,weight", *lines])


def draft(town, clock, roll=ROLL, **more):
    poll = drafted(town, clock, (CHAIR, WORKS, BEST), **more)
    poll.do(INES, styling.define_style, DefineStyle, **NORTH)
    poll.do(INES, rolls.import_roll, ImportRoll, rows=listed(roll))
    return poll


def weighed(town, clock, roll=ROLL, **more):
    """Return an open poll of this roll, and its voters."""
    poll = draft(town, clock, roll, **more)
    poll.freeze()
    poll.open()
    return poll, [poll.voter(f"N{at:02}") for at in range(len(roll))]


def voted(town, clock):
    """Return a poll in which one of each kind has voted, and one anew."""
    poll, voters = weighed(town, clock, quorum_num=1, quorum_den=4)
    poll.vote(voters[0], chair=["1"], works=["1"], best=["1", "2", "3"])
    poll.vote(voters[10], works=["2"], best=["1", "2", "3"])
    poll.vote(voters[10], works=["1", "2"], best=["3", "2", "1"])
    poll.vote(voters[15], works=[], best=["1", "2", "3"])
    return poll


def contest(poll, code):
    return next(one for one in poll.result().contests if one.code == code)


def votes(poll, code):
    return {one.code: one.votes for one in contest(poll, code).options}


def looked(poll, look, who=GUEST):
    with poll.town.working(who, reads=True) as ctx:
        return look(ctx, Chosen(id=poll.id))


def signed(poll, kind):
    with poll.town.working(GUEST, reads=True) as ctx:
        return read_document(ctx, FindDocument(id=poll.id, kind=kind)).body


@BOTH
def test_votes_are_summed_by_weight_and_each_question_by_who_is_asked_it(town, clock):
    poll = voted(town, clock)
    poll.close()
    told = poll.result()
    assert (votes(poll, "chair"), votes(poll, "works")) == (
        {"1": 1, "2": 0, "3": 0},
        {"1": 4, "2": 3},
    )
    assert votes(poll, "best") == {"1": 4, "2": 5, "3": 6}  # Of one who weighs 3: 0, 3, 6.
    assert [(one.people, one.papers, one.blank) for one in told.contests] == [
        (1, 1, 0),
        (3, 5, 1),
        (3, 5, 0),
    ]
    assert (told.voters, told.ballots, told.by_weight) == (20, 3, True)
    assert (told.weight, told.weight_voted) == (30, 5)
    assert not told.quorum_reached  # 5 of 30 are less than a quarter.
    assert breaches(town) == {}
    turnout = looked(poll, read_turnout)
    assert (turnout.voted, turnout.weight_voted, turnout.weight) == (3, 5, 30)


def test_a_quorum_is_reached_by_weight(town, clock):
    poll, voters = weighed(town, clock, quorum_num=1, quorum_den=4)
    for at in (10, 11, 12):  # 9 of 30 by weight, and 3 of 20 people.
        poll.vote(voters[at], works=[], best=["1"])
    poll.close()
    assert poll.result().quorum_reached


def test_papers_lie_together_and_no_row_tells_whose_weight_is_in_them(town, clock):
    poll = voted(town, clock)
    poll.close()
    rows = poll.rows(f"SELECT content, weight FROM {CONTENT} ORDER BY position")
    assert rows == sorted(rows)
    assert dict(rows)['{"contest":"best","options":["1","2","3"]}'] == 2  # Of two styles.
    assert len(rows) == 6


def test_a_voter_is_asked_the_questions_of_their_style_alone(town, clock):
    poll, voters = weighed(town, clock)
    for voter, codes in ((voters[0], ["chair", "works", "best"]), (voters[10], ["works", "best"])):
        paper = looked(poll, read_paper, voter)
        assert [one.code for one in paper.election.contests] == codes
    with pytest.raises(errors.BallotInvalid) as refused:
        poll.vote(voters[10], chair=["1"], works=[], best=["1"])
    assert refused.value.facts["fields"].keys() == {"chair"}
    assert poll.rows(f"SELECT count(*) FROM {SLOT}") == [(0,)]


def test_the_booth_and_the_calls_know_the_questions_of_a_style(town, clock, signed_in):
    poll = draft(town, clock)
    maya = signed_in(name="Maya Santos", confirmed=True)
    ((email,),) = poll.rows(f"SELECT email FROM core_account WHERE person = '{maya.person}'")
    more = f"number,name,email,style,weight\nM,Maya Santos,{email},north,3"
    poll.do(INES, rolls.import_roll, ImportRoll, rows=more)
    poll.freeze()
    poll.open()
    page = maya.client.get(f"/elections/{poll.id}/vote").text
    assert "Question 1 of 2" in page
    assert "Chair" not in page
    assert "Weight of your vote" in maya.client.get(f"/elections/{poll.id}/register").text
    strange = {"choices": {"chair": ["1"], "works": [], "best": ["1"]}}
    token = {"X-CSRF-Token": maya.token}
    answer = maya.client.put(f"/api/v1/elections/{poll.id}/ballot", json=strange, headers=token)
    assert (answer.status_code, answer.json["code"]) == (422, "elections.ballot-invalid")
    assert answer.json["facts"]["fields"].keys() == {"chair"}
    form = {"csrf_token": maya.token, "mark-chair": "1", "step": "1"}
    posted = maya.client.post(f"/elections/{poll.id}/vote", data=form)
    assert (posted.status_code, "mark-chair" in posted.text) == (422, True)
    assert poll.rows(f"SELECT count(*) FROM {SLOT}") == [(0,)]


def test_pages_say_in_words_that_votes_count_by_weight(town, clock, guest):
    poll = voted(town, clock)
    poll.close()
    told = {page: guest.client.get(f"/elections/{poll.id}/{page}").text for page in PAGES}
    for page, words in PAGES.items():
        assert all(word in told[page] for word in words), page


def test_few_who_are_alike_have_to_be_accepted_at_the_freezing(town, clock):
    poll = draft(town, clock, [("", 1)] * 12 + [("north", 2)] * 4 + [("north", 1)] * 5)
    poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    assert [one.kind for one in looked(poll, read_set_up, INES).warnings] == ["few-alike"]
    with pytest.raises(errors.FewAlike):
        poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=poll.version)
    told = {"version": poll.version, "few_alike": True}
    assert poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, **told)


def test_a_question_that_few_are_asked_has_to_be_accepted(town, clock):
    poll = draft(town, clock, [("", 1)] * 9 + [("north", 1)] * 5)
    found = looked(poll, read_set_up, INES).warnings
    assert [(one.kind, one.contest) for one in found] == [("few-asked", "Chair")]
    poll.do(INES, freezing.propose_freeze, ChosenVersion, version=poll.version)
    with pytest.raises(errors.FewAlike):
        poll.do(PRIYA, freezing.confirm_freeze, ConfirmFreeze, version=poll.version)


def test_the_hash_of_a_set_up_is_of_weights_and_styles(town, clock):
    draft(town, clock)
    with Session(town.database) as db:
        row = db.scalars(select(ElectionRow)).one()
        told = counting_otherwise(db, row)
    assert told["styles"] == [{"code": "north", "contests": ["works", "best"]}]
    assert told["counting"][0] == {"number": "N10", "style": "north", "weight": 3}
    assert len(told["counting"]) == 10


def test_a_receipt_is_of_the_weight_and_the_style_as_well():
    told = [("all", 1), ("all", 3), ("north", 1)]
    made = {receipt_of("P", bytes(32), b"{}", counts=counts) for counts in told}
    assert len(made) == 3


def test_files_say_that_votes_count_by_weight(town, clock):
    poll = voted(town, clock)
    poll.close()
    body = signed(poll, "csv").decode("utf-8-sig")
    found = {(row[0], row[1]): row[3:] for row in csv.reader(io.StringIO(body)) if len(row) > 4}
    assert found["election", "voted_weight"] == ["5", ""]
    assert found["election", "turnout_weight"] == ["16.7", ""]
    assert found["question works", "people"] == ["3", ""]
    assert found["question works", "papers"] == ["5", "by weight"]
    assert found["question works", "option 1"] == ["4", "elected, by weight"]
    assert signed(poll, "pdf").startswith(b"%PDF")


NORTHERN = "(SELECT style_id FROM elections_roll_entry WHERE weight = 3 LIMIT 1)"
KEPT = "content, receipt, marked_on"
COPY = f"INSERT INTO {SLOT} SELECT poll_id, '{{}}', {KEPT}, {{}}, {{}} FROM {SLOT}"
# What nobody may do to the box of an open poll, and by which trigger it is refused.
TRIED = [
    ("weighs", f"{COPY.format('x', 'NULL', 3)} LIMIT 1"),
    ("weighs", f"{COPY.format('x', NORTHERN, 2)} LIMIT 1"),
    ("stays", f"UPDATE {SLOT} SET weight = 3 WHERE weight = 1"),
    ("stays", f"UPDATE {SLOT} SET style_id = NULL WHERE weight = 3"),
]


@BOTH
@pytest.mark.parametrize(("name", "attempt"), TRIED)
def test_a_vote_has_the_weight_and_style_of_somebody_on_the_roll(town, clock, name, attempt):
    poll = voted(town, clock)
    with pytest.raises(IntegrityError, match=r"elections_(weighed_otherwise|box_is_shut)"):
        poll.run(attempt)
    drop_trigger(town, f"{SLOT}_{name}", SLOT)
    poll.run(attempt)


@BOTH
def test_a_box_that_weighs_otherwise_is_not_closed(town, clock, monkeypatch):
    poll = voted(town, clock)
    drop_trigger(town, f"{SLOT}_stays", SLOT)
    one = f"SELECT min(slot_hash) FROM {SLOT} WHERE style_id IS NOT NULL AND weight = "
    ((heavy,), (light,)) = (poll.rows(one + weight)[0] for weight in "31")
    for name, weight in ((heavy, 1), (light, 3)):  # Two swapped, which no sum would tell.
        poll.run(f"UPDATE {SLOT} SET weight = {weight} WHERE slot_hash = '{name}'")
    assert poll.close() == 0
    monkeypatch.setattr(counting, "_differs", lambda *_: False)
    poll.run(f"UPDATE {SLOT} SET weight = 3 WHERE style_id IS NOT NULL")
    assert poll.close() == 0  # The database finds that one who weighs 3 took part and two voted so.
    drop_trigger(town, f"{ELECTION}_counted", ELECTION)
    assert poll.close() == 1
